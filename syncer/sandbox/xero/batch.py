"""Writes of one or many elements: the envelope, ``summarizeErrors`` and all-or-nothing.

By default one bad element fails the whole call with 400 and nothing is saved; with
``summarizeErrors=false`` the call answers 200 and each element says OK, WARNING or ERROR.
Source: "requests and responses" page, read November 2026.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero.exchange import (
    BODY_MAX,
    Answer,
    Context,
    Rejected,
    bad_request,
    validation_error,
)
from syncer.sandbox.xero.phrases import phrase
from syncer.sandbox.xero.wire import ROW, envelope, read_flag

NIL = "00000000-0000-0000-0000-000000000000"
Item = dict[str, Any]


@dataclass(slots=True)
class Saved:
    """One element that was written."""

    row: Item
    warnings: list[str] = field(default_factory=list)


Save = Callable[[Context, Item], Saved]


def items_of(ctx: Context, key: str) -> list[Item]:
    """The elements of a write: an envelope, or one bare element. Raises Rejected."""
    if len(ctx.request.body) > BODY_MAX:
        raise Rejected(bad_request(14, "PostDataInvalidException", "Request is too large"))
    try:
        data = json.loads(ctx.request.body or b"null")
    except ValueError:
        message = "The request body could not be read as JSON"
        raise Rejected(bad_request(14, "PostDataInvalidException", message)) from None
    items = data.get(key, [data]) if isinstance(data, dict) else None
    if not items or not isinstance(items, list) or not all(isinstance(i, dict) for i in items):
        name = key.removesuffix("s")
        message = (
            "No data has been processed for this endpoint. "
            f"This endpoint is expecting {name} data to be specifed in the request body."
        )
        raise Rejected(bad_request(14, "PostDataInvalidException", message))
    return items


def write(ctx: Context, key: str, save: Save) -> Answer:
    """Save each element and answer as ``summarizeErrors`` asks."""
    items = items_of(ctx, key)
    summarize = read_flag(ctx.request.params().get("summarizeerrors"), default=True)
    checkpoint = ctx.ledger.checkpoint() if summarize and len(items) > 1 else b""
    rows, failed = [], []
    for item in items:
        row = _one(ctx, item, save, id_name=key.removesuffix("s") + "ID")
        rows.append(row)
        if row["StatusAttributeString"] == "ERROR":
            failed.append(row)
    if failed and summarize:
        if checkpoint:
            ctx.ledger.roll_back(checkpoint)
        return validation_error(failed)
    return envelope(ctx, key, [ROW.encode(row) for row in rows])


def _one(ctx: Context, item: Item, save: Save, *, id_name: str) -> Item:
    try:
        saved = save(ctx, item)
    except Refused as refused:
        message = phrase(refused)
    except (ValueError, TypeError, AttributeError, KeyError):
        message = phrase(Refused(Reason.INVALID, "the request", "(a field has the wrong type)"))
    else:
        state = "WARNING" if saved.warnings else "OK"
        extra: Item = {"StatusAttributeString": state, "ValidationErrors": []}
        if saved.warnings:
            extra["Warnings"] = [{"Message": text} for text in saved.warnings]
        return saved.row | extra
    return {
        id_name: item.get(id_name) or NIL,
        "StatusAttributeString": "ERROR",
        "ValidationErrors": [{"Message": message, "Description": message}],
    }
