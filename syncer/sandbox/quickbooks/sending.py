"""An invoice sent as mail, and as a PDF.

Source: "invoice" page, read November 2026. Sending fills EmailStatus and DeliveryInfo, and an
address given as ``sendTo`` replaces the invoice's BillEmail for good. A bad address is HTTP
500 with code 4002, as users report.
"""

from datetime import timedelta

from syncer.sandbox import post
from syncer.sandbox.exchange import Answer
from syncer.sandbox.paper import PDF, invoice_paper
from syncer.sandbox.quickbooks.entities import INVOICE
from syncer.sandbox.quickbooks.exchange import Context, entity_answer
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.reading import living
from syncer.sandbox.quickbooks.shapes import balance, mail_to
from syncer.sandbox.quickbooks.wire import is_address
from syncer.sandbox.records import Document
from syncer.sandbox.refusal import Reason, Refused

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
    ctx.ledger.change_document(doc, sent=True, to_mail=False, mail_to=address)
    doc.sent_at = ctx.world.clock()
    return entity_answer(ctx, "Invoice", INVOICE.row(ctx.company, doc))


def pdf(ctx: Context, number: str) -> Answer:
    """GET /invoice/{id}/pdf."""
    doc: Document = living(ctx.company, INVOICE, number)
    paper = invoice_paper(ctx.ledger, doc, number=doc.number, left=balance(doc))
    return Answer(body=paper, content_type=PDF)


def _check_day(ctx: Context) -> None:
    limit = ctx.mails_per_day
    day_ago = ctx.world.clock() - timedelta(days=1)
    if limit is not None and sum(m.at > day_ago for m in ctx.ledger.books.mails) >= limit:
        raise Wrong("3001", f"The limit of {limit} e-mails a day was reached")
