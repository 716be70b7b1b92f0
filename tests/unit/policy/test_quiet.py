"""Hours and days at the debtor's place, the invoice's own mail, caps by channel: proven on days."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Decision
from syncer.model.ledger import OpenItem
from syncer.policy.explain import explain
from syncer.policy.law.caps import legal_quiet, with_law
from syncer.policy.limits import breach_of
from syncer.policy.quiet import for_debtor, may_write
from syncer.policy.restraint import counted
from syncer.policy.rules import Cap, Quiet, Restraint, Step, StepChannel, Tone
from syncer.settings.lawpacks import shipped_packs

from .make import (
    CUSTOMER,
    OPEN_ALWAYS,
    TODAY,
    contact,
    context,
    days,
    invoice,
    one,
    policy,
    said,
    snapshot,
)

LONDON = ZoneInfo("Europe/London")
HOURS = Restraint(min_gap=1, caps=(), debtor_hours=True)
GAP = replace(OPEN_ALWAYS, min_gap=5)
FIRST_DAY = Step(name="first", tone=Tone.FRIENDLY, after_due=1)
COUNTRIES = ("GB", "US", "AU", "CA", "NZ", "RU", "BR", "JP", "", "XX")


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    """A moment in the ledger's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def mailed(late: int, ago: int, **facts: object) -> OpenItem:
    """An invoice that the ledger mailed so many days ago."""
    item: OpenItem = invoice(late=late, sent=True, issued_on=TODAY - days(ago), **facts)
    return item


@pytest.mark.parametrize(("ago", "action"), [(2, "hold"), (4, "hold"), (5, "contact")])
def test_complaint_19_the_gap_counts_the_invoice_mail(ago: int, action: str) -> None:
    """Mailed on day d and overdue on d + 1: the first contact is on d + 5, and explain says why."""
    item = mailed(late=ago - 1, ago=ago)
    rules = policy(FIRST_DAY, restraint=GAP)
    decision = one(item, rules=rules)
    assert decision.action == action
    if action == "hold":
        assert said(decision)[1] == "min_gap_mail"
        assert decision.next_look_on == TODAY + days(5 - ago)
    told = [f for f in explain(decision, snapshot(item), rules, context()) if f.rule == "own mail"]
    assert [f.verdict == "passes" for f in told] == [action == "contact"]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (invoice(late=2, issued_on=TODAY - days(3)), "step_due"),  # the ledger does not say
        (invoice(late=2, issued_on=TODAY - days(3), sent=False), "step_due"),
        (mailed(late=2, ago=3, sent_on=TODAY - days(1)), "min_gap_mail"),
        (mailed(late=2, ago=3, sent_on=TODAY - days(5)), "step_due"),  # its own day goes before
        (invoice(late=40, sent_on=TODAY - days(2)), "min_gap_mail"),  # mailed once more
        (mailed(late=2, ago=-4), "step_due"),  # a day to come is no mail
    ],
)
def test_only_what_the_ledger_tells_counts(item: OpenItem, code: str) -> None:
    """The day of the last mail, else the day of issue of what is marked as sent, else nothing."""
    assert said(one(item, rules=policy(FIRST_DAY, restraint=GAP)))[1] == code


def test_an_invoice_a_day_does_not_silence_the_old_one() -> None:
    """Only the invoice that carries the step is asked when it was mailed."""
    items = [invoice("old", 30)] + [mailed(1, n, item_id=f"N{n}") for n in (1, 2, 3)]
    assert one(*items, rules=policy(FIRST_DAY, restraint=GAP)).action == "contact"
    off = replace(GAP, count_invoice_mail=False)
    assert one(mailed(1, 2), rules=policy(FIRST_DAY, restraint=off)).action == "contact"


def test_complaint_27_a_new_invoice_rides_the_next_contact() -> None:
    """Due inside the gap it waits, explain lists it, and the next message asks for both."""
    rules = policy(FIRST_DAY, Step(name="next", tone=Tone.FIRM, after_previous=1), restraint=GAP)
    items = (invoice("I1", 10), invoice("I2", 2))
    made = (contact("first", 2, "I1"),)
    held = one(*items, rules=rules, contacts=made)
    assert said(held) == ("hold", "min_gap")
    findings = explain(held, snapshot(*items, contacts=made), rules, context())
    [rides] = [finding for finding in findings if finding.rule == "new invoice"]
    assert "INV-I2" in rides.input
    assert rides.verdict == "rides the next message"
    later = one(*items, rules=rules, contacts=made, at=context(TODAY + days(3)))
    assert later.action == "contact"
    assert {line.item_id for line in later.lines} == {"I1", "I2"}
    assert later.position.asked == Decimal("200.00")


@pytest.mark.parametrize(
    ("channel", "made", "code"),
    [
        ("email", "email", "cap_channel"),
        ("email", "task", "step_due"),
        ("task", "email", "step_due"),
    ],
)
def test_a_cap_by_channel_counts_and_holds_that_channel(channel: str, made: str, code: str) -> None:
    """Two mails in 7 days hold the third mail; calls neither count nor wait."""
    step = Step(name="s", tone=Tone.FIRM, after_due=1, channel=StepChannel(channel))
    cap = Cap(contacts=2, days=7, channel="email")
    rules = policy(step, restraint=replace(OPEN_ALWAYS, caps=(cap,)))
    contacts = tuple(contact("x", ago, "I9", channel=made) for ago in (2, 4))
    decision = one(invoice(late=9), rules=rules, contacts=contacts)
    assert said(decision)[1] == code
    if code == "cap_channel":
        assert decision.next_look_on == TODAY + days(3)
    assert len(counted(cap, contacts)) == (2 if made == "email" else 0)


def test_a_cap_by_channel_proves_no_cap_over_all() -> None:
    """A limit on mails alone lets calls through, so the proof does not lean on it."""
    narrow = Restraint(min_gap=1, caps=(Cap(contacts=1, days=30, channel="email"),))
    assert breach_of(narrow, Cap(contacts=3, days=7), TODAY) is not None


@pytest.mark.parametrize(
    ("now", "country", "opens"),
    [
        ("2026-06-10T09:00", "GB", True),
        ("2026-06-10T09:00", "US", False),  # New York sleeps
        ("2026-06-10T14:00", "US", False),  # New York is up, Honolulu is not
        ("2026-06-10T17:59", "US", False),  # Adak: 07:59
        ("2026-06-10T09:00", "DE", True),
        ("2026-06-10T17:30", "DE", False),  # 18:30 in Berlin
        ("2026-06-10T09:00", "", True),
        ("2026-06-10T09:00", "XX", True),  # no such country: the ledger's zone
        ("2026-06-10T21:30", "NZ", True),  # Thursday morning there; no hour is shared
        ("2026-06-10T10:00", "NZ", False),
        ("2026-06-12T21:30", "NZ", False),  # Saturday there
    ],
)
def test_hours_at_the_debtors_place(now: str, country: str, opens: bool) -> None:
    """Both windows must be open; where they share no hour, the debtor's alone."""
    assert may_write(policy(restraint=HOURS), at(now), country) is opens


def test_without_the_setting_only_the_ledgers_window_counts() -> None:
    """A window of the ledger's alone, as it was before there was a choice."""
    rules = policy(restraint=Restraint())
    assert may_write(rules, at("2026-06-10T09:00"), "US")
    assert not may_write(rules, at("2026-06-10T19:00"), "US")


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("month", [1, 7])
def test_no_country_is_shut_out(country: str, month: int) -> None:
    """However many zones a country has, each of four weekdays in a row has an hour for it."""
    rules = policy(restraint=HOURS)
    monday = datetime(2026, month, 5 if month == 1 else 6, tzinfo=LONDON)
    opened = {
        moment.date()
        for n in range(4 * 48)
        if may_write(rules, moment := monday + n * (days(1) / 48), country)
    }
    assert len(opened) >= 4 if country != "NZ" else len(opened) >= 3


@given(st.sampled_from(("US", "AU", "CA", "BR", "GB")), st.integers(0, 365), st.integers(0, 95))
@settings(deadline=None)
def test_nobody_is_written_to_outside_hours(country: str, offset: int, quarter: int) -> None:
    """Whenever it may leave, the clock of each of the country's zones is within the window."""
    from syncer.policy.zones import zones_of

    moment = datetime(2026, 1, 1, tzinfo=UTC) + days(offset) + quarter * (days(1) / 96)
    local = moment.astimezone(ZoneInfo("America/New_York"))
    if may_write(policy(restraint=HOURS), local, country):
        for zone in zones_of(country, "UTC"):
            there = moment.astimezone(ZoneInfo(zone))
            assert time(8) <= there.time() < time(18)
            assert there.weekday() < 5


def decided(country: str, day: date, restraint: Restraint) -> Decision:
    """The decision about an overdue invoice of a debtor there."""
    account = replace(CUSTOMER, country=country)
    item = invoice(late=None, due_on=day - days(30))
    return one(item, rules=policy(restraint=restraint), at=context(day), account=account)


def test_holidays_of_the_debtors_country() -> None:
    """The fourth of July holds an American debtor of a British ledger, and nobody else."""
    keeps = Restraint(min_gap=1, caps=(), debtor_holidays=True, weekdays=tuple(range(7)))
    july = date(2026, 7, 4)
    held = decided("US", july, keeps)
    assert said(held) == ("hold", "holiday")
    assert held.reasons[0].args[2] == "US"
    assert held.next_look_on == july + days(1)
    assert decided("FR", july, keeps).action == "contact"
    assert decided("XX", july, keeps).action == "contact"  # no table: nothing more is closed
    assert decided("US", july, replace(keeps, debtor_holidays=False)).action == "contact"


def test_quiet_time_of_the_law_narrows_and_never_widens() -> None:
    """Mondays of a row close the other days; its hours cut the window; other countries are free."""
    row = Quiet(country="AU", weekdays=(0,), opens=time(10), closes=time(20), keeps_holidays=True)
    rules = policy(restraint=Restraint(min_gap=1, caps=(), quiet=(row,)))
    monday = "2026-06-15T"
    zone = ZoneInfo("Australia/Sydney")
    assert not may_write(rules, at(monday + "09:59", zone), "AU")
    assert may_write(rules, at(monday + "10:00", zone), "AU")
    assert not may_write(rules, at(monday + "18:00", zone), "AU")  # the policy's own end
    assert may_write(rules, at(monday + "09:59", zone), "NZ")
    assert not may_write(rules, at(monday + "09:59", zone), "")  # unknown: the strictest
    assert not may_write(rules, at("2026-06-16T11:00", zone), "AU")
    assert for_debtor(rules.restraint, "AU").also_holidays == "AU"
    assert for_debtor(rules.restraint, "NZ").weekdays == (0, 1, 2, 3, 4)


def test_the_australian_pack_brings_its_hours() -> None:
    """Law pack au: 7:30 to 21:00 on weekdays, 9:00 to 21:00 at weekends, no holidays."""
    rows = legal_quiet(shipped_packs(), "au")
    assert {(row.weekdays, row.opens, row.closes, row.keeps_holidays) for row in rows} == {
        ((0, 1, 2, 3, 4), time(7, 30), time(21), True),
        ((5, 6), time(9), time(21), True),
    }
    assert legal_quiet(shipped_packs(), "uk") == ()
    early = Restraint(send_from=time(6), weekdays=tuple(range(7)))
    rules = policy(restraint=with_law(early, shipped_packs(), "au"))
    zone = ZoneInfo("Australia/Perth")
    assert not may_write(rules, at("2026-06-10T07:29", zone), "AU")
    assert may_write(rules, at("2026-06-10T07:30", zone), "AU")
    assert not may_write(rules, at("2026-06-13T08:59", zone), "AU")
