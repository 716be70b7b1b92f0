"""How far the bank is entered and matched, as Xero's Finance API tells it.

The accounting API shows no bank line. ``CashValidation`` of the Finance API sums up the lines
of every bank account, and tells the first that nobody has matched (OpenAPI 12.0.2 of
xero-finance, read November 2026). Its scope is given to applications that Xero approves, so
it is asked only where ``bank_freshness`` says so: two calls a run, for the names and the lines.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from msgspec import field

from connectors.xero import wire
from connectors.xero.api import FINANCE, XeroApi
from connectors.xero.config import FINANCE_SCOPE, XeroConfig
from syncer.errors import AuthError, ConfigError, ContractError

UNMATCHED_DAYS = 60  # a receipt that waits longer is none that somebody will match
_KINDS = frozenset({"BANK", "PAYPAL"})  # customers pay into these; a credit card pays others
_ACTIVE = {"where": 'Type=="BANK" AND Status=="ACTIVE"'}


class Seen(NamedTuple):
    """A day, and the bank account that it is of; None where Xero tells none."""

    on: date | None = None
    account: str = ""


class BankAccount(wire.Wire):
    """An active account of the chart whose type is BANK."""

    account_id: str = field(name="AccountID")
    name: str = field(name="Name")
    code: str | None = field(name="Code", default=None)
    kind: str | None = field(name="BankAccountType", default=None)


class Accounts(wire.Wire):
    """The answer of /Accounts, which is not paged."""

    rows: list[BankAccount] = field(name="Accounts")


class Lines(wire.Wire, rename="camel"):
    """Sums over the statement lines since the day that was asked for. Days are texts."""

    unreconciled_amount_pos: Decimal | None = None
    earliest_unreconciled_transaction: str | None = None
    latest_unreconciled_transaction: str | None = None
    latest_reconciled_transaction: str | None = None


class Statement(wire.Wire, rename="camel"):
    """The newest statement, whatever day was asked for."""

    end_date: str | None = None


class Bank(wire.Wire, rename="camel"):
    """What the bank says."""

    statement_lines: Lines | None = None
    current_statement: Statement | None = None


class Validation(wire.Wire, rename="camel"):
    """One account of the answer of /CashValidation."""

    account_id: str
    bank_statement: Bank | None = None


def books_seen(api: XeroApi, config: XeroConfig, today: date) -> Seen:
    """The account that is furthest behind; nothing where no account has a bank line.

    Raises ConfigError for a name in ``bank_accounts`` that is none, AuthError where Xero does
    not let this application ask.
    """
    wanted = {one.account_id: one for one in _wanted(api, config)}
    since = today - timedelta(days=UNMATCHED_DAYS)
    days = [
        Seen(on, wanted[one.account_id].name)
        for one in _lines(api, since)
        if one.account_id in wanted and (on := fresh_on(one, today)) is not None
    ]
    return min(days, default=Seen())


def fresh_on(one: Validation, today: date) -> date | None:
    """The day of the last line, or the day before the first that waits while money came in.

    The answer does not tell which of the waiting lines are receipts, so that the first of them
    counts as one: too old a day asks nobody who has paid. None without any line.
    """
    bank = one.bank_statement or Bank()
    lines, statement = bank.statement_lines or Lines(), bank.current_statement or Statement()
    told = (
        lines.latest_reconciled_transaction,
        lines.latest_unreconciled_transaction,
        statement.end_date,
    )
    last = max((_day(text) for text in told if text), default=None)
    if last is None:
        return None
    last = min(last, today)
    first = lines.earliest_unreconciled_transaction
    if not (first and lines.unreconciled_amount_pos):
        return last
    return min(last, _day(first) - timedelta(days=1))


def _wanted(api: XeroApi, config: XeroConfig) -> Iterable[BankAccount]:
    """Those of ``bank_accounts``, by name or code; else all that customers pay into."""
    there = api.one("Accounts", Accounts, params=_ACTIVE).rows
    if not config.bank_accounts:
        return [one for one in there if (one.kind or "BANK") in _KINDS]
    by_name: Mapping[str, BankAccount] = {
        key.casefold(): one for one in there for key in (one.code, one.name) if key
    }
    return list(_named(config.bank_accounts, by_name))


def _named(names: Iterable[str], there: Mapping[str, BankAccount]) -> Iterator[BankAccount]:
    for name in names:
        found = there.get(name.casefold())
        if found is None:
            known = ", ".join(dict.fromkeys(repr(one.name) for one in there.values())) or "none"
            raise ConfigError(
                f"bank_accounts names {name!r}, which is no active bank account in Xero; "
                f"there are: {known}"
            )
        yield found


def _lines(api: XeroApi, since: date) -> list[Validation]:
    try:
        asked = {"beginDate": since.isoformat()}
        return api.one("CashValidation", list[Validation], params=asked, area=FINANCE)
    except AuthError as refusal:
        raise AuthError(
            f"Xero does not tell how far the bank is matched: {refusal}. The permission "
            f"{FINANCE_SCOPE} is given to applications that Xero approves; without it set "
            "bank_freshness: false, and no freshness.books_max_age"
        ) from None


def _day(text: str) -> date:
    """A calendar day; a time behind it says nothing."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise ContractError(f"Xero's day of a bank line cannot be read: {text[:40]!r}") from None
