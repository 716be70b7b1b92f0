"""A loopback server that answers as Xero does for a read of the books: pages of rows, nothing kept.

It is not the sandbox: it does as little as possible, so that the client's cost is what is seen.
Run: ``python -m benchmarks.server INVOICES``; prints its port.
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from benchmarks import book

_ORGANISATION = {
    "OrganisationID": "b2c885a9-0000-4000-8000-000000000001",
    "Name": "Bench Ltd",
    "BaseCurrency": "GBP",
    "CountryCode": "GB",
    "Timezone": "GMTSTANDARDTIME",
    "OrganisationStatus": "ACTIVE",
}
_TOKEN = {
    "access_token": "bench",
    "refresh_token": "bench",
    "expires_in": 1800,
    "token_type": "Bearer",
    "scope": "offline_access accounting.invoices",
}
_TENANT = {
    "id": "a2c885a9-0000-4000-8000-000000000002",
    "tenantId": "c2c885a9-0000-4000-8000-000000000003",
    "tenantType": "ORGANISATION",
    "tenantName": "Bench Ltd",
}
_LISTS: dict[str, tuple[Callable[[int], bytes], Callable[[int], bytes]]] = {
    "Invoices": (book.invoice, book.invoice_id),
    "Contacts": (book.contact, book.contact_id),
}


class Server(ThreadingHTTPServer):
    """Knows how many rows there are."""

    daemon_threads = True

    def __init__(self, invoices: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.invoices = invoices
        self.contacts = -(-invoices // book.INVOICES_PER_ACCOUNT)
        self.calls = 0


class Handler(BaseHTTPRequestHandler):
    """Answers GETs with pages; everything is JSON."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Route by the last part of the path."""
        self.server.calls += 1
        parts = urlsplit(self.path)
        query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.rstrip("/").rsplit("/", 1)[-1]
        if name.lower() == "connections":
            self._answer(json.dumps([_TENANT]).encode())
        elif name == "Organisation":
            self._answer(_wrapped("Organisations", json.dumps(_ORGANISATION).encode()))
        elif name == "Settings":
            self._answer(b'{"Status":"OK","InvoiceReminders":[{"Enabled":false}]}')
        elif name == "Invoices" and "PAID" not in parts.query.replace("AmountPaid", ""):
            self._page("Invoices", query, self.server.invoices)
        elif name == "Contacts":
            self._page("Contacts", query, self.server.contacts)
        else:
            self._page(name, query, 0)

    def do_POST(self) -> None:
        """Only tokens are posted."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._answer(json.dumps(_TOKEN).encode())

    def _page(self, name: str, query: dict[str, str], count: int, *, gone: int = 0) -> None:
        """``count`` rows, after ``gone`` that left the head of the list."""
        page = int(query.get("page", 1))
        size = min(1000, int(query.get("pagesize", 100)))
        by_id = query.get("order", "").endswith("ID ASC")
        self._answer(_rows(name, page, size, count, gone, sorted_by_id=by_id))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-MinLimit-Remaining", "60")
        self.send_header("X-DayLimit-Remaining", "5000")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _wrapped(name: str, rows: bytes, pagination: bytes = b"") -> bytes:
    return (
        b'{"Id":"e5d2f732-e92a-4f3a-9c4d-ee4da0182a01","Status":"OK","ProviderName":"Bench",'
        b'"DateTimeUTC":"/Date(1795000000000)/"%s,"%s":[%s]}' % (pagination, name.encode(), rows)
    )


@lru_cache
def _sorted(name: str, count: int) -> Sequence[int]:
    return book.by_id(count, _LISTS[name][1])


@lru_cache(maxsize=250)
def _rows(name: str, page: int, size: int, count: int, gone: int, *, sorted_by_id: bool) -> bytes:
    """A page: by id when that was asked for, else in the order of the last change."""
    row, _ = _LISTS.get(name, _LISTS["Invoices"])
    every = _sorted(name, gone + count) if sorted_by_id and count else range(gone + count)
    rows = b",".join(map(row, every[gone:][(page - 1) * size : page * size]))
    pagination = b',"pagination":{"page":%d,"pageSize":%d,"pageCount":%d,"itemCount":%d}' % (
        page,
        size,
        -(-count // size),
        count,
    )
    return _wrapped(name, rows, pagination)


if __name__ == "__main__":
    server = Server(int(sys.argv[1]))
    print(server.server_address[1], flush=True)
    server.serve_forever()
