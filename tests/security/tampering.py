"""Answers of a simulated ledger, altered on their way by a few bytes of somebody's choice."""

import json
from collections.abc import Callable, Iterable
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1e308, -1e-308, "", " ", [], {}, [None], [[]]),
    *("NaN", "Infinity", "1e999999", "-0", "9" * 5000, "0.0000000000001", "1,5", "x" * 5000),
    *("2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01T00:00:00Z", "2026-01-01T99:99:99"),
    *("/Date(99999999999999999999)/", "/Date(-1)/", "\x00", "\u202e", "\ud800", "{{7*7}}"),
    *({"a": {}}, {"Id": None}, {"value": []}, ["x", 1], [1, "x"], 2**63, -(2**63) - 1),
)
ACTS = 6


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    """Every place in a JSON document, the outermost first."""
    yield path
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    for key, entry in entries:
        yield from _leaves(entry, (*path, key))


def _replaced(body: bytes, at: int, odd: Any) -> bytes:
    """The document with the value at one place replaced by an odd one."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    places = list(_leaves(document))
    path = places[at % len(places)]
    if not path:
        return json.dumps(odd).encode("utf-8", "surrogatepass")
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = odd
    return json.dumps(document).encode("utf-8", "surrogatepass")


def altered(body: bytes, choice: bytes) -> bytes:
    """``body`` after the alteration that ``choice`` spells: how, where, and with what."""
    how, where, rest = choice[0] % ACTS, int.from_bytes(choice[1:3], "big"), choice[3:]
    at = where % (len(body) + 1)
    if how == 0:
        return rest
    if how == 1:
        return body[:at] + rest + body[at:]
    if how == 2:
        return body[:at] + rest + body[at + len(rest) :]
    if how == 3:
        return body[:at]
    odd = ODD[rest[0] % len(ODD)] if rest else None
    return _replaced(body, where, odd if how == 4 else rest.decode("latin-1"))


class Tampered:
    """A WSGI application whose answer to one call is altered; all others are as they are."""

    def __init__(self, app: Callable[..., Iterable[bytes]], nth: int, choice: bytes) -> None:
        self._app = app
        self._left = nth
        self._choice = choice

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """One call."""
        said: list[Any] = []
        body = b"".join(self._app(environ, lambda *answer: said.append(answer)))
        status, headers = said[0][0], said[0][1]
        if self._left == 0:
            body = altered(body, self._choice)
            headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        self._left -= 1
        start(status, headers)
        return [body]
