"""Bytes that no healthy server sends: one bad row is set aside, a bad page is never "none"."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.xero.dates import read_instant
from connectors.xero.reader import open_invoices
from syncer.http.faults import MalformedError
from syncer.http.transport import Response

JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 50_000 + b"]" * 50_000
GOOD = (
    b'{"Type":"ACCREC","Status":"AUTHORISED","InvoiceID":"%s","Contact":{"ContactID":"C1"},'
    b'"CurrencyCode":"GBP","Total":1,"AmountDue":1}'
)


def page(*rows: bytes, extra: bytes = b"") -> Response:
    """A page that promises exactly these rows."""
    block = b'"pagination":{"page":1,"pageSize":1000,"pageCount":1,"itemCount":%d}' % len(rows)
    return Response(200, JSON, b'{%s"Invoices":[%s],%s}' % (extra, b",".join(rows), block))


@pytest.mark.parametrize(
    "row",
    [
        GOOD % b"\xff\xfe",
        GOOD.replace(b'"AmountDue":1}', b'"AmountDue":true,"Other":1e999}') % b"I3",
    ],
    ids=["not UTF-8", "a number beyond all numbers"],
)
def test_a_row_of_bad_bytes_is_set_aside(row: bytes) -> None:
    """The other rows of its page are read; nobody knows whose the bad one is."""
    read = open_invoices().decoder().decode(page(GOOD % b"I1", row, GOOD % b"I2"), page=1, size=9)
    assert [item.item_id for item in read.rows] == ["I1", "I2"]
    [bad] = read.bad
    assert (bad.account_id, bad.record_id) == ("", "page 1 row 1")


@pytest.mark.parametrize(
    "response",
    [page(extra=b'"Warnings":%s,' % DEEP), page(DEEP), page(extra=b'"Status":"\xff",')],
    ids=["endless nesting", "an endless row", "an envelope that is not UTF-8"],
)
def test_a_page_of_bad_bytes_is_read_again(response: Response) -> None:
    """What cannot be read is malformed, never an unexpected error and never an empty list."""
    with pytest.raises(MalformedError):
        open_invoices().decoder().decode(response, page=1, size=9)


@pytest.fixture
def auckland(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is far from UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("auckland")
def test_an_instant_without_an_offset_is_utc() -> None:
    """The zone of the machine never moves a vendor's time."""
    assert read_instant("2026-11-01T00:00:00") == datetime(2026, 11, 1, tzinfo=UTC)
