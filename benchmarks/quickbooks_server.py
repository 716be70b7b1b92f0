"""A loopback server that answers as QuickBooks does for a read of the books, nothing kept.

It knows the statements that the subjects send and refuses every other condition, so that no
subject is given rows it did not ask for. Rows come by id, which here is also the order of their
last change. Run: ``python -m benchmarks.quickbooks_server INVOICES``; prints its port.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from benchmarks import quickbooks_book as book

REALM = "9341452178830651"
_TIME = b"2026-11-22T05:00:00.000-08:00"
_PAGE, _PAGE_MAX = 100, 1000  # rows, when nothing is said, and at most
_STATEMENT = re.compile(
    r"select (?P<what>\*|count\(\*\)) from (?P<entity>\w+)(?: where (?P<where>.+?))?"
    r"(?: order ?by [\w.]+(?: asc)?)?(?: startposition (?P<start>\d+))?"
    r"(?: maxresults (?P<size>\d+))?\s*",
    re.IGNORECASE,
)
# Conditions by what they leave of this book: all rows are open, active and changed in 2026.
_KEEPS_ALL = re.compile(
    r"Balance > '0'|Active IN \(true, false\)|Meta[dD]ata\.LastUpdatedTime >= '20[01]\d-.*'"
    r"|Meta[dD]ata\.LastUpdatedTime >= '202[0-5]-.*'"
)
_ROWS = {"Invoice": book.invoice, "Customer": book.customer}
_COMPANY = {
    "CompanyName": "Bench Inc",
    "Country": "US",
    "DefaultTimeZone": "America/Los_Angeles",
    "Id": "1",
    "SyncToken": "0",
}
_PREFERENCES = {
    "CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "USD"}},
    "SalesFormsPrefs": {"AutoApplyCredit": False},
    "Id": "1",
    "SyncToken": "0",
}
_TOKEN = {
    "access_token": "bench",
    "refresh_token": "bench",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8_726_400,
    "token_type": "bearer",
}


class RefusedError(Exception):
    """A statement that this server does not know."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is asked for. ``start`` counts from 1."""

    entity: str
    counted: bool
    start: int
    size: int

    @classmethod
    def read(cls, text: str) -> "Statement":
        """A statement of the query language, as far as it is known here. RefusedError."""
        found = _STATEMENT.fullmatch(text)
        if found is None:
            raise RefusedError(text)
        for condition in (found["where"] or "Balance > '0'").split(" AND "):
            if not _KEEPS_ALL.fullmatch(condition):
                raise RefusedError(condition)
        return cls(
            entity=found["entity"],
            counted=found["what"] != "*",
            start=int(found["start"] or 1),
            size=min(int(found["size"] or _PAGE), _PAGE_MAX),
        )


class Server(ThreadingHTTPServer):
    """Knows how many rows there are."""

    daemon_threads = True

    def __init__(self, invoices: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.counts = {"Invoice": invoices, "Customer": book.customers(invoices)}

    def answer(self, statement: Statement) -> bytes:
        """The value of ``QueryResponse``."""
        count = self.counts.get(statement.entity, 0)
        if statement.counted:
            return b'{"totalCount":%d}' % count
        return _page(statement, count)


class Handler(BaseHTTPRequestHandler):
    """Queries, batches of queries, single records, changes and tokens; everything is JSON."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Route by the path."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/query"):
            self._query(asked["query"])
        elif parts.path.endswith("/cdc"):
            empty = b",".join(b"{}" for _ in asked["entities"].split(","))
            self._answer(b'{"CDCResponse":[{"QueryResponse":[%s]}],"time":"%s"}' % (empty, _TIME))
        elif "/companyinfo/" in parts.path:
            self._answer(_single("CompanyInfo", _COMPANY))
        elif parts.path.endswith("/preferences"):
            self._answer(_single("Preferences", _PREFERENCES))
        else:
            self._answer(json.dumps(self._discovery()).encode())

    def do_POST(self) -> None:
        """Queries with the statement as their body, batches, and tokens."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.endswith("/query"):
            self._query(body.decode())
        elif path.endswith("/batch"):
            self._batch(json.loads(body)["BatchItemRequest"])
        else:
            self._answer(json.dumps(_TOKEN).encode())

    def _query(self, text: str) -> None:
        try:
            answer = self.server.answer(Statement.read(text))
        except RefusedError as error:
            self._refuse(str(error))
            return
        self._answer(b'{"QueryResponse":%s,"time":"%s"}' % (answer, _TIME))

    def _batch(self, items: list[dict[str, str]]) -> None:
        try:
            answers = [
                b'{"bId":"%s","QueryResponse":%s}'
                % (item["bId"].encode(), self.server.answer(Statement.read(item["Query"])))
                for item in items
            ]
        except RefusedError as error:
            self._refuse(str(error))
            return
        self._answer(b'{"BatchItemResponse":[%s],"time":"%s"}' % (b",".join(answers), _TIME))

    def _discovery(self) -> dict[str, str]:
        host, port = self.server.server_address[:2]
        address = f"http://{host!s}:{port}"
        return {
            "issuer": address,
            "authorization_endpoint": f"{address}/connect/oauth2",
            "token_endpoint": f"{address}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{address}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{address}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{address}/op/v1/jwks",
        }

    def _refuse(self, what: str) -> None:
        error = {"Message": "QueryParserError", "Detail": f"not known here: {what}", "code": "4000"}
        fault = {"Fault": {"Error": [error], "type": "ValidationFault"}}
        self._answer(json.dumps(fault).encode(), status=400)

    def _answer(self, body: bytes, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("intuit_tid", "1-bench")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


def _single(entity: str, record: Mapping[str, object]) -> bytes:
    return json.dumps({entity: record, "time": _TIME.decode()}).encode()


@lru_cache(maxsize=250)
def _page(statement: Statement, count: int) -> bytes:
    """A page; without rows the list itself is left out, as the vendor leaves it out."""
    first = statement.start - 1
    places = range(first, min(first + statement.size, count))
    if not places:
        return b"{}"
    rows = b",".join(map(_ROWS[statement.entity], places))
    return b'{"%s":[%s],"startPosition":%d,"maxResults":%d}' % (
        statement.entity.encode(),
        rows,
        statement.start,
        len(places),
    )


if __name__ == "__main__":
    server = Server(int(sys.argv[1]))
    print(server.server_address[1], flush=True)
    server.serve_forever()
