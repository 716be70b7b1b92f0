"""Several operations in one call, each with its own success or fault.

Source: "batch" page, read November 2026: at most 30 items, matched by ``bId``; sending is not
among the operations.
"""

import json
from typing import Any

from syncer.sandbox.exchange import Answer
from syncer.sandbox.quickbooks.exchange import Context, body_of
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.operations import write
from syncer.sandbox.quickbooks.reading import Reader
from syncer.sandbox.quickbooks.refusals import wrong
from syncer.sandbox.quickbooks.replay import ITEM_ID_MAX
from syncer.sandbox.quickbooks.wire import ROW, Row
from syncer.sandbox.refusal import Refused

ITEMS_MAX = 30
BROKEN = (ValueError, TypeError, AttributeError, KeyError)


def run(ctx: Context, reader: Reader, *, request_id: str) -> Answer:
    """POST /batch. Raises Wrong for the whole call."""
    items = body_of(ctx.request).get("BatchItemRequest")
    if not isinstance(items, list) or not items:
        raise Wrong("2020", "Required parameter BatchItemRequest is missing", "BatchItemRequest")
    if len(items) > ITEMS_MAX:
        raise Wrong("6000", f"Business Validation Error: more than {ITEMS_MAX} items in a batch")
    done = b",".join(_one(ctx, reader, item, request_id) for item in items)
    return Answer(
        body=b'{"BatchItemResponse":[' + done + b'],"time":' + ROW.encode(ctx.time) + b"}"
    )


def queries_in(body: bytes) -> int:
    """How many statements a batch asks; 0 for what cannot be read."""
    try:
        items = json.loads(body)["BatchItemRequest"] or []
    except (ValueError, KeyError, TypeError):
        return 0
    return sum("Query" in item for item in items if isinstance(item, dict))


def _one(ctx: Context, reader: Reader, item: Any, request_id: str) -> bytes:
    name = str(item.get("bId", "")) if isinstance(item, dict) else ""
    head = b'{"bId":' + ROW.encode(name)
    try:
        key, value = _done(ctx, reader, item, request_id)
    except Wrong as error:
        key, value = "Fault", ROW.encode(error.fault())
    except Refused as refused:
        key, value = "Fault", ROW.encode(wrong(refused).fault())
    except BROKEN:
        key, value = "Fault", ROW.encode(Wrong("2010", "a property has the wrong type").fault())
    return head + b',"' + key.encode() + b'":' + value + b"}"


def _done(ctx: Context, reader: Reader, item: Row, request_id: str) -> tuple[str, bytes]:
    if request_id and len(str(item.get("bId", ""))) > ITEM_ID_MAX:
        raise Wrong("6000", f"Business Validation Error: at most {ITEM_ID_MAX} characters in bId")
    if "Query" in item:
        return "QueryResponse", reader.query(ctx, str(item["Query"]))
    bodies = {name: value for name, value in item.items() if isinstance(value, dict)}
    if len(bodies) != 1:
        raise Wrong("2010", "a batch item holds one object or one Query")
    name, body = next(iter(bodies.items()))
    operation = "void" if "void" in str(item.get("options", "")) else item.get("operation", "")
    name, row = write(ctx, name, str(operation).lower(), body)
    return name, ROW.encode(row)
