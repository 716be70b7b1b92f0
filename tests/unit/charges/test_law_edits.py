"""New rows, other rows and a cut in time: what they may change of a claim, and what never."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.policy.charges.daycount import DayCount, years
from syncer.policy.charges.interest import Segment
from syncer.policy.law.lawbook import Checked, LawBook, locked
from syncer.policy.law.rows import Debtor, Evidence, FixedSum, Pack, Rate, RateMode, Status
from syncer.settings.lawpacks import shipped_packs
from tests.unit.charges.sums import CHECK_DAY, owed, verified
from tests.unit.charges.test_assess import DEBT, FIRM, UK, after, assess, charged

PERCENTS = st.decimals("0", "40", places=2)
(SHIPPED,) = [pack for pack in shipped_packs() if pack.name == "uk"]


def with_halves(percents: Sequence[Decimal]) -> LawBook:
    """The British pack with invented halves behind those that it has."""
    rows = [
        Rate(
            id=f"uk.rate.after{n}",
            source="invented",
            evidence=Evidence.CHOICE,
            valid_from=date(2024, 7, 1) + timedelta(days=200 * n),
            valid_to=date(2024, 7, 1) + timedelta(days=200 * n + 199),
            percent=percent,
            mode=RateMode.LOCK_AT_START,
        )
        for n, percent in enumerate(percents)
    ]
    pack = replace(SHIPPED, rows=(*SHIPPED.rows, *rows))
    return LawBook([pack], [Checked(row=row.id, on=CHECK_DAY, by="Anna") for row in pack.rows])


@given(st.lists(PERCENTS, min_size=1, max_size=4), st.integers(0, 364), st.integers(0, 900))
def test_later_rows_change_no_running_debt_of_a_locked_rate(
    percents: list[Decimal], start: int, span: int
) -> None:
    """Whatever rates are published later, a debt of 2023 costs what it cost without them."""
    due = date(2023, 1, 1) + timedelta(days=start)
    days = {"due": due.isoformat(), "until": (due + timedelta(days=span)).isoformat()}
    sums = [
        owed("2500.00", rate=locked(book.statutory_rate("uk", debtor=Debtor.BUSINESS)), **days)
        for book in (verified(), with_halves(percents))
    ]
    assert sums[0] == sums[1]


@given(st.integers(0, 360), st.integers(0, 360), st.integers(0, 360))
def test_a_floating_rate_adds_up_wherever_it_is_cut(one: int, two: int, three: int) -> None:
    """Before rounding, the interest of both parts of a time is that of the whole."""
    ends = sorted({one, two, three})
    first, cut, last = ends[0], ends[len(ends) // 2], ends[-1]
    new_year = date(2025, 12, 31)
    day = [(new_year + timedelta(days=n)).isoformat() for n in (first, cut, last)]
    rate = verified().statutory_rate("eu", debtor=Debtor.BUSINESS)
    whole, before, behind = (
        exact(owed("2000.00", due=day[a], until=day[b], rate=rate, currency="EUR").segments)
        for a, b in ((0, 2), (0, 1), (1, 2))
    )
    assert whole == before + behind


def exact(segments: Sequence[Segment]) -> Fraction:
    """Their interest, not rounded."""
    parts = [
        Fraction(one.balance)
        * Fraction(one.percent)
        / 100
        * years(one.first, one.last, DayCount.ACT_365)
        for one in segments
    ]
    return sum(parts, Fraction(0))


def test_an_edited_pack_changes_no_claim_of_before() -> None:
    """What was claimed stays claimed at the old sum, and each claim names its pack's version."""
    first = assess([DEBT], UK, verified(), FIRM)
    later = replace(FIRM, step="final", today=FIRM.today + timedelta(days=30))
    later = replace(later, earlier=after(first, "firm", FIRM.today))
    book = LawBook([edited()])
    second = assess([DEBT], UK, book, later)
    assert (first.pack, second.pack) == ("uk 2026.11", "uk next")
    assert [kind.value for kind in charged(second)] == ["interest"]
    (line,) = second.lines
    assert (line.since, line.amount) == (date(2023, 8, 1), Decimal("26.72"))  # 54.32 less 27.60
    assert assess([DEBT], UK, verified(), FIRM) == first


def edited() -> Pack:
    """The British pack of another version: every row active, every fixed sum doubled."""
    rows = [replace(row, status=Status.ACTIVE) for row in SHIPPED.rows if row.status != "bill"]
    doubled = [
        replace(row, bands=tuple([replace(band, amount=2 * band.amount) for band in row.bands]))
        if isinstance(row, FixedSum)
        else row
        for row in rows
    ]
    return replace(SHIPPED, version="next", rows=tuple(doubled))
