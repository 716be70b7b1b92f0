"""Which address is which operation.

Below /v3/company/{realm}: query, cdc, batch, {entity}, {entity}/{id}, {entity}/{id}/pdf and
{entity}/{id}/send. Names in any case, as clients send them. Sources: entity pages and
"batch", "data queries", "change data capture" pages, read November 2026.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from syncer.sandbox.exchange import Answer, Request
from syncer.sandbox.quickbooks import batch, replay, sending
from syncer.sandbox.quickbooks.entities import ENTITIES
from syncer.sandbox.quickbooks.exchange import Context, body_of, entity_answer
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.operations import write
from syncer.sandbox.quickbooks.reading import Reader
from syncer.sandbox.quickbooks.wire import ROW

SINGLETONS = frozenset({"preferences", "companyinfo"})


@dataclass(frozen=True, slots=True)
class Operation:
    """What is asked: ``name`` query, cdc, batch, get, pdf, send, write or "" for unknown."""

    name: str
    entity: str = ""
    number: str = ""

    @property
    def reads(self) -> bool:
        """Whether it is metered."""
        return self.name in ("query", "cdc", "get", "pdf")


def operation_of(request: Request, rest: str) -> Operation:
    """The operation of an address below the company."""
    parts = [unquote(part) for part in rest.strip("/").split("/")]
    head, post = parts[0].lower(), request.method == "POST"
    match len(parts):
        case 1 if head == "query" or (head == "cdc" and not post):
            return Operation(head)
        case 1 if head == "batch" and post:
            return Operation("batch")
        case 1 if head in SINGLETONS and not post:
            return Operation("get", head, "1")
        case 1 if post:
            return Operation("write", head)
        case 2 if request.method == "GET":
            return Operation("get", head, parts[1])
        case 3 if head == "invoice" and parts[2] == ("send" if post else "pdf"):
            return Operation(parts[2], head, parts[1])
    return Operation("")


class Routes:
    """Carries out operations; keeps what reading may keep between calls."""

    def __init__(self) -> None:
        self.reader = Reader()

    def answer(self, ctx: Context, operation: Operation) -> Answer:
        """Raises Wrong or Refused."""
        match operation.name:
            case "query":
                return self._query(ctx)
            case "cdc":
                params = ctx.params()
                since = params.get("changedsince", "")
                return self.reader.changes(ctx, params.get("entities", ""), since)
            case "get":
                return self._get(ctx, operation)
            case "pdf":
                return sending.pdf(ctx, operation.number)
            case "send":
                # Whether a requestid protects a send is undocumented: here it does not.
                return sending.send(ctx, operation.number)
            case "batch" | "write":
                return self._once(ctx, operation)
        raise Wrong("500", "Unsupported Operation")

    def _query(self, ctx: Context) -> Answer:
        statement = ctx.params().get("query", "")
        if ctx.request.method == "POST" and ctx.request.body:
            statement = ctx.request.body.decode("utf-8", "replace")
        found = self.reader.query(ctx, statement)
        return Answer(body=b'{"QueryResponse":' + found + b',"time":' + ROW.encode(ctx.time) + b"}")

    def _get(self, ctx: Context, operation: Operation) -> Answer:
        entity = ENTITIES.get(operation.entity)
        if entity is None:
            raise Wrong("500", f"Unsupported Operation: {operation.entity}")
        return self.reader.single(ctx, entity, operation.number)

    def _once(self, ctx: Context, operation: Operation) -> Answer:
        is_batch = operation.name == "batch"
        asked = replay.request_id(ctx, batch=is_batch)
        known = replay.recall(ctx, asked)
        if known is not None:
            return known
        answer = (
            batch.run(ctx, self.reader, request_id=asked) if is_batch else _written(ctx, operation)
        )
        replay.keep(ctx, asked, answer)
        return answer


def _written(ctx: Context, operation: Operation) -> Answer:
    params = ctx.params()
    void = "void" in params.get("include", "").lower().split(",")
    asked = "void" if void else params.get("operation", "").lower()
    name, row = write(ctx, operation.entity, asked, body_of(ctx.request))
    return entity_answer(ctx, name, row)
