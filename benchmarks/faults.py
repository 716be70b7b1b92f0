"""Thirteen faults on the second page of invoices: what each reader makes of them.

Our row is measured here, over real sockets. The peers' rows are recorded measurements of the
same thirteen faults (``peers_faults.json`` says when, of which versions and how).
"""

import json
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.measure import ROOT
from benchmarks.server import Handler, Server

INVOICES = 2_500
PAID_BETWEEN = 40
PATIENCE = 100.0  # seconds until a reader counts as hanging
PATIENCE_SILENT = 40.0  # for the server that never answers
SLOW = 8.0  # seconds; slower OKs show their time
RECORDED = Path(__file__).with_name("peers_faults.json")


class FaultyServer(Server):
    """A server that misbehaves once, on its second call for invoices."""

    def __init__(self, fault: str) -> None:
        super().__init__(INVOICES)
        self.fault = fault
        self.invoice_calls = 0
        self.gone = 0  # invoices paid meanwhile: the first rows of the list
        self.ending = threading.Event()

    def page_shifts(self) -> None:
        """Forty customers pay: their rows leave the list."""
        self.gone = PAID_BETWEEN
        self.invoices = INVOICES - PAID_BETWEEN


class FaultyHandler(Handler):
    """Breaks one answer."""

    server: FaultyServer

    def do_GET(self) -> None:
        """Answer, or break the second call for open invoices."""
        query = parse_qs(urlsplit(self.path).query)
        is_list = urlsplit(self.path).path.endswith("/Invoices") and "PAID" not in self.path
        if not is_list or int(query.get("page", ["1"])[0]) < 1:
            super().do_GET()
            return
        self.server.invoice_calls += 1
        fault = FAULTS[self.server.fault]
        if self.server.invoice_calls == 2 and fault is not None:
            fault(self)
        else:
            self._list(query)

    def _list(self, query: dict[str, list[str]]) -> None:
        lower = {name.lower(): values[0] for name, values in query.items()}
        self._page("Invoices", lower, self.server.invoices, gone=self.server.gone)

    def fail(self, status: int, body: bytes, content_type: str, **headers: str) -> None:
        """One wrong answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self, said: bytes = b"") -> None:
        """Break the connection, after ``said``, with a reset when something was said."""
        self.wfile.write(said)
        if said:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


def _limited(problem: str, retry_after: str | None) -> Callable[[FaultyHandler], None]:
    headers = {"X_Rate_Limit_Problem": problem}
    if retry_after is not None:
        headers["Retry_After"] = retry_after
    return lambda handler: handler.fail(429, b"oauth_problem=rate", "text/html", **headers)


def _truncated(handler: FaultyHandler) -> None:
    body = b'{"Status":"OK","pagination":{"page":2,"pageSize":1000,"pageCount":3,"itemCount":2500},'
    handler.fail(200, body + b'"Invoices":[{"InvoiceID":"0000', "application/json")


def _error_body(handler: FaultyHandler) -> None:
    handler.fail(200, b'{"Status":"ERROR","Message":"unavailable"}', "application/json")


def _empty_page(handler: FaultyHandler) -> None:
    handler.fail(200, b'{"Status":"OK","Invoices":[]}', "application/json")


def _expired(handler: FaultyHandler) -> None:
    body = b'{"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired"}'
    handler.fail(401, body, "application/json")


def _reset(handler: FaultyHandler) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
    handler.cut(head + b'{"Status":"OK","Invoices":[')


def _shift(handler: FaultyHandler) -> None:
    handler.server.page_shifts()
    handler._list(parse_qs(urlsplit(handler.path).query))


def _silent(handler: FaultyHandler) -> None:
    handler.server.ending.wait(PATIENCE)
    handler.cut()


FAULTS: dict[str, Callable[[FaultyHandler], None] | None] = {
    "ok": None,
    "429, minute, Retry-After 2": _limited("minute", "2"),
    "429, concurrent, no Retry-After": _limited("concurrent", None),
    "429, day, Retry-After 40,000": _limited("day", "40000"),
    "500": lambda handler: handler.fail(500, b"An unhandled error", "text/plain"),
    "503 with HTML": lambda handler: handler.fail(503, b"<html>offline</html>", "text/html"),
    "closed without an answer": lambda handler: handler.cut(),
    "reset mid-body": _reset,
    "truncated JSON, right Content-Length": _truncated,
    "200 with an error body": _error_body,
    "200 with an empty page": _empty_page,
    "401 once (token expired)": _expired,
    "40 invoices paid between page 1 and 2": _shift,
    "never answers (watched 40 s)": _silent,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one reader met one fault."""

    text: str

    @property
    def is_bad(self) -> bool:
        """Lost something without a word, or never came back."""
        return self.text.startswith(("SILENT", "HANG"))


def ours(fault: str) -> Verdict:
    """Run our connector against the fault and judge by what came out."""
    server = FaultyServer(fault)
    server.RequestHandlerClass = FaultyHandler
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    patience = PATIENCE_SILENT if fault.startswith("never") else PATIENCE
    started = time.perf_counter()
    try:
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.subjects.our_pull", address],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict("HANG")
    finally:
        server.ending.set()
        server.shutdown()
    return _judged(run, server.invoices, time.perf_counter() - started)


def _judged(run: "subprocess.CompletedProcess[str]", open_now: int, seconds: float) -> Verdict:
    if run.returncode != 0:
        return Verdict("LOUD")
    found = re.match(r"\d+ \d+ (\d+)", run.stdout)
    read = int(found.group(1)) if found else 0
    if read < open_now:
        return Verdict(f"SILENT -{open_now - read}")
    return Verdict("OK" if seconds <= SLOW else f"OK ({seconds:.0f} s)")


def report(_: int) -> str:
    """The table with our column first, as Markdown."""
    recorded = json.loads(RECORDED.read_text())
    peers = recorded["peers"]
    mine = {fault: ours(fault) for fault in FAULTS}
    lines = [
        f"| fault on the second page of invoices | **connectors.xero** | {' | '.join(peers)} |",
        "|---" * (len(peers) + 2) + "|",
    ]
    for fault, verdict in mine.items():
        cells = recorded["cells"][fault]
        lines.append(f"| {fault} | **{verdict.text}** | {' | '.join(cells)} |")
    bad = sum(verdict.is_bad for verdict in mine.values())
    lines += ["", f"Ours: {bad} of {len(mine) - 1} faults end in silence or a hang.", ""]
    return "\n".join(lines)
