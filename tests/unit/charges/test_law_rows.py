"""What the shipped packs say that is no sum of money: terms, waits, limits, hours, words."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.policy.charges.fees import compensation
from syncer.policy.law.calling import next_call
from syncer.policy.law.caps import legal_caps, legal_quiet, legal_rows, with_law
from syncer.policy.law.paying_terms import due_by_law, longer_than_law
from syncer.policy.law.rows import (
    Allocation,
    ContactCap,
    Creditor,
    Debtor,
    Enclosure,
    FeeCap,
    FixedSum,
    Part,
    PreAction,
    QuietTime,
    Row,
    Status,
    Term,
    TextDuty,
    TextRule,
    Uplift,
    YearlyCostCap,
)
from syncer.policy.quiet import may_write
from syncer.policy.rules import Restraint
from syncer.settings.lawpacks import shipped_packs
from tests.unit.charges.sums import day, verified
from tests.unit.policy.make import policy

BOOK = verified()
PACKS = shipped_packs()
NOW = day("2026-11-22")
COLLECTOR = Creditor.COLLECTOR
WEEKDAYS = (0, 1, 2, 3, 4)
R = TypeVar("R", bound=Row)


def row(row_id: str, kind: type[R]) -> R:
    """A shipped row by its name."""
    (found,) = [one for pack in PACKS for one in pack.rows if one.id == row_id]
    assert isinstance(found, kind)
    return found


@pytest.mark.parametrize(("pack", "debtor"), [("uk", Debtor.BUSINESS), ("eu", Debtor.PUBLIC_BODY)])
def test_without_a_term_30_days_from_the_later_day(pack: str, debtor: Debtor) -> None:
    """Invoice received or goods delivered, whichever was later, and 30 days."""
    term = BOOK.row(pack, Term, on=NOW, debtor=debtor)
    early, late = day("2026-01-10"), day("2026-01-31")
    assert due_by_law(term, received=late, delivered=early) == day("2026-03-02")
    assert due_by_law(term, received=early, delivered=late) == day("2026-03-02")


@pytest.mark.parametrize("row_id", ["uk.term", "eu.term", "eu.term.public"])
def test_more_than_60_days_is_said(row_id: str) -> None:
    """60 days are within the law, 61 are told with the row."""
    term = row(row_id, Term)
    assert longer_than_law(term, days=60) == ""
    assert longer_than_law(term, days=61).startswith(
        f"61 days to pay are more than the 60 of {row_id}"
    )


@pytest.mark.parametrize(("row_id", "most"), [("uk.term.bill", 60), ("eu.term.reform", 30)])
def test_a_bill_is_data_and_never_used(row_id: str, most: int) -> None:
    """What may become law stands in the pack, off, and changes no term."""
    bill = row(row_id, Term)
    assert (bill.status, bill.most) == (Status.BILL, most)
    assert bill not in BOOK.rows(row_id[:2], Term)
    assert row_id not in [one.id for one in BOOK.rows(row_id[:2], Term)]


def test_a_company_has_14_days_before_court() -> None:
    """Practice, no statute; nothing has to be enclosed."""
    wait = BOOK.row("uk", PreAction, on=NOW, debtor=Debtor.BUSINESS)
    assert (wait.reply_days, wait.after_documents_days, wait.enclosures) == (14, None, ())


@pytest.mark.parametrize("debtor", [Debtor.SOLE_TRADER, Debtor.CONSUMER])
def test_an_individual_has_30_30_and_14_days_and_three_papers(debtor: Debtor) -> None:
    """Sole traders too, since 1 October 2017."""
    wait = BOOK.row("uk", PreAction, on=day("2017-10-01"), debtor=debtor)
    assert (wait.reply_days, wait.after_documents_days, wait.notice_days) == (30, 30, 14)
    assert wait.enclosures == tuple(Enclosure)
    assert not wait.governs(day("2017-09-30"))


def test_germany_counts_costs_first_and_uplifts_9_and_5() -> None:
    """The order of payments, and points by debtor over the Basiszinssatz."""
    order = BOOK.row("de", Allocation, on=NOW, debtor=Debtor.BUSINESS).order
    assert order == (Part.COSTS, Part.INTEREST, Part.PRINCIPAL)
    points = {
        debtor: BOOK.row("de", Uplift, on=NOW, debtor=debtor).points
        for debtor in (Debtor.BUSINESS, Debtor.CONSUMER)
    }
    assert points == {Debtor.BUSINESS: Decimal(9), Debtor.CONSUMER: Decimal(5)}
    assert row("de.formal_letter", TextDuty).rule is TextRule.FORMAL_LETTER


def test_finland_limits_a_consumers_reminder_to_5_euro() -> None:
    """Consumers alone; the demands by principal have no bands here and so no row."""
    cap = BOOK.row("fi", FeeCap, on=NOW, debtor=Debtor.CONSUMER)
    assert (cap.most, cap.currency, cap.debtors) == (Decimal(5), "EUR", (Debtor.CONSUMER,))


def test_no_pack_names_the_countries_whose_fees_are_unknown() -> None:
    """Sweden and Norway have no row that somebody could take for law."""
    assert {pack.country for pack in PACKS}.isdisjoint({"SE", "NO"})


def calls(*days_: int) -> list[date]:
    """Days of March 2026."""
    return [date(2026, 3, one) for one in days_]


def test_the_seventh_call_in_seven_days_is_the_last() -> None:
    """Rolling days: the eighth waits until the first of the seven is a week ago."""
    cap = row("us.regf.calls", ContactCap)
    assert (cap.debtors, cap.creditor, cap.channels) == ((Debtor.CONSUMER,), COLLECTOR, ("phone",))
    six = calls(1, 2, 3, 3, 4, 5)
    today = date(2026, 3, 7)
    assert next_call(cap, today=today, calls=six) == today
    assert next_call(cap, today=today, calls=[*six, today]) == date(2026, 3, 8)
    assert next_call(cap, today=today, calls=calls(*[7] * 7)) == date(2026, 3, 14)


def test_after_a_talk_no_call_for_seven_days_its_own_counted() -> None:
    """A talk on 1 March: held through the 7th, free on the 8th."""
    cap = row("us.regf.calls", ContactCap)
    free = {
        on: next_call(cap, today=date(2026, 3, on), calls=calls(1), talks=calls(1))
        for on in (1, 7, 8)
    }
    assert set(free.values()) == {date(2026, 3, 8)}


def test_without_a_limit_to_talks_they_hold_nothing() -> None:
    """Ontario counts contacts alone; a limit of none lets no call come."""
    cap = row("ca.on.contacts", ContactCap)
    today = date(2026, 3, 3)
    assert next_call(cap, today=today, calls=calls(1, 2), talks=calls(1, 2)) == today
    assert next_call(cap, today=today, calls=calls(1, 2, 3)) == date(2026, 3, 8)
    none = ContactCap(id="none", source="s", evidence=cap.evidence, contacts=0, days=7)
    assert next_call(none, today=today, calls=[]) is None


@given(st.lists(st.integers(0, 60), max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_whoever_calls_when_allowed_never_passes_the_limit(
    wishes: list[int], talks: list[int]
) -> None:
    """Whatever is wished: no seven days hold eight calls, and no call falls in a rest."""
    cap = row("us.regf.calls", ContactCap)
    start = date(2026, 1, 1)
    talked = [start + timedelta(days=one) for one in talks]
    made: list[date] = []
    for wish in sorted(wishes):
        today = max([start + timedelta(days=wish), *made[-1:]])
        made.append(next_call(cap, today=today, calls=made, talks=talked) or today)
    for one in made:
        assert sum(0 <= (one - other).days < cap.days for other in made) <= cap.contacts
        assert not any(0 <= (one - talk).days < cap.days for talk in talked)


def test_a_collectors_rows_bind_collectors() -> None:
    """Who writes for what is owed to them has none of Regulation F, Ontario or Quebec."""
    for law in ("us", "ca"):
        assert legal_caps(PACKS, law) == ()
        assert legal_quiet(PACKS, law) == ()
    found = {one.id for one in legal_rows(PACKS, "ca", creditor=COLLECTOR)}
    assert found == {"ca.on.contacts", "ca.bc.contacts"}
    bound = with_law(Restraint(caps=()), PACKS, "us", creditor=COLLECTOR)
    assert [(cap.contacts, cap.days) for cap in bound.caps] == [(7, 7)]
    assert len(bound.quiet) == 1


def test_ontario_counts_four_channels_and_no_post() -> None:
    """Three in any seven days by phone, mail, text and fax."""
    cap = row("ca.on.contacts", ContactCap)
    assert (cap.contacts, cap.days, cap.region) == (3, 7, "CA-ON")
    assert cap.channels == ("phone", "email", "text", "fax")


def test_british_columbia_bans_alarm_and_has_a_limit_by_choice() -> None:
    """The Act names no figure: the limit is ours and says so."""
    assert row("ca.bc.wording", TextDuty).rule is TextRule.NO_ALARM
    cap = row("ca.bc.contacts", ContactCap)
    assert (cap.region, cap.creditor, cap.evidence.value) == ("CA-BC", COLLECTOR, "choice")


@pytest.mark.parametrize(
    ("row_id", "weekdays", "opens", "closes", "holidays"),
    [
        ("us.regf.hours", tuple(range(7)), time(8), time(21), False),
        ("au.rg96.weekday_phone", WEEKDAYS, time(7, 30), time(21), True),
        ("au.rg96.weekend_phone", (5, 6), time(9), time(21), True),
        ("au.rg96.workplace", WEEKDAYS, time(9), time(17), True),
        ("ca.qc.hours", (*WEEKDAYS, 5), time(8), time(20), True),
    ],
)
def test_hours_of_contact(
    row_id: str, weekdays: tuple[int, ...], opens: time, closes: time, holidays: bool
) -> None:
    """Days, first and last minute, and whether holidays are kept."""
    hours = row(row_id, QuietTime)
    assert (hours.weekdays, hours.opens, hours.closes) == (weekdays, opens, closes)
    assert hours.keeps_holidays is holidays


def opened(law: str, region: str, *moments: str) -> list[bool]:
    """Whether a collector may reach a debtor at each of these moments, all of one place's time."""
    wide = Restraint(caps=(), weekdays=tuple(range(7)), send_from=time(0), send_until=time(23))
    rules = policy(restraint=with_law(wide, PACKS, law, creditor=COLLECTOR))
    zone = ZoneInfo("America/Toronto")
    country = law.upper()
    return [
        may_write(rules, datetime.fromisoformat(one).replace(tzinfo=zone), country, region)
        for one in moments
    ]


def test_regulation_f_opens_at_eight_and_closes_at_nine() -> None:
    """07:59 and 21:00 are shut, 08:00 and 20:59 open, on any day of the week."""
    at = [f"2026-06-{on}T{clock}" for on in ("10", "14") for clock in ("07:59", "08:00")]
    at += ["2026-06-10T20:59", "2026-06-10T21:00", "2026-06-10T21:01"]
    assert opened("us", "NY", *at) == [False, True, False, True, True, False, False]


def test_quebec_is_shut_on_sundays_and_at_eight() -> None:
    """Saturdays until eight in the evening; no Sunday, no holiday; Ontario minds none of it."""
    at = ["2026-06-13T19:59", "2026-06-13T20:00", "2026-06-14T12:00", "2026-06-24T12:00"]
    assert opened("ca", "QC", *at) == [True, False, False, False]
    assert opened("ca", "ON", *at) == [True, True, True, True]


@pytest.mark.parametrize("principal", ["0.01", "999999.99"])
def test_europe_grants_40_whatever_the_size(principal: str) -> None:
    """One sum in euro for each late invoice."""
    granted = BOOK.row("eu", FixedSum, on=NOW, debtor=Debtor.BUSINESS)
    assert (compensation(granted, Decimal(principal)), granted.currency) == (Decimal(40), "EUR")


def test_hours_at_work_close_nothing_else() -> None:
    """No ledger tells a place of work, so these hours are data and narrow no other."""
    assert row("au.rg96.workplace", QuietTime).at_work
    assert {one.closes for one in legal_quiet(PACKS, "au")} == {time(21)}


def test_the_australian_limits_are_3_in_7_and_10_in_30() -> None:
    """Creditors and collectors alike, of every channel."""
    assert [(cap.contacts, cap.days, cap.channel) for cap in legal_caps(PACKS, "au")] == [
        (3, 7, ""),
        (10, 30, ""),
    ]


@pytest.mark.parametrize(
    ("row_id", "rule", "creditor"),
    [
        ("us.regf.opt_out", TextRule.OPT_OUT_LINE, COLLECTOR),
        ("us.can_spam", TextRule.NO_PROMOTION, None),
        ("us.late_fee.agreed", TextRule.AGREED_FIRST, None),
        ("au.spam", TextRule.NO_PROMOTION, None),
        ("ca.yearly_rate", TextRule.YEARLY_RATE, None),
        ("ca.agreed_first", TextRule.AGREED_FIRST, None),
        ("ca.identify", TextRule.IDENTIFY_SENDER, None),
    ],
)
def test_duties_of_words(row_id: str, rule: TextRule, creditor: Creditor | None) -> None:
    """Which words a pack wants or bans, and of whom."""
    duty = row(row_id, TextDuty)
    assert (duty.rule, duty.creditor) == (rule, creditor)


@pytest.mark.parametrize(("on", "percent"), [("2024-12-31", "60"), ("2025-01-01", "35")])
def test_the_ceiling_of_a_year_in_canada(on: str, percent: str) -> None:
    """60 % until the end of 2024, 35 % from the first day of 2025."""
    cap = BOOK.row("ca", YearlyCostCap, on=day(on), debtor=Debtor.BUSINESS)
    assert cap.percent == Decimal(percent)
