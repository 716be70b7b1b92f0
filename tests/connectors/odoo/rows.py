"""A sandbox world as the records of an Odoo database, in the shapes that Odoo 19.0 gave.

Seen in November 2026 by the live tests beside this: ``false`` for what is empty, floats for
amounts, plain ids, UTC times to the second, merged partners gone but for a note.
"""

import html
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import CREDITS, Contact, Document, Kind, Status

Row = dict[str, Any]

COMPANY, COMPANY_PARTNER, USER, SALESPERSON = 1, 1, 7, 2
PARTNERS, CONTACTS, MOVES, LINES, MAILS = 10, 5_000, 10_000, 50_000, 90_000
_MOMENT = "%Y-%m-%d %H:%M:%S"
_MOVE_TYPES = {Kind.INVOICE: "out_invoice", Kind.CREDIT_NOTE: "out_refund"}
_RECEIVED = {"move_type": "entry", "payment_id": 900, "statement_line_id": False}
_PLACES = {"JPY": 0}
_CODES = ("NZD", "AUD", "EUR", "GBP", "JPY", "USD")
CURRENCIES = {code: number for number, code in enumerate(_CODES, start=30)}


class Rows:
    """The tables that hold what a world holds; computed when they are asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.messages: list[Row] = []
        self.activities: list[Row] = []
        self.drafts: list[Row] = []
        self.extra_lines: list[Row] = []  # what a test adds by hand
        self.extra_partners: list[Row] = []
        self.bank: list[Row] = [self._bank_line()]
        self.template = _TEMPLATE
        self.companies = 1  # that the user sees
        self.shown_moves: list[Row] | None = None  # instead of the world's

    def table(self, model: str) -> list[Row]:
        """All records of a model, by id."""
        makers = {
            "account.move.line": self.lines,
            "account.move": self.moves,
            "res.partner": self.partners,
            "res.company": self._companies,
            "res.currency": self._currencies,
            "account.bank.statement.line": lambda: iter(self.bank),
            "mail.message": lambda: iter(
                [*self._merge_notes(), *self._mails(), *map(self._mailed, self.messages)]
            ),
            "mail.activity": lambda: iter(self.activities),
            "mail.notification": self._notifications,
            "mail.template": lambda: iter(
                [{"id": 8, "model": "account.move", "name": self.template}]
            ),
            "res.users": lambda: iter([{"id": 9, "login": "ada@suite.example"}]),
            "res.partner.category": self._tags,
            "account.account": lambda: iter([{"id": 77, "code": "707000"}]),
            "credit.control.policy": lambda: iter([{"id": 3, "do_nothing": False}]),
        }
        return sorted(makers[model](), key=lambda row: int(row["id"]))

    # --- ids ---------------------------------------------------------------------------------

    def remote(self, record: str) -> str:
        """The connector's id of a record of the world."""
        books = self.ledger.books
        if record in books.contacts:
            return str(self.partner_id(record))
        if record in books.documents:
            number = list(books.documents).index(record)
            return f"{MOVES + number}.{LINES + number}"
        return "999999999"

    def partner_id(self, contact_id: str) -> int:
        """A customer's number."""
        return PARTNERS + list(self.ledger.books.contacts).index(contact_id)

    # --- tables ------------------------------------------------------------------------------

    def lines(self) -> Iterator[Row]:
        """Receivable lines of everything that was posted."""
        numbers = {one: PARTNERS + n for n, one in enumerate(self.ledger.books.contacts)}
        for number, doc in enumerate(self.ledger.books.documents.values()):
            posted = doc.status in (Status.OPEN, Status.PAID)
            if posted and doc.kind is not Kind.BILL:
                yield self._line(number, doc, numbers[doc.contact_id])
        yield from self.extra_lines

    def _line(self, number: int, doc: Document, partner: int) -> Row:
        sign = -1 if doc.kind in CREDITS else 1
        total, left = sign * doc.total, sign * doc.left
        state = "not_paid" if doc.left == doc.total else "partial" if doc.left else "paid"
        return {
            "id": LINES + number,
            "move_id": {
                "id": MOVES + number,
                "payment_state": state,
                "is_move_sent": doc.sent,
                "ref": doc.reference or False,
                "move_type": _MOVE_TYPES.get(doc.kind, "entry"),
                "invoice_date": doc.issued_on.isoformat(),
            },
            "company_id": COMPANY,
            "account_id": {"account_type": "asset_receivable", "non_trade": False},
            "parent_state": "posted",
            "reconciled": not doc.left,
            "move_name": doc.number,
            "move_type": _MOVE_TYPES.get(doc.kind, "entry"),
            "partner_id": {"id": partner, "commercial_partner_id": partner},
            "currency_id": CURRENCIES[doc.currency],
            "amount_currency": float(total),
            "amount_residual_currency": float(left),
            "amount_residual": float(round(left / doc.rate, 2)),
            "balance": float(round(total / doc.rate, 2)),
            "date": doc.issued_on.isoformat(),
            "invoice_date": doc.issued_on.isoformat() if doc.kind in _MOVE_TYPES else False,
            "date_maturity": doc.due_on.isoformat() if doc.due_on else False,
            "payment_id": False if doc.kind in _MOVE_TYPES else 900 + number,
            "statement_line_id": False,
            "discount_date": False,
            "discount_amount_currency": 0.0,
            "no_followup": False,
            "blocked": False,
            "write_date": _moment(doc.changed_at),
            "matched_credit_ids": [
                {"id": 1, "max_date": one.on.isoformat(), "credit_move_id": dict(_RECEIVED)}
                for one in self.ledger.payments_of(doc)
            ],
        }

    def moves(self) -> Iterator[Row]:
        """Entries, as far as they are asked for by number."""
        if self.shown_moves is not None:
            yield from self.shown_moves
            return
        for number, doc in enumerate(self.ledger.books.documents.values()):
            yield {
                "id": MOVES + number,
                "company_id": COMPANY,
                "move_type": _MOVE_TYPES.get(doc.kind, "entry"),
                "state": "posted",
                "ref": doc.reference or False,
                "invoice_user_id": SALESPERSON,
                "invoice_pdf_report_file": _PDF if doc.sent else False,
                "partner_id": self.partner_id(doc.contact_id),
            }
        yield from self.drafts

    def partners(self) -> Iterator[Row]:
        """Customers that were not merged away, and their contacts."""
        below = CONTACTS
        for contact in self.ledger.books.contacts.values():
            if contact.merged_into:
                continue
            number = self.partner_id(contact.contact_id)
            mailed = any(person.gets_mail for person in contact.people)
            yield self._partner(number, contact, "" if mailed else contact.email)
            people = [(person.email, person.gets_mail) for person in contact.people]
            for email, gets_mail in ([(contact.email, True)] if mailed else []) + people:
                below += 1
                yield {
                    **self._partner(below, contact, email),
                    "commercial_partner_id": number,
                    "parent_id": number,
                    "type": "invoice" if gets_mail else "contact",
                    "customer_rank": 0,
                }
        yield from self.extra_partners

    def _partner(self, number: int, contact: Contact, email: str) -> Row:
        groups = self.ledger.groups_of(contact.contact_id)
        return {
            "id": number,
            "name": contact.name,
            "active": not contact.archived,
            "commercial_partner_id": number,
            "parent_id": False,
            "type": "contact",
            "customer_rank": 1,
            "email": email or False,
            "phone": False,
            "lang": "en_US",
            "vat": False,
            "country_id": False,
            "state_id": False,
            "category_id": [{"id": n, "name": g.name} for n, g in enumerate(groups)],
            "write_date": _moment(contact.changed_at),
        }

    def _merge_notes(self) -> Iterator[Row]:
        for number, contact in enumerate(self.ledger.books.contacts.values()):
            if contact.merged_into:
                gone = self.partner_id(contact.contact_id)
                words = html.escape(f"{contact.name} <{contact.email}> (ID {gone})", quote=False)
                yield {
                    "id": 100 + number,
                    "model": "res.partner",
                    "res_id": self.partner_id(contact.merged_into),
                    "message_type": "notification",
                    "body": f"<span>Merged with the following partners: {words}</span>",
                    "create_date": _moment(contact.changed_at),
                    "date": _moment(contact.changed_at),
                    "notification_ids": [],
                    "mail_activity_type_id": False,
                }

    def _companies(self) -> Iterator[Row]:
        for number in range(self.companies):
            yield self._company(COMPANY + number)

    def _company(self, number: int) -> Row:
        org = self.ledger.org
        return {
            "id": number,
            "name": org.name if number == COMPANY else f"{org.name} {number}",
            "currency_id": CURRENCIES[org.currency],
            "country_id": {"id": 170, "code": org.country},
            "partner_id": {"id": COMPANY_PARTNER, "tz": org.time_zone},
            "fiscalyear_lock_date": org.lock_date.isoformat() if org.lock_date else False,
            "sale_lock_date": False,
            "hard_lock_date": False,
        }

    def _currencies(self) -> Iterator[Row]:
        for code, number in CURRENCIES.items():
            yield {"id": number, "name": code, "decimal_places": _PLACES.get(code, 2)}

    def _tags(self) -> Iterator[Row]:
        for number, group in enumerate(self.ledger.books.groups.values()):
            yield {"id": number, "name": group.name}

    def _mails(self) -> Iterator[Row]:
        """The chatter's lines of invoices that the world's ledger mailed."""
        for number, doc in enumerate(self.ledger.books.documents.values()):
            if doc.sent_at is not None:
                yield mail_line(MAILS + number, MOVES + number, doc.sent_at)

    def _mailed(self, message: Row) -> Row:
        """A line that was posted, with who was notified of it by e-mail."""
        fate, partners = message.get("fate", "sent"), message.get("partner_ids", [])
        return {
            "date": message.get("create_date", ""),
            "notification_ids": [notified(fate) for _ in partners],
            **message,
        }

    def _notifications(self) -> Iterator[Row]:
        for one in self.messages:
            for partner in one.get("partner_ids", []):
                yield {
                    "id": one["id"] * 10 + partner,
                    "mail_message_id": {"message_id": one["message_id"]},
                    "notification_status": one.get("fate", "sent"),
                }

    def _bank_line(self) -> Row:
        return {
            "id": 1,
            "company_id": COMPANY,
            "move_id": {"state": "posted"},
            "journal_id": {"id": 7, "type": "bank", "name": "Bank of the North"},
            "date": self.ledger.today().isoformat(),
            "amount": -1.0,
            "is_reconciled": False,
        }


def _moment(at: datetime) -> str:
    return at.strftime(_MOMENT)


def notified(fate: str = "sent", *, outside: bool = True, kind: str = "email") -> Row:
    """Somebody who was told of a line of the chatter."""
    return {
        "notification_type": kind,
        "notification_status": fate,
        "res_partner_id": {"partner_share": outside},
    }


def mail_line(number: int, move: int, at: datetime, **more: Any) -> Row:
    """A line of an invoice's chatter that went to its customer by e-mail."""
    return {
        "id": number,
        "model": "account.move",
        "res_id": move,
        "body": "<p>Dear customer</p>",
        "message_type": "comment",
        "subtype": "mail.mt_comment",
        "message_id": f"<{number}@odoo.example>",
        "create_date": _moment(at),
        "date": _moment(at),
        "mail_activity_type_id": False,
        "notification_ids": [notified()],
        **more,
    }


def as_number(value: object) -> Decimal:
    """An amount that came in a call."""
    return Decimal(str(value))


_TEMPLATE = "Invoice: Sending"
_PDF = "JVBERi0xLjQKJSBvbmUgcGFnZQolJUVPRgo="
