"""A word before an instalment of a plan: its day, its amount, once, and no more than is owed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.agreement import Covered, Terms
from syncer.model.decision import AccountSnapshot, Action, Decision
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.beside import INSTALMENT
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.rules import Policy, Step, Tone

from .agreed import plan, played
from .make import CUSTOMER, FRIENDLY, TODAY, context, credit, days, hold, invoice, policy, snapshot

REMIND = Agreements(remind_instalment=3, plan_grace=2)
RULES = policy(agreements=REMIND)
THREE = plan((2, "100.00"), (32, "100.00"), (62, "100.00"))


def decided(
    *items: Any, given: Hold = THREE, rules: Policy = RULES, ahead: int = 0, **facts: Any
) -> Decision:
    """The only decision, with the plan on what is open."""
    account = snapshot(*(items or (invoice("I1", 40, "300.00"),)), **({"holds": (given,)} | facts))
    (made,) = decide(account, rules, context(TODAY + days(ahead)))
    return made


def codes(made: Decision) -> tuple[str, ...]:
    """What was done, and why."""
    return made.action.value, *(reason.code.value for reason in made.reasons)


def test_it_asks_for_the_instalment_and_holds_the_rest() -> None:
    """A third of the debt; the statement shows what stays held, and nothing counts as late."""
    made = decided()
    assert codes(made) == ("contact", "instalment_due")
    assert made.reasons[0].args == ("2026-06-12", "100.00", "GBP", "100.00")
    assert (made.step, made.step_index, made.episode) == (INSTALMENT.name, -1, THREE.hold_id)
    assert (made.position.asked, made.position.held, made.position.net) == (100, 200, 100)
    (line,) = made.lines
    assert (line.asked, line.held, line.open, line.days_late) == (100, 200, 300, 0)
    assert [(each.code.value, each.amount) for each in made.outcomes] == [("instalment_due", 300)]


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(-2, "plan"), (-1, "instalment_due"), (2, "instalment_due"), (3, "plan"), (5, "step_due")],
)
def test_it_comes_so_many_days_ahead_and_lapses_with_the_day(ahead: int, said: str) -> None:
    """On the day itself it is still a word ahead; behind it the plan's grace runs in silence."""
    assert said in codes(decided(ahead=ahead))


def test_off_is_the_default() -> None:
    """A plan that is kept is left in peace."""
    assert Agreements().remind_instalment is None
    assert codes(decided(rules=policy(agreements=Agreements()))) == ("hold", "plan")


def test_each_instalment_is_announced_once() -> None:
    """Three parts, three words, each for its own; every one paid on its day."""
    account = snapshot(invoice("I1", 40, "300.00"), holds=(THREE,))
    payments = [(2, "I1", "100"), (32, "I1", "100"), (62, "I1", "100")]
    made = [
        ((on - TODAY).days, decision.position.asked)
        for on, decision in played(account, RULES, 70, payments)
        if decision.action is Action.CONTACT
    ]
    assert made == [(0, 100), (29, 100), (59, 100)]


def test_after_a_part_only_what_is_missing_is_named() -> None:
    """And of one that came whole nothing is said, whether it was allocated or not."""
    assert decided(invoice("I1", 40, "260.00")).position.asked == 60
    assert codes(decided(invoice("I1", 40, "200.00"))) == ("hold", "plan")
    paid = credit("C1", "100.00", kind=ItemKind.PAYMENT, issued_on=TODAY)
    assert codes(decided(invoice("I1", 40, "300.00"), paid)) == ("hold", "plan")
    part = replace(paid, open=Decimal("30.00"))
    made = decided(invoice("I1", 40, "300.00"), part)
    assert made.position.asked == sum(line.asked for line in made.lines) == 70


@pytest.mark.parametrize("older", ["30.00", "100.00", "150.00"])
def test_a_credit_from_before_the_plan_silences_no_instalment(older: str) -> None:
    """It fills none, so each is announced whole before it is missed; the last by what is owed."""
    before = credit("C1", older, issued_on=THREE.starts_on - days(1))
    made = decided(invoice("I1", 40, "300.00"), before)
    assert codes(made) == ("contact", "instalment_due")
    assert made.position.asked == made.position.net == 100
    assert sum(line.asked for line in made.lines) == 100
    unpaid = decided(invoice("I1", 40, "300.00"), before, ahead=5)
    assert codes(unpaid) == ("contact", "step_due", "instalment_missed")
    last = decided(invoice("I1", 40, "100.00"), before, ahead=60)
    assert last.position.asked == max(Decimal(0), 100 - Decimal(older))
    assert last.action is (Action.CONTACT if last.position.asked else Action.HOLD)


def test_what_is_disputed_is_not_asked_for_by_a_plan() -> None:
    """Of an instalment over a disputed invoice only the undisputed part is named."""
    dispute = hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal("250.00"), currency="GBP")
    assert decided(holds=(THREE, dispute)).position.asked == 50
    whole = replace(dispute, amount=None)
    assert decided(holds=(THREE, whole)).action is Action.HOLD


def test_an_accepting_day_in_the_ledger_does_not_silence_its_own_plan() -> None:
    """Payment expected on an instalment's day is the plan; on any other it holds the invoice."""
    own = invoice("I1", 40, "300.00", expected_on=TODAY + days(2))
    assert codes(decided(own)) == ("contact", "instalment_due")
    other = replace(own, expected_on=TODAY + days(3))
    assert decided(other).action is Action.HOLD


def test_the_oldest_invoice_is_paid_first() -> None:
    """Only those that the instalment goes towards are named."""
    terms = replace(
        THREE.terms,
        covers=(
            Covered(item_id="I1", open=Decimal(60)),
            Covered(item_id="I2", open=Decimal(140)),
            Covered(item_id="I3", open=Decimal(100)),
        ),
    )
    items = [
        invoice("I1", 40, "60.00"),
        invoice("I2", 30, "140.00"),
        invoice("I3", -9, "100.00"),
    ]
    made = decided(*items, given=replace(THREE, terms=terms))
    assert [(line.item_id, line.asked) for line in made.lines] == [("I1", 60), ("I2", 40)]
    assert [each.code.value for each in made.outcomes] == [
        *("instalment_due", "instalment_due", "not_due")
    ]


def test_an_older_invoice_that_is_not_of_the_plan_is_none_of_its_business() -> None:
    """It falls due by itself, and nothing of it is named."""
    made = decided(invoice("I1", -30, "300.00"), invoice("I0", -9, "500.00"))
    assert [(line.item_id, line.asked) for line in made.lines] == [("I1", 100)]
    assert [(each.item_id, each.code.value) for each in made.outcomes] == [
        ("I0", "not_due"),
        ("I1", "instalment_due"),
    ]


def test_what_is_overdue_besides_the_plan_comes_first() -> None:
    """One message a day, and the ladder's goes before it."""
    other = invoice("I2", 9, "80.00")
    made = decided(invoice("I1", 40, "300.00"), other, given=replace(THREE, item_id="I1"))
    assert (made.step, made.position.asked) == ("friendly", 80)


def test_restraint_and_account_marks_apply() -> None:
    """It is a contact as any other: gap, minimum, closed days, and who is left alone."""
    shut = replace(RULES.restraint, weekdays=(0,))
    assert codes(decided(rules=replace(RULES, restraint=shut)))[:2] == ("hold", "weekend")
    minimum = (("GBP", Decimal("100.01")),)
    assert codes(decided(rules=replace(RULES, minimum=minimum))) == ("none", "below_minimum")
    left = replace(CUSTOMER, do_not_chase=True)
    assert codes(decided(account=left)) == ("hold", "do_not_chase")
    assert codes(decided(account=replace(CUSTOMER, people=())))[1] == "no_address"


def test_a_plan_that_begins_later_or_was_ended_is_not_spoken_of() -> None:
    """Only what was agreed, from the day on which it was."""
    later = replace(THREE, starts_on=TODAY + days(1))
    for late in (40, -9):
        assert "instalment_due" not in codes(decided(invoice("I1", late, "300.00"), given=later))
    ended = replace(THREE, terms=replace(THREE.terms, ended=True), ends_on=TODAY - days(1))
    assert "instalment_due" not in codes(decided(given=ended))


def test_explain_shows_the_instalment() -> None:
    """Its day, its amount and what is missing of it."""
    account = snapshot(invoice("I1", 40, "260.00"), holds=(THREE,))
    (made,) = decide(account, RULES, context())
    (found,) = [one for one in explain(made, account, RULES, context()) if one.rule == "instalment"]
    assert "100.00 GBP due on 2026-06-12, 60.00 not paid" in found.input
    assert "3 days before" in found.comparison


AMOUNTS = st.integers(1, 20_000).map(lambda cents: Decimal(cents) / 100)


@st.composite
def agreed(draw: st.DrawFn) -> tuple[AccountSnapshot, Hold]:
    """A plan on one or two invoices, some of it paid, beside credits and disputes."""
    opens = {one: draw(AMOUNTS) for one in ("I1", "I2")[: draw(st.integers(1, 2))]}
    whole = sum(opens.values(), Decimal(0))
    first = (whole / 2).quantize(Decimal("0.01"))
    parts = tuple(
        (day, str(amount))
        for day, amount in zip((draw(st.integers(-4, 6)), 40), (first, whole - first), strict=True)
        if amount > 0
    )
    made = plan(*parts)
    assert made.terms is not None
    covers = tuple(Covered(item_id=one, open=amount) for one, amount in opens.items())
    made = replace(made, terms=replace(made.terms, covers=covers))
    items = [
        invoice(one, draw(st.integers(-9, 60)), open=left, total=amount)
        for one, amount in opens.items()
        for left in [draw(st.sampled_from([amount, amount, amount / 2, Decimal(0)]))]
        if left
    ]
    if draw(st.integers(0, 3)) == 0:
        on = draw(st.sampled_from([None, TODAY - days(90), TODAY]))
        items.append(credit("C1", str(draw(AMOUNTS)), issued_on=on))
    holds = [made]
    if draw(st.integers(0, 3)) == 0:
        holds.append(hold(HoldKind.DISPUTE, amount=draw(AMOUNTS), currency="GBP"))
    return snapshot(*items, holds=tuple(holds)), made


@settings(deadline=None, max_examples=150)
@given(agreed(), AMOUNTS)
def test_it_never_asks_more_than_the_instalment_or_the_position(
    drawn: tuple[AccountSnapshot, Hold], more: Decimal
) -> None:
    """It foots, asks at most what is missing and owed, and after more is paid never asks more."""
    account, given_plan = drawn
    for made in decide(account, RULES, context()):
        if made.step != INSTALMENT.name or made.action is not Action.CONTACT:
            continue
        parts = given_plan.terms.instalments if given_plan.terms else ()
        assert 0 < made.position.asked <= min(made.position.net, parts[0].amount)
        assert sum(line.asked for line in made.lines) == made.position.asked
        total = sum(
            one.open if one.kind is ItemKind.INVOICE else -one.open for one in account.items
        )
        assert sum(each.amount for each in made.outcomes) == total
        less = [
            replace(one, open=max(one.open - more, Decimal(0)))
            if one.kind is ItemKind.INVOICE
            else one
            for one in account.items
        ]
        after = replace(account, items=tuple(one for one in less if one.open))
        for later in decide(after, RULES, context()):
            assert later.position.asked <= made.position.asked
            assert later.step in (INSTALMENT.name, "")


def test_a_ladder_step_of_a_like_name_is_another_one() -> None:
    """No step of a ladder can be called as it is: a name has no space in it."""
    assert " " in INSTALMENT.name
    like = Step(name="instalment", tone=Tone.FRIENDLY, after_due=1)
    made = decided(rules=policy(like, FRIENDLY, agreements=REMIND))
    assert (made.step, made.step_index) == (INSTALMENT.name, -1)


def test_terms_without_instalments_are_not_announced() -> None:
    """A plan that only says until when is like a promise."""
    bare = replace(THREE, terms=Terms(covers=THREE.terms.covers if THREE.terms else ()))
    assert codes(decided(given=bare)) == ("hold", "plan")
