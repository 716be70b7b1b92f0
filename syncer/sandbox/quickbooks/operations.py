"""Writes, by entity and operation: which record, is the copy fresh, then do it.

Source: "create, update, delete" sections of the entity pages, read November 2026.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from syncer.sandbox.quickbooks import moneyin, people_written, sales
from syncer.sandbox.quickbooks.entities import CREDIT_MEMO, CUSTOMER, INVOICE, PAYMENT, Entity
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.reading import living
from syncer.sandbox.quickbooks.wire import Row
from syncer.sandbox.records import Kind
from syncer.sandbox.settlements import settlement

EXPIRED = "expired"  # a plan that lapsed: the company can only be read


@dataclass(frozen=True, slots=True)
class Writer:
    """How one entity is written; None = the vendor does not offer it."""

    entity: Entity
    create: Callable[[Context, Row], Any]
    update: Callable[[Context, Any, Row], Any]
    delete: Callable[[Context, Any], Any] | None = None
    void: Callable[[Context, Any], Any] | None = None


WRITERS = {
    "invoice": Writer(
        INVOICE,
        lambda ctx, body: sales.create(ctx, Kind.INVOICE, body),
        sales.update,
        sales.delete,
        sales.void,
    ),
    "creditmemo": Writer(
        CREDIT_MEMO,
        lambda ctx, body: sales.create(ctx, Kind.CREDIT_NOTE, body),
        sales.update,
        sales.delete,
    ),
    "payment": Writer(
        PAYMENT,
        lambda ctx, body: settlement(ctx.ledger, moneyin.create(ctx, body)),
        lambda ctx, paid, body: moneyin.update(ctx, paid.key, body),
        lambda ctx, paid: moneyin.delete(ctx, paid.key),
        lambda ctx, paid: moneyin.void(ctx, paid.key),
    ),
    "customer": Writer(CUSTOMER, people_written.create, people_written.update),
}


def write(ctx: Context, name: str, operation: str, body: Row) -> tuple[str, Row]:
    """Carry out a write: the entity's name and its row afterwards. Raises Wrong or Refused."""
    writer = WRITERS.get(name.lower())
    if writer is None:
        raise Wrong("500", f"Unsupported Operation: {name} cannot be written")
    if ctx.ledger.org.plan == EXPIRED:
        raise Wrong("6190", "Subscription period has ended or there was a billing problem")
    company, entity = ctx.company, writer.entity
    number = str(body.get("Id") or "")
    if not number and operation in ("", "create", "update"):
        made = writer.create(ctx, body)
        company.numbers.refresh()
        return entity.name, entity.row(company, made)
    if not number:
        raise Wrong("2020", "Required parameter Id is missing in the request", "Id")
    record = living(company, entity, number)
    _check_fresh(ctx, entity, record, body)
    return entity.name, _change(ctx, writer, record, operation, number, body)


def _change(
    ctx: Context, writer: Writer, record: Any, operation: str, number: str, body: Row
) -> Row:
    if operation == "delete" and writer.delete:
        writer.delete(ctx, record)
        return {"domain": "QBO", "status": "Deleted", "Id": number}
    if operation == "void" and writer.void:
        writer.void(ctx, record)
    elif operation in ("", "update"):
        writer.update(ctx, record, body)
    else:
        raise Wrong("500", f"Unsupported Operation: {operation} of {writer.entity.name}")
    ctx.company.numbers.refresh()
    return writer.entity.row(ctx.company, writer.entity.one(ctx.company, number))


def _check_fresh(ctx: Context, entity: Entity, record: Any, body: Row) -> None:
    token = body.get("SyncToken")
    if token in (None, ""):
        detail = "Required parameter SyncToken is missing in the request"
        raise Wrong("2020", detail, "SyncToken")
    if str(token) != entity.row(ctx.company, record)["SyncToken"]:
        detail = "Stale Object Error : You and someone else were working on this at the same time."
        raise Wrong("5010", detail)
