"""What a scripted fault looks like in Odoo's answers, or in those of the proxy before it.

Odoo itself states no limit; a proxy or a host before it may answer 429, 502 and 503 in its own
words. An exception of the database is told by name, with status 500.
"""

import json
from collections.abc import Iterable
from typing import Any

from syncer.sandbox.exchange import HTML, Answer
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.access import Keys
from syncer.sandbox.odoo.problems import Wrong, as_json, denied, out_of_order, unauthorized
from syncer.sandbox.trouble import DELAY_HEADER, DRIP_HEADER, Dropped, Hang, ResetMidBody
from syncer.sandbox.world import World

LIMITS: dict[FaultKind, int | None] = {  # seconds until the proxy lets a call through again
    FaultKind.MINUTE_LIMIT: 2,
    FaultKind.DAY_LIMIT: 40_000,
    FaultKind.CONCURRENT_LIMIT: None,
}
TOO_MANY_HTML = b"<html><head><title>429 Too Many Requests</title></head></html>"
OFFLINE_HTML = b"<html><head><title>503 Service Temporarily Unavailable</title></head></html>"


def instead(fault: Fault, *, rpc: bool = False) -> Answer | None:
    """The answer that replaces the call, which is then not executed; None for other kinds.

    Raises Dropped or Hang for the faults of the connection.
    """
    if fault.kind in LIMITS:
        usual = LIMITS[fault.kind]
        return _too_many(usual if fault.retry_after is None else fault.retry_after)
    match fault.kind:
        case FaultKind.SERVER_ERROR:
            return out_of_order().answer(rpc=rpc)
        case FaultKind.OFFLINE:
            return Answer(503, OFFLINE_HTML, HTML)
        case FaultKind.EMPTY_ERROR:
            return Answer(502, b"", HTML)
        case FaultKind.EXPIRED_TOKEN:
            return unauthorized(rpc=rpc).answer(rpc=rpc)
        case FaultKind.DISCONNECTED:
            return denied().answer(rpc=rpc)
        case FaultKind.ERROR_BODY:
            return as_json(out_of_order().enveloped())
        case FaultKind.DROP:
            raise Dropped
        case FaultKind.HANG:
            raise Hang
    return None


def before(faults: Iterable[Fault], world: World) -> None:
    """Scripted events, and keys that are taken back, ahead of the call."""
    for fault in faults:
        if fault.kind is FaultKind.BEFORE:
            fault.happen(world)
        elif fault.kind in (FaultKind.TOKEN_DEATH, FaultKind.REVOKED):
            Keys(world).withdraw()


def after(fault: Fault, answer: Answer, world: World, *, rpc: bool = False) -> Answer:
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
        case FaultKind.COMMIT_THEN_ERROR:  # the answer could not be put together
            lost = Wrong("builtins.TypeError", "Object is not JSON serializable")
            return lost.answer(rpc=rpc)
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


def _too_many(retry_after: int | None) -> Answer:
    headers = [] if retry_after is None else [("Retry-After", str(retry_after))]
    return Answer(429, TOO_MANY_HTML, HTML, headers)


def _emptied(answer: Answer) -> Answer:
    """No rows, and the count of a list as it was."""
    said = json.loads(answer.body or b"{}")
    if isinstance(said, dict) and "result" in said:
        said["result"] = _without_rows(said["result"])
    else:
        said = _without_rows(said)
    answer.body = json.dumps(said).encode()
    return answer


def _without_rows(said: Any) -> Any:
    if isinstance(said, dict) and "records" in said:
        return {**said, "records": []}
    return type(said)() if isinstance(said, list | dict) else None
