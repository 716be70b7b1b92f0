"""An invoice sent as mail, and as a PDF.

Source: "invoice" page, read November 2026. Sending fills EmailStatus and DeliveryInfo, and an
address given as ``sendTo`` replaces the invoice's BillEmail for good. A bad address is HTTP
500 with code 4002, as users report.
"""

from datetime import timedelta

from syncer.sandbox import post
from syncer.sandbox.exchange import Answer
from syncer.sandbox.quickbooks.entities import INVOICE
from syncer.sandbox.quickbooks.exchange import Context, entity_answer
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.reading import living
from syncer.sandbox.quickbooks.shapes import balance, mail_to
from syncer.sandbox.quickbooks.wire import is_address
from syncer.sandbox.records import Document
from syncer.sandbox.refusal import Reason, Refused

PDF = "application/pdf"
FONTS = b"/Resources << /Font << /F1 4 0 R >> >>"
INVALID = "QueryProcessingError: To email address entered is invalid"


def send(ctx: Context, number: str) -> Answer:
    """POST /invoice/{id}/send. Raises Wrong or Refused."""
    doc: Document = living(ctx.company, INVOICE, number)
    address = ctx.params().get("sendto", "") or mail_to(ctx.company, doc)
    if not address:
        raise Refused(Reason.NO_ADDRESS, "BillEmail")
    if not all(is_address(part) for part in address.split(",")):
        raise Wrong("4002", INVALID)
    _check_day(ctx)
    copies = (doc.mail_cc, doc.mail_bcc)
    to = [part.strip() for text in (address, *copies) for part in text.split(",") if part]
    post.send_mail(ctx.ledger, doc, by=ctx.client_id, to=to)
    now = ctx.world.clock()
    ctx.ledger.change_document(doc, sent=True, to_mail=False, sent_at=now, mail_to=address)
    return entity_answer(ctx, "Invoice", INVOICE.row(ctx.company, doc))


def pdf(ctx: Context, number: str) -> Answer:
    """GET /invoice/{id}/pdf."""
    doc: Document = living(ctx.company, INVOICE, number)
    lines = (
        f"Invoice {doc.number}",
        ctx.ledger.org.name,
        f"Bill to: {ctx.ledger.contact(doc.contact_id).name}",
        f"Due: {doc.due_on}",
        f"Balance due: {balance(doc)} {doc.currency}",
    )
    return Answer(body=_page(lines), content_type=PDF)


def _check_day(ctx: Context) -> None:
    limit = ctx.mails_per_day
    day_ago = ctx.world.clock() - timedelta(days=1)
    if limit is not None and sum(m.at > day_ago for m in ctx.ledger.books.mails) >= limit:
        raise Wrong("3001", f"The limit of {limit} e-mails a day was reached")


def _page(lines: tuple[str, ...]) -> bytes:
    """A one-page PDF 1.4 in a built-in font."""
    shown = b"".join(b"(" + _escaped(line) + b") Tj T* " for line in lines)
    stream = b"BT /F1 12 Tf 16 TL 72 770 Td " + shown + b"ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] /Contents 5 0 R %s >>" % FONTS,
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
