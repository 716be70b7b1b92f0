"""Every published and derived example comes out to the penny, on the rows of the shipped packs."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from msgspec.structs import replace

from syncer.policy.charges.daycount import DayCount
from syncer.policy.charges.fees import (
    Charged,
    at_handover,
    capped,
    collection_costs,
    compensation,
    percentage,
)
from syncer.policy.charges.interest import Rounding, Terms
from syncer.policy.law.lawbook import NoLaw, locked
from syncer.policy.law.rows import Debtor, FeeCap, FeeScale, FixedSum, Handover, RateMode
from tests.unit.charges.sums import day, owed, verified

BUSINESS = Debtor.BUSINESS
BOOK = verified()
UK_HALVES = [
    ("2019-01-01", "2019-06-30", "8.75"),
    ("2019-07-01", "2019-12-31", "8.75"),
    ("2020-01-01", "2020-06-30", "8.75"),
    ("2020-07-01", "2020-12-31", "8.10"),
    ("2021-01-01", "2021-06-30", "8.10"),
    ("2021-07-01", "2021-12-31", "8.10"),
    ("2022-01-01", "2022-06-30", "8.25"),
    ("2022-07-01", "2022-12-31", "9.25"),
    ("2023-01-01", "2023-06-30", "11.50"),
    ("2023-07-01", "2023-12-31", "13.00"),
    ("2024-01-01", "2024-06-30", "13.25"),
]


def uk_rate(on: str) -> Decimal:
    """The statutory rate of a debt whose interest starts on this day."""
    return BOOK.statutory_rate("uk", debtor=BUSINESS)(day(on)).percent


@pytest.mark.parametrize(
    ("principal", "sum_"),
    [("999.99", "40.00"), ("1000.00", "70.00"), ("9999.99", "70.00"), ("10000.00", "100.00")],
)
def test_e1_compensation_in_the_united_kingdom(principal: str, sum_: str) -> None:
    """40 below 1,000, 70 below 10,000, 100 from there (gov.uk; mygov.scot)."""
    row = BOOK.row("uk", FixedSum, on=day("2026-01-01"), debtor=BUSINESS)
    assert compensation(row, Decimal(principal)) == Decimal(sum_)


def test_e2_the_first_day_of_interest_locks_the_rate() -> None:
    """A day's difference at the turn of the half makes a debt cost 13.00 instead of 11.50 %."""
    assert (uk_rate("2023-06-30"), uk_rate("2023-07-01")) == (Decimal("11.50"), Decimal("13.00"))
    assert BOOK.rate_mode("uk", debtor=BUSINESS, on=day("2023-06-30")) is RateMode.LOCK_AT_START


@pytest.mark.parametrize(("first", "last", "percent"), UK_HALVES)
def test_e3_each_half_on_its_first_and_last_day(first: str, last: str, percent: str) -> None:
    """Each published half holds on both its ends (payontime.co.uk)."""
    assert uk_rate(first) == uk_rate(last) == Decimal(percent)


@pytest.mark.parametrize(
    ("half", "after"), list(pairwise(UK_HALVES)), ids=[half[0] for half in UK_HALVES[:-1]]
)
def test_e3_a_day_outside_a_half_is_its_neighbours(
    half: tuple[str, str, str], after: tuple[str, str, str]
) -> None:
    """The day after the last has the next half's rate, the day before the first the one before."""
    assert day(half[1]) + timedelta(days=1) == day(after[0])
    assert uk_rate(str(day(half[1]) + timedelta(days=1))) == Decimal(after[2])
    assert uk_rate(str(day(after[0]) - timedelta(days=1))) == Decimal(half[2])


@pytest.mark.parametrize("on", ["2018-12-31", "2024-07-01", "2025-03-01", "2026-11-22"])
def test_e3_a_missing_half_is_named_and_never_guessed(on: str) -> None:
    """Outside the published halves there is no rate, and no neighbour's instead."""
    with pytest.raises(NoLaw, match=on):
        uk_rate(on)


def test_e4_ten_percent_three_times_is_thirty() -> None:
    """A percentage fee is of the principal, never of earlier fees: 130.00, not 133.10."""
    fees = [percentage(Decimal(100), Decimal(10), "GBP") for _ in range(3)]
    assert 100 + sum(fees) == Decimal("130.00")


def test_e5_the_european_rate_floats() -> None:
    """10.15 % in the first half of 2026, 10.40 % in the second (the ECB's rate and 8 points)."""
    rate = BOOK.statutory_rate("eu", debtor=BUSINESS)
    assert rate(day("2026-06-30")).percent == Decimal("10.15")
    assert rate(day("2026-07-01")).percent == Decimal("10.40")


def test_french_interest_is_ten_points_over_the_same_reference() -> None:
    """A national uplift takes the reference rates of the pack it extends."""
    rate = BOOK.statutory_rate("fr", debtor=BUSINESS)
    assert rate(day("2026-01-01")).percent == Decimal("12.15")


def danish() -> FeeCap:
    """Denmark's limits."""
    return BOOK.row("dk", FeeCap, on=day("2026-01-01"), debtor=BUSINESS)


def test_e6_denmark_allows_three_fees_ten_days_apart() -> None:
    """The fourth reminder, and one within ten days of the notice before, cost nothing."""
    cap, fee = danish(), Decimal(100)
    three = [Charged(on=day("2026-01-01"), amount=fee)] * 3
    on = day("2026-03-01")
    assert capped(fee, cap, on=on, notices=[], charged=three).amount == 0
    assert capped(fee, cap, on=on, notices=[day("2026-02-20")], charged=[]).amount == 0
    assert capped(fee, cap, on=on, notices=[day("2026-02-19")], charged=three[:2]).amount == fee
    assert capped(fee + 1, cap, on=on, notices=[], charged=[]).amount == fee


@pytest.mark.parametrize(
    ("amount", "days_late", "ready"),
    [("249.99", 31, False), ("250.00", 31, True), ("250.00", 30, False)],
)
def test_e7_ready_for_hand_over(amount: str, days_late: int, ready: bool) -> None:
    """A vendor's rule: from 250 on, and more than 30 days late."""
    row = BOOK.row("uk", Handover, on=day("2026-01-01"), debtor=BUSINESS)
    assert (Decimal(amount) >= row.least and days_late >= row.days_late) is ready


@pytest.mark.parametrize(
    ("amount", "days_late", "listed"),
    [("99.99", 45, False), ("100.00", 45, True), ("100.00", 44, False)],
)
def test_a_bureau_lists_from_45_days(amount: str, days_late: int, listed: bool) -> None:
    """One Australian bureau's rule, on both sides of its two limits."""
    row = BOOK.row("au", Handover, on=day("2026-01-01"), debtor=BUSINESS)
    assert (Decimal(amount) >= row.least and days_late >= row.days_late) is listed


def test_d1_32_days_at_the_rate_of_the_first_half() -> None:
    """Due on 29 June 2023: interest starts on the 30th, at 11.50 % for good."""
    rate = locked(BOOK.statutory_rate("uk", debtor=BUSINESS))
    found = owed("2500.00", due="2023-06-29", until="2023-07-31", rate=rate)
    assert [part.days for part in found.segments] == [32]
    assert (found.segments[0].interest, found.amount) == ("25.2054…", Decimal("25.21"))


def test_d2_31_days_at_the_rate_of_the_second_half() -> None:
    """Due one day later, 13.00 % for good."""
    rate = locked(BOOK.statutory_rate("uk", debtor=BUSINESS))
    assert owed("2500.00", due="2023-06-30", until="2023-07-31", rate=rate).amount == Decimal(
        "27.60"
    )


def test_d3_the_daily_amount_rounded_first() -> None:
    """89 pence a day for 31 days, as the official guidance reckons."""
    terms = Terms(rounding=Rounding.DAILY_PENNY)
    found = owed("2500.00", due="2023-06-30", until="2023-07-31", rate="13.00", terms=terms)
    assert found.amount == Decimal("27.59")


def test_d4_a_part_payment_splits_the_sum() -> None:
    """15 days on 2,500 and 16 on 1,500, summed before they are rounded: 21.90, not 21.91."""
    found = owed(
        "2500.00",
        due="2023-06-30",
        until="2023-07-31",
        rate="13.00",
        paid=(("2023-07-15", "1000.00"),),
    )
    assert [(part.days, part.balance) for part in found.segments] == [
        (15, Decimal("2500.00")),
        (16, Decimal("1500.00")),
    ]
    assert [part.interest for part in found.segments] == ["13.3561…", "8.5479…"]
    assert found.amount == Decimal("21.90")


def test_d5_d6_what_is_wrong_about_other_ways() -> None:
    """Each stretch rounded first makes 21.91; today's balance for the whole time 16.56."""
    first = owed("2500.00", due="2023-06-30", until="2023-07-15", rate="13.00").amount
    rest = owed("1500.00", due="2023-07-15", until="2023-07-31", rate="13.00").amount
    assert (first, rest, first + rest) == (Decimal("13.36"), Decimal("8.55"), Decimal("21.91"))
    today = owed("1500.00", due="2023-06-30", until="2023-07-31", rate="13.00").amount
    assert today == Decimal("16.56")


def test_d7_a_floating_rate_changes_at_the_half_year() -> None:
    """15 days at 10.15 and 15 at 10.40: 16.89, where a locked rate would say 16.68."""
    rate = BOOK.statutory_rate("eu", debtor=BUSINESS)
    span = {"due": "2026-06-15", "until": "2026-07-15", "currency": "EUR"}
    found = owed("2000.00", rate=rate, **span)
    assert [part.days for part in found.segments] == [15, 15]
    assert found.amount == Decimal("16.89")
    assert owed("2000.00", rate=locked(rate), **span).amount == Decimal("16.68")


@pytest.mark.parametrize(
    ("count", "sum_"),
    [(DayCount.ACT_365, "332.16"), (DayCount.ACT_ACT, "331.25"), (DayCount.ACT_360, "336.77")],
)
def test_d8_a_leap_year_by_each_convention(count: DayCount, sum_: str) -> None:
    """366 days of 2024 at 13.25 %: three conventions, three sums."""
    terms = Terms(day_count=count)
    found = owed("2500.00", due="2023-12-31", until="2024-12-31", rate="13.25", terms=terms)
    assert (found.segments[0].days, found.amount) == (366, Decimal(sum_))


def test_d9_denmark_never_passes_four_hundred() -> None:
    """Three reminders and the hand-over cost 400 at most, and only after a notice."""
    cap, charged = danish(), []
    on = date(2026, 1, 1)
    for number in range(10):
        at = date.fromordinal(on.toordinal() + 20 * number)
        fee = capped(Decimal(150), cap, on=at, notices=[], charged=charged).amount
        charged += [Charged(on=at, amount=fee)] if fee else []
    handed = at_handover(cap, notices=[on]).amount
    assert sum(one.amount for one in charged) + handed == Decimal(400)
    assert at_handover(cap, notices=[]).amount == 0


@pytest.mark.parametrize(
    ("principal", "costs"), [("266.66", "40.00"), ("266.67", "40.00"), ("266.70", "40.01")]
)
def test_d11_dutch_costs_have_a_least_amount(principal: str, costs: str) -> None:
    """15 % of the principal, and 40 below 266.67; as it ships the row has no end of its band."""
    row = BOOK.row("nl", FeeScale, on=day("2026-01-01"), debtor=BUSINESS)
    with pytest.raises(NoLaw, match=r"nl\.collection_costs does not say up to which amount"):
        collection_costs(row, Decimal(principal))
    row = replace(row, up_to=Decimal(1000))
    assert collection_costs(row, Decimal(principal)) == Decimal(costs)
