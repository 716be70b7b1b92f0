"""Layouts of exports that many bookkeepers have, written in the same words as a YAML layout.

Headers and quirks: exports met in public code bases and vendors' help pages, 2026-11. Day and
month order depend on the organisation's locale and are left to the configuration.
"""

from types import MappingProxyType

from connectors.csv_folder.layout import Columns, Format, Layout

_THOUSANDS = Format(thousands=",")

# Xero: Business > Invoices > Export. One row per line item; no payment date.
_XERO_INVOICES = Layout(
    columns=Columns(
        number="InvoiceNumber",
        account="ContactName",
        kind="Type",
        status="Status",
        issued_on="InvoiceDate",
        due_on="DueDate",
        total="Total",
        open="InvoiceAmountDue",
        currency="Currency",
        reference="Reference",
        email="EmailAddress",
        sent="Sent",
    ),
    optional=("reference", "email", "sent", "currency"),
    lines="repeat",
    kinds={
        "Sales invoice": "invoice",
        "Invoice": "invoice",
        "Sales credit note": "credit_note",
        "Sales overpayment": "overpayment",
        "Sales prepayment": "prepayment",
        "Bill": "ignore",
        "Purchase invoice": "ignore",
        "Bill credit note": "ignore",
        "Purchase credit note": "ignore",
    },
    statuses={
        "Awaiting Payment": "open",
        "Paid": "settled",
        "Draft": "ignore",
        "Awaiting Approval": "ignore",
        "Submitted": "ignore",
        "Voided": "ignore",
        "Deleted": "ignore",
    },
)

# Xero: Aged Receivables Detail. The customer stands above its rows; credit notes may have no
# number; the grand total may leave out what is not yet due, so it only warns.
_XERO_AGED = Layout(
    columns=Columns(
        number="Invoice Number",
        issued_on="Invoice Date",
        due_on="Due Date",
        open="Total",
        reference="Invoice Reference",
        expected_on="Expected Date",
    ),
    optional=("reference", "expected_on"),
    headings=True,
    totals="warn",
    format=_THOUSANDS,
)

# QuickBooks Online: Open Invoices, A/R Ageing Detail, Customer Balance Detail. Payments and
# credit memos carry negative open balances. Sub-customers nest up to five levels.
_QUICKBOOKS = Layout(
    columns=Columns(
        number=("Num", "No.", "Number"),
        account=("Customer", "Customer full name", "Name"),
        kind=("Transaction type", "Transaction Type", "Type"),
        issued_on=("Date", "Transaction date"),
        due_on="Due date",
        total="Amount",
        open="Open balance",
        currency="Currency",
        email=("Email", "Customer email"),
    ),
    optional=("account", "kind", "total", "currency", "email"),
    headings=True,
    nesting=5,
    total_words=("Total", "Total for", "TOTAL"),
    kinds={
        "Invoice": "invoice",
        "Credit Memo": "credit_note",
        "Payment": "payment",
        "Deposit": "by_sign",
        "Journal Entry": "by_sign",
        "Refund": "by_sign",
        "Charge": "invoice",
        "Statement Charge": "invoice",
    },
    format=_THOUSANDS,
)

# FreshBooks: Invoice Details. One row per line item, no open amount: a part payment is
# invisible, so a partly paid invoice is held.
_FRESHBOOKS = Layout(
    columns=Columns(
        number="Invoice #",
        account="Client Name",
        status="Invoice Status",
        issued_on="Date Issued",
        due_on="Date Due",
        paid_on="Date Paid",
        total="Line Total",
        currency="Currency",
    ),
    optional=("due_on",),
    lines="sum",
    statuses={
        "sent": "open",
        "viewed": "open",
        "overdue": "open",
        "disputed": "open",
        "partial": "part_paid",
        "paid": "settled",
        "auto-paid": "settled",
        "draft": "ignore",
    },
)

# Zoho Books: Invoice.csv. One row per line item; ids of their own; ISO dates.
_ZOHO = Layout(
    columns=Columns(
        item_id="Invoice ID",
        number="Invoice Number",
        account="Customer Name",
        account_id="Customer ID",
        status="Invoice Status",
        issued_on="Invoice Date",
        due_on="Due Date",
        total="Total",
        open="Balance",
        currency=("Currency Code", "Currency"),
    ),
    optional=("currency",),
    lines="repeat",
    statuses={
        "Sent": "open",
        "Viewed": "open",
        "Overdue": "open",
        "Unpaid": "open",
        "PartiallyPaid": "open",
        "Partially Paid": "open",
        "Paid": "settled",
        "Closed": "settled",
        "Draft": "ignore",
        "Void": "ignore",
        "Pending": "ignore",
    },
)

LAYOUTS = MappingProxyType(
    {
        "xero_invoices": _XERO_INVOICES,
        "xero_aged_receivables": _XERO_AGED,
        "quickbooks_open_invoices": _QUICKBOOKS,
        "quickbooks_ageing_detail": _QUICKBOOKS,
        "freshbooks": _FRESHBOOKS,
        "zoho_books": _ZOHO,
    }
)
"""Built-in layouts by the name a configuration gives."""
