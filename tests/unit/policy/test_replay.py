"""A policy played over the past knows nothing of the future, and forgets nothing of the past."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Action
from syncer.model.ledger import ItemKind
from syncer.policy.decide import decide
from syncer.policy.replay.past import PastAccount, PastInvoice, Payment, past_of
from syncer.policy.replay.play import Asked, _contact, _context, play
from syncer.policy.rules import Cap, CatchUp, Policy, Restraint

from .make import CUSTOMER, HEADS_UP, ORGANISATION, TODAY, invoice, policy, settled, snapshot

START = date(2026, 1, 5)
LAST = START + timedelta(days=120)
USUAL = policy(restraint=Restraint(min_gap=5, caps=(Cap(contacts=3, days=30),)))


@st.composite
def invoices(draw: st.DrawFn) -> PastInvoice:
    """An invoice of 30 days' term with up to three payments."""
    issued = START + timedelta(days=draw(st.integers(-40, 100)))
    total = Decimal(draw(st.integers(100, 900)))
    days = sorted(draw(st.lists(st.integers(0, 120), max_size=3)))
    share = (total / (len(days) or 1)).quantize(Decimal(1))
    return PastInvoice(
        item_id=f"I{draw(st.integers(0, 10**6))}",
        number="N",
        currency="GBP",
        total=total,
        issued_on=issued,
        due_on=issued + timedelta(days=30),
        payments=tuple(Payment(on=issued + timedelta(days=n), amount=share) for n in days),
    )


HISTORIES = st.lists(invoices(), max_size=5, unique_by=lambda one: one.item_id)
POLICIES = st.sampled_from(
    [USUAL, policy(HEADS_UP, *USUAL.ladders[0].steps), replace(USUAL, catch_up=CatchUp.SKIP)]
)


def account(history: list[PastInvoice]) -> PastAccount:
    """One customer with these invoices."""
    return PastAccount(ledger="L", account=CUSTOMER, invoices=tuple(history))


def asked(history: list[PastInvoice], rules: Policy = USUAL, last: date = LAST) -> list[Asked]:
    """What would have been asked."""
    return list(play(account(history), rules, ORGANISATION, first=START, last=last).asked)


def known_on(day: date, history: list[PastInvoice]) -> list[PastInvoice]:
    """The history as it stood in the morning of a day: later data deleted."""
    return [
        replace(one, payments=tuple(p for p in one.payments if p.on < day))
        for one in history
        if one.issued_on <= day
    ]


@settings(max_examples=60)
@given(HISTORIES, POLICIES, st.integers(0, 120))
def test_deleting_the_future_changes_nothing_before_it(
    history: list[PastInvoice], rules: Policy, offset: int
) -> None:
    """Without everything after a day, the same is asked up to that day."""
    day = START + timedelta(days=offset)
    before = [replace(one, paid_soon=False) for one in asked(history, rules) if one.on <= day]
    again = asked(known_on(day, history), rules, last=day)
    assert [replace(one, paid_soon=False) for one in again] == before


@settings(max_examples=40)
@given(HISTORIES, POLICIES)
def test_skipping_quiet_days_skips_nothing(history: list[PastInvoice], rules: Policy) -> None:
    """Looking on every single day finds the very same contacts."""
    past, contacts, found = account(history), [], []
    for offset in range(121):
        day = START + timedelta(days=offset)
        for decision in decide(
            past.snapshot(day, contacts), rules, _context("L", ORGANISATION, day, START)
        ):
            if decision.action is Action.CONTACT:
                contacts.append(_contact(decision, day))
                found.append((day, decision.step, decision.position.asked))
    assert [(one.on, one.step, one.amount) for one in asked(history, rules)] == found


@given(HISTORIES)
def test_limits_hold_and_only_what_was_open_is_asked(history: list[PastInvoice]) -> None:
    """No contact within the gap, none over the cap, none about what was paid by then."""
    by_id = {one.item_id: one for one in history}
    found = asked(history)
    for before, after in pairwise(found):
        assert (after.on - before.on).days >= 5
    for one in found:
        assert sum(0 <= (one.on - other.on).days < 30 for other in found) <= 3
        assert one.amount == sum(by_id[item].open_on(one.on) for item in one.item_ids)


def test_who_pays_within_two_days_is_told() -> None:
    """An invoice paid on the second day after the contact would have been paid anyway."""
    due = date(2026, 2, 2)
    for days, soon in ((1, True), (2, True), (3, False)):
        paid = Payment(on=due + timedelta(days=7 + days), amount=Decimal(100))
        one = PastInvoice(
            item_id="I1",
            number="N",
            currency="GBP",
            total=Decimal(100),
            issued_on=START,
            due_on=due,
            payments=(paid,),
        )
        [contact] = asked([one])
        assert (contact.on, contact.first, contact.days_late) == (date(2026, 2, 9), True, 7)
        assert contact.paid_soon is soon


def test_the_past_is_made_of_what_is_open_and_what_was_paid() -> None:
    """Part payments lower an open invoice on their days; paid ones come back; credits do not."""
    part = settled("I1", late=0, ago=10, amount="40")
    whole = settled("I9", late=5, ago=20, amount="60")
    now = snapshot(
        invoice("I1", 30, "60.00", total=Decimal("100.00")),
        invoice("C1", None, "5.00", kind=ItemKind.CREDIT_NOTE),
        settled=(part, whole),
    )
    past = past_of(now)
    assert {one.item_id: one.total for one in past.invoices} == {
        "I1": Decimal("100.00"),
        "I9": Decimal(60),
    }
    day = TODAY - timedelta(days=10)
    before, after = past.snapshot(day, ()), past.snapshot(day + timedelta(days=1), ())
    assert [item.open for item in before.items] == [Decimal("100.00")]
    assert [item.open for item in after.items] == [Decimal("60.00")]
    assert {one.item_id for one in after.settled} == {"I1", "I9"}
