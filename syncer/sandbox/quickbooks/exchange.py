"""What a route is handed, and how the simulated vendor's answers are put together."""

import json
from dataclasses import dataclass
from typing import Any

from syncer.sandbox.exchange import Answer, Request
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.wire import ROW, Row, envelope_time
from syncer.sandbox.world import World

BODY_MAX = 10 * 1024 * 1024


@dataclass(slots=True)
class Context:
    """Who asks, for which company, with what."""

    world: World
    company: Company
    request: Request
    client_id: str
    mails_per_day: int | None = None

    @property
    def time(self) -> str:
        """The ``time`` of the answer."""
        return envelope_time(self.world.clock())

    @property
    def ledger(self) -> Ledger:
        """The company's books."""
        return self.company.ledger

    def params(self) -> dict[str, str]:
        """The query parameters by lower-case name."""
        return self.request.params()


def entity_answer(ctx: Context, name: str, row: Row) -> Answer:
    """One record: ``{"Invoice": {...}, "time": ...}``."""
    return Answer(body=ROW.encode({name: row, "time": ctx.time}))


def body_of(request: Request) -> Row:
    """The JSON object of a write. Raises Wrong(2010), or Wrong(500) for broken encoding."""
    if len(request.body) > BODY_MAX:
        raise Wrong("6000", "the request is too large")
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("500", "MalformedByteSequence: the body is not UTF-8") from None
    try:
        found: Any = json.loads(text or "null", parse_float=str)
    except ValueError:
        raise Wrong("2010", "the body is not JSON") from None
    if not isinstance(found, dict):
        raise Wrong("2010", "the body is not a JSON object")
    return found
