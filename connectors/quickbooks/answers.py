"""Reads the bodies of healthy answers: one record, a count, changes, the parts of a batch.

A body that is not what a healthy server says is ``MalformedError``: the client reads it again.
Lists have a module of their own (``lists``), faults are found before any of this (``faults``).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.lists import utf8
from connectors.quickbooks.moments import read_instant
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.transport import Response


class Changes(msgspec.Struct):
    """One answer of change data capture: changed records as raw JSON, by entity."""

    rows: dict[str, list[msgspec.Raw]]
    time: str = ""

    @property
    def size(self) -> int:
        """How many records it holds."""
        return sum(map(len, self.rows.values()))


class _ChangesEnvelope(wire.Wire):
    answers: list[dict[str, msgspec.Raw]] | None = msgspec.field(name="CDCResponse", default=None)
    time: str | None = None


def single(response: Response, entity: str, kind: type[Any]) -> tuple[Any, str]:
    """A record read alone, and the server's time."""
    try:
        said = _decoder(entity, kind).decode(utf8(response))
    except wire.UNREADABLE as error:
        where = str(error).split(" - at ")[-1] if " - at " in str(error) else "not JSON"
        raise MalformedError(f"the answer cannot be read ({where})") from None
    if said.row is None:
        raise MalformedError("the answer does not hold the record that was asked for")
    return said.row, _time(said.time)


def counted(response: Response) -> tuple[int, str]:
    """How many rows a list has, and the server's time."""
    try:
        said = _counts().decode(utf8(response))
    except wire.UNREADABLE:
        raise MalformedError("the answer is not complete JSON") from None
    if said.answer is None or said.answer.count is None:
        raise MalformedError("the answer does not say how many there are")
    return said.answer.count, _time(said.time)


def proven(response: Response, entity: str) -> None:
    """Raise AmbiguousWriteError unless the answer to a write shows the record."""
    try:
        single(response, entity, wire.Kept)
    except MalformedError as error:
        raise AmbiguousWriteError(
            f"status {response.status} for a write, but {error}: it may have been done or not"
        ) from None


def changed(response: Response, entities: Sequence[str]) -> Changes:
    """The lists of all the answer's parts; an entity without a change may be missing."""
    try:
        said = msgspec.json.decode(utf8(response), type=_ChangesEnvelope)
        if said.answers is None:
            raise MalformedError("the list of changes is missing")
        rows: dict[str, list[msgspec.Raw]] = {entity: [] for entity in entities}
        for answer in said.answers:
            parts = msgspec.json.decode(
                answer.get("QueryResponse", b"[]"), type=list[dict[str, msgspec.Raw]]
            )
            for part in parts:
                for entity in rows.keys() & part.keys():
                    rows[entity] += msgspec.json.decode(part[entity], type=list[msgspec.Raw])
    except wire.UNREADABLE:
        raise MalformedError("the answer does not have the shape of a list of changes") from None
    return Changes(rows, _time(said.time))


def parted(response: Response, names: Sequence[str]) -> list[Response]:
    """The answers to the questions of a batch in the order of their ``names``, each as if alone.

    They are told apart by the names that were given to them, not by their place.
    """
    found: dict[str, Response] = {}
    for item in wire.batched(utf8(response)) or ():
        answer = bytes(item.answer)
        if not answer or item.name in found:
            raise MalformedError("a part of the answer is empty, or there twice")
        body = b'{"QueryResponse":' + answer + b"}"
        found[item.name] = Response(response.status, _JSON, body)
    if found.keys() != set(names):
        raise MalformedError(f"the answer has {len(found)} parts of {len(names)} that were asked")
    return [found[name] for name in names]


_JSON = {"Content-Type": "application/json;charset=UTF-8"}
_DECODERS: dict[tuple[str, type[Any]], Any] = {}


def _decoder(entity: str, kind: type[Any]) -> Any:
    decoder = _DECODERS.get((entity, kind))
    if decoder is None:
        decoder = _DECODERS[(entity, kind)] = msgspec.json.Decoder(wire.single(entity, kind))
    return decoder


@lru_cache(maxsize=1)
def _counts() -> Any:
    return msgspec.json.Decoder(wire.listed("Counted", wire.Stub))


def _time(text: str | None) -> str:
    """The server's time as it stands, proven readable: where to go on from depends on it."""
    try:
        if text:
            read_instant(text)
    except (ValueError, OverflowError):
        raise MalformedError("the server's time in the answer cannot be read") from None
    return text or ""
