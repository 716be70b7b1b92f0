"""Puts a sandbox world into a real Odoo, and keeps it up with what people do in that world.

Each kind of world is entered once, through Odoo's own methods, into a database that is then
copied for every check. ``follow`` enters what has changed in the world since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.sandbox.world import World

from .desk import LOGIN, Desk
from .server import Odoo

UNKNOWN = "999999999"
MOVES, LINES = 100_000, 1_000_000  # ids of what is copied by SQL
AGED = ("res_partner", "account_move", "account_move_line", "account_partial_reconcile")
_SALES = {Kind.INVOICE: "out_invoice", Kind.CREDIT_NOTE: "out_refund", Kind.BILL: "in_invoice"}


@dataclass
class Entered:
    """Where the records of a world are in Odoo, and how they were when they were entered."""

    partners: dict[str, int] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    void: set[str] = field(default_factory=set)
    left: dict[str, Decimal] = field(default_factory=dict)
    allocated: set[str] = field(default_factory=set)
    key: str = ""  # the API key of the worker's user

    def copy(self) -> "Entered":
        """The same, free to change."""
        return Entered(
            dict(self.partners),
            dict(self.moves),
            dict(self.lines),
            dict(self.emails),
            set(self.merged),
            set(self.void),
            dict(self.left),
            set(self.allocated),
            self.key,
        )

    def remote(self, record: str) -> str:
        """The connector's id of a record of the world."""
        if record in self.partners:
            return str(self.partners[record])
        if record in self.moves:
            return f"{self.moves[record]}.{self.lines[record]}"
        return UNKNOWN


class Mirror:
    """One world and the Odoo database it is entered into."""

    def __init__(self, odoo: Odoo, database: str, ledger: Ledger, entered: Entered) -> None:
        self.odoo = odoo
        self.database = database
        self.desk = Desk(odoo, database)
        self.ledger = ledger
        self.entered = entered

    def enter(self, *, bulk: bool) -> None:
        """Everything, into a database in which nothing is booked yet."""
        org, desk = self.ledger.org, self.desk
        desk.open_company(name=org.name, currency=org.currency, zone=org.time_zone)
        desk.add_user(LOGIN, 1)
        self.entered.key = self.odoo.api_key(self.database, LOGIN)
        for contact in self._contacts():
            self._enter_contact(contact)
        if bulk:
            self._copy_documents()
        else:
            self._rates()
            for doc in self._documents():
                self._enter(doc)
            desk.bank_line(Decimal(-1), on=self.ledger.today())
            self._put_away()
        self._age()

    def follow(self) -> None:
        """What changed in the world since it was entered, or followed last."""
        for contact in self._contacts():
            known = self.entered.partners[contact.contact_id]
            if contact.email != self.entered.emails[contact.contact_id]:
                self.desk.set("res.partner", known, email=contact.email)
                self.entered.emails[contact.contact_id] = contact.email
        for doc in self._documents():
            if doc.doc_id not in self.entered.moves:
                self._enter(doc)
        self._allocate()
        for doc in self._documents():
            self._settle(doc)
        self._merge()

    # --- contacts ----------------------------------------------------------------------------

    def _contacts(self) -> Iterable[Contact]:
        return self.ledger.books.contacts.values()

    def _documents(self) -> list[Document]:
        return list(self.ledger.books.documents.values())

    def _enter_contact(self, contact: Contact) -> None:
        """A contact's own address is the customer's, unless others get mail as well: then all of
        them are invoice contacts, as Odoo wants it.
        """
        desk = self.desk
        groups = self.ledger.groups_of(contact.contact_id)
        mailed = [person for person in contact.people if person.gets_mail]
        partner = desk.add_customer(
            contact.name,
            email=False if mailed else contact.email,
            customer_rank=1,
            category_id=[[6, 0, [desk.tag(group.name) for group in groups]]],
        )
        if mailed:
            desk.make(
                "res.partner",
                name="Accounts",
                email=contact.email,
                parent_id=partner,
                type="invoice",
            )
        for person in contact.people:
            desk.make(
                "res.partner",
                name=f"{person.first_name} {person.last_name}",
                email=person.email,
                parent_id=partner,
                type="invoice" if person.gets_mail else "contact",
            )
        self.entered.partners[contact.contact_id] = partner
        self.entered.emails[contact.contact_id] = contact.email

    def _put_away(self) -> None:
        self._merge()
        for contact in self._contacts():
            if contact.archived and not contact.merged_into:
                self.desk.set(
                    "res.partner", self.entered.partners[contact.contact_id], active=False
                )

    def _merge(self) -> None:
        for contact in self._contacts():
            if contact.merged_into and contact.contact_id not in self.entered.merged:
                partners = self.entered.partners
                self.desk.merge(partners[contact.contact_id], partners[contact.merged_into])
                self.entered.merged.add(contact.contact_id)

    # --- documents ---------------------------------------------------------------------------

    def _rates(self) -> None:
        """Odoo has one rate a day: the first that is not 1 stands for its currency."""
        rates: dict[str, Decimal] = {}
        for doc in self._documents():
            if doc.currency != self.ledger.org.currency:
                rates[doc.currency] = (
                    doc.rate if doc.rate != 1 else rates.get(doc.currency, doc.rate)
                )
        for code, rate in rates.items():
            self.desk.set_rate(code, rate)

    def _enter(self, doc: Document) -> None:
        desk, entered = self.desk, self.entered
        partner = entered.partners[self._first_owner(doc)]
        if doc.kind in _SALES:
            move = desk.draft(
                partner,
                doc.total,
                kind=_SALES[doc.kind],
                issued=doc.issued_on,
                due=doc.due_on,
                ref=doc.reference,
                name=doc.number,
                currency_id=desk.currency(doc.currency),
            )
            if doc.status is Status.DELETED:
                desk.do("account.move", "unlink", [move])
                move = 0
            elif doc.status is not Status.DRAFT:
                desk.post(move)
        else:
            move = desk.receive(partner, doc.total, on=doc.issued_on, currency=doc.currency)
        entered.moves[doc.doc_id] = move
        entered.lines[doc.doc_id] = (desk.receivable_lines(move) or [0])[0] if move else 0
        entered.left[doc.doc_id] = doc.total
        if doc.sent and move and doc.kind is Kind.INVOICE:
            desk.set("account.move", move, is_move_sent=True)
            desk.keep_pdf(move)
        if doc.sent_at is not None and move:
            self._mail(move, partner, doc.sent_at)
        self._settle(doc)

    def _mail(self, move: int, partner: int, at: datetime) -> None:
        """A message to the customer in the entry's chatter, as of an earlier day."""
        posted = self.desk.do(
            "account.move",
            "message_post",
            [move],
            body="Dear customer",
            partner_ids=[partner],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        number = posted[0] if isinstance(posted, list) else posted
        self.odoo.sql(
            self.database,
            f"update mail_message set date = '{at:%Y-%m-%d %H:%M:%S}' where id = {number}",
            "update mail_notification set notification_status = 'sent' "
            f"where mail_message_id = {number}",
        )

    def _first_owner(self, doc: Document) -> str:
        """The customer a document was entered for, where a merge has already moved it on."""
        if doc.number == "S-011":
            return next(c.contact_id for c in self._contacts() if c.merged_into)
        return doc.contact_id

    def _settle(self, doc: Document) -> None:
        """Payments and voids that are not in Odoo yet."""
        entered, move = self.entered, self.entered.moves[doc.doc_id]
        if doc.status is Status.VOID and doc.doc_id not in entered.void:
            entered.void.add(doc.doc_id)
            self.desk.cancel(move)
        paid = entered.left[doc.doc_id] - doc.left
        if paid <= 0:
            return
        entered.left[doc.doc_id] = doc.left
        if move >= MOVES:
            self._close(move, entered.lines[doc.doc_id])
            return
        on = max((one.on for one in self.ledger.payments_of(doc)), default=self.ledger.today())
        self.desk.pay(move, paid, on=on)

    def _allocate(self) -> None:
        """Credits that somebody has used for an invoice."""
        for one in self.ledger.books.allocations.values():
            if one.allocation_id in self.entered.allocated:
                continue
            self.entered.allocated.add(one.allocation_id)
            lines, moves, left = self.entered.lines, self.entered.moves, self.entered.left
            self.desk.apply(lines[one.credit_id], moves[one.invoice_id])
            left[one.credit_id] -= one.amount
            left[one.invoice_id] -= one.amount

    def _close(self, move: int, line: int) -> None:
        """What matching does to the two rows that are read."""
        self.odoo.sql(
            self.database,
            "update account_move_line set reconciled = true, amount_residual = 0, "
            f"amount_residual_currency = 0 where id = {line}",
            "update account_move set payment_state = 'paid', amount_residual = 0 "
            f"where id = {move}",
        )

    def _copy_documents(self) -> None:
        """The first invoice through Odoo, the others as copies of its rows: a thousand invoices
        would take Odoo a minute.
        """
        documents = self._documents()
        if not documents:
            return
        first = documents[0]
        desk, partners = self.desk, self.entered.partners
        model = desk.post(
            desk.draft(
                partners[first.contact_id], first.total, issued=first.issued_on, due=first.due_on
            )
        )
        (line,) = desk.receivable_lines(model)
        rows = ", ".join(self._row(number, doc) for number, doc in enumerate(documents))
        self.odoo.sql(self.database, *_copies(model, line, rows))
        for number, doc in enumerate(documents):
            self.entered.moves[doc.doc_id] = MOVES + number
            self.entered.lines[doc.doc_id] = LINES + number
            self.entered.left[doc.doc_id] = doc.left

    def _row(self, number: int, doc: Document) -> str:
        if doc.currency != self.ledger.org.currency or doc.due_on is None:
            raise ValueError("copies are in the company's currency and have a due date")
        partner = self.entered.partners[doc.contact_id]
        words = (doc.number, doc.issued_on, doc.due_on, doc.reference)
        quoted = ", ".join(f"'{word}'" for word in words)
        return f"({number}, {partner}, {doc.total}, {doc.left}, {quoted})"

    def _age(self) -> None:
        """The world's hour since the last change, twice over."""
        back = "- interval '2 hours'"
        self.odoo.sql(
            self.database,
            *(
                f"update {table} set create_date = create_date {back}, "
                f"write_date = write_date {back}"
                for table in (*AGED, "mail_message")
            ),
        )


def _copies(model: int, line: int, rows: str) -> tuple[str, ...]:
    return (
        """create temp table t (n int, partner int, total numeric, rest numeric, number text,
            issued date, due date, ref text)""",
        f"insert into t values {rows}",
        f"""insert into account_move select (jsonb_populate_record(null::account_move,
            to_jsonb(m) || jsonb_build_object('id', {MOVES} + t.n, 'name', t.number, 'ref', t.ref,
            'partner_id', t.partner, 'commercial_partner_id', t.partner, 'invoice_date', t.issued,
            'date', t.issued, 'invoice_date_due', t.due, 'amount_total', t.total,
            'amount_residual', t.rest, 'sequence_number', t.n, 'is_move_sent', true))).*
            from account_move m, t where m.id = {model}""",
        f"""insert into account_move_line select (jsonb_populate_record(null::account_move_line,
            to_jsonb(l) || jsonb_build_object('id', {LINES} + t.n, 'move_id', {MOVES} + t.n,
            'move_name', t.number, 'partner_id', t.partner, 'date', t.issued,
            'invoice_date', t.issued, 'date_maturity', t.due, 'ref', t.ref, 'debit', t.total,
            'balance', t.total, 'amount_currency', t.total, 'amount_residual', t.rest,
            'amount_residual_currency', t.rest))).*
            from account_move_line l, t where l.id = {line}""",
        f"delete from account_move_line where move_id = {model}",
        f"delete from account_move where id = {model}",
    )


class Templates:
    """Databases with a world in them, each entered once and copied from then on."""

    def __init__(self, odoo: Odoo, base: str) -> None:
        self._odoo = odoo
        self._base = base
        self._kept: dict[str, Entered] = {}

    def mounted(self, world: World, database: str) -> Mirror:
        """A fresh copy of the database that holds ``world``, under the name ``database``."""
        ledger = world.main
        bulk = ledger.org.name != "Suite Trading Ltd"
        template = f"suite_{len(ledger.books.documents)}" if bulk else "suite_seeded"
        if template not in self._kept:
            self._odoo.clone(self._base, template)
            made = Mirror(self._odoo, template, ledger, Entered())
            made.enter(bulk=bulk)
            self._kept[template] = made.entered
        self._odoo.clone(template, database)
        return Mirror(self._odoo, database, ledger, self._kept[template].copy())
