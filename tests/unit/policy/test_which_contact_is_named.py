"""A pause names the contact that makes it: the latest one, and who made that."""

from datetime import date

import pytest

from syncer.model.decision import Code, Decision, Elsewhere
from syncer.model.ledger import OpenItem
from syncer.policy.ledger_mail import Mailed
from syncer.policy.restraint import cap_until, counted, mail_until
from syncer.policy.rules import Cap, Policy, Restraint

from .make import TODAY, contact, days, invoice, one, policy

EVERY_DAY = tuple(range(7))


def other(ago: int, ledger: str = "south") -> Elsewhere:
    """A contact that another ledger made so many days ago."""
    return Elsewhere(ledger=ledger, key=f"{ledger}-{ago}", on=TODAY - days(ago))


def gap(size: int, *caps: Cap) -> Policy:
    """A policy with these limits and no closed day."""
    return policy(restraint=Restraint(min_gap=size, caps=caps, weekdays=EVERY_DAY))


def mailed(ago: int) -> OpenItem:
    """An overdue invoice that the ledger mailed so many days ago."""
    item: OpenItem = invoice(late=40, issued_on=TODAY - days(70), sent_on=TODAY - days(ago))
    return item


def codes(decision: Decision) -> list[Code]:
    """The codes of its reasons, in order."""
    return [reason.code for reason in decision.reasons]


def test_an_older_contact_of_ones_own_explains_nothing() -> None:
    """Where another ledger wrote last, the wait is that ledger's, whatever was written before."""
    made = (contact("x", 20, "I9"),)
    held = one(invoice(), rules=gap(5), contacts=made, elsewhere=(other(1),))
    assert held.reasons[0].code is Code.MIN_GAP_ELSEWHERE
    assert held.reasons[0].args[0] == (TODAY - days(1)).isoformat()


def test_only_who_wrote_last_is_named() -> None:
    """Of the other ledgers those of the last day are named, all of them, and no earlier one."""
    elsewhere = (other(1, "south"), other(1, "east"), other(3, "west"))
    assert one(invoice(), rules=gap(5), elsewhere=elsewhere).reasons[0].args[-1] == "east, south"


def test_a_contact_on_the_first_day_of_a_window_is_in_it() -> None:
    """The oldest contact that a cap still counts is named with the others."""
    cap = Cap(contacts=2, days=30)
    held = one(invoice(), rules=gap(1, cap), elsewhere=(other(20, "east"), other(5, "south")))
    assert held.reasons[0].args[-1] == "east, south"


def test_a_mail_of_today_counts() -> None:
    """What the ledger mailed today is a day old tomorrow, and its day is named."""
    held = one(mailed(0), rules=gap(5))
    expected = ("INV-I1", TODAY.isoformat(), "5", (TODAY + days(5)).isoformat())
    assert (held.reasons[0].code, held.reasons[0].args) == (Code.MIN_GAP_MAIL, expected)


def test_the_reason_tells_the_day_of_the_mail() -> None:
    """The day on which the ledger mailed stands in the sentence, not the day of asking."""
    assert one(mailed(2), rules=gap(5)).reasons[0].args[1] == (TODAY - days(2)).isoformat()


@pytest.mark.parametrize("ago", [2, 4])
def test_a_mail_no_later_than_the_contact_adds_no_reason(ago: int) -> None:
    """The later of the two sets the day; one that ends no later is not named beside it."""
    held = one(mailed(ago), rules=gap(5), contacts=(contact("x", 2, "I9"),))
    assert Code.MIN_GAP in codes(held)
    assert Code.MIN_GAP_MAIL not in codes(held)
    assert held.next_look_on == TODAY + days(3)


@pytest.mark.parametrize(("ago", "until"), [(4, 1), (5, None), (9, None)])
def test_a_mail_sets_a_day_to_come_or_none(ago: int, until: int | None) -> None:
    """On the day on which the gap is over there is no day to wait for, nor on any later one."""
    mail = Mailed(number="1", on=TODAY - days(ago), reminder=False)
    expected = None if until is None else TODAY + days(until)
    assert mail_until(Restraint(min_gap=5, weekdays=EVERY_DAY), mail, TODAY) == expected


@pytest.mark.parametrize("channel", ["call", "sms"])
def test_a_cap_by_channel_counts_no_other(channel: str) -> None:
    """Contacts by another channel are not counted, whatever it is called."""
    cap = Cap(contacts=1, days=30, channel="letter")
    assert counted(cap, [contact(channel=channel)]) == []
    by_letter = contact(channel=bytes("letter", "ascii").decode())
    assert counted(cap, [by_letter]) == [by_letter]


def test_what_other_ledgers_wrote_counts_under_every_channel() -> None:
    """Nobody knows by which channel it went; a mail of the ledger counts as a mail alone."""
    mail = Mailed(number="1", on=TODAY, reminder=True)
    letters, mails = (Cap(contacts=1, days=30, channel=name) for name in ("letter", "email"))
    assert counted(letters, [other(3), mail]) == [other(3)]
    assert counted(mails, [other(3), mail]) == [other(3), mail]


@pytest.mark.parametrize("contacts", [0, -1])
def test_a_cap_of_none_or_fewer_never_fits(contacts: int) -> None:
    """The last day of the calendar stands for never."""
    assert cap_until(Cap(contacts=contacts, days=30), [], TODAY) == date.max
