"""What is asked of Odoo: domains and field specifications, cut to what the database has.

``web_search_read`` (module web, Odoo 17 on) reads records and, in the same call, fields of the
records they point at: one call a page. Fields that only some versions, Odoo Enterprise or an
addon of the OCA have are asked for after ``fields_get`` has named them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

Domain = list[Any]
Specification = dict[str, Any]

PAGE_SIZE = 1000
IDS_MAX = 1000  # ids in one question
RECEIVABLE = "asset_receivable"
CONTACT_ROLES = ("followup", "invoice")  # the first exists with Enterprise's follow-ups
SALES = ("out_invoice", "out_receipt")

LINE_EXTRAS = ("no_followup", "blocked", "expected_pay_date")
MOVE_EXTRAS = ("no_overdue_reminder",)
CREDIT_POLICY = "credit_policy_id"  # of the OCA's account_credit_control
NOTES = "comment"  # of partners: the tab "Internal Notes", HTML
CREDIT_LIMIT = ("credit_limit", "use_partner_credit_limit")  # shown to accountants alone
PARTNER_EXTRAS = ("no_overdue_reminder", CREDIT_POLICY, NOTES, *CREDIT_LIMIT)
CHASERS = {  # a field of partners -> whose module brings it, which may write to debtors itself
    "followup_line_id": "Odoo's own follow-ups (account_followup)",
    CREDIT_POLICY: "the credit control of the OCA (account_credit_control)",
    "no_overdue_reminder": "the overdue reminders of the OCA (account_invoice_overdue_reminder)",
}

_LINE = (
    *("move_name", "move_type", "parent_state", "currency_id", "date", "invoice_date"),
    *("date_maturity", "amount_currency", "amount_residual_currency", "amount_residual"),
    *("balance", "payment_id", "statement_line_id", "write_date"),
    *("discount_date", "discount_amount_currency"),
)
_PARTNER = (*("name", "active", "commercial_partner_id", "email", "phone", "lang", "vat"),)


def plain(names: Iterable[str]) -> Specification:
    """Fields of the record itself."""
    return {name: {} for name in names}


def within(**fields: Any) -> Specification:
    """Fields of the record that a field points at."""
    return {"fields": fields}


OWNER = within(commercial_partner_id={})


def lines(known: Collection[str], moves: Collection[str]) -> Specification:
    """What is read of an open line. ``known`` and ``moves`` are the extras that exist."""
    move = ("payment_state", "is_move_sent", "ref", *(x for x in MOVE_EXTRAS if x in moves))
    return {
        **plain((*_LINE, *(x for x in LINE_EXTRAS if x in known))),
        "move_id": within(**plain(move)),
        "partner_id": OWNER,
    }


def open_lines(company_id: int) -> Domain:
    """Receivable lines with something left on them, debit or credit, in whatever entry.

    Accounts for other than trade (advances to staff, point of sale) are left out, as Odoo's
    own aged receivable leaves them out.
    """
    return [
        ["company_id", "=", company_id],
        ["account_id.account_type", "=", RECEIVABLE],
        ["account_id.non_trade", "=", False],
        ["parent_state", "=", "posted"],
        ["reconciled", "=", False],
    ]


def of_accounts(account_ids: Sequence[int]) -> Domain:
    """Lines that are on these accounts."""
    return [["partner_id.commercial_partner_id", "in", list(account_ids)]]


def settled_lines(company_id: int, issued_from: str, since: str) -> Domain:
    """Lines of invoices with nothing left on them, changed on or after ``since`` ("" = all)."""
    changed = [["write_date", ">=", since]] if since else []
    return [
        ["company_id", "=", company_id],
        ["account_id.account_type", "=", RECEIVABLE],
        ["parent_state", "=", "posted"],
        ["reconciled", "=", True],
        ["move_id.move_type", "in", list(SALES)],
        ["move_id.invoice_date", ">=", issued_from],
        ["balance", ">", 0],
        *changed,
    ]


SETTLED: Specification = {
    **plain(("currency_id", "amount_currency", "invoice_date", "date_maturity")),
    "move_id": within(),
    "partner_id": OWNER,
    "matched_credit_ids": within(
        max_date={}, credit_move_id=within(move_type={}, payment_id={}, statement_line_id={})
    ),
}


def partners(known: Collection[str]) -> Specification:
    """What is read of a customer. ``known`` are the extras that exist."""
    spec = {
        **plain(_PARTNER),
        "country_id": within(code={}),
        "state_id": within(code={}),
        "category_id": within(name={}),
    }
    if "no_overdue_reminder" in known:
        spec["no_overdue_reminder"] = {}
    if CREDIT_POLICY in known:
        spec[CREDIT_POLICY] = within(do_nothing={})
    if NOTES in known:
        spec[NOTES] = {}
    if all(name in known for name in CREDIT_LIMIT):
        spec |= plain(CREDIT_LIMIT)
    return spec


CONTACT: Specification = plain(("name", "type", "active", "commercial_partner_id", "email"))


def contacts(account_ids: Sequence[int]) -> Domain:
    """Contacts with a role, of these accounts."""
    return [
        ["commercial_partner_id", "in", list(account_ids)],
        ["type", "in", list(CONTACT_ROLES)],
        ["parent_id", "!=", False],
    ]


def batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """As many ids as one question takes."""
    for start in range(0, len(ids), IDS_MAX):
        yield ids[start : start + IDS_MAX]
