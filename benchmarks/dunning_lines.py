"""Many open receivable lines inside Tryton, written straight into its tables.

Posting one by one takes Tryton a tenth of a second a line; what its dunning reads is the same.
Five lines to a customer, due 1 to 120 days before the first day, all open, all in euros.
"""

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.dunning_book import FIRST_DAY

LINES_PER_CUSTOMER = 5
WRITTEN = "2026-11-01 12:00:00.000001"  # long before the first day: nothing is new to anybody
_KEPT = "select account, move, party from account_move_line where maturity_date is not null"
_PERIODS = """
select p.id, p.start_date, p.end_date from account_period p
join account_fiscalyear y on p.fiscalyear = y.id where y.company = ?
"""
_EMPTIED = ("account_dunning", "account_invoice", "account_move_line", "account_move")


def fill(database: Path, parties: list[int], *, company: int) -> int:
    """Replace what is booked by lines of ``parties``; how many. No e-mails go out any more."""
    with sqlite3.connect(database) as books:
        account, move, _ = books.execute(_KEPT).fetchone()
        (journal,) = books.execute(
            "select journal from account_move where id = ?", [move]
        ).fetchone()
        revenue = "select account from account_move_line where move = ? and account <> ?"
        (other,) = books.execute(revenue, [move, account]).fetchone()
        periods = books.execute(_PERIODS, [company]).fetchall()
        for table in _EMPTIED:
            books.execute(f"delete from {table}")
        books.execute("update account_dunning_level set send_email = 0")
        for number, (party, due, amount) in enumerate(rows(parties), start=1):
            on = due - timedelta(days=30)
            period = next(p for p, first, last in periods if first <= on.isoformat() <= last)
            books.execute(
                "insert into account_move (id, company, create_date, create_uid, date, journal,"
                " number, period, post_date, state) values (?,?,?,1,?,?,?,?,?,'posted')",
                (number, company, WRITTEN, on, journal, f"B{number}", period, on),
            )
            books.executemany(
                "insert into account_move_line (account, create_date, create_uid, credit, debit,"
                " maturity_date, move, party, state) values (?,?,1,?,?,?,?,?,'valid')",
                [
                    (account, WRITTEN, b"0", amount.encode(), due, number, party),
                    (other, WRITTEN, amount.encode(), b"0", None, number, None),
                ],
            )
    books.close()
    return number


def rows(parties: list[int]) -> Iterator[tuple[int, date, str]]:
    """Party, due day and amount of each line, always the same ones."""
    for number in range(len(parties) * LINES_PER_CUSTOMER):
        due = FIRST_DAY - timedelta(days=1 + number * 37 % 120)
        yield (
            parties[number % len(parties)],
            due,
            f"{10 + number * 37 % 4990}.{number * 7 % 100:02d}",
        )
