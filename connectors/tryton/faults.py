"""Tryton's errors, classed by what is known about the call that failed.

A call that reached the database answers with status 200 and ``error``: for what Tryton itself
refuses the class's name and its arguments (``["UserError", [message, description, domain]]``),
for anything else ``[text, traceback]`` (trytond/protocols/jsonrpc.py). A model or field that is
not there is such a text: its name in quotes. Messages repeat names of records: what stands in
quotes is left out of ours, but for names of fields and models.
"""

import re
from typing import Any

import msgspec

from connectors.tryton import wire
from syncer.errors import AuthError, ContractError, SyncerError, Transient

_TEXT_MAX = 240
_QUOTED = re.compile(r'((?:field|access) )?"[^"]*"')
_NAME = re.compile(r"'([\w.]{1,80})'\Z")
_REFUSALS = frozenset({"UserError", "UserWarning"})


class RefusedError(SyncerError):
    """Tryton refuses: a rule of the books, a right, or a warning that a person must answer."""


class RefusedReadError(AuthError):
    """The same of a read: the user's rights do not reach that far."""


class UnknownNameError(SyncerError):
    """A model or field that this Tryton does not have; ``name`` is its own word for it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"this Tryton does not know {name!r}: a module is not activated")
        self.name = name


class BusyError(Transient):
    """Somebody else changed the record meanwhile; Tryton took everything back."""


class StrangeError(ContractError):
    """Tryton failed in a way that says nothing of what it had done before."""


def raise_fault(raw: bytes) -> None:
    """Raise what ``error`` of an answer means."""
    try:
        said = msgspec.json.decode(raw)
    except wire.UNREADABLE:
        said = None
    if not isinstance(said, list) or not said or not isinstance(said[0], str):
        raise StrangeError("Tryton reports an error that cannot be read")
    kind = said[0]
    if kind in _REFUSALS:
        raise RefusedError(_tamed(_message(kind, said)))
    if kind == "ConcurrencyException":
        raise BusyError("somebody else changed the record in Tryton meanwhile")
    if kind in ("LoginException", "RateLimitException"):
        raise AuthError("Tryton wants this user to log in otherwise than by password")
    name = _NAME.match(kind)
    if name:
        raise UnknownNameError(name.group(1))
    raise StrangeError("Tryton failed with an error of its own; its log says more")


def _message(kind: str, said: list[Any]) -> str:
    """The sentence for a person: a warning has its own name before it."""
    arguments = said[1] if len(said) > 1 and isinstance(said[1], list) else said[1:]
    texts = [one for one in arguments if isinstance(one, str) and one]
    if kind == "UserWarning":
        texts = texts[1:]
    return texts[0] if texts else "no reason given"


def _tamed(message: str) -> str:
    kept = _QUOTED.sub(lambda found: found[0] if found[1] else '"…"', message)
    return " ".join(kept.split())[:_TEXT_MAX]
