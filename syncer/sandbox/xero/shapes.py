"""Records of the world as the vendor's JSON objects (OpenAPI 16.1.0, read November 2026).

A row's ``View`` decides how much of it is shown: lists without paging and ``summaryOnly``
lists leave fields out, and a contact inside a document never carries an e-mail address.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import (
    ZERO,
    Allocation,
    Contact,
    Document,
    Group,
    Kind,
    Line,
    Note,
    Payment,
    Status,
)
from syncer.sandbox.xero.wire import (
    KIND_WORDS,
    PRICE_WORDS,
    STATUS_WORDS,
    TAX_WORDS,
    day_text,
    instant_text,
    ms_day,
    ms_instant,
)

Row = dict[str, Any]
CREDIT_KEYS = {
    Kind.CREDIT_NOTE: "CreditNote",
    Kind.OVERPAYMENT: "Overpayment",
    Kind.PREPAYMENT: "Prepayment",
}
PAYMENT_TYPES = {
    Kind.INVOICE: "ACCRECPAYMENT",
    Kind.BILL: "ACCPAYPAYMENT",
    Kind.CREDIT_NOTE: "ARCREDITPAYMENT",
    Kind.OVERPAYMENT: "AROVERPAYMENTPAYMENT",
    Kind.PREPAYMENT: "ARPREPAYMENTPAYMENT",
}


class View(StrEnum):
    """How much of a record a list shows."""

    FULL = "full"  # single, or paged
    UNPAGED = "unpaged"
    SUMMARY = "summary"


def contact_stub(contact: Contact) -> Row:
    """A contact inside a document: id and name, empty lists, no e-mail address."""
    return {
        "ContactID": contact.contact_id,
        "Name": contact.name,
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def invoice(ledger: Ledger, doc: Document, view: View) -> Row:
    """An invoice or bill ("invoices" page). SUMMARY and UNPAGED have no line items."""
    row = _document_head(ledger, doc)
    row |= {
        "InvoiceID": doc.doc_id,
        "InvoiceNumber": doc.number,
        "AmountDue": doc.left,
        "AmountPaid": doc.settled,
        "AmountCredited": doc.credited,
        "SentToContact": doc.sent,
        "IsDiscounted": False,
        "HasErrors": False,
        "InvoiceAddresses": [],
    }
    if doc.due_on:
        row |= {"DueDateString": day_text(doc.due_on), "DueDate": ms_day(doc.due_on)}
    if doc.expected_on:
        row["ExpectedPaymentDateString"] = day_text(doc.expected_on)
        row["ExpectedPaymentDate"] = ms_day(doc.expected_on)
    if doc.url:
        row["Url"] = doc.url
    if view is View.SUMMARY:
        return row
    row["HasAttachments"] = False
    row["Payments"] = [payment_stub(p) for p in ledger.payments_of(doc)]
    row |= _applied_credits(ledger, doc)
    row["LineItems"] = (
        [_line(ledger, line, doc.prices) for line in doc.lines] if view is View.FULL else []
    )
    return row


def credit(ledger: Ledger, doc: Document, view: View) -> Row:
    """A credit note, overpayment or prepayment."""
    name = CREDIT_KEYS[doc.kind]
    row = _document_head(ledger, doc)
    row |= {
        f"{name}ID": doc.doc_id,
        "ID": doc.doc_id,
        "RemainingCredit": doc.left if doc.status in (Status.OPEN, Status.PAID) else ZERO,
        "AppliedAmount": doc.credited,
        "Allocations": [allocation(ledger, a) for a in ledger.allocations_of(doc)],
        "Payments": [payment_stub(p) for p in ledger.payments_of(doc)],
        "HasAttachments": False,
        "LineItems": [_line(ledger, line, doc.prices) for line in doc.lines]
        if view is View.FULL
        else [],
    }
    if doc.kind is Kind.CREDIT_NOTE:
        row |= {"CreditNoteNumber": doc.number, "SentToContact": doc.sent, "HasErrors": False}
    return row


def payment(ledger: Ledger, paid: Payment) -> Row:
    """A payment with the document it paid ("payments" page)."""
    doc = ledger.document(paid.doc_id)
    account = ledger.org.accounts.get(paid.account)
    row = payment_stub(paid) | {
        "BankAmount": paid.amount,
        "CurrencyRate": doc.rate,
        "PaymentType": PAYMENT_TYPES[doc.kind],
        "Status": "DELETED" if paid.deleted else "AUTHORISED",
        "UpdatedDateUTC": ms_instant(paid.changed_at),
        "UpdatedDateUTCString": instant_text(paid.changed_at),
        "HasAccount": account is not None,
        "IsReconciled": paid.reconciled,
        # The vendor nests a credit that was refunded under "Invoice" too, by its own type.
        "Invoice": {
            "Type": KIND_WORDS[doc.kind],
            "InvoiceID": doc.doc_id,
            "InvoiceNumber": doc.number,
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "IsDiscounted": False,
            "HasErrors": False,
            "Contact": contact_stub(ledger.contact(doc.contact_id)),
            "LineItems": [],
            "CurrencyCode": doc.currency,
        },
    }
    if account:
        row["Account"] = {"AccountID": account.account_id, "Code": paid.account}
    return row


def payment_stub(paid: Payment) -> Row:
    """A payment inside a document."""
    return {
        "PaymentID": paid.payment_id,
        "Date": ms_day(paid.on),
        "Amount": paid.amount,
        "Reference": paid.reference,
        "HasAccount": bool(paid.account),
        "HasValidationErrors": False,
    }


def allocation(ledger: Ledger, part: Allocation) -> Row:
    """A credit applied to an invoice."""
    target = ledger.document(part.invoice_id)
    return {
        "AllocationID": part.allocation_id,
        "Amount": part.amount,
        "Date": ms_day(part.on),
        "Invoice": {"InvoiceID": target.doc_id, "InvoiceNumber": target.number},
        "IsDeleted": part.deleted,
    }


def contact(ledger: Ledger, person: Contact, view: View) -> Row:
    """A contact ("contacts" page). Only a paged or single read shows people, groups, balances."""
    row: Row = {
        "ContactID": person.contact_id,
        "ContactNumber": person.number,
        "ContactStatus": "ARCHIVED" if person.archived else "ACTIVE",
        "Name": person.name,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "EmailAddress": person.email,
        "TaxNumber": person.tax_number,
        "UpdatedDateUTC": ms_instant(person.changed_at),
        "HasAttachments": False,
        "HasValidationErrors": False,
    }
    if view is View.SUMMARY:
        return row
    row |= {
        "BankAccountDetails": "",
        "Addresses": [{"AddressType": "STREET", "City": person.city, "Country": person.country}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": person.phone}],
        "IsSupplier": person.supplier,
        "IsCustomer": any(d.kind is Kind.INVOICE for d in ledger.documents_of(person.contact_id)),
        "DefaultCurrency": person.currency or ledger.org.currency,
    }
    return row if view is View.UNPAGED else row | _contact_details(ledger, person)


def group(ledger: Ledger, record: Group, *, members: bool) -> Row:
    """A contact group; a single read also lists who is in it."""
    row: Row = {
        "ContactGroupID": record.group_id,
        "Name": record.name,
        "Status": "DELETED" if record.deleted else "ACTIVE",
    }
    if members:
        row["Contacts"] = [contact_stub(ledger.contact(i)) for i in record.members]
    return row


def history(note: Note) -> Row:
    """One line of history: no id, so it cannot be found by one."""
    return {
        "Changes": note.change,
        "DateUTC": ms_instant(note.at),
        "User": note.author or "System Generated",
        "Details": note.text,
    }


def balances(ledger: Ledger, contact_id: str) -> tuple[Decimal, Decimal]:
    """(outstanding, overdue) receivables of a contact, net of credit nobody has applied."""
    outstanding = overdue = ZERO
    today = ledger.today()
    for doc in ledger.documents_of(contact_id):
        if doc.status is not Status.OPEN or doc.kind is Kind.BILL:
            continue
        amount = doc.left if doc.kind is Kind.INVOICE else -doc.left
        outstanding += amount
        if doc.kind is not Kind.INVOICE or (doc.due_on and doc.due_on < today):
            overdue += amount
    return outstanding, overdue


def _contact_details(ledger: Ledger, person: Contact) -> Row:
    row: Row = {
        "Website": "",
        "SalesDefaultAccountCode": "200",
        "ContactGroups": [
            group(ledger, g, members=False) for g in ledger.groups_of(person.contact_id)
        ],
        "ContactPersons": [
            {
                "FirstName": p.first_name,
                "LastName": p.last_name,
                "EmailAddress": p.email,
                "IncludeInEmails": p.gets_mail,
            }
            for p in person.people
        ],
        "PaymentTerms": {"Sales": {"Day": person.terms_days, "Type": "DAYSAFTERBILLDATE"}},
    }
    if person.merged_into:
        row["MergedToContactID"] = person.merged_into
    outstanding, overdue = balances(ledger, person.contact_id)
    if outstanding or overdue:
        amounts = {"Outstanding": outstanding, "Overdue": overdue}
        payable = {"Outstanding": ZERO, "Overdue": ZERO}
        row["Balances"] = {"AccountsReceivable": amounts, "AccountsPayable": payable}
    return row


def _document_head(ledger: Ledger, doc: Document) -> Row:
    row: Row = {
        "Type": KIND_WORDS[doc.kind],
        "Reference": doc.reference,
        "Contact": contact_stub(ledger.contact(doc.contact_id)),
        "DateString": day_text(doc.issued_on),
        "Date": ms_day(doc.issued_on),
        "Status": STATUS_WORDS[doc.status],
        "LineAmountTypes": PRICE_WORDS[doc.prices],
        "SubTotal": doc.net if doc.lines else doc.total,
        "TotalTax": doc.tax,
        "Total": doc.total,
        "CurrencyCode": doc.currency,
        "CurrencyRate": doc.rate,
        "UpdatedDateUTC": ms_instant(doc.booked_at),
        "UpdatedDateUTCString": instant_text(doc.booked_at),
    }
    if doc.paid_on:
        row["FullyPaidOnDate"] = ms_day(doc.paid_on)
    return row


def _applied_credits(ledger: Ledger, doc: Document) -> Row:
    row: Row = {"CreditNotes": [], "Overpayments": [], "Prepayments": []}
    for part in ledger.allocations_of(doc):
        source = ledger.document(part.credit_id)
        name = CREDIT_KEYS[source.kind]
        stub: Row = {f"{name}ID": source.doc_id, "AppliedAmount": part.amount}
        stub |= {"Date": ms_day(part.on), "Total": source.total}
        if source.kind is Kind.CREDIT_NOTE:
            stub["CreditNoteNumber"] = source.number
        row[f"{name}s"].append(stub)
    return row


def _lines(ledger: Ledger, doc: Document, view: View) -> list[Row]:
    return [_line(ledger, line, doc.prices) for line in doc.lines] if view is View.FULL else []


def _line(ledger: Ledger, line: Line, prices: str) -> Row:
    row: Row = {
        "LineItemID": line.line_id,
        "Description": line.text,
        "Quantity": line.quantity,
        "UnitAmount": line.unit_price,
        "LineAmount": line.net + line.tax if prices == "inclusive" else line.net,
        "TaxType": TAX_WORDS.get(line.tax_code, "NONE"),
        "TaxAmount": line.tax,
        "Tracking": [],
    }
    account: Mapping[str, Any] = {}
    if line.account:
        known = ledger.org.accounts.get(line.account)
        account = {"AccountCode": line.account} | ({"AccountID": known.account_id} if known else {})
    return row | dict(account)
