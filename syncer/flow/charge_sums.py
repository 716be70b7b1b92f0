"""Charges added up for the report: what messages named, and what was raised in the ledger."""

from collections.abc import Iterable
from decimal import Decimal

from syncer.model.charge import BOOKED, DRAFTED, ChargeLine
from syncer.model.money import ZERO
from syncer.model.run import ChargeTotal
from syncer.policy.charges.rules import Booking

_NAMED = "announced"
_RAISED = {DRAFTED: "drafted", BOOKED: "booked"}  # by the channel of the effect
_CHANNEL = {Booking.DRAFT: DRAFTED, Booking.BOOK: BOOKED}


class ChargeSums:
    """Sums by how it was charged and by currency."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], tuple[int, Decimal]] = {}

    def named(self, lines: Iterable[ChargeLine]) -> None:
        """A message named these."""
        for line in lines:
            self._add(_NAMED, line.currency, line.amount)

    def raised(self, channel: str, currency: str, amount: Decimal) -> None:
        """One was raised in the ledger, as a draft or as an invoice."""
        self._add(_RAISED[channel], currency, amount)

    def would(self, lines: Iterable[ChargeLine], booking: Booking) -> None:
        """A message would name these, and they would be raised behind it as ``booking`` says."""
        for line in lines:
            self._add(_NAMED, line.currency, line.amount)
            if booking in _CHANNEL:
                self.raised(_CHANNEL[booking], line.currency, line.amount)

    def totals(self) -> tuple[ChargeTotal, ...]:
        """In a fixed order."""
        return tuple(
            [
                ChargeTotal(how=how, currency=currency, lines=lines, amount=amount)
                for (how, currency), (lines, amount) in sorted(self._sums.items())
            ]
        )

    def _add(self, how: str, currency: str, amount: Decimal) -> None:
        lines, before = self._sums.get((how, currency), (0, ZERO))
        self._sums[how, currency] = (lines + 1, before + amount)
