"""What a scripted fault looks like in this vendor's answers.

Bodies follow the "response codes" and "limits" pages (November 2026) where those show one.
"""

import json
from collections.abc import Iterable

from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.trouble import DELAY_HEADER, DRIP_HEADER, Dropped, Hang, ResetMidBody
from syncer.sandbox.world import World
from syncer.sandbox.xero.exchange import HTML, TEXT, Answer, as_json, problem
from syncer.sandbox.xero.limits import too_many
from syncer.sandbox.xero.tokens import TokenDesk

LIMITS: dict[FaultKind, tuple[str, int | None]] = {
    FaultKind.MINUTE_LIMIT: ("minute", 2),
    FaultKind.DAY_LIMIT: ("day", 40_000),  # many hours, as captured from the vendor
    FaultKind.CONCURRENT_LIMIT: ("concurrent", None),
}
SERVER_ERROR_TEXT = b"An unhandled error with the Xero API occurred. Contact the API team."
OFFLINE_HTML = b"<html><head><title>503</title></head><body>The API is offline.</body></html>"
OWN_KEYS = {"Id", "Status", "ProviderName", "DateTimeUTC", "pagination"}


def instead(fault: Fault) -> Answer | None:
    """The answer that replaces the call, which is then not executed; None for other kinds.

    Raises Dropped or Hang for the faults of the connection.
    """
    if fault.kind in LIMITS:
        limit, usual = LIMITS[fault.kind]
        return too_many(limit, usual if fault.retry_after is None else fault.retry_after)
    match fault.kind:
        case FaultKind.SERVER_ERROR:
            return server_error()
        case FaultKind.OFFLINE:
            return Answer(503, OFFLINE_HTML, HTML)
        case FaultKind.EMPTY_ERROR:
            return Answer(502, b"", HTML)
        case FaultKind.EXPIRED_TOKEN:
            return problem(401, "TokenExpired: token expired at 01/01/2001 00:00:00")
        case FaultKind.DISCONNECTED:
            return problem(403, "AuthenticationUnsuccessful")
        case FaultKind.ERROR_BODY:
            return as_json({"Status": "ERROR", "ErrorNumber": 500, "Message": "Please try again"})
        case FaultKind.DROP:
            raise Dropped
        case FaultKind.HANG:
            raise Hang
    return None


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


def server_error() -> Answer:
    """The 500: text."""
    return Answer(500, SERVER_ERROR_TEXT, TEXT)


def _emptied(answer: Answer) -> Answer:
    body = json.loads(answer.body or b"{}")
    for key in body.keys() - OWN_KEYS:
        body[key] = []
    answer.body = json.dumps(body).encode()
    return answer
