"""What an agreement is about, what counts towards it, and on which day it is broken."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.agreement import Covered, Terms, UnpaidCause
from syncer.model.decision import Code
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind, OpenItem
from syncer.policy.agreements.kept import State, covering, kept_in_time, progress, standing
from syncer.policy.agreements.marker import NO_REASON, Marked, read_marker
from syncer.policy.agreements.raised import Broken, broken
from syncer.policy.agreements.rules import ROUTES, Agreements, Route
from syncer.policy.agreements.told import expected, still_open, told
from syncer.policy.compiled import ready
from syncer.policy.habits import Figure
from syncer.policy.kept import promises_kept

from .agreed import covers, plan, promise
from .make import TODAY, contact, credit, days, hold, invoice, policy, settled, snapshot

START = TODAY - days(20)  # of a promise
NONE = Agreements()
EUROS: dict[str, Any] = {"currency": "EUR"}


def both(**opens: str) -> Hold:
    """A promise about one invoice in euros and one in pounds, broken yesterday unless kept."""
    terms = Terms(
        covers=tuple(
            Covered(item_id=code, open=Decimal(amount), currency=code)
            for code, amount in opens.items()
        )
    )
    return promise(-1, item_id="", terms=terms)


def left(euros: str, pounds: str) -> tuple[OpenItem, ...]:
    """What is still open of the two."""
    return (
        invoice("EUR", 30, "100", open=Decimal(euros), currency="EUR"),
        invoice("GBP", 30, "100", open=Decimal(pounds)),
    )


def test_an_agreement_remembers_what_is_open_and_owed() -> None:
    """Invoices with something open, of the currency it is about; never a credit."""
    items = (
        invoice("I1"),
        invoice("I2", open=Decimal(0)),
        invoice("I3", currency="EUR"),
        credit("C1", "5"),
    )
    assert [one.item_id for one in covering(items)] == ["I1", "I3"]
    assert [one.item_id for one in covering(items, currency="GBP")] == ["I1"]


@pytest.mark.parametrize(
    ("euros", "pounds", "state", "currency"),
    [
        ("0", "60", State.PART_KEPT, "GBP"),
        ("60", "0", State.PART_KEPT, "EUR"),
        ("60", "100", State.BROKEN, "GBP"),
        ("100", "60", State.BROKEN, "EUR"),
        ("0", "0", State.KEPT, "EUR"),
    ],
)
def test_of_two_currencies_the_worse_one_counts(
    euros: str, pounds: str, state: State, currency: str
) -> None:
    """Not kept before kept, and nothing paid before something paid; each by its own money."""
    facts = snapshot(*[one for one in left(euros, pounds) if one.open])
    found = standing(both(EUR="100", GBP="100"), facts, NONE, TODAY)
    assert (found.state, found.progress.currency) == (state, currency)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"item_id": "I1"}, {"I1"}),
        ({"item_id": ""}, {"I1", "I2", "I4"}),
        ({"item_id": "", "currency": "GBP"}, {"I1", "I2"}),
    ],
)
def test_without_more_it_is_about_what_was_there(facts: dict[str, str], expected: set[str]) -> None:
    """The invoice that it names; else those of its currency that were issued by its first day."""
    items = (
        invoice("I1", issued_on=START),
        invoice("I2", issued_on=None),
        invoice("I3", issued_on=START + days(1)),
        invoice("I4", issued_on=START - days(1), currency="EUR"),
    )
    assert progress(promise(3, **facts), snapshot(*items)).item_ids == expected


@pytest.mark.parametrize(("ago", "paid"), [(19, 30), (20, 30), (21, 0)])
def test_money_counts_from_the_first_day_on(ago: int, paid: int) -> None:
    """A payment, or a credit that waits for its invoice, from the day of the promise on."""
    word = promise(3)
    told_paid = snapshot(invoice(), settled=(settled("I1", 5, ago, "30"),))
    assert progress(word, told_paid).paid == paid
    money = credit("P1", "30", kind=ItemKind.PAYMENT, issued_on=TODAY - days(ago))
    assert progress(word, snapshot(invoice(), money)).waiting == paid


@pytest.mark.parametrize(("kind", "grace"), [(HoldKind.PROMISE, 2), (HoldKind.PLAN, 5)])
def test_each_kind_of_word_has_its_own_grace(kind: HoldKind, grace: int) -> None:
    """Through its day and the grace it is open, and broken on the day after; it says which."""
    rules = Agreements(promise_grace=2, plan_grace=5)
    states = []
    for ago in (grace - 1, grace, grace + 1):
        word = hold(kind, item_id="I1", starts_on=START, ends_on=TODAY - days(ago))
        found = standing(word, snapshot(invoice()), rules, TODAY)
        states.append(found.state)
    assert states == [State.OPEN, State.OPEN, State.BROKEN]
    assert found.broken_on == TODAY


def test_a_part_is_kept_whenever_it_came() -> None:
    """Of a promised part nobody knows on which day it was paid: it is kept once it is there."""
    late = (settled("I1", 5, 1, "50"),)
    part = promise(-9, amount=Decimal(50), currency="GBP")
    whole = promise(-9, terms=Terms(covers=covers(I1="100")))
    assert kept_in_time(part, snapshot(invoice(), settled=late), NONE, TODAY) is State.KEPT
    assert kept_in_time(whole, snapshot(settled=late), NONE, TODAY) is State.BROKEN


def found_broken(*holds: Hold, items: tuple[OpenItem, ...] = (), **facts: Any) -> Broken | None:
    """The broken word about I1 or I2 that a step has to answer."""
    ladder = ready(policy()).ladder("usual")
    there = items or (invoice("I1", 30), invoice("I2", 30))
    asked = [one.item_id for one in there]
    rules = facts.pop("rules", NONE)
    made = facts.pop("made", ())
    return broken(snapshot(*there, holds=holds, **facts), asked, made, ladder, rules, TODAY)


def test_the_first_broken_word_is_told() -> None:
    """Of several the one that was broken first, whatever order they were entered in."""
    first, second = promise(-9, hold_id="A"), promise(-4, hold_id="B", item_id="I2")
    for holds in ((first, second), (second, first)):
        word = found_broken(*holds)
        assert word is not None
        assert (word.on, word.reason.args[2]) == (TODAY - days(8), str(TODAY - days(9)))


def test_an_answered_word_hides_no_other() -> None:
    """A step that spoke of one invoice answered the word about that one alone."""
    made = (contact("friendly", 2, "I1"),)
    word = found_broken(promise(-9), promise(-4, item_id="I2"), made=made)
    assert word is not None
    assert word.on == TODAY - days(3)


def test_a_word_about_what_is_not_asked_for_is_nothing() -> None:
    """Nor is one whose day is still to come."""
    assert found_broken(promise(-9, item_id="I9", terms=Terms(covers=covers(I9="5")))) is None
    assert found_broken(promise(0)) is None


def test_a_word_that_is_passed_over_hides_no_other() -> None:
    """Not yet broken, or about an invoice that is not asked for: those behind it count."""
    second = invoice("I2", 30, expected_on=TODAY - days(4))
    coming = invoice("I1", 30, expected_on=TODAY + days(4))
    held = promise(-9, item_id="I9")
    for items, holds in (((coming, second), ()), ((invoice("I9", 30), second), (held,))):
        ladder = ready(policy()).ladder("usual")
        word = broken(snapshot(*items, holds=holds), ["I1", "I2"], (), ladder, NONE, TODAY)
        assert word is not None
        assert word.on == TODAY - days(3)


@pytest.mark.parametrize(
    ("expected", "grace", "on"),
    [(-1, 0, 0), (-3, 0, -2), (-3, 2, 0), (-3, 3, None), (-30, 0, None), (-31, 0, None)],
)
def test_an_expected_day_is_broken_after_its_grace(
    expected: int, grace: int, on: int | None
) -> None:
    """Only where it is later than the due date; an invoice without such a day hides none."""
    items = (invoice("I1", 30), invoice("I2", 30, expected_on=TODAY + days(expected)))
    word = found_broken(items=items, rules=Agreements(promise_grace=grace))
    assert (word.on if word else None) == (None if on is None else TODAY + days(on))


@pytest.mark.parametrize(("amount", "currency"), [(Decimal(70), "GBP"), (None, "")])
def test_a_broken_part_is_told_with_its_amount(amount: Decimal | None, currency: str) -> None:
    """With the currency where an amount was promised, without either where all of it was."""
    word = found_broken(promise(-9, amount=amount, currency="GBP"))
    assert word is not None
    text = "" if amount is None else "70"
    assert word.reason.args == (text, currency, str(TODAY - days(9)))
    assert word.reason.code is Code.PROMISE_BROKEN


@pytest.mark.parametrize(
    ("note", "marker", "expected"),
    [
        ("#hold until 2026-12-01 a credit note comes", "#hold", "a credit note comes"),
        ("#HOLD until 2026-12-01", "#hold", NO_REASON),
        ("   ", "#hold", None),
        ("", "#hold", None),
        ("#hold until 2026-12-01", "", None),
        ("#holds until 2026-12-01", "#hold", None),
    ],
)
def test_a_note_says_why_in_its_own_words(note: str, marker: str, expected: str | None) -> None:
    """What stands behind the day is the reason; a note without words is no marker."""
    found = read_marker(note, marker)
    day = TODAY.replace(month=12, day=1)
    assert found == (None if expected is None else Marked(until=day, reason=expected))


def test_each_answer_goes_its_own_way() -> None:
    """By the policy's routes; an answer without one is a note."""
    assert {cause: NONE.route(cause) for cause, _ in ROUTES} == dict(ROUTES)
    bare = Agreements(routes=())
    assert {bare.route(cause) for cause in UnpaidCause} == {Route.NOTE}


def test_a_list_tells_the_next_instalment_or_the_missed_one() -> None:
    """Of a plan the oldest that is not paid, kept or not; the state is that of the plan itself."""
    coming = plan((-5, "40"), (9, "60"))
    facts = snapshot(invoice(open=Decimal(60)), holds=(coming,))
    assert (told(coming, facts, NONE, TODAY).next_on, told(coming, facts, NONE, TODAY).state) == (
        TODAY + days(9),
        "open",
    )
    assert told(coming, snapshot(invoice()), NONE, TODAY).next_on == TODAY - days(5)
    late = snapshot(settled=(settled("I1", 5, 1),))
    done = plan((-9, "100"))
    assert told(done, late, NONE, TODAY).state == "kept"
    assert told(promise(-9, terms=Terms(covers=covers(I1="100"))), late, NONE, TODAY).state == (
        "broken"
    )


def test_a_dispute_is_open_while_its_invoice_is() -> None:
    """A credit of the same customer is none of it, nor is an invoice of which nothing is left."""
    word = hold(item_id="I1")
    assert still_open(word, snapshot(invoice()))
    assert not still_open(word, snapshot(invoice(open=Decimal(0))))
    assert not still_open(hold(), snapshot(credit("C1", "5")))


def test_the_ledgers_own_days_are_listed_as_promises() -> None:
    """One for each invoice that has such a day, from its issue on; a credit promises nothing."""
    when = TODAY + days(3)
    items = (
        invoice("I1", expected_on=when, issued_on=START),
        invoice("I2", expected_on=when),
        invoice("I3"),
        credit("C1", "5", expected_on=when),
    )
    found = {one.item_id: one.starts_on for one in expected(snapshot(*items))}
    assert found == {"I1": START, "I2": TODAY.min}


@pytest.mark.parametrize(("ago", "depth"), [(1, None), (2, None), (3, 1)])
def test_a_day_of_the_ledger_is_judged_after_its_grace(ago: int, depth: int | None) -> None:
    """Once day and grace are over it was not kept; a day that is the due date promised nothing."""
    item = invoice(late=30, expected_on=TODAY - days(ago))
    rules = Agreements(promise_grace=2)
    expected_figure = None if depth is None else Figure(value=Decimal(0), depth=depth)
    assert promises_kept(snapshot(item), rules, TODAY) == expected_figure
    same = replace(item, due_on=item.expected_on)
    assert promises_kept(snapshot(same), rules, TODAY) is None
