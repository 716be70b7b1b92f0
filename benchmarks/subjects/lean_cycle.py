"""The floor for a whole run: the least code that pulls, upserts, decides and writes a plan.

http.client, msgspec and sqlite3, no library above them, no guard, no journal, no reasons: what
the real worker is compared with. It keeps the columns that a decision and a reminder need, one
transaction a page, SQLite's own checkpointing. Run: ``lean_cycle ADDRESS STATE``.
"""

import http.client
import sqlite3
import sys
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from urllib.parse import urlsplit

import msgspec

from benchmarks.subjects.lean_wire import Answer, Invoice

TODAY = "2026-11-24"
CENTS = Decimal(100)

_TABLES = """
CREATE TABLE IF NOT EXISTS item (id TEXT PRIMARY KEY, account TEXT, number TEXT, reference TEXT,
  kind TEXT, currency TEXT, total INTEGER, open INTEGER, issued TEXT, due TEXT, expected TEXT,
  sent INTEGER, updated TEXT);
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, name TEXT, email TEXT);
CREATE TABLE IF NOT EXISTS outbox (key TEXT PRIMARY KEY, account TEXT, currency TEXT, step INTEGER,
  amount INTEGER, items TEXT);
CREATE INDEX IF NOT EXISTS item_by_account ON item (account, currency);
"""
_UPSERT = """
INSERT INTO item VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET
  account = excluded.account, number = excluded.number, reference = excluded.reference,
  currency = excluded.currency, total = excluded.total, open = excluded.open,
  issued = excluded.issued, due = excluded.due, expected = excluded.expected,
  sent = excluded.sent, updated = excluded.updated WHERE excluded.updated > item.updated
"""
_ACCOUNT = "INSERT INTO account VALUES (?,?,?) ON CONFLICT (id) DO NOTHING"
_READ = "SELECT account, currency, id, open, due FROM item ORDER BY account, currency"


def main(address: str, state: str) -> None:
    """One run."""
    base = sqlite3.connect(state, isolation_level=None)
    base.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
    _pull(address, base)
    print(_decide(base))
    base.close()


def _pull(address: str, base: sqlite3.Connection) -> None:
    parts = urlsplit(address)
    link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    decoder = msgspec.json.Decoder(Answer)
    for name in ("Contacts", "Invoices"):
        page, last = 1, 1
        while page <= last:
            query = f"page={page}&pageSize=1000&Statuses=AUTHORISED"
            link.request(
                "GET", f"/api.xro/2.0/{name}?{query}", headers={"Accept": "application/json"}
            )
            answer = decoder.decode(link.getresponse().read())
            base.execute("BEGIN IMMEDIATE")
            base.executemany(
                _ACCOUNT, [(c.ContactID, c.Name, c.EmailAddress) for c in answer.Contacts]
            )
            base.executemany(_UPSERT, [_row(invoice) for invoice in answer.Invoices])
            base.execute("COMMIT")
            page, last = page + 1, answer.pagination.pageCount


def _row(invoice: Invoice) -> tuple[object, ...]:
    return (
        invoice.InvoiceID,
        invoice.Contact.ContactID,
        invoice.InvoiceNumber,
        invoice.Reference,
        invoice.Type,
        invoice.CurrencyCode,
        int(invoice.Total * CENTS),
        int(invoice.AmountDue * CENTS),
        invoice.DateString[:10],
        invoice.DueDateString[:10],
        invoice.ExpectedPaymentDate,
        invoice.SentToContact,
        invoice.UpdatedDateUTC,
    )


def _decide(base: sqlite3.Connection) -> int:
    plan = []
    for (account, currency), rows in groupby(base.execute(_READ), key=itemgetter(0, 1)):
        late = [row for row in rows if row[4] < TODAY]
        amount = sum(row[3] for row in late)
        if amount > 0:
            step = 2 if min(row[4] for row in late) < "2026-09-01" else 1
            ids = ",".join(row[2] for row in late)
            plan.append((f"{account}-{currency}-{step}", account, currency, step, amount, ids))
    base.execute("BEGIN IMMEDIATE")
    base.executemany("INSERT INTO outbox VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING", plan)
    base.execute("COMMIT")
    return len(plan)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
