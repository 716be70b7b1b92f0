"""Takes payments off the invoices they were put on, and makes the rest open items.

In Tryton a part payment does not change the invoice's line: it is a line of its own, put on the
invoice, and both stay open until the invoice is paid in full. What customers owe is the
difference. Payments pay the instalment that is due first; what is left of them when nothing is
left to pay is unused credit, as is money that was put on no invoice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.tryton.entries import Entry
from syncer.model.ledger import ItemKind, OpenItem, Stop

_ZERO = Decimal(0)


@dataclass(slots=True)
class _Rest:
    """An entry and what is left of it."""

    entry: Entry
    left: Decimal


@dataclass(slots=True)
class Netting:
    """Gathers lines, and gives items as soon as nothing more can change them.

    First every line that is no plain instalment of an invoice (``gather``), then the
    instalments (``instalment``): those of an invoice without payments pass at once.
    """

    _pots: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _asking: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _free: list[Entry] = field(default_factory=list)

    def gather(self, entry: Entry) -> None:
        """A payment, a credit note, or money that was put on neither."""
        if entry.put_on is not None:
            self._pots[entry.put_on].append(entry)
        elif entry.invoice is not None:
            self._asking[entry.invoice].append(entry)
        else:
            self._free.append(entry)

    def instalment(self, entry: Entry) -> OpenItem | None:
        """The item at once, or None: it comes with ``rest``."""
        if entry.invoice in self._pots or entry.invoice in self._asking:
            self._asking[entry.invoice].append(entry)
            return None
        return _item(_Rest(entry, entry.amount), stop=None)

    def rest(self) -> Iterator[OpenItem]:
        """Every item that was not given yet, without those on which nothing is left."""
        for invoice in [*self._asking, *(one for one in self._pots if one not in self._asking)]:
            yield from _net(self._asking.get(invoice, []), self._pots.get(invoice, []))
        for entry in self._free:
            item = _item(_Rest(entry, entry.amount), stop=None)
            if item is not None:
                yield item


def _net(asking: list[Entry], pot: list[Entry]) -> Iterator[OpenItem]:
    """The lines of one invoice less what was put on it, currency by currency."""
    lines = [_Rest(entry, entry.amount) for entry in sorted(asking, key=_by_due)]
    payments = [_Rest(entry, entry.amount) for entry in pot]
    for payment in payments:
        for line in lines:
            _take_off(line, payment)
    foreign = {one.entry.currency for one in payments if one.left} - {
        one.entry.currency for one in lines
    }
    stop = Stop.OTHER_CURRENCY if foreign and lines else None
    for one in (*lines, *payments):
        item = _item(one, stop=stop)
        if item is not None:
            yield item


def _take_off(line: _Rest, payment: _Rest) -> None:
    """Use the payment on the line, as far as both go; they count in opposite directions."""
    same = line.entry.currency == payment.entry.currency
    if not same or not line.left or (line.left > 0) == (payment.left > 0):
        return
    used = min(abs(line.left), abs(payment.left))
    line.left -= used.copy_sign(line.left)
    payment.left -= used.copy_sign(payment.left)


def _item(one: _Rest, *, stop: Stop | None) -> OpenItem | None:
    """None when nothing is left, and for a debit that is only a draft yet."""
    entry = one.entry
    if not one.left or (entry.amount > 0 and not entry.posted):
        return None
    owed = entry.amount > 0
    return OpenItem(
        item_id=str(entry.line),
        account_id=str(entry.party),
        kind=ItemKind.INVOICE if owed else _credit_kind(entry),
        number=entry.number,
        currency=entry.currency,
        total=abs(entry.amount),
        open=abs(one.left),
        issued_on=entry.issued_on,
        due_on=entry.due_on if owed else None,
        reference=entry.reference,
        sent_on=entry.mailed_on if owed else None,
        note=entry.note if owed else "",
        rate_to_base=entry.rate,
        stop=(Stop.BLOCKED if entry.blocked else stop) if owed else None,
    )


def _credit_kind(entry: Entry) -> ItemKind:
    if entry.invoice is not None:
        return ItemKind.CREDIT_NOTE
    return ItemKind.PAYMENT if entry.put_on is None else ItemKind.OVERPAYMENT  # its rest


def _by_due(entry: Entry) -> tuple[bool, date, int]:
    return (entry.due_on is None, entry.due_on or date.min, entry.line)


def items_of(entries: Iterable[Entry]) -> list[OpenItem]:
    """The items of lines that were all read at once."""
    netting = Netting()
    for entry in entries:
        netting.gather(entry)
    return list(netting.rest())
