"""What QuickBooks' terms offer for paying early, as an amount off one invoice.

A term names a percentage and the days after the invoice's date within which it holds (term
entity: DiscountPercent, DiscountDays, which counts beside DueDays; schema set of July 2026).
QuickBooks Online states the offer and leaves its granting to whoever books the payment, so it
is told only where no doubt is left: of an invoice that nothing was paid or credited on, and
never of terms bound to a day of the month (DiscountDayOfMonth does not say of which month).
The list is read once, when the first invoice with terms is met or with other questions before
that, inactive terms included: invoices keep them. A term that is in no list offers nothing.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.quickbooks import wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.lists import Listing, ListRead
from connectors.quickbooks.moments import read_day
from connectors.quickbooks.query import ANY_STATE, PAGE_SIZE, Query
from connectors.quickbooks.questions import Question, page_of
from connectors.quickbooks.sweep import read_all
from syncer.model.ledger import EarlyPayment
from syncer.model.money import quantize

DAYS_MAX = 3650  # past it the number is no term of payment
_FEW = 100  # terms are short: so many rows of documents weigh more than all of them
_HUNDRED = Decimal(100)

Discount = tuple[Decimal, int]
"""Percent, and days after the invoice's date; above 0 both, the percentage below 100."""


class Terms:
    """The discounts of one company, by term; read when first asked for."""

    def __init__(self, api: QuickBooksApi) -> None:
        self._api = api
        self._discounts: dict[str, Discount] | None = None

    def discounts(self) -> dict[str, Discount]:
        """The terms that give a discount, by id."""
        if self._discounts is None:
            self._discounts = dict(read_all(self._api, _listing())[0])
        return self._discounts

    def wanted_by(self, row: wire.Invoice) -> bool:
        """Whether the list must still be read to know what is offered on this invoice."""
        return self._discounts is None and _may_offer(row)

    def question(self) -> Question[Any]:
        """The list, to be asked for beside others. One that is more than a page stays unread."""

        def take(read: ListRead[tuple[str, Discount]]) -> None:
            if len(read.ids) < PAGE_SIZE:
                self._discounts = dict(read.rows)

        return page_of(_listing(), take, rows=_FEW)

    @property
    def unread(self) -> bool:
        """Whether the list was not read yet."""
        return self._discounts is None

    def offer(self, row: wire.Invoice, currency: str) -> EarlyPayment | None:
        """What comes off an open invoice; None without an offer. ValueError for a bad date.

        The percentage is taken of the whole invoice, tax included, and rounded half up to the
        currency's minor unit: QuickBooks states no base, guides to its terms reckon 2 % of a
        total of 850.00 as 17.00.
        """
        if row.terms is None or not _may_offer(row):
            return None
        found = self.discounts().get(row.terms.value)
        if found is None:
            return None
        percent, days = found
        amount = quantize(row.total * percent / _HUNDRED, currency)
        if not 0 < amount < row.balance:
            return None
        issued = read_day(row.date or "")
        return EarlyPayment(until=issued + timedelta(days=days), amount=amount)


def _may_offer(row: wire.Invoice) -> bool:
    """Whether it has terms, and nothing was paid or credited on it."""
    return row.terms is not None and row.balance == row.total and bool(row.date)


def _listing() -> Listing[tuple[str, Discount]]:
    def convert(row: wire.Term) -> tuple[str, Discount] | None:
        percent, days = row.discount_percent, row.discount_days
        if percent is None or days is None or row.due_days is None:
            return None
        if percent.is_finite() and 0 < percent < _HUNDRED and 0 < days <= DAYS_MAX:
            return row.id, (percent, days)
        return None

    return Listing(Query("Term", (ANY_STATE,)), wire.Term, convert)
