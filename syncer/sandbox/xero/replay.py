"""Idempotency keys: the first answer is kept for six minutes and replayed, errors included.

Source: "idempotency" guide, read November 2026. A key is at most 128 characters, belongs to
one program, and answers 400 when it comes back with another address, method or body. Calls
turned away by a limit never get this far; a replay costs quota like any call.
"""

import hashlib
from datetime import timedelta

from syncer.sandbox.records import KeptAnswer
from syncer.sandbox.world import World
from syncer.sandbox.xero.exchange import Answer, Request, bad_request

KEEP = timedelta(minutes=6)
KEY_MAX = 128
METHODS = frozenset({"PUT", "POST", "PATCH"})


def key_of(request: Request) -> str:
    """The key to honour, or "" (the header means nothing on other methods)."""
    return request.headers.get("idempotency-key", "") if request.method in METHODS else ""


def recall(world: World, client_id: str, request: Request) -> Answer | None:
    """The kept answer, the 400 for a misused key, or None when the call is new."""
    key = key_of(request)
    if not key:
        return None
    if len(key) > KEY_MAX:
        return bad_request(
            21, "BadRequestException", f"Idempotency Key is longer than {KEY_MAX} characters"
        )
    kept = world.answers.get(_name(client_id, key))
    if kept is None or world.clock() >= kept.at + KEEP:
        return None
    if kept.digest != _digest(request):
        message = f"Idempotency Key {key} is used with a different request"
        return bad_request(21, "BadRequestException", message)
    headers = dict(kept.headers)
    return Answer(int(kept.status), kept.body, headers.get("Content-Type", ""))


def keep(world: World, client_id: str, request: Request, answer: Answer) -> None:
    """Remember what was answered; forget what is too old."""
    key = key_of(request)
    if not key:
        return
    now = world.clock()
    for name in [n for n, kept in world.answers.items() if now >= kept.at + KEEP]:
        del world.answers[name]
    world.answers[_name(client_id, key)] = KeptAnswer(
        at=now,
        digest=_digest(request),
        status=str(answer.status),
        headers=[("Content-Type", answer.content_type)],
        body=answer.body,
    )


def _name(client_id: str, key: str) -> str:
    return f"{client_id} {key}"


def _digest(request: Request) -> str:
    parts = (request.method, request.path.lower(), request.query)
    return hashlib.sha256(repr(parts).encode() + request.body).hexdigest()
