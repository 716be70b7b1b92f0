"""Statements: whatever a value holds, the vendor's parser reads the same value back."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks.moments import instant_text, read_day, read_instant
from connectors.quickbooks.query import IDS_MAX, Query, batches, quoted, within
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.query import parse


@given(value=st.text())
def test_every_value_is_read_back(value: str) -> None:
    """Quotes and backslashes are escaped as the vendor's parser wants them."""
    read = parse(Query("Invoice", (f"DocNumber = {quoted(value)}",)).count())
    assert read.where[0].values == (value,)


@given(values=st.lists(st.text(), min_size=1, max_size=5))
def test_every_list_of_values_is_read_back(values: list[str]) -> None:
    """IN keeps the values apart."""
    read = parse(Query("Customer", (within("Id", values),)).page(1))
    assert read.where[0].values == tuple(values)


def test_doubling_a_quote_would_not_do() -> None:
    """The control: SQL's own way of escaping is refused."""
    with pytest.raises(Wrong):
        parse("SELECT * FROM Customer WHERE DisplayName = 'Joe''s'")


def test_a_page_says_order_start_and_the_largest_size() -> None:
    """Rows come by id, from a position that counts from 1, a thousand at a time."""
    statement = Query("Invoice", ("Balance > '0'", "TxnDate >= '2026-01-01'")).page(1001)
    assert statement == (
        "SELECT * FROM Invoice WHERE Balance > '0' AND TxnDate >= '2026-01-01' "
        "ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )


@given(count=st.integers(0, 1000))
def test_batches_hold_every_id_once(count: int) -> None:
    """No statement names more ids than an address can carry, and none is forgotten."""
    ids = [str(number) for number in range(count)]
    pieces = list(batches(ids))
    assert [one for piece in pieces for one in piece] == ids
    assert all(len(piece) <= IDS_MAX for piece in pieces)


@given(
    moment=st.datetimes(
        min_value=datetime(2000, 1, 1),
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=13))]
        ),
    )
)
def test_instants_keep_their_moment(moment: datetime) -> None:
    """An instant is sent with an explicit offset and is the same moment, to the second."""
    assert read_instant(instant_text(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-09-19T13:16:17-07:00", datetime(2014, 9, 19, 20, 16, 17, tzinfo=UTC)),
        ("2026-11-02T10:48:27.08-08:00", datetime(2026, 11, 2, 18, 48, 27, 80000, tzinfo=UTC)),
        ("2026-11-20T00:00:00Z", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T00:00:00", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_instants_of_the_vendor_are_read(text: str, moment: datetime) -> None:
    """Offsets of the US west coast, fractions of any width, and a missing offset as UTC."""
    assert read_instant(text) == moment


def test_days_are_never_moved_by_a_zone() -> None:
    """A date is a calendar day of the company, whatever follows it."""
    assert read_day("2026-11-01") == read_day("2026-11-01-08:00") == date(2026, 11, 1)
