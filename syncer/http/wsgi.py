"""Mounts a WSGI application as if it were a host, so that whole runs fit in one process.

Connection faults cannot be said in WSGI. An application raises instead: ``TimeoutError``
is a server that never answers, ``ConnectionRefusedError`` one that was never reached,
``ConnectionError`` one that closed without an answer. An exception that also carries
``status``, ``headers`` and ``sent`` broke off inside the body.
"""

import io
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CUT = "the peer closed the connection"
# Answers that a real mount would slow down; in process they only cost the header.
_SLOW_HEADERS = ("X-Sandbox-Delay", "X-Sandbox-Drip")


class WsgiAdapter(BaseAdapter):
    """A requests adapter over ``app``. Thread-safe if the application is."""

    def __init__(self, app: WsgiApp, *, slow: Callable[[float, bool], None] | None = None) -> None:
        super().__init__()
        self._app = app
        self._slow = slow  # told (seconds, drip) so that a test can move its own clock

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001 - requests' own signature
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Call the application and wrap what it says, or raise as a socket would."""
        said: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            said[:] = [status, headers]

        try:
            body = b"".join(self._app(_environ(request), start_response))
            status, headers = said
            raw: Any = io.BytesIO(body)
        except ConnectionRefusedError as error:
            raise requests.ConnectTimeout(str(error), request=request) from error
        except TimeoutError as error:
            raise requests.ReadTimeout(str(error), request=request) from error
        except ConnectionError as error:
            if not hasattr(error, "sent"):
                raise requests.ConnectionError(ProtocolError(_CUT), request=request) from error
            broken = cast("Any", error)
            status, headers, raw = broken.status, broken.headers, _BreakingBody(broken.sent)
        return self._answer(request, status, headers, raw)

    def close(self) -> None:
        """Nothing is held open."""

    def _answer(
        self,
        request: requests.PreparedRequest,
        status: str,
        headers: list[tuple[str, str]],
        raw: Any,
    ) -> requests.Response:
        shown = CaseInsensitiveDict(headers)
        for name in _SLOW_HEADERS:
            seconds = shown.pop(name, None)
            if seconds is not None and self._slow is not None:
                self._slow(float(seconds), name.endswith("Drip"))
        answer = requests.Response()
        answer.status_code = int(status.split(" ", 1)[0])
        answer.reason = status.partition(" ")[2]
        answer.headers = shown
        answer.url = request.url or ""
        answer.request = request
        answer.raw = HTTPResponse(
            body=raw,
            headers=dict(shown),
            status=answer.status_code,
            preload_content=False,
            request_method=request.method,
        )
        return answer


class _BreakingBody(io.RawIOBase):
    """A body that gives what arrived and then breaks."""

    def __init__(self, sent: bytes) -> None:
        self._left = sent

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._left:
            raise ProtocolError(_CUT)
        piece, self._left = self._left, b""
        return piece


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    if isinstance(body, str):
        body = body.encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method or "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path, encoding="latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        plain = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if plain == "CONTENT_TYPE" else f"HTTP_{plain}"] = value
    return environ
