"""The PDF of an invoice, as a real Tryton prints it with LibreOffice beside it."""

import shutil
from datetime import date, timedelta
from typing import Any

import pytest

from syncer.errors import RecordError

from .entering import Booked
from .seeding import GERMAN, Office
from .test_book import reader

pytestmark = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="no LibreOffice on this machine"
)


PAGE_LEAST = 5_000  # bytes; a stub of a page is smaller


def _invoice(office: Office, party: int, number: str) -> dict[str, Any]:
    """An invoice in two instalments, posted today."""
    today = date.today()
    due = [(today + timedelta(days=days)).isoformat() for days in (10, 20)]
    entry = {
        "party": party,
        "amount": "119.00",
        "currency": "EUR",
        "issued": today.isoformat(),
        "due": due,
        "number": number,
    }
    made: list[dict[str, Any]] = office.clerk(
        "invoices", company=office.companies[GERMAN], entries=[entry]
    )
    return made[0]


def test_a_pdf_is_what_tryton_prints_and_keeps(office: Office) -> None:
    """What was printed as an ODT when it was posted stays one, and no customer is sent it; with
    the extension PDF it is a PDF, with the same bytes for every instalment and every time.
    """
    office.restart_books()
    company = office.companies[GERMAN]
    (party,) = office.clerk("parties", company=company, entries=[{"name": "Customer"}])
    source = reader(Booked(office, date.today()), GERMAN)
    older = _invoice(office, party, "N-1")
    with pytest.raises(RecordError, match="extension of the report"):
        source.invoice_pdf(str(older["lines"][0]))
    office.clerk("print_as", extension="pdf")
    newer = _invoice(office, party, "N-2")
    first, second = (str(line) for line in newer["lines"])
    paper = source.invoice_pdf(first)
    assert paper.startswith(b"%PDF-")
    assert len(paper) > PAGE_LEAST
    assert source.invoice_pdf(second) == source.invoice_pdf(first) == paper
    with pytest.raises(RecordError, match="extension of the report"):
        source.invoice_pdf(str(older["lines"][0]))
