"""An invoice on paper: a small PDF 1.4 with one page of text in a built-in font.

What stands on it are the document's own facts. Letters that the font's encoding lacks are
shown as question marks; what does not fit the page is cut. Written by hand from ISO 32000-1
(7.3 objects, 7.5 file structure), so that the simulators need no library for it.
"""

from decimal import Decimal

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Document

PDF = "application/pdf"
LINES_MAX = 44  # of 16 points each, on a page of 842
LINE_MAX = 90
_FONTS = b"/Resources << /Font << /F1 4 0 R >> >>"


def invoice_paper(ledger: Ledger, doc: Document, *, number: str, left: Decimal) -> bytes:
    """The document as its customer sees it; ``number`` and ``left`` as the vendor counts them."""
    sold = [f"{line.quantity} x {line.text}: {line.net + line.tax}" for line in doc.lines]
    lines = [
        f"Invoice {number}",
        ledger.org.name,
        f"Bill to: {ledger.contact(doc.contact_id).name}",
        f"Date: {doc.issued_on}",
        f"Due: {doc.due_on}",
        *([f"Reference: {doc.reference}"] if doc.reference else []),
        "",
        *sold,
        "",
        f"Total: {doc.total} {doc.currency}",
        f"Balance due: {left} {doc.currency}",
    ]
    if len(lines) > LINES_MAX:
        lines = [*lines[: LINES_MAX - 3], "...", *lines[-2:]]
    return _page(tuple(line[:LINE_MAX] for line in lines))


def _page(lines: tuple[str, ...]) -> bytes:
    shown = b"".join(b"(" + _escaped(line) + b") Tj T* " for line in lines)
    stream = b"BT /F1 12 Tf 16 TL 72 770 Td " + shown + b"ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents 5 0 R %s >>" % _FONTS,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n" % (size, len(body))
    return body + head + table + tail + b"%%EOF\n"


def _escaped(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
