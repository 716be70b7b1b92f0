"""What is asked of a hold before it is kept: that it holds something, from now on, and not more.

Why: a dispute of 5,000.00 over an invoice of 500.00, or one that ended last week, is a slip of the
keyboard. Kept in silence it would hold too much, or nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from syncer.errors import ConfigError
from syncer.model.ledger import ItemKind, OpenItem
from syncer.model.money import ZERO, minor_digits, money_text, quantize

if TYPE_CHECKING:
    from syncer.model.decision import AccountSnapshot
    from syncer.ports import Store


def open_invoices(
    store: "Store", ledger: str, account_id: str, item_id: str
) -> tuple[OpenItem, ...]:
    """The invoice that is meant, or all the customer's, as far as they are open."""
    snapshot = store.peek(ledger, account_id)
    found = snapshot.items if snapshot else ()
    return tuple(
        one
        for one in found
        if one.kind is ItemKind.INVOICE and (not item_id or one.item_id == item_id)
    )


def checked_currency(invoices: Sequence[OpenItem], amount: Decimal | None, currency: str) -> str:
    """The currency of a part: as said, else the only one there is. Raises ConfigError.

    ``amount`` None = of all that is open in it.
    """
    known = sorted({one.currency for one in invoices})
    if not known:
        raise ConfigError("nothing is open there, so --amount has nothing to be a part of")
    if not currency:
        if len(known) > 1:
            if amount is None:
                raise ConfigError(
                    f"more than one currency is open there ({', '.join(known)}); say which one is "
                    f"meant, like --currency {known[0]}"
                )
            raise ConfigError(f"say what --amount is in with --currency: {', '.join(known)}")
        currency = known[0]
    if currency not in known:
        raise ConfigError(f"nothing is open in {currency}; what is open is in {', '.join(known)}")
    if amount is not None and quantize(amount, currency) != amount:
        raise ConfigError(
            f"--amount {amount:f} has more than {minor_digits(currency)} decimals, "
            f"and {currency} has no smaller coin"
        )
    return currency


def refuse_more_than_open(
    invoices: Iterable[OpenItem], amount: Decimal, currency: str, *, what: str
) -> None:
    """Raise ConfigError when the part is larger than what is open of it; both are named."""
    there = sum((one.open for one in invoices if one.currency == currency), ZERO)
    if amount > there:
        raise ConfigError(
            f"--amount {money_text(amount, currency)} is more than the "
            f"{money_text(there, currency)} open on {what}; give that or less, or leave --amount "
            "out to hold all of it"
        )


def refuse_credit(snapshot: "AccountSnapshot | None", item_id: str, target: str) -> None:
    """Raise ConfigError for a record that nobody has to pay: a credit note or a payment."""
    for one in snapshot.items if snapshot is not None else ():
        if one.item_id == item_id and one.kind is not ItemKind.INVOICE:
            kind = one.kind.replace("_", " ")
            article = "an" if kind[0] in "aeiou" else "a"
            raise ConfigError(
                f"'{target}' is {article} {kind} and no invoice: nothing is asked for it, so there "
                "is nothing to hold, promise or dispute; name an invoice, or the customer"
            )


def refuse_nothing_open(invoices: Sequence[OpenItem], spoken: str, *, what: str) -> None:
    """Raise ConfigError for a promise or a dispute about a customer who owes nothing."""
    if not any(one.open > ZERO for one in invoices):
        raise ConfigError(f"no invoice is open on {what}, so there is nothing for a {spoken}")


def refuse_past(starts: date, until: date | None, today: date) -> None:
    """Raise ConfigError for a hold that ends before it begins, or has ended already."""
    if until is None:
        return
    if until < starts:
        raise ConfigError(f"--until {until} is before its first day {starts}")
    if until < today:
        raise ConfigError(
            f"--until {until} is past (today is {today}), so it would hold nothing; "
            "give today or a later day"
        )
