"""What people in accounts do in Odoo: enter invoices, payments and credits, match them, merge.

Every method goes by Odoo's own business methods and wizards, as its web client does.
"""

import base64
from datetime import date
from decimal import Decimal
from typing import Any

from .server import Odoo, Person

LOGIN = "syncer@suite.example"
GROUPS = ("base.group_user", "account.group_account_invoice")
CLERK = ("account.group_account_user", "account.group_account_manager")  # the administrator's
NO_TAX = [[5, 0, 0]]


class Desk(Person):
    """The administrator, who may do everything."""

    # --- setting up --------------------------------------------------------------------------

    def open_company(self, *, name: str, currency: str, zone: str, company: int = 1) -> None:
        """Name the company and its currency; nothing must be booked yet."""
        # Attachments inside the database, so that a copy of it has them too.
        self.do("ir.config_parameter", "set_param", "ir_attachment.location", "db")
        own = self.read("res.company", [["id", "=", company]], "partner_id")[0]
        self.set("res.company", company, name=name, currency_id=self.currency(currency))
        self.set("res.partner", own["partner_id"][0], tz=zone, email="ar@suite.example")
        for group in (*CLERK, "account.group_account_basic"):
            self.do("res.groups", "write", [self.xml_id(group)], {"user_ids": [[4, 2]]})

    def add_user(self, login: str, *companies: int) -> int:
        """The user that the worker acts as: may enter invoices, and nothing beyond."""
        return self.make(
            "res.users",
            name="Receivables Syncer",
            login=login,
            email=login,
            group_ids=[[6, 0, [self.xml_id(group) for group in GROUPS]]],
            company_id=companies[0],
            company_ids=[[6, 0, list(companies)]],
        )

    def currency(self, code: str) -> int:
        """A currency, in use from now on."""
        (number,) = self.find("res.currency", ["name", "=", code])
        self.set("res.currency", number, active=True)
        return number

    def set_rate(self, code: str, units: Decimal, *, company: int = 1) -> None:
        """So many units of a currency are one of the company's, since the year began."""
        self.make(
            "res.currency.rate",
            currency_id=self.currency(code),
            name="2026-01-01",
            company_rate=float(units),
            company_id=company,
        )

    def bank_journal(self, company: int = 1) -> int:
        """The company's bank."""
        return self.find("account.journal", ["type", "=", "bank"], ["company_id", "=", company])[0]

    # --- customers ---------------------------------------------------------------------------

    def add_customer(self, name: str, **more: Any) -> int:
        """A company that buys."""
        return self.make("res.partner", name=name, is_company=True, **more)

    def tag(self, name: str) -> int:
        """A contact tag."""
        found = self.find("res.partner.category", ["name", "=", name])
        return found[0] if found else self.make("res.partner.category", name=name)

    def merge(self, gone: int, survivor: int) -> None:
        """By the wizard under Contacts, Merge."""
        model = "base.partner.merge.automatic.wizard"
        wizard = self.make(
            model,
            partner_ids=[[6, 0, [gone, survivor]]],
            dst_partner_id=survivor,
            state="selection",
        )
        self.do(model, "action_merge", [wizard])

    # --- documents ---------------------------------------------------------------------------

    def draft(
        self,
        partner: int,
        amount: Decimal,
        *,
        kind: str = "out_invoice",
        issued: date,
        due: date | None = None,
        **more: Any,
    ) -> int:
        """A document with one line and no tax."""
        line = {"name": "Goods", "quantity": 1, "price_unit": float(amount), "tax_ids": NO_TAX}
        values = {
            "move_type": kind,
            "partner_id": partner,
            "invoice_date": issued.isoformat(),
            "invoice_line_ids": [[0, 0, line]],
            **more,
        }
        if due is not None:
            values |= {"invoice_date_due": due.isoformat(), "invoice_payment_term_id": False}
        return self.make("account.move", **values)

    def post(self, move: int) -> int:
        """Confirm a draft."""
        self.do("account.move", "action_post", [move])
        return move

    def cancel(self, move: int) -> None:
        """Reset to draft, then cancel: whatever was matched is let go."""
        self.do("account.move", "button_draft", [move])
        self.do("account.move", "button_cancel", [move])

    def pay(
        self, move: int, amount: Decimal | None = None, *, on: date, currency: str = ""
    ) -> None:
        """Register a payment on a document; all that is left unless an amount is given, in its
        own currency unless another one is.
        """
        context = {"active_model": "account.move", "active_ids": [move]}
        given: dict[str, Any] = {} if amount is None else {"amount": float(amount)}
        if currency:
            given["currency_id"] = self.currency(currency)
        model = "account.payment.register"
        wizard = self.do(
            model, "create", [{"payment_date": on.isoformat(), **given}], context=context
        )
        self.do(model, "action_create_payments", wizard, context=context)

    def receive(self, partner: int, amount: Decimal, *, on: date, currency: str) -> int:
        """Money from a customer that is matched with nothing; its entry."""
        payment = self.make(
            "account.payment",
            payment_type="inbound",
            partner_type="customer",
            partner_id=partner,
            amount=float(amount),
            date=on.isoformat(),
            currency_id=self.currency(currency),
            journal_id=self.bank_journal(),
        )
        self.do("account.payment", "action_post", [payment])
        return int(self.read("account.payment", [["id", "=", payment]], "move_id")[0]["move_id"][0])

    def apply(self, credit_line: int, move: int) -> None:
        """Use what is left on a credit for an invoice ("Add" under Outstanding credits)."""
        self.do("account.move", "js_assign_outstanding_line", [move], credit_line)

    def bank_line(self, amount: Decimal, *, on: date, company: int = 1) -> int:
        """A line of the bank statement that nobody has matched."""
        return self.make(
            "account.bank.statement.line",
            journal_id=self.bank_journal(company),
            date=on.isoformat(),
            amount=float(amount),
            payment_ref="bank",
        )

    def keep_pdf(self, move: int) -> None:
        """What printing an invoice leaves behind, without a printer."""
        paper = base64.b64encode(b"%PDF-1.4\n% one page\n%%EOF\n").decode()
        self.set("account.move", move, invoice_pdf_report_file=paper)

    def print_pdf(self, move: int) -> None:
        """Print an invoice as the button *Print & Send* does: Odoo renders it with wkhtmltopdf."""
        wizard = self.make("account.move.send.wizard", move_id=move)
        self.set("account.move.send.wizard", wizard, sending_methods=["manual"])
        self.do("account.move.send.wizard", "action_send_and_print", [wizard])

    # --- looking -----------------------------------------------------------------------------

    def receivable_lines(self, move: int) -> list[int]:
        """The lines of an entry on which a customer owes or is owed, by maturity."""
        return self.find(
            "account.move.line",
            ["move_id", "=", move],
            ["account_id.account_type", "=", "asset_receivable"],
            order="date_maturity, id",
        )


def prepared(odoo: Odoo, database: str) -> None:
    """Make the database that all others are copies of, once: invoicing, and nothing entered."""
    if not odoo.exists(database):
        odoo.create(f"{database}_new")
        odoo.clone(f"{database}_new", database)
