"""What the ledger mailed itself: counted for the gap, and for the caps where that is asked for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Contact, Decision
from syncer.model.ledger import ItemKind, OpenItem
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.rules import Cap, Policy, Restraint, Step, StepChannel, Tone

from .make import OPEN_ALWAYS, TODAY, contact, context, days, invoice, one, policy, said, snapshot

GAP = replace(OPEN_ALWAYS, min_gap=5)
TWO_IN_TEN = Cap(contacts=2, days=10)
COUNTED = replace(OPEN_ALWAYS, caps=(TWO_IN_TEN,), caps_count_reminders=True)
OLD = invoice("OLD", late=60)


def rules(restraint: Restraint, channel: StepChannel = StepChannel.EMAIL) -> Policy:
    """One step, due at once."""
    step = Step(name="first", tone=Tone.FRIENDLY, after_due=1, channel=channel)
    return policy(step, restraint=restraint)


def reminded(ago: int, item_id: str = "R1", late: int = 40, **facts: object) -> OpenItem:
    """An invoice that the ledger mailed so many days ago, long past its due date."""
    item: OpenItem = invoice(item_id, late, sent=True, sent_on=TODAY - days(ago), **facts)
    return item


def gap_of(decision: Decision, *items: OpenItem, by: Policy) -> list[str]:
    """What explain says about the ledger's own mail."""
    found = explain(decision, snapshot(*items), by, context())
    return [finding.verdict for finding in found if finding.rule == "own mail"]


@pytest.mark.parametrize(("ago", "action"), [(0, "hold"), (4, "hold"), (5, "contact")])
def test_a_reminder_of_the_ledger_counts_for_the_whole_account(ago: int, action: str) -> None:
    """Mailed past its due date any invoice begins the gap anew, as a contact of ours would."""
    items, by = (OLD, reminded(ago)), rules(GAP)
    decision = one(*items, rules=by)
    assert decision.action == action
    verdicts = gap_of(decision, *items, by=by)
    assert [verdict == "passes" for verdict in verdicts] == [action == "contact"]
    if action == "hold":
        assert said(decision)[1] == "min_gap_mail"
        assert decision.reasons[0].args[0] == "INV-R1"
        assert decision.next_look_on == TODAY + days(5 - ago)


def test_what_is_mailed_by_its_due_date_is_no_reminder() -> None:
    """On the due date nothing is overdue yet: it is the invoice's own mail, and no other's."""
    fresh = reminded(2, late=2)
    assert one(OLD, fresh, rules=rules(GAP)).action == "contact"
    assert one(OLD, replace(fresh, due_on=None), rules=rules(GAP)).action == "contact"
    late = replace(fresh, due_on=TODAY - days(3))
    assert said(one(OLD, late, rules=rules(GAP)))[1] == "min_gap_mail"
    note = replace(late, kind=ItemKind.CREDIT_NOTE, open=Decimal(1))
    assert one(OLD, note, rules=rules(GAP)).action == "contact"


def test_a_reminder_in_another_currency_counts() -> None:
    """Contacts belong to the customer, not to a currency."""
    both = decide(snapshot(OLD, reminded(1, currency="EUR")), rules(GAP), context())
    assert [each.currency for each in both] == ["EUR", "GBP"]
    assert {said(each) for each in both} == {("hold", "min_gap_mail")}


def test_reminders_count_under_the_caps_only_where_asked_for() -> None:
    """Two reminders fill a cap of two; without the setting they do not."""
    items = (OLD, reminded(2), reminded(7, "R2"))
    held = one(*items, rules=rules(COUNTED))
    assert said(held) == ("hold", "cap_mail")
    assert held.next_look_on == TODAY + days(3)
    assert (
        one(*items, rules=rules(replace(COUNTED, caps_count_reminders=False))).action == "contact"
    )
    assert one(OLD, reminded(2), rules=rules(COUNTED)).action == "contact"


@pytest.mark.parametrize(
    ("items", "made", "code"),
    [
        ((reminded(2),), (contact("x", 7, "I9"),), "cap_mail"),
        ((reminded(2), reminded(2, "R2")), (), "step_due"),  # one day's mails are one contact
        ((reminded(2),), (contact("x", 2, "I9", channel="ledger_email"),), "step_due"),  # the same
        ((reminded(2),), (contact("x", 2, "I9", channel="email"),), "cap_mail"),  # two messages
        ((), (contact("x", 2, "I9"), contact("y", 7, "I9")), "cap"),
        ((reminded(2),), (contact("x", 1, "I9"), contact("y", 7, "I9")), "cap_mail"),
    ],
)
def test_what_counts_beside_our_own_contacts(
    items: tuple[OpenItem, ...], made: tuple[Contact, ...], code: str
) -> None:
    """A day on which the ledger mailed is one contact, and our own step by it is no second one."""
    decision = one(OLD, *items, rules=rules(COUNTED), contacts=made)
    assert said(decision)[1] == code


@pytest.mark.parametrize(
    ("channel", "counts"),
    [("email", True), ("ledger_email", True), ("task", False), ("letter", False)],
)
def test_a_cap_by_channel_counts_reminders_where_it_is_about_mail(
    channel: str, counts: bool
) -> None:
    """The customer reads a mail, whoever sends it; a call is none."""
    cap = Cap(contacts=1, days=10, channel=channel)
    by = rules(replace(COUNTED, caps=(cap,)), StepChannel(channel))
    assert (one(OLD, reminded(2), rules=by).action == "hold") is counts


@given(
    sent=st.booleans(),
    mailed=st.integers(1, 30),
    issued=st.integers(-40, 30),
    count=st.booleans(),
)
def test_a_mail_of_tomorrow_decides_nothing_today(
    sent: bool, mailed: int, issued: int, count: bool
) -> None:
    """Looked at as of an earlier day, a later mail is as if the ledger did not tell of it."""
    by = rules(replace(COUNTED, min_gap=5, caps_count_reminders=count))
    known = invoice("R1", 9, sent=sent, issued_on=TODAY + days(issued))
    later = replace(known, sent_on=TODAY + days(mailed))
    assert said(one(later, rules=by)) == said(one(known, rules=by))
