"""Amounts and days: every format reads back what it wrote, and ambiguity is never accepted."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.csv_folder import values
from connectors.csv_folder.layout import Format
from connectors.csv_folder.problems import CellError
from syncer.errors import ConfigError, ContractError
from syncer.model.money import minor_digits

STYLES = st.sampled_from(
    [
        Format(decimal=decimal, thousands=thousands, grouping=grouping)
        for decimal in (".", ",")
        for thousands in ("", ",", ".", " ", "'")
        for grouping in ("western", "indian")
        if decimal != thousands
    ]
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def read(raw: object, style: Format, currency: str = "EUR") -> Decimal:
    """An amount cell."""
    return values.amount(raw, currency=currency, style=style, field="open")


def day(raw: object, order: str) -> date:
    """A date cell."""
    return values.day(raw, style=Format(date_order=order), field="due_on", where="x")


def written(value: Decimal, style: Format) -> str:
    """``value`` as a program with this format prints it."""
    whole, _, part = f"{abs(value)}".partition(".")
    size = 2 if style.grouping == "indian" else 3
    head, tail = whole[:-3], whole[-3:]
    groups = [tail]
    while head and style.thousands:
        groups.insert(0, head[-size:])
        head = head[:-size]
    return head + style.thousands.join(groups) + (style.decimal + part if part else "")


@given(cents=st.integers(-(10**12), 10**12), style=STYLES)
def test_an_amount_reads_back_under_its_own_format(cents: int, style: Format) -> None:
    """What a program prints under a format is read as the same amount, in every sign notation."""
    value = Decimal(cents).scaleb(-2)
    raw = written(value, style)
    notations = [f"({raw})", f"{raw}-", f"-{raw}", f"−{raw}", f"-€ {raw}", f"EUR -{raw}"]
    for notation in notations if cents < 0 else [raw, f"+{raw}", f"€{raw}", f"{raw} €"]:
        assert read(notation, style) == value


@pytest.mark.parametrize("raw", ["10000000000000", "-922337203685477", 1e17, -1e17, 1e300])
def test_an_amount_past_what_the_store_keeps_is_a_bad_cell(raw: object) -> None:
    """It holds its own customer; it never gets as far as the store."""
    with pytest.raises(CellError, match="too large for an amount"):
        read(raw, Format())


@given(cents=st.integers(0, 10**12), mine=STYLES, theirs=STYLES)
def test_a_foreign_format_is_refused_or_means_the_same(
    cents: int, mine: Format, theirs: Format
) -> None:
    """An amount printed under another format never turns into another amount."""
    value = Decimal(cents).scaleb(-2)
    with suppress(CellError):
        assert read(written(value, theirs), mine) == value


@given(raw=st.text(alphabet="0123456789.,'()-−+ €$EURa\u00a0٣", max_size=14), style=STYLES)
def test_any_text_is_an_amount_or_a_cell_error(raw: str, style: Format) -> None:
    """No text crashes the reader, and only ASCII digits count as digits."""
    try:
        found = read(raw, style)
    except CellError:
        return
    assert "٣" not in raw
    digits = "".join(sign for sign in raw if sign.isdigit())
    assert digits.lstrip("0").rstrip("0") == "".join(
        sign for sign in str(abs(found)) if sign.isdigit()
    ).lstrip("0").rstrip("0")


@pytest.mark.parametrize(
    ("raw", "style", "expected"),
    [
        ("1,284.50", Format(thousands=","), "1284.50"),
        ("(120.00)", Format(), "-120.00"),
        ("120.00-", Format(), "-120.00"),
        ("€ 1.284,50", Format(decimal=",", thousands="."), "1284.50"),
        ("1 284,50", Format(decimal=",", thousands=" "), "1284.50"),
        ("1\u202f284,50", Format(decimal=",", thousands=" "), "1284.50"),
        ("1’284.50", Format(thousands="'"), "1284.50"),
        ("12,34,567.00", Format(thousands=",", grouping="indian"), "1234567.00"),
        ("1495.0000", Format(), "1495.00"),
        (".5", Format(), "0.50"),
        (1284.5, Format(), "1284.50"),
        (0.1 + 0.2, Format(), "0.30"),
        (7, Format(), "7.00"),
    ],
)
def test_amounts_people_meet(raw: object, style: Format, expected: str) -> None:
    """The notations of the common programs are read under their format."""
    assert str(read(raw, style)) == expected


@pytest.mark.parametrize(
    ("raw", "style"),
    [
        ("1,284.50", Format()),
        ("1.284,50", Format(thousands=",")),
        ("1.284", Format()),
        ("1,284", Format(decimal=",")),
        ("1,28,450.00", Format(thousands=",")),
        ("1e3", Format()),
        ("NaN", Format()),
        ("--5", Format()),
        ("(5)-", Format()),
        ("$5", Format()),
        ("€5€", Format()),
        ("5 5", Format()),
        (True, Format()),
        (float("inf"), Format()),
    ],
)
def test_amounts_that_are_refused(raw: object, style: Format) -> None:
    """What does not fit the format, or fits it in two ways, is never an amount."""
    with pytest.raises(CellError):
        read(raw, style)


@given(whole=st.integers(1, 999), part=st.integers(0, 999), sign=st.sampled_from(".,"))
def test_three_digits_after_one_separator_are_never_guessed(
    whole: int, part: int, sign: str
) -> None:
    """1.284 is thousands or decimals: only a configured thousands separator settles it."""
    raw = f"{whole}{sign}{part:03d}"
    with pytest.raises(CellError):
        read(raw, Format(decimal=sign))
    other = "," if sign == "." else "."
    assert read(raw, Format(decimal=other, thousands=sign)) == whole * 1000 + part


@given(value=st.integers(0, 10**9), currency=st.sampled_from(["JPY", "EUR", "KWD"]))
def test_minor_units_follow_the_currency(value: int, currency: str) -> None:
    """Yen have no decimals and dinars have three; a finer amount is refused."""
    amount = Decimal(value).scaleb(-minor_digits(currency))
    assert read(str(amount), Format(), currency) == amount
    with pytest.raises(CellError):
        read(f"{amount:f}{'' if minor_digits(currency) else '.'}01", Format(), currency)


@given(found=DAYS, order=st.sampled_from(["ymd", "dmy", "mdy"]))
def test_unambiguous_days_need_no_order(found: date, order: str) -> None:
    """A date that starts with the year or names the month is read the same under every order."""
    for raw in (
        found.isoformat(),
        f"{found:%Y/%m/%d}",
        f"{found:%Y%m%d}",
        f"{found:%Y%m%d}.0",
        f"{found:%d %B %Y}",
        f"{found:%d-%b-%Y}",
        f"{found:%B %d, %Y}",
        f"{found.isoformat()} 00:00:00",
        found,
        datetime(found.year, found.month, found.day),
    ):
        assert day(raw, order) == found


@given(found=DAYS, sign=st.sampled_from("/.-"))
def test_numeric_days_read_back_under_their_order(found: date, sign: str) -> None:
    """Day/month and month/day are read as configured."""
    parts = (f"{found:%d}", f"{found:%m}", f"{found:%Y}")
    assert day(sign.join(parts), "dmy") == found
    assert day(sign.join((parts[1], parts[0], parts[2])), "mdy") == found
    if found.year >= 2000 and found.year < 2100:
        assert day(sign.join((*parts[:2], parts[2][2:])), "dmy") == found


@given(found=DAYS, sign=st.sampled_from("/.-"))
def test_numeric_days_without_an_order_are_never_accepted(found: date, sign: str) -> None:
    """Without an order nothing numeric is accepted, not even a day above 12."""
    with pytest.raises(ConfigError, match="set date_order"):
        day(f"{found:%d}{sign}{found:%m}{sign}{found:%Y}", "ymd")


@given(found=DAYS.filter(lambda found: found.day > 12))
def test_a_day_that_disproves_the_order_stops_the_file(found: date) -> None:
    """One date that only fits the other order means that all were read wrongly."""
    with pytest.raises(ContractError, match="set date_order: mdy"):
        day(f"{found:%m/%d/%Y}", "dmy")
    with pytest.raises(ContractError, match="set date_order: dmy"):
        day(f"{found:%d/%m/%Y}", "mdy")


@given(raw=st.text(alphabet="0123456789-/. :TJanMrch", max_size=12))
def test_any_text_is_a_day_or_a_known_error(raw: str) -> None:
    """No text crashes the reader."""
    for order in ("ymd", "dmy", "mdy"):
        with suppress(CellError, ConfigError, ContractError):
            assert 1990 <= day(raw, order).year <= 2100


@pytest.mark.parametrize(
    "raw", ["45000", "2026-13-01", "20261301", "1 Foo 2026", "26/04/03", 45000]
)
def test_days_that_are_refused(raw: object) -> None:
    """Serial numbers, days off the calendar and two-digit years in front are no dates."""
    with pytest.raises((CellError, ConfigError)):
        day(raw, "ymd")


@pytest.mark.parametrize(
    ("raw", "expected"), [("yes", True), ("Sent", True), ("NO", False), ("", None), (None, None)]
)
def test_flags(raw: object, expected: bool | None) -> None:
    """An empty cell says nothing; it does not say no."""
    assert values.flag(raw, field="sent") is expected
    with pytest.raises(CellError):
        values.flag("maybe", field="sent")


@pytest.mark.parametrize(
    ("raw", "float_ids", "expected"),
    [
        ("1930571429.0", True, "1930571429"),
        ("1930571429.0", False, "1930571429.0"),
        (1930571429.0, False, "1930571429"),
        ("007", True, "007"),
        ("A.0", True, "A.0"),
    ],
)
def test_identifiers(raw: object, float_ids: bool, expected: str) -> None:
    """Only a layout that says so may drop '.0'; leading zeros stay."""
    assert values.identifier(raw, float_ids=float_ids, field="number") == expected
