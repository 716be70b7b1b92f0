"""A world's books as the records of an Odoo database, in the shapes that Odoo 19.0 gave.

Seen in November 2026 by tests/live/odoo: ``false`` for what is empty, floats for amounts, plain
ids, UTC times to the second, merged partners gone but for a note.
"""

from collections.abc import Callable, Iterator

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.odoo.chatter import Chatter, moment
from syncer.sandbox.odoo.domains import Row
from syncer.sandbox.records import CREDITS, Contact, Document, Kind, Status

COMPANY, COMPANY_PARTNER, SALESPERSON = 1, 1, 2
PARTNERS, CONTACTS, MOVES, LINES = 10, 5_000, 10_000, 50_000
_MOVE_TYPES = {Kind.INVOICE: "out_invoice", Kind.CREDIT_NOTE: "out_refund"}
_RECEIVED = {"move_type": "entry", "payment_id": 900, "statement_line_id": False}
_PLACES = {"JPY": 0}
_CODES = ("NZD", "AUD", "EUR", "GBP", "JPY", "USD")
CURRENCIES = {code: number for number, code in enumerate(_CODES, start=30)}


class Rows:
    """The tables that hold what a world holds; computed when they are asked for."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.drafts: list[Row] = []
        self.extra_lines: list[Row] = []  # what a test adds by hand
        self.extra_partners: list[Row] = []
        self.bank: list[Row] = [self._bank_line()]
        self.template = _TEMPLATE
        self.companies = 1  # that the user sees
        self.shown_moves: list[Row] | None = None  # instead of the world's
        self._chatter = Chatter(ledger, move=self.move_id, partner=self.partner_id)
        self.messages, self.activities = self._chatter.messages, self._chatter.activities

    def table(self, model: str) -> list[Row]:
        """All records of a model, by id."""
        makers: dict[str, Callable[[], Iterator[Row]]] = {
            "account.move.line": self.lines,
            "account.move": self.moves,
            "res.partner": self.partners,
            "res.company": self._companies,
            "res.currency": self._currencies,
            "account.bank.statement.line": lambda: iter(self.bank),
            "mail.message": self._chatter.lines,
            "mail.activity": lambda: iter(self.activities),
            "mail.notification": self._chatter.notifications,
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
            move = self.move_id(record)
            return f"{move}.{move - MOVES + LINES}"
        return "999999999"

    def move_id(self, doc_id: str) -> int:
        """A document's number."""
        return MOVES + list(self.ledger.books.documents).index(doc_id)

    def contact_ids(self, partners: list[int]) -> list[str]:
        """The customers that these numbers belong to, merged ones too."""
        known = list(self.ledger.books.contacts)
        return [known[one - PARTNERS] for one in partners if 0 <= one - PARTNERS < len(known)]

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
            "no_followup": doc.disputed,
            "blocked": doc.disputed,
            "expected_pay_date": doc.expected_on.isoformat() if doc.expected_on else False,
            "write_date": moment(doc.changed_at),
            "matched_credit_ids": list(self._matched(doc)),
        }

    def _matched(self, doc: Document) -> Iterator[Row]:
        """Money, then credit, that was matched with an invoice."""
        for payment in self.ledger.payments_of(doc):
            yield {"id": 1, "max_date": payment.on.isoformat(), "credit_move_id": dict(_RECEIVED)}
        for part in self.ledger.allocations_of(doc):
            credit = self.ledger.document(part.credit_id)
            other = dict(_RECEIVED)
            if credit.kind is Kind.CREDIT_NOTE:
                other = {**_RECEIVED, "move_type": "out_refund", "payment_id": False}
            yield {"id": 2, "max_date": part.on.isoformat(), "credit_move_id": other}

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
            "write_date": moment(contact.changed_at),
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


_TEMPLATE = "Invoice: Sending"
_PDF = "JVBERi0xLjQKJSBvbmUgcGFnZQolJUVPRgo="
