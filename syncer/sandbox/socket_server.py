"""A small threading HTTP/1.1 server that mounts a simulator and honours connection faults.

Loopback by default. It is for one machine's own use: no TLS, no limits on clients.
"""

import io
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from syncer.sandbox.control import PREFIX, Control
from syncer.sandbox.trouble import (
    DELAY_HEADER,
    DRIP_BYTES,
    DRIP_HEADER,
    Dropped,
    Hang,
    ResetMidBody,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HANG_SECONDS = 600.0  # after that even a sandbox lets go
RESET_NOW = struct.pack("ii", 1, 0)


class SandboxServer(ThreadingHTTPServer):
    """Serves one WSGI simulator and its control address space."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], app: "WSGIApplication", control: Control) -> None:
        self.app = app
        self.control = control
        self.stopping = threading.Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is reported on stderr."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: SandboxServer

    def handle_one_request(self) -> None:
        """Read one request of any method and answer it."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._answer()
            if not self.wfile.closed:
                self.wfile.flush()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path.startswith(PREFIX):
            status, answer = self.server.control.answer(self.command, path, query, body)
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))]
            self._send(f"{status} -", headers, answer)
            return
        try:
            said, pieces = _call(self.server.app, _environ(self, path, query, body))
        except Hang:
            self.server.stopping.wait(HANG_SECONDS)
            self.close_connection = True
        except ResetMidBody as reset:
            headers = [*reset.headers, ("Content-Length", str(reset.length))]
            self._send(reset.status, headers, reset.sent)
            self._reset()
        except Dropped:
            self._drop()
        else:
            self._deliver(said, b"".join(pieces))

    def _deliver(self, said: tuple[str, list[tuple[str, str]]], body: bytes) -> None:
        status, headers = said
        pauses = {name: float(value) for name, value in headers if name in _PAUSES}
        headers = [pair for pair in headers if pair[0] not in _PAUSES]
        self.server.stopping.wait(pauses.get(DELAY_HEADER, 0.0))
        if DRIP_HEADER not in pauses:
            self._send(status, headers, body)
            return
        self._send(status, headers, b"")
        for start in range(0, len(body), DRIP_BYTES):
            self.wfile.write(body[start : start + DRIP_BYTES])
            self.wfile.flush()
            if self.server.stopping.wait(pauses[DRIP_HEADER]):
                break

    def _send(self, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1", "replace"))
        self.wfile.write(body)
        self.wfile.flush()

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _reset(self) -> None:
        time.sleep(0.02)  # let what was sent arrive before the reset overtakes it
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_NOW)
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """The world keeps the call log; nothing on stderr."""


_PAUSES = frozenset({DELAY_HEADER, DRIP_HEADER})


def _call(
    app: "WSGIApplication", environ: dict[str, Any]
) -> tuple[tuple[str, list[tuple[str, str]]], Iterable[bytes]]:
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _: object = None
    ) -> Callable[[bytes], object]:
        said.append((status, headers))
        return lambda _: None

    pieces = app(environ, start_response)
    return said[-1], pieces


def _environ(handler: _Handler, path: str, query: str, body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": handler.command,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, encoding="latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": str(handler.server.server_address[1]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in handler.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ
