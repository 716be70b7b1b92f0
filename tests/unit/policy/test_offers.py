"""Offered plans: banking days, the longest plan, and when the ledger says that one was accepted."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.agreement import Covered, Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import Account
from syncer.policy.agreements.banking import moves_money, on_banking_days
from syncer.policy.agreements.longest import longest_plan
from syncer.policy.agreements.offers import plan_of, taken_up
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.told import expected as promises
from syncer.policy.agreements.told import told
from syncer.policy.charges.rules import ChargeRules
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import Debtor, Evidence, Pack, PlanLimit
from syncer.policy.rules import Restraint

from .agreed import plan
from .make import (
    CUSTOMER,
    FINAL,
    FRIENDLY,
    TODAY,
    contact,
    context,
    days,
    hold,
    invoice,
    policy,
    snapshot,
)

ENGLAND = Restraint(holidays="GB-ENG")
FIRST, SECOND = TODAY + days(14), TODAY + days(44)


def parts(*written: tuple[date, str]) -> tuple[Instalment, ...]:
    """Instalments by day and amount."""
    return tuple(Instalment(due_on=on, amount=Decimal(amount)) for on, amount in written)


def moved(*on: date, rules: Restraint = ENGLAND, last: date | None = None) -> list[date]:
    """The days of a schedule after it was laid on banking days."""
    given_parts = parts(*((one, "10.00") for one in on))
    return [one.due_on for one in on_banking_days(given_parts, rules, first=TODAY, last=last)]


@pytest.mark.parametrize(
    ("on", "rules", "expected"),
    [
        (date(2026, 6, 15), ENGLAND, date(2026, 6, 15)),  # a Monday
        (date(2026, 6, 14), ENGLAND, date(2026, 6, 15)),  # Sunday
        (date(2026, 6, 13), Restraint(), date(2026, 6, 15)),  # Saturday, no region given
        (date(2026, 12, 25), ENGLAND, date(2026, 12, 29)),  # Friday; Boxing Day is on Monday 28th
        (date(2026, 12, 25), Restraint(), date(2026, 12, 25)),  # no region: no holiday known
        (date(2026, 8, 31), ENGLAND, date(2026, 9, 1)),  # bank holiday in England
        (date(2026, 8, 31), Restraint(holidays="GB-SCT"), date(2026, 8, 31)),
        (date(2026, 6, 16), Restraint(weekdays=(0,)), date(2026, 6, 16)),  # writes on Mondays only
        (date(2026, 7, 14), replace(ENGLAND, also_holidays="FR"), date(2026, 7, 15)),
    ],
)
def test_an_instalment_falls_on_a_banking_day(on: date, rules: Restraint, expected: date) -> None:
    """Weekend and holidays of the policy's region (and the debtor's) move it to the next one."""
    assert moved(on, rules=rules) == [expected]


def test_a_move_never_leaves_the_plan_or_the_order() -> None:
    """At the end of what is allowed the banking day before counts; no two share a day."""
    saturday = date(2026, 6, 13)
    assert moved(saturday, last=saturday) == [date(2026, 6, 12)]
    assert moved(saturday, saturday + days(1)) == [date(2026, 6, 15), date(2026, 6, 16)]
    today_only = date(2026, 6, 10)
    assert moved(today_only, last=today_only) == [today_only]


@given(
    st.lists(st.integers(0, 700), min_size=1, max_size=12, unique=True),
    st.sampled_from(["", "GB-ENG", "DE-BY", "AE", "US-NY"]),
)
def test_moving_keeps_amounts_order_and_the_last_day(ahead: list[int], region: str) -> None:
    """Sums stay, days rise and hold money, and nothing leaves the longest plan there may be."""
    rules = Restraint(holidays=region)
    before = parts(*((TODAY + days(one), f"{one + 1}.00") for one in sorted(ahead)))
    after = on_banking_days(before, rules, first=TODAY, last=None)
    assert [one.amount for one in after] == [one.amount for one in before]
    on = [one.due_on for one in after]
    assert on == sorted(set(on))
    assert all(moves_money(rules, one) for one in on)
    last = before[-1].due_on
    assert on_banking_days(before[-1:], rules, first=TODAY, last=last)[0].due_on <= last


def offer(**facts: Any) -> Hold:
    """100.00 of I1 in two parts, offered yesterday, when the ledger expected nothing."""
    terms = Terms(
        covers=(Covered(item_id="I1", open=Decimal("100.00"), currency="GBP"),),
        instalments=parts((FIRST, "60.00"), (SECOND, "40.00")),
        offered=True,
    )
    values = {
        "hold_id": "offer-1a2b",
        "amount": Decimal(0),
        "currency": "GBP",
        "starts_on": TODAY - days(1),
        "ends_on": FIRST,
        "terms": terms,
    }
    return hold(HoldKind.MANUAL, **(values | facts))


def two(before: date | None = None) -> Hold:
    """The same of two invoices, I1 and the younger I2, both expected on ``before`` already."""
    covers = tuple(
        Covered(item_id=one, open=Decimal("50.00"), expected_on=before) for one in ("I1", "I2")
    )
    made = offer()
    assert made.terms is not None
    return replace(made, terms=replace(made.terms, covers=covers))


def expected(i1: date | None, i2: date | None = None, **facts: Any) -> Any:
    """The account with these expected payment dates; I1 is the older invoice."""
    return snapshot(invoice("I1", 20, expected_on=i1), invoice("I2", 10, expected_on=i2), **facts)


@pytest.mark.parametrize(
    ("given_offer", "facts", "accepted"),
    [
        (offer(), expected(FIRST), True),
        (offer(), expected(None), False),
        (offer(), expected(None, FIRST), False),  # an invoice that was no part of the offer
        (offer(), expected(FIRST + days(1)), False),
        (offer(), expected(SECOND), False),  # offered, but not the first day
        (offer(), expected(FIRST, quarantined=1), False),
        (two(), expected(FIRST), True),
        (two(), expected(FIRST, SECOND), True),
        (two(), expected(None, FIRST), False),  # the oldest carries the next message
        (two(), expected(FIRST, FIRST + days(3)), False),  # something else was agreed for I2
        (two(FIRST), expected(FIRST, FIRST), False),  # it stood there before the offer
        (two(SECOND), expected(FIRST, SECOND), True),  # only I1's day is new
    ],
)
def test_the_ledgers_expected_date_accepts_an_offer(
    given_offer: Hold, facts: Any, accepted: bool
) -> None:
    """The first day offered, set on the oldest invoice of the offer, and set since the offer."""
    assert taken_up(given_offer, facts) is accepted


def test_an_offer_alone_holds_nothing_and_its_plan_does() -> None:
    """The same invoice is asked for with an offer, and left alone with the plan that came of it."""
    facts = snapshot(invoice("I1", 20))
    before = decide(facts, policy(), context())[0]
    with_offer = replace(facts, holds=(offer(),))
    offered = decide(with_offer, policy(), context())[0]
    assert (offered.action, offered.position) == (before.action, before.position)
    assert offered.next_look_on == before.next_look_on
    made = plan_of(offer(), today=TODAY, reason="r", author="a", source=HoldSource.LEDGER)
    assert (made.hold_id, made.amount, made.ends_on) == ("plan-1a2b", Decimal("100.00"), SECOND)
    kept = decide(replace(facts, holds=(made,)), policy(), context())[0]
    assert (kept.action, kept.reasons[0].code) == ("hold", "plan")


@pytest.mark.parametrize("first_in", [-4, 0, 2])
def test_an_offer_is_no_plan_however_it_was_entered(first_in: int) -> None:
    """Nobody is reminded of an instalment that was only offered, and none counts as missed."""
    made = plan((first_in, "60.00"), (30, "40.00"), starts_on=TODAY - days(9))
    assert made.terms is not None
    offered = replace(made, terms=replace(made.terms, offered=True))
    ahead = policy(agreements=Agreements(remind_instalment=3))
    late, coming = invoice("I1", 12), invoice("I1", -20)
    said = (contact(FRIENDLY, 5, "I1"),)
    for item, contacts in ((late, said), (coming, ())):
        bare = snapshot(item, contacts=contacts)
        without = decide(bare, ahead, context())[0]
        found = decide(replace(bare, holds=(offered,)), ahead, context())[0]
        assert (found.action, found.reasons) == (without.action, without.reasons)


@pytest.mark.parametrize(
    ("first_in", "open_now", "states"),
    [
        (5, "100.00", ["to come", "to come"]),
        (5, "80.00", ["part paid", "to come"]),
        (-1, "80.00", ["due", "to come"]),
        (-4, "80.00", ["missed", "to come"]),
        (-4, "40.00", ["paid", "to come"]),
        (-4, "30.00", ["paid", "part paid"]),
    ],
)
def test_each_instalment_is_told_by_day_amount_and_state(
    first_in: int, open_now: str, states: list[str]
) -> None:
    """Payments fill the oldest first; one that is not full three days after its day is missed."""
    given_plan = plan((first_in, "60.00"), (first_in + 30, "40.00"))
    facts = snapshot(invoice("I1", 20, open_now, total=Decimal("100.00")))
    seen = told(given_plan, facts, Agreements(plan_grace=3), TODAY)
    assert [one.state for one in seen.parts] == states
    paid = Decimal("100.00") - Decimal(open_now)
    assert sum((one.paid for one in seen.parts), Decimal(0)) == paid


def limits(*rows: PlanLimit) -> LawBook:
    """A law pack of Canada with these rows."""
    pack = Pack(
        name="ca",
        title="Canada",
        country="CA",
        currency="CAD",
        version="1",
        review_by=date(2027, 1, 1),
        rows=rows,
    )
    return LawBook([pack])


def limit(row_id: str, length: int, **facts: Any) -> PlanLimit:
    """A row that lets a plan last so many days."""
    return PlanLimit(id=row_id, source="s", evidence=Evidence.CHOICE, days=length, **facts)


@pytest.mark.parametrize(
    ("plan_max", "region", "last", "source"),
    [
        (None, "Ontario", 90, "on"),
        (None, "CA-ON", 90, "on"),
        (None, "Quebec", 180, "ca"),
        (None, "", 90, "on"),  # nobody knows where: the strictest counts
        (60, "Ontario", 60, "agreements.plan_max"),
        (120, "Quebec", 120, "agreements.plan_max"),
    ],
)
def test_the_strictest_limit_of_a_plan_counts(
    plan_max: int | None, region: str, last: int, source: str
) -> None:
    """The policy's own and each row of the pack that speaks about the customer's region."""
    law = limits(limit("ca", 180, parts=6), limit("on", 90, region="CA-ON"))
    rules = policy(agreements=Agreements(plan_max=plan_max), charges=ChargeRules(law="ca"))
    account = replace(CUSTOMER, country="CA", region=region)
    found = longest_plan(rules, law, account, TODAY)
    assert found is not None
    assert (found.last, found.parts, found.source) == (TODAY + days(last), 6, source)


def test_a_limit_of_a_plan_may_speak_about_some_debtors_alone() -> None:
    """A row for consumers leaves businesses alone, and binds whom nobody has classed."""
    law = limits(limit("ca", 30, debtors=(Debtor.CONSUMER,)))
    account = Account(account_id="A1", name="A")

    def source(debtor: Debtor | None) -> str | None:
        rules = policy(charges=ChargeRules(law="ca", debtor=debtor))
        found = longest_plan(rules, law, account, TODAY)
        return found and found.source

    assert [source(one) for one in (Debtor.BUSINESS, Debtor.CONSUMER, None)] == [None, "ca", "ca"]
    assert longest_plan(policy(), law, account, TODAY) is None


def test_an_open_offer_and_the_plan_that_came_of_it_are_explained() -> None:
    """What would accept it, what the ledger expects now and expected then; later who accepted."""
    facts = replace(expected(FIRST + days(1)), holds=(offer(),))
    (decision,) = decide(facts, policy(), context())
    (told_now,) = [
        one for one in explain(decision, facts, policy(), context()) if one.rule == "offered plan"
    ]
    assert told_now.input == (
        f"2 instalments offered on {TODAY - days(1)}; invoice INV-I1, expected payment date "
        f"{FIRST + days(1)}, at the offer none"
    )
    assert str(FIRST) in told_now.comparison
    reason = f"offer accepted: the ledger expects payment on {FIRST}"
    made = plan_of(offer(), today=TODAY, reason=reason, author="a", source=HoldSource.LEDGER)
    kept = replace(facts, holds=(made,))
    (decision,) = decide(kept, policy(), context())
    said = [one.verdict for one in explain(decision, kept, policy(), context())]
    assert any(reason in one for one in said)


def test_under_a_plan_the_ledgers_day_is_no_promise_of_its_own() -> None:
    """The first instalment came, the second did not: that is what the step is about."""
    paid_in_part = plan((-40, "60.00"), (-10, "40.00"))
    late = invoice("I1", 90, "40.00", expected_on=TODAY - days(40), total=Decimal("100.00"))
    given_contacts = (contact("friendly", 80, "I1"),)
    patient = replace(FINAL, after_previous=100)  # by itself it comes in twenty days
    rules = policy(FRIENDLY, patient, agreements=Agreements(plan_grace=3))

    def why(*holds: Hold) -> str:
        facts = snapshot(late, holds=holds, contacts=given_contacts)
        return decide(facts, rules, context())[0].reasons[0].code

    assert why(paid_in_part) == "instalment_missed"
    assert paid_in_part.terms is not None
    ended = replace(paid_in_part, terms=replace(paid_in_part.terms, ended=True))
    assert why(ended) == "promise_broken"
    listed = [list(promises(snapshot(late, holds=holds))) for holds in ((paid_in_part,), (ended,))]
    assert [len(one) for one in listed] == [0, 1]
