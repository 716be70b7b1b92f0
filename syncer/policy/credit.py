"""Credit limits: the most that may be open on an account, and how much is.

A limit warns and does nothing else: no sale is stopped, no reminder changes. Amounts of several
currencies are compared through the ledger's own rates; where one is missing, nothing is compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from syncer.model.ledger import Account, ItemKind, OpenItem, Record
from syncer.model.money import ZERO


class CreditLimit(Record, kw_only=True, frozen=True):
    """A limit as the user gives it, for one account or for every account of a group."""

    amount: Decimal
    currency: str = ""  # "" = the ledger's base currency
    account: str = ""  # id or exact name
    group: str = ""  # of the ledger's groups, case-insensitive; each account has it for itself


class Limit(Record, kw_only=True, frozen=True):
    """The limit that holds for an account."""

    amount: Decimal
    currency: str


def limit_of(account: Account, given: Sequence[CreditLimit], *, base: str) -> Limit | None:
    """The account's own limit, else the smallest of its groups', else the ledger's; None: none.

    ``base`` is the ledger's base currency, ISO 4217. What the user wrote goes before the ledger.
    """
    own = [
        one for one in given if one.account and one.account in (account.account_id, account.name)
    ]
    if not own:
        groups = {group.casefold() for group in account.groups}
        own = [one for one in given if one.group and one.group.casefold() in groups]
    if own:
        least = min(own, key=lambda one: (one.amount, one.currency))
        return Limit(amount=least.amount, currency=least.currency or base)
    if account.credit_limit is None:
        return None
    return Limit(amount=account.credit_limit, currency=account.limit_currency or base)


def net_open(items: Iterable[OpenItem]) -> dict[str, Decimal]:
    """What is open by currency: invoices less everything that lowers the debt."""
    totals: dict[str, Decimal] = {}
    for item in items:
        signed = item.open if item.kind is ItemKind.INVOICE else -item.open
        totals[item.currency] = totals.get(item.currency, ZERO) + signed
    return dict(sorted(totals.items()))


def rates(items: Iterable[OpenItem], *, base: str) -> dict[str, Decimal]:
    """Base currency units per unit of each currency, by the newest item that tells one."""
    found: dict[str, tuple[str, str, Decimal]] = {}
    for item in items:
        if item.rate_to_base:
            issued = item.issued_on.isoformat() if item.issued_on else ""
            told = (issued, item.item_id, item.rate_to_base)
            found[item.currency] = max(found.get(item.currency, told), told)
    return {currency: rate for currency, (_, _, rate) in found.items()} | {base: Decimal(1)}


def converted(
    totals: Mapping[str, Decimal], to_base: Mapping[str, Decimal], *, currency: str
) -> Decimal | None:
    """Amounts by currency as one amount in ``currency``; None where a rate is missing."""
    wanted = [code for code, amount in totals.items() if amount]
    if all(code == currency for code in wanted):
        return totals.get(currency, ZERO)
    if currency not in to_base or any(code not in to_base for code in wanted):
        return None
    return sum((totals[code] * to_base[code] for code in wanted), ZERO) / to_base[currency]
