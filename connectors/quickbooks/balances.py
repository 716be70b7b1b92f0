"""Compares what QuickBooks says an account owes with what was read of it. Pure.

``Customer.Balance`` nets everything on the customer, also what is in none of the lists that
are read: journal entries against receivables and deposits. ``BalanceWithJobs`` adds all parts,
also those that nobody told us of (customer entity, schema set of July 2026). Asking for more
than QuickBooks says is owed is never right; asking for less is.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from connectors.quickbooks import wire
from syncer.model.ledger import ItemKind, OpenItem, Quarantined
from syncer.model.money import total

_ZERO = Decimal(0)


def agree(parts: Sequence[wire.Customer], items: Sequence[OpenItem]) -> bool:
    """Whether the balances of the account and its parts are exactly the items.

    False also when the two cannot be compared.
    """
    said = _said(parts, items)
    return said is not None and said == _net(items)


def say_less(
    payer: wire.Customer, parts: Sequence[wire.Customer], items: Sequence[OpenItem]
) -> bool:
    """Whether QuickBooks says that less is owed than the items ask for.

    What cannot be compared, several currencies, is still less when nothing at all is owed.
    """
    currencies = {item.currency for item in items}
    nets = [_net([i for i in items if i.currency == currency]) for currency in currencies]
    if all(net <= _ZERO for net in nets):
        return False  # nobody is asked for anything
    if payer.family_balance is not None and payer.family_balance <= _ZERO:
        return True
    said = _said(parts, items)
    if said is not None:
        return said < _net(items)
    return bool(parts) and all(part.balance is not None and part.balance <= 0 for part in parts)


def held(account_id: str) -> Quarantined:
    """Why an account of which QuickBooks says less is not asked."""
    return Quarantined(
        record_id=f"balance-{account_id}",
        account_id=account_id,
        where=f"Customer {account_id}, Balance",
        problem="QuickBooks says less is owed than the open invoices less the credits that were "
        "read: look for a journal entry or a deposit on this customer and apply it to the "
        "invoices. Until then its account is held.",
    )


def _said(parts: Sequence[wire.Customer], items: Iterable[OpenItem]) -> Decimal | None:
    """The sum of the balances in the items' one currency; None when there is no such thing."""
    currencies = {item.currency for item in items}
    currencies |= {part.currency.value for part in parts if part.currency}
    if len(currencies) > 1 or not parts or any(part.balance is None for part in parts):
        return None
    return sum((part.balance or _ZERO for part in parts), _ZERO)


def _net(items: Sequence[OpenItem]) -> Decimal:
    """Invoices less everything that lowers them. One currency."""
    asked = total(item.open for item in items if item.kind is ItemKind.INVOICE)
    return asked - total(item.open for item in items if item.kind is not ItemKind.INVOICE)
