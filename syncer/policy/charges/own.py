"""The invoices that were raised for charges: how each is called, and how it is known again.

The name is made of the invoice that is late and of what is charged, so that the same charge always
has the same name: a second run finds the first one's invoice. Its first half tells the late
invoice, so that the pure policy can see whether that one is still open.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from syncer.model.charge import ChargeLine
from syncer.model.ledger import ItemKind, OpenItem

_PREFIX = "LPC-"  # late payment charge; short enough for every ledger's number (21 characters)
_HALF = 8
_NAME = re.compile(rf"{_PREFIX}(?P<late>[0-9a-f]{{{_HALF}}})[0-9a-f]{{{_HALF}}}")


def charge_key(ledger: str, line: ChargeLine, step: str) -> str:
    """The name of a charge for ever: of invoice, kind, step and, of interest, its first day."""
    since = line.since.isoformat() if line.since else ""
    rest = _short("\n".join((ledger, line.item_id, line.kind, step, since)))
    return f"{_PREFIX}{_short(line.item_id)}{rest}"


def is_own(number: str, reference: str) -> bool:
    """Whether an invoice with this number and reference was raised for a charge of ours."""
    return _match(number, reference) is not None


def left_behind(invoices: Iterable[OpenItem]) -> set[str]:
    """Item ids of charges whose late invoice is not open any more: the customer has paid it."""
    own = []
    late = set()
    for item in invoices:
        if item.kind is not ItemKind.INVOICE:
            continue
        found = _match(item.number, item.reference)
        if found is None:
            late.add(_short(item.item_id))
        else:
            own.append((item.item_id, found["late"]))
    return {item_id for item_id, of in own if of not in late}


def _match(number: str, reference: str) -> re.Match[str] | None:
    return _NAME.fullmatch(reference) or _NAME.fullmatch(number)


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_HALF]
