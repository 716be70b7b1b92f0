"""What a scripted fault looks like in this vendor's answers.

Bodies follow the issue threads that quote them, read November 2026: a throttled call is
answered in XML even when JSON was asked for, or in JSON; a 200 can carry a fault.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from syncer.sandbox.exchange import HTML, Answer
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.tokens import TokenDesk
from syncer.sandbox.quickbooks.wire import envelope_time
from syncer.sandbox.trouble import DELAY_HEADER, DRIP_HEADER, Dropped, Hang, ResetMidBody
from syncer.sandbox.world import World

THROTTLED = "The request limit was reached.  Try again later"
OFFLINE_HTML = b"<html><head><title>503 Service Unavailable</title></head><body></body></html>"
CODES = {
    FaultKind.MINUTE_LIMIT: "3001",
    FaultKind.DAY_LIMIT: "3001",  # the month's reads are used up: script it with times=0
    FaultKind.CONCURRENT_LIMIT: "3001",
    FaultKind.SERVER_ERROR: "10000",
    FaultKind.EXPIRED_TOKEN: "3200",
    FaultKind.DISCONNECTED: "3100",
}
IN_JSON = frozenset({FaultKind.CONCURRENT_LIMIT})


def throttled(now: datetime, *, xml: bool = True) -> Answer:
    """A 429 without ``Retry-After``."""
    return Wrong("3001", THROTTLED).answer(envelope_time(now), now, xml=xml)


def instead(fault: Fault, now: datetime) -> Answer | None:
    """The answer that replaces the call, which is then not executed; None for other kinds.

    Raises Dropped or Hang for the faults of the connection.
    """
    match fault.kind:
        case FaultKind.OFFLINE:
            return Answer(503, OFFLINE_HTML, HTML)
        case FaultKind.EMPTY_ERROR:
            return Answer(502, b"", HTML)
        case FaultKind.ERROR_BODY:
            return _coded(fault, fault.code or "10000", now, status=200)
        case FaultKind.CODED:
            return _coded(fault, fault.code, now)
        case FaultKind.DROP:
            raise Dropped
        case FaultKind.HANG:
            raise Hang
    code = CODES.get(fault.kind)
    return _coded(fault, code, now) if code else None


def before(faults: Iterable[Fault], world: World) -> None:
    """Scripted events and token deaths ahead of the call."""
    for fault in faults:
        if fault.kind is FaultKind.BEFORE:
            fault.happen(world)
        elif fault.kind in (FaultKind.TOKEN_DEATH, FaultKind.REVOKED):
            TokenDesk(world).kill_access(refresh_too=fault.kind is FaultKind.REVOKED)


def after(fault: Fault, answer: Answer, world: World) -> Answer:
    """The executed call's answer as it leaves, or a Trouble raised in its place."""
    match fault.kind:
        case FaultKind.AFTER:
            fault.happen(world)
        case FaultKind.EMPTY_PAGE:
            return _emptied(answer)
        case FaultKind.TRUNCATED:
            answer.body = answer.body[: max(1, len(answer.body) // 2)]
        case FaultKind.SLOW:
            answer.headers.append((DELAY_HEADER, str(fault.seconds)))
        case FaultKind.DRIP:
            answer.headers.append((DRIP_HEADER, str(fault.seconds)))
        case FaultKind.COMMIT_THEN_ERROR:
            now = world.clock()
            return Wrong("10000").answer(envelope_time(now), now)
        case FaultKind.COMMIT_THEN_HANG:
            raise Hang(committed=True)
        case FaultKind.COMMIT_THEN_DROP:
            raise Dropped(committed=True)
        case FaultKind.RESET:
            raise ResetMidBody(
                status=answer.status_line,
                headers=[("Content-Type", answer.content_type), *answer.headers],
                sent=answer.body[: len(answer.body) // 2],
                length=len(answer.body),
            )
    return answer


def _coded(fault: Fault, code: str, now: datetime, *, status: int | None = None) -> Answer:
    error = Wrong(code, THROTTLED if code == "3001" else "")
    xml = code == "3001" and fault.kind not in IN_JSON
    answer = error.answer(envelope_time(now), now, xml=xml)
    answer.status = status or answer.status
    if fault.retry_after is not None:
        answer.headers.append(("Retry-After", str(fault.retry_after)))
    return answer


def _emptied(answer: Answer) -> Answer:
    body = json.loads(answer.body or b"{}")
    if "QueryResponse" in body:
        body["QueryResponse"] = {}
    for item in body.get("BatchItemResponse", []):
        if "QueryResponse" in item:
            item["QueryResponse"] = {}
    for group in body.get("CDCResponse", []):
        group["QueryResponse"] = [{} for _ in group.get("QueryResponse", [])]
    answer.body = json.dumps(body).encode()
    return answer
