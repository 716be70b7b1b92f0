"""How fresh the books are: up to which day what the bank says is in them.

Where the module ``account_statement`` is activated and used, it is the day of the last bank
statement that was validated or posted, or the day before the oldest receipt of the last weeks
that lies in a draft of one: until it is validated, no debtor's account shows it. Where there is
no statement it is the last posted entry in a journal of the type *Cash* or *Statement*, Tryton's
types for what comes in and goes out. Names: 7.0 and 8.2.
"""

from datetime import date, timedelta
from typing import NamedTuple

from connectors.tryton import wire
from connectors.tryton.api import Domain, TrytonApi
from connectors.tryton.faults import RefusedReadError

STATEMENTS_MODULE = "account_statement"
UNMATCHED_DAYS = 31  # a draft that nobody touched for longer is no receipt that somebody matches
_STATEMENT, _MOVE = "account.statement", "account.move"
_RECEIPTS = ("account.statement.origin", "account.statement.line")  # imported, and typed in
_DONE = ["validated", "posted"]
_JOURNALS = ["cash", "statement"]


class Seen(NamedTuple):
    """A day, and the journal that it is of; None where Tryton tells none."""

    on: date | None = None
    journal: str = ""


def books_seen(api: TrytonApi, company: int, today: date, *, statements: bool) -> Seen:
    """The last day whose money the books show; nothing where this user may not read it."""
    try:
        found = _by_statements(api, company, today) if statements else Seen()
        return found if found.on else _by_entries(api, company, today)
    except RefusedReadError:
        return Seen()


def _by_statements(api: TrytonApi, company: int, today: date) -> Seen:
    last = _first(
        api,
        _STATEMENT,
        "",
        [["company", "=", company], ["state", "in", _DONE], ["date", "<=", wire.of_day(today)]],
        newest=True,
    )
    since = (last.on or today) - timedelta(days=UNMATCHED_DAYS)
    waiting: Domain = [
        ["statement.company", "=", company],
        ["statement.state", "=", "draft"],
        ["amount", ">", 0],
        ["date", ">=", wire.of_day(since)],
    ]
    for model in _RECEIPTS:
        oldest = _first(api, model, "statement.", waiting, newest=False)
        if oldest.on and (last.on is None or oldest.on <= last.on):
            last = Seen(oldest.on - timedelta(days=1), oldest.journal)
    return last


def _by_entries(api: TrytonApi, company: int, today: date) -> Seen:
    domain = [
        ["company", "=", company],
        ["journal.type", "in", _JOURNALS],
        ["state", "=", "posted"],
        ["date", "<=", wire.of_day(today)],
    ]
    return _first(api, _MOVE, "", domain, newest=True)


def _first(api: TrytonApi, model: str, of: str, domain: Domain, *, newest: bool) -> Seen:
    """The newest or oldest of the records; ``of`` leads from one to what has the journal."""
    order = [("date", "DESC" if newest else "ASC"), ("id", "DESC" if newest else "ASC")]
    row: type[wire.OfStatement | wire.OfJournal] = wire.OfStatement if of else wire.OfJournal
    rows = api.rows(model, row, ("date", f"{of}journal.name"), domain, order=order, limit=1)
    if not rows:
        return Seen()
    return Seen(wire.day(rows[0].day), rows[0].name)
