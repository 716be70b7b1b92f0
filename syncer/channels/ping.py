"""Tells a service that waits for a sign of life that a run began, went well or failed.

The address is the password, so it appears in no message. Nothing is sent but the call itself:
no figures, no names. Whatever goes wrong is returned as a sentence, never raised: a run must
not fail for its sign of life. The protocol is that of healthchecks.io: the plain address for
success, ``/start`` and ``/fail`` behind it for the others (healthchecks.io/docs/http_api).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from syncer.errors import SyncerError
from syncer.http.faults import NotSent
from syncer.http.transport import Transport

SECONDS = 10.0
ANSWER_MAX = 1 << 16
_TRIES = 2  # the second only where the first certainly never arrived


class Sign(StrEnum):
    """What is told, as the end of the address."""

    START = "/start"
    GOOD = ""
    FAIL = "/fail"


def ping(
    url: str,
    sign: Sign,
    *,
    mounts: Mapping[str, Any] | None = None,
    seconds: float = SECONDS,
) -> str:
    """Call ``url``; "" when it was heard, else why not, without the address."""
    transport = Transport(hosts=[urlsplit(url).hostname or ""], mounts=mounts, body_max=ANSWER_MAX)
    for last in range(_TRIES):
        try:
            answer = transport.exchange(
                "GET", url.rstrip("/") + sign.value, headers={}, seconds=seconds
            )
        except NotSent:
            if last == _TRIES - 1:
                return "no connection could be made"
        except SyncerError as error:
            return f"no usable answer came ({type(error).__name__})"
        else:
            return "" if answer.status < 300 else f"it answered {answer.status}"
    return "no connection could be made"
