"""One HTTP request and one answer, as every wire form handles them inside the sandbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REASONS = {
    200: "OK",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What came in; header names in lower case, ``path`` as sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    host: str = "localhost"
    scheme: str = "http"

    def params(self) -> dict[str, str]:
        """Query parameters by lower-case name; the last one wins."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}

    def form(self) -> dict[str, str]:
        """A form body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(slots=True)
class Answer:
    """What goes out."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {REASONS.get(self.status, 'Unknown')}"


class Rejected(Exception):
    """A route's way out with a ready answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_line)
        self.answer = answer


def read_request(environ: "WSGIEnvironment") -> Request:
    """A request as WSGI hands it over."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = str(environ["CONTENT_TYPE"])
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw_path = str(environ.get("SCRIPT_NAME", "")) + str(environ.get("PATH_INFO", ""))
    return Request(
        method=str(environ["REQUEST_METHOD"]).upper(),
        path=raw_path.encode("latin-1", "replace").decode("utf-8", "replace"),
        query=str(environ.get("QUERY_STRING", "")),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
        host=str(environ.get("HTTP_HOST") or _server(environ)),
        scheme=str(environ.get("wsgi.url_scheme", "http")),
    )


def _server(environ: "WSGIEnvironment") -> str:
    name, port = str(environ.get("SERVER_NAME", "localhost")), str(environ.get("SERVER_PORT", ""))
    return name if port in ("", "80", "443") else f"{name}:{port}"
