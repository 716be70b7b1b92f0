"""Bank accounts, and how far each is matched: /Accounts and the Finance API's CashValidation.

Sources: "accounts" page and OpenAPI 12.0.2 of xero-finance, read November 2026. Amounts are
numbers, days are texts without a time; an account without lines has no sums and no statement.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal

from syncer.sandbox.bank import BankLine
from syncer.sandbox.records import AccountCode
from syncer.sandbox.xero.exchange import Answer, Context, Rejected, as_json
from syncer.sandbox.xero.wire import ROW, envelope

_SYSTEM = {"Type": "BANK", "Status": "ACTIVE", "Class": "ASSET"}
_CLAUSE = re.compile(r'(\w+)=="([^"]*)"')


def accounts(ctx: Context) -> Answer:
    """GET /Accounts: the chart, filtered by equality alone."""
    asked = _CLAUSE.findall(ctx.request.params().get("where", ""))
    rows = [_account(code, one) for code, one in ctx.ledger.org.accounts.items()]
    fitting = [row for row in rows if all(row.get(key) == value for key, value in asked)]
    return envelope(ctx, "Accounts", [ROW.encode(row) for row in fitting])


def _account(code: str, one: AccountCode) -> dict[str, str]:
    row = {"AccountID": one.account_id, "Code": code, "Name": one.name, "Status": "ACTIVE"}
    return row | (_SYSTEM | {"BankAccountType": "BANK"} if one.bank else {"Type": "REVENUE"})


def cash_validation(ctx: Context) -> Answer:
    """GET /finance.xro/1.0/CashValidation: every bank account, its lines since ``beginDate``."""
    begin = _day(ctx.request.params().get("begindate", ""))
    banks = ((code, one) for code, one in ctx.ledger.org.accounts.items() if one.bank)
    return as_json([_validation(ctx, code, one, begin) for code, one in banks])


def _validation(ctx: Context, code: str, one: AccountCode, begin: date | None) -> dict[str, object]:
    every = ctx.ledger.books.bank_lines.get(code, [])
    said: dict[str, object] = {"accountId": one.account_id}
    if every:
        said["bankStatement"] = {
            "statementLines": _sums([line for line in every if begin is None or line.on >= begin]),
            "currentStatement": {"endDate": max(line.on for line in every).isoformat()},
        }
    return said


def _sums(lines: Iterable[BankLine]) -> dict[str, object]:
    waiting = [line for line in lines if not line.matched]
    done = [line for line in lines if line.matched]
    told: dict[str, object] = {
        "unreconciledAmountPos": _total(line.amount for line in waiting if line.amount > 0),
        "unreconciledAmountNeg": _total(line.amount for line in waiting if line.amount < 0),
        "unreconciledLines": len(waiting),
        "reconciledLines": len(done),
    }
    return told | dict(_ends("Unreconciled", waiting)) | dict(_ends("Reconciled", done))


def _ends(state: str, lines: Iterable[BankLine]) -> Iterator[tuple[str, str]]:
    days = [line.on for line in lines]
    chosen: tuple[tuple[str, Callable[[list[date]], date]], ...] = (
        ("earliest", min),
        ("latest", max),
    )
    if days:
        yield from ((f"{word}{state}Transaction", pick(days).isoformat()) for word, pick in chosen)


def _total(amounts: Iterable[Decimal]) -> float:
    return float(sum(amounts, Decimal(0)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        detail = f"Invalid BeginDate: '{text}'"
        said = {"type": "invalid-request", "title": "InvalidRequest", "status": 400}
        raise Rejected(as_json({**said, "detail": detail}, 400)) from None
