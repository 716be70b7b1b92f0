"""The simulators' invoices on paper: files that a reader takes, made of the invoice's facts."""

import re
from decimal import Decimal
from typing import Any

import pytest

from syncer.sandbox import people
from syncer.sandbox.paper import LINES_MAX, invoice_paper
from syncer.sandbox.records import Document, Kind, Line
from syncer.sandbox.world import World

from .calling import BASE, Caller, make_invoice


@pytest.fixture
def invoice(world: World) -> Document:
    """An open invoice."""
    return make_invoice(world.main, people.add_contact(world.main, "Buyer (North) \\ Söhne"))


def _objects(paper: bytes) -> dict[int, bytes]:
    """The file's objects, found only through its own table, as a reader finds them."""
    assert paper.startswith(b"%PDF-1.4\n")
    assert paper.endswith(b"%%EOF\n")
    start = int(paper.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    head, *entries = paper[start:].split(b"trailer")[0].splitlines()[1:]
    assert head == b"0 %d" % len(entries)
    assert all(len(entry) == 19 for entry in entries)  # with its line end 20, as the format wants
    found = {}
    for number, entry in enumerate(entries[1:], 1):
        body = paper[int(entry[:10]) :]
        assert body.startswith(b"%d 0 obj\n" % number)
        found[number] = body.split(b"\nendobj")[0].split(b"\n", 1)[1]
    return found


def _shown(paper: bytes) -> list[str]:
    """The lines on the page, read back from its content."""
    content = next(part for part in _objects(paper).values() if b"stream\n" in part)
    length = int(re.search(rb"/Length (\d+)", content).group(1))  # type: ignore[union-attr]
    stream = content.split(b"stream\n", 1)[1].split(b"\nendstream")[0]
    assert len(stream) == length
    texts = re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", stream)
    return [re.sub(rb"\\(.)", rb"\1", text).decode("cp1252") for text in texts]


def test_it_is_a_file_that_foots(world: World, invoice: Document) -> None:
    """Every object is where the table says; the page tells the invoice's own facts."""
    lines = _shown(invoice_paper(world.main, invoice, number=invoice.number, left=invoice.left))
    assert lines[:3] == [
        f"Invoice {invoice.number}",
        world.main.org.name,
        "Bill to: Buyer (North) \\ Söhne",
    ]
    assert lines[-1] == f"Balance due: {invoice.left} {invoice.currency}"
    assert f"Total: {invoice.total} {invoice.currency}" in lines


def test_a_long_invoice_stays_on_its_page(world: World, invoice: Document) -> None:
    """What does not fit is left out; the total never is."""
    one = Line(line_id="x", text="Work", quantity=Decimal(1), unit_price=Decimal(1))
    invoice.lines = (one,) * 200
    lines = _shown(invoice_paper(world.main, invoice, number="7", left=invoice.left))
    assert len(lines) == LINES_MAX
    assert lines[-3:-1] == ["...", f"Total: {invoice.total} {invoice.currency}"]


def _asked(call: Caller, path: str, accept: str) -> Any:
    return call.raw("GET", BASE + path, headers={"accept": accept})


def test_xero_gives_it_to_whoever_accepts_nothing_else(
    call: Caller, world: World, invoice: Document
) -> None:
    """The same address is a record or a document by Accept alone; no other address gives one."""
    path = f"/Invoices/{invoice.doc_id}"
    paper = _asked(call, path, "application/pdf")
    assert (paper.status, paper.content_type) == (200, "application/pdf")
    assert f"Invoice {invoice.number}" in _shown(paper.body)
    assert _asked(call, path, "application/json").content_type.startswith("application/json")
    assert _asked(call, path, "application/octet-stream").content_type == "text/xml"
    assert _asked(call, f"{path}/pdf", "application/pdf").status == 404
    unknown = f"/Invoices/{invoice.doc_id[:-4]}0000"
    assert _asked(call, unknown, "application/pdf").status == 404


def test_xero_has_none_for_a_bill(call: Caller, world: World, invoice: Document) -> None:
    """A bill is somebody else's paper."""
    invoice.kind = Kind.BILL
    answer = _asked(call, f"/Invoices/{invoice.doc_id}", "application/pdf")
    assert answer.content_type == "text/xml"
