"""Which records are asked for, and which of their fields: the domains and names of Tryton.

Fields of other records are asked for by a dot (``party.lang.code``); through a reference that
may lead to records of several kinds (``move.origin``) only where the domain leaves one kind.
Names: modules party, company, account, account_invoice and account_dunning, 7.0 and 8.2.
"""

from datetime import date, datetime, timedelta

from connectors.tryton import wire
from connectors.tryton.api import Domain
from connectors.tryton.entries import INVOICE

LINE = "account.move.line"
PARTY = "party.party"
DUNNING = "account.dunning"
DUNNING_MODULE = "account_dunning"

_AMOUNTS = (
    "party",
    "debit",
    "credit",
    "amount_second_currency",
    "second_currency.code",
    "maturity_date",
)
_OF_INVOICE = (
    "move.state",
    "move.origin.number",
    "move.origin.reference",
    "move.origin.invoice_date",
    "move.origin.state",
)
_BLOCKED = "dunnings.blocked"

INVOICE_FIELDS = ("number", "reference", "invoice_date", "state", "move", "additional_moves")
PAID_FIELDS = (*_AMOUNTS, *_OF_INVOICE, "reconciliation.date")
COMPANY_FIELDS = (
    "timezone",
    "currency.code",
    "party.name",
    "party.addresses.country.code",
)
_PARTY_FIELDS = (
    "name",
    "active",
    "replaced_by",
    "lang.code",
    "tax_identifier.code",
    "addresses.country.code",
    "addresses.subdivision.code",
    "contact_mechanisms.type",
    "contact_mechanisms.value",
    "contact_mechanisms.name",
    "contact_mechanisms.invoice",
    "contact_mechanisms.active",
    "categories.name",
)


def instalment_fields(*, dunning: bool) -> tuple[str, ...]:
    """Of lines that invoices ask for."""
    return (*_AMOUNTS, *_OF_INVOICE, *((_BLOCKED,) if dunning else ()))


def line_fields(*, dunning: bool) -> tuple[str, ...]:
    """Of lines of any kind."""
    own = ("move.date", "move.number", "move.state", "move.origin", "invoice_payments")
    return (*_AMOUNTS, *own, *((_BLOCKED,) if dunning else ()))


def party_fields(*, dunning: bool) -> tuple[str, ...]:
    """Of parties."""
    return (*_PARTY_FIELDS, *(("dunning_procedure.levels",) if dunning else ()))


def receivable(company: int) -> Domain:
    """Lines of customers' accounts in one company, open or not."""
    return [
        ["account.company", "=", company],
        ["account.type.receivable", "=", True],
        ["party", "!=", None],
    ]


def open_lines(company: int) -> Domain:
    """Those that are not reconciled and move something."""
    moved = ["OR", ["debit", "!=", 0], ["credit", "!=", 0]]
    return [*receivable(company), ["reconciliation", "=", None], moved]


_ASKED: Domain = [
    ["move.state", "=", "posted"],
    ["move.origin", "like", f"{INVOICE},%"],
    ["OR", ["debit", ">", 0], ["credit", "<", 0]],
    ["invoice_payments", "=", None],
]


def instalments(company: int) -> Domain:
    """Open lines that an invoice asks for: nearly all."""
    return [*open_lines(company), *_ASKED]


def others(company: int) -> Domain:
    """Open lines of any other kind: payments, credit notes, entries made by hand."""
    turned = [
        "OR",
        ["move.state", "!=", "posted"],
        ["move.origin", "=", None],
        ["move.origin", "not like", f"{INVOICE},%"],
        ["credit", ">", 0],
        ["debit", "<", 0],
        ["invoice_payments", "!=", None],
    ]
    return [*open_lines(company), turned]


def paid(company: int, since: date) -> Domain:
    """Lines of paid invoices, closed on or after a day.

    Invoices whose instalments were rescheduled are left out: their first lines were closed by
    that, not by a payment.
    """
    return [
        *receivable(company),
        ["move.state", "=", "posted"],
        ["move.origin.state", "=", "paid", INVOICE],
        ["move.origin.additional_moves", "=", None, INVOICE],
        ["OR", ["debit", ">", 0], ["credit", "<", 0]],
        ["reconciliation.date", ">=", wire.of_day(since)],
    ]


def changed(since: datetime) -> Domain:
    """Records made or changed since then; ``write_date`` is empty until the first change."""
    moment = wire.of_moment(since)
    return [
        "OR",
        ["write_date", ">=", moment],
        [["write_date", "=", None], ["create_date", ">=", moment]],
    ]


def processed(company: int, today: date) -> Domain:
    """Dunnings that Tryton itself sent or had printed in the last weeks."""
    return [
        ["company", "=", company],
        ["state", "in", ["waiting", "final"]],
        ["write_date", ">=", wire.of_moment(datetime.combine(today, datetime.min.time()) - _WEEKS)],
    ]


_WEEKS = timedelta(weeks=6)
