"""Which holds speak today and how long, on which days that changes, and what a plan is cut into."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from syncer.errors import ConfigError
from syncer.model.agreement import Instalment, Terms, UnpaidCause
from syncer.model.decision import AccountSnapshot
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.schedule import Every, instalments, wrong_schedule
from syncer.policy.agreements.speaking import speaking, turns

from .agreed import covers, plan, promise, rules
from .make import TODAY, contact, credit, days, hold, invoice, one, snapshot

NONE = Agreements()


def ends(facts: AccountSnapshot, **given: Any) -> list[date | None]:
    """The last day of each hold that speaks."""
    return [one.ends_on for one in speaking(facts, Agreements(**given), TODAY)]


def turning(*holds: Hold, items: tuple[Any, ...] = (), **given: Any) -> list[int]:
    """The days from today on which something turns, each once."""
    facts = snapshot(*(items or (invoice("I1", 30),)), holds=holds)
    found = turns(facts, Agreements(**given), TODAY)
    return sorted({(on - TODAY).days for on in found})


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("kind", [HoldKind.PROMISE, HoldKind.PLAN])
def test_an_ended_word_has_no_grace(kind: HoldKind, *, ended: bool) -> None:
    """A person ended it on its last day; without that the grace is added to it."""
    word = hold(kind, item_id="I1", ends_on=TODAY, terms=Terms(ended=ended))
    facts = snapshot(invoice(), holds=(word,))
    assert ends(facts, promise_grace=3, plan_grace=3) == [TODAY if ended else TODAY + days(3)]


def test_a_promise_without_a_day_has_none() -> None:
    """Grace lengthens a day; where there is none it adds nothing."""
    assert ends(snapshot(invoice(), holds=(promise(0, ends_on=None),)), promise_grace=2) == [None]


@pytest.mark.parametrize(("paid", "held"), [("0", 50), ("30", 20), ("50", None), ("60", None)])
def test_a_promised_part_holds_what_has_not_come(paid: str, held: int | None) -> None:
    """Once all of the part is paid nothing of it speaks any more."""
    word = promise(5, amount=Decimal(50), currency="GBP", terms=Terms(covers=covers(I1="100")))
    facts = snapshot(invoice(open=100 - Decimal(paid)), holds=(word,))
    assert [one.amount for one in speaking(facts, NONE, TODAY)] == ([] if held is None else [held])


def test_a_plan_holds_through_the_grace_of_its_next_instalment() -> None:
    """While it is kept it holds its own invoices, each whole, until that day is over."""
    agreed = plan((4, "40"), (30, "60"))
    facts = snapshot(invoice(), invoice("I2"), holds=(agreed,))
    (held,) = speaking(facts, Agreements(plan_grace=2), TODAY)
    assert (held.item_id, held.ends_on, held.amount) == ("I1", TODAY + days(6), None)
    named = plan((4, "100"), item_id="I1")
    (held,) = speaking(snapshot(invoice(), holds=(named,)), NONE, TODAY)
    assert held.item_id == "I1"
    bare = plan((4, "100"), terms=Terms(instalments=agreed.terms.instalments))  # type: ignore[union-attr]
    (held,) = speaking(snapshot(invoice(), holds=(bare,)), NONE, TODAY)
    assert held.item_id == ""


def test_money_that_waits_keeps_a_plan_speaking() -> None:
    """Paid in full it is over; while the money is on no invoice yet, nothing is asked for."""
    agreed = plan((-9, "40"), (-2, "60"))
    paid = snapshot(invoice(open=Decimal(0)), holds=(agreed,))
    assert list(speaking(paid, NONE, TODAY)) == []
    money = credit("P1", "100", kind=ItemKind.PAYMENT, issued_on=TODAY)
    (held,) = speaking(snapshot(invoice(), money, holds=(agreed,)), NONE, TODAY)
    assert (held.item_id, held.ends_on) == ("I1", None)
    assert list(speaking(snapshot(invoice(), holds=(agreed,)), NONE, TODAY)) == []  # missed


@pytest.mark.parametrize(("left", "speaks"), [("100", True), ("40", True), ("0", False)])
def test_a_claim_to_have_paid_ends_with_the_money(left: str, *, speaks: bool) -> None:
    """And not before all of it is seen; a claim about nothing that is known goes on."""
    terms = Terms(cause=UnpaidCause.PAID_CLAIM, covers=covers(I1="100"))
    word = hold(HoldKind.MANUAL, terms=terms)
    facts = snapshot(invoice(open=Decimal(left)), holds=(word,))
    assert bool(speaking(facts, NONE, TODAY)) is speaks
    bare = hold(HoldKind.MANUAL, terms=Terms(cause=UnpaidCause.PAID_CLAIM))
    assert len(speaking(snapshot(holds=(bare,)), NONE, TODAY)) == 1


@pytest.mark.parametrize(
    ("ago", "given"), [(0, ("INV-I1", str(TODAY))), (1, None), (2, None), (3, ())]
)
def test_grace_begins_on_the_day_after_the_expected_one(
    ago: int, given: tuple[str, ...] | None
) -> None:
    """On the day itself the ledger's own day holds; after it the grace does, and says so."""
    item = invoice(late=30, expected_on=TODAY - days(ago))
    decision = one(item, rules=rules(promise_grace=2), contacts=(contact("firm", 1),))
    reason = decision.reasons[0]
    if given is None:
        on = TODAY - days(ago)
        given = (f"the ledger expected payment on {on}", str(on + days(2)), "", str(on), "")
    assert (reason.args if reason.code == "expected_date" else ()) == given


def test_the_days_on_which_a_hold_turns() -> None:
    """It begins after today, or its last day is today or later: then the day after that one."""
    assert turning(hold(starts_on=TODAY, ends_on=TODAY)) == [1]
    assert turning(hold(starts_on=TODAY + days(1), ends_on=TODAY + days(4))) == [1, 5]
    assert turning(hold(ends_on=TODAY - days(1))) == []
    assert turning(hold()) == []


def test_the_day_on_which_a_word_breaks_is_a_turn() -> None:
    """Day and grace are over on it. An ended word breaks never, and one that was kept neither."""
    assert turning(promise(3), promise_grace=2) == [6]
    assert turning(promise(3, terms=Terms(ended=True)), promise_grace=2) == [4]
    assert turning(plan((4, "40"), (30, "60")), plan_grace=2) == [7]
    assert turning(plan((4, "100"), terms=Terms(ended=True))) == [5]
    kept = promise(3, terms=Terms(covers=covers(I9="100")))
    assert turning(kept, promise_grace=2) == [6]
    assert turning(hold(ends_on=TODAY + days(3)), promise_grace=2) == [4]


@pytest.mark.parametrize(
    ("ahead", "grace", "expected"),
    [(3, 0, [4]), (0, 0, [1]), (-1, 0, []), (3, 2, [6]), (-1, 2, [2]), (-3, 2, []), (-2, 2, [1])],
)
def test_an_expected_day_turns_after_its_grace(ahead: int, grace: int, expected: list[int]) -> None:
    """The day after both is the only one, and only while it is still to come."""
    items = (invoice("I1", 30, expected_on=TODAY + days(ahead)),)
    assert turning(items=items, promise_grace=grace) == expected


def test_a_plan_has_two_to_sixty_parts_of_a_coin_at_least() -> None:
    """Both ends are allowed, and a coin for each part; beyond them it is refused."""
    first = {"first_on": TODAY, "every": Every.WEEK}
    for count, debt in ((2, "0.02"), (60, "0.60")):
        parts = instalments(Decimal(debt), "GBP", count=count, **first)  # type: ignore[arg-type]
        assert [one.amount for one in parts] == [Decimal("0.01")] * count
    for count, debt in ((1, "100"), (61, "100"), (0, "100"), (3, "0.02")):
        with pytest.raises(ConfigError):
            instalments(Decimal(debt), "GBP", count=count, **first)  # type: ignore[arg-type]


def test_the_last_part_has_what_is_finer_than_a_coin() -> None:
    """A ledger may owe a tenth of a penny; it is nobody else's."""
    parts = instalments(Decimal("100.004"), "GBP", count=3, first_on=TODAY, every=Every.MONTH)
    assert [str(one.amount) for one in parts] == ["33.34", "33.33", "33.334"]


@pytest.mark.parametrize("every", list(Every))
def test_a_plan_ends_with_the_calendar(every: Every) -> None:
    """A first day too close to the last day there is, is refused in words."""
    with pytest.raises(ConfigError, match="too late a day"):
        instalments(Decimal(100), "GBP", count=3, first_on=date.max, every=every)


@pytest.mark.parametrize(("amount", "wrong"), [("0.01", False), ("0", True), ("-1", True)])
def test_every_instalment_is_more_than_zero(amount: str, *, wrong: bool) -> None:
    """One of nothing would be paid before it is due."""
    parts = (
        Instalment(due_on=TODAY, amount=Decimal(50)),
        Instalment(due_on=TODAY + days(7), amount=Decimal(amount)),
    )
    said = wrong_schedule(parts, 50 + Decimal(amount), "GBP")
    assert (said == "every instalment must be more than zero") is wrong
