"""History notes: append-only, at most 2,500 characters, without ids.

Source: "history and notes" page, read November 2026. POST acts as PUT; notes can be neither
edited, deleted nor back-dated.
"""

from syncer.sandbox import post
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero import shapes
from syncer.sandbox.xero.batch import items_of
from syncer.sandbox.xero.exchange import Answer, Context, validation_error
from syncer.sandbox.xero.wire import ROW, envelope

DETAILS_MAX = 2500


def read_history(ctx: Context) -> Answer:
    """GET /{Endpoint}/{guid}/History: everything, newest first; no filter, no paging."""
    notes = ctx.ledger.notes_of(_parent(ctx.ledger, ctx.ids[0]))
    return envelope(ctx, "HistoryRecords", [ROW.encode(shapes.history(n)) for n in reversed(notes)])


def add_history(ctx: Context) -> Answer:
    """PUT /{Endpoint}/{guid}/History: several records per call, all or none."""
    parent = _parent(ctx.ledger, ctx.ids[0])
    texts = [str(item.get("Details") or "") for item in items_of(ctx, "HistoryRecords")]
    for text in texts:
        if not text or len(text) > DETAILS_MAX:
            message = f"Details must have 1 to {DETAILS_MAX} characters"
            return validation_error([{"ValidationErrors": [{"Message": message}]}])
    rows = [
        shapes.history(post.leave_note(ctx.ledger, parent, text)) | {"ValidationErrors": []}
        for text in texts
    ]
    return envelope(ctx, "HistoryRecords", [ROW.encode(row) for row in rows])


def _parent(ledger: Ledger, record_id: str) -> str:
    books = ledger.books
    if any(record_id in known for known in (books.documents, books.contacts, books.payments)):
        return record_id
    raise Refused(Reason.UNKNOWN, "record", record_id)
