"""What QuickBooks' terms offer for paying early, as an amount off one invoice.

A term names a percentage and the days after the invoice's date within which it holds (term
entity: DiscountPercent, DiscountDays, which counts beside DueDays; schema set of July 2026).
QuickBooks Online states the offer and leaves its granting to whoever books the payment, so it
is told only where no doubt is left: of an invoice that nothing was paid or credited on, and
never of terms bound to a day of the month (DiscountDayOfMonth does not say of which month).
The list is read once, when the first invoice with terms is met, inactive terms included:
invoices keep them. A term that is in no list offers nothing.
"""

from datetime import timedelta
from decimal import Decimal

from connectors.quickbooks import wire
from connectors.quickbooks.api import QuickBooksApi
from connectors.quickbooks.lists import Listing
from connectors.quickbooks.moments import read_day
from connectors.quickbooks.query import ANY_STATE, Query
from connectors.quickbooks.sweep import read_all
from syncer.model.ledger import EarlyPayment
from syncer.model.money import quantize

DAYS_MAX = 3650  # past it the number is no term of payment
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
            self._discounts = _read(self._api)
        return self._discounts

    def offer(self, row: wire.Invoice, currency: str) -> EarlyPayment | None:
        """What comes off an open invoice; None without an offer. ValueError for a bad date.

        The percentage is taken of the whole invoice, tax included, and rounded half up to the
        currency's minor unit: QuickBooks states no base, guides to its terms reckon 2 % of a
        total of 850.00 as 17.00.
        """
        if row.terms is None or row.balance != row.total or not row.date:
            return None
        found = self.discounts().get(row.terms.value)
        if found is None:
            return None
        percent, days = found
        amount = quantize(row.total * percent / _HUNDRED, currency)
        if not 0 < amount < row.balance:
            return None
        return EarlyPayment(until=read_day(row.date) + timedelta(days=days), amount=amount)


def _read(api: QuickBooksApi) -> dict[str, Discount]:
    found: dict[str, Discount] = {}

    def convert(row: wire.Term) -> None:
        percent, days = row.discount_percent, row.discount_days
        if percent is None or days is None or row.due_days is None:
            return
        if percent.is_finite() and 0 < percent < _HUNDRED and 0 < days <= DAYS_MAX:
            found[row.id] = (percent, days)

    read_all(api, Listing(Query("Term", (ANY_STATE,)), wire.Term, convert))
    return found
