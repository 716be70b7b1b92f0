"""A server before the server: hands every call on, and lets something happen just before one."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEPT = ("authorization", "content-type", "x-odoo-database", "accept")


@dataclass
class Gate:
    """``before`` is called once, with the path and body of the first call that ``waits_for``
    accepts, before that call goes on.
    """

    target: str
    waits_for: Callable[[str, bytes], bool] = lambda path, body: False
    before: Callable[[], None] = lambda: None
    url: str = ""
    calls: list[str] = field(default_factory=list)
    happened: bool = False

    def passes(self, path: str, body: bytes) -> None:
        """A call comes by."""
        self.calls.append(path)
        if not self.happened and self.waits_for(path, body):
            self.happened = True
            self.before()


@contextmanager
def gate(target: str) -> Iterator[Gate]:
    """A gate before ``target`` on a free port of this machine."""
    here = Gate(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._hand_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def do_GET(self) -> None:
            self._hand_on(None)

        def _hand_on(self, body: bytes | None) -> None:
            here.passes(self.path, body or b"")
            headers = {name: self.headers[name] for name in KEPT if self.headers[name]}
            request = urllib.request.Request(here.target + self.path, body, headers)
            try:
                with urllib.request.urlopen(request, timeout=60) as said:
                    status, kind, answer = said.status, said.headers["Content-Type"], said.read()
            except urllib.error.HTTPError as refused:
                status, kind, answer = refused.code, refused.headers["Content-Type"], refused.read()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
