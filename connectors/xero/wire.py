"""Xero's JSON as narrow structs: only the fields this product reads, straight from bytes.

Unknown fields are skipped without being built. Field names: OpenAPI 16.1.0 (July 2026).
Money is Decimal from the digits on the wire, never through float.
"""

from decimal import Decimal
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import field

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON we know: its own error, and two of
Python's, for text that is not UTF-8 and for nesting without end (msgspec 0.22)."""


class Wire(msgspec.Struct, gc=False):
    """Base of the wire structs; they live for one page."""


class ContactRef(Wire):
    """The contact inside a document: nothing but its id is relied on."""

    contact_id: str = field(name="ContactID")


class Document(Wire, kw_only=True):
    """What invoices and credits share."""

    contact: ContactRef = field(name="Contact")
    currency: str = field(name="CurrencyCode")
    total: Decimal = field(name="Total")
    rate: Decimal | None = field(name="CurrencyRate", default=None)
    reference: str | None = field(name="Reference", default=None)
    date: str | None = field(name="Date", default=None)
    date_string: str | None = field(name="DateString", default=None)
    updated: str | None = field(name="UpdatedDateUTC", default=None)


class Invoice(Document, kw_only=True):
    """A sales invoice. A row of another type was not asked for and does not decode."""

    type: Literal["ACCREC"] = field(name="Type")

    id: str = field(name="InvoiceID")
    number: str | None = field(name="InvoiceNumber", default=None)
    amount_due: Decimal = field(name="AmountDue")
    due: str | None = field(name="DueDate", default=None)
    due_string: str | None = field(name="DueDateString", default=None)
    expected: str | None = field(name="ExpectedPaymentDate", default=None)
    paid_on: str | None = field(name="FullyPaidOnDate", default=None)
    sent: bool | None = field(name="SentToContact", default=None)


class OpenInvoice(Invoice, kw_only=True):
    """One that is approved and not paid in full."""

    status: Literal["AUTHORISED"] = field(name="Status")


class PaidInvoice(Invoice, kw_only=True):
    """One that is paid, by money or by credit: only the amounts tell which."""

    status: Literal["PAID"] = field(name="Status")
    amount_paid: Decimal | None = field(name="AmountPaid", default=None)


class Credit(Document, kw_only=True):
    """What is left of money or credit that no invoice has used."""

    type: str = field(name="Type")
    status: Literal["AUTHORISED"] = field(name="Status")
    remaining: Decimal = field(name="RemainingCredit")


class CreditNote(Credit, kw_only=True):
    """A credit note."""

    id: str = field(name="CreditNoteID")
    number: str | None = field(name="CreditNoteNumber", default=None)


class Overpayment(Credit, kw_only=True):
    """Money received beyond what was owed."""

    id: str = field(name="OverpaymentID")


class Prepayment(Credit, kw_only=True):
    """Money received before an invoice."""

    id: str = field(name="PrepaymentID")


class ContactPerson(Wire):
    """A further person at a contact."""

    first_name: str | None = field(name="FirstName", default=None)
    last_name: str | None = field(name="LastName", default=None)
    email: str | None = field(name="EmailAddress", default=None)
    include: bool | None = field(name="IncludeInEmails", default=None)


class Group(Wire):
    """A contact group."""

    name: str = field(name="Name", default="")


class Phone(Wire):
    """One of a contact's telephone numbers."""

    type: str = field(name="PhoneType", default="")
    country: str | None = field(name="PhoneCountryCode", default=None)
    area: str | None = field(name="PhoneAreaCode", default=None)
    number: str | None = field(name="PhoneNumber", default=None)


class Address(Wire):
    """One of a contact's addresses."""

    type: str = field(name="AddressType", default="")
    country: str | None = field(name="Country", default=None)
    region: str | None = field(name="Region", default=None)


class Receivable(Wire):
    """What a contact owes by Xero's own sum; its currency is not documented."""

    outstanding: Decimal | None = field(name="Outstanding", default=None)


class Balances(Wire):
    """Present only for contacts that have a balance."""

    receivable: Receivable | None = field(name="AccountsReceivable", default=None)


class Contact(msgspec.Struct, kw_only=True):
    """A customer or supplier, as a paged list or a single GET shows it."""

    id: str = field(name="ContactID")
    name: str = field(name="Name", default="")
    status: str = field(name="ContactStatus", default="ACTIVE")
    email: str | None = field(name="EmailAddress", default=None)
    first_name: str | None = field(name="FirstName", default=None)
    last_name: str | None = field(name="LastName", default=None)
    tax_number: str | None = field(name="TaxNumber", default=None)
    persons: list[ContactPerson] | None = field(name="ContactPersons", default=None)
    groups: list[Group] | None = field(name="ContactGroups", default=None)
    phones: list[Phone] | None = field(name="Phones", default=None)
    addresses: list[Address] | None = field(name="Addresses", default=None)
    merged_to: str | None = field(name="MergedToContactID", default=None)
    balances: Balances | None = field(name="Balances", default=None)
    updated: str | None = field(name="UpdatedDateUTC", default=None)


class Pagination(Wire):
    """The block that says how much there is (requests-and-responses page)."""

    page: int = field(name="page")
    page_size: int = field(name="pageSize")
    page_count: int = field(name="pageCount")
    item_count: int = field(name="itemCount")


class Organisation(Wire, kw_only=True):
    """The ledger's owner."""

    id: str = field(name="OrganisationID", default="")
    name: str = field(name="Name")
    zone: str = field(name="Timezone", default="")
    currency: str = field(name="BaseCurrency")
    country: str | None = field(name="CountryCode", default=None)
    period_lock: str | None = field(name="PeriodLockDate", default=None)
    year_lock: str | None = field(name="EndOfYearLockDate", default=None)


class ReminderSettings(Wire):
    """Whether Xero's own invoice reminders are switched on."""

    enabled: bool | None = field(name="Enabled", default=None)


class HistoryRecord(Wire):
    """A line of a contact's or document's history; it has no id."""

    details: str | None = field(name="Details", default=None)


class OnlineInvoice(Wire):
    """The page where a customer sees and pays an invoice."""

    url: str | None = field(name="OnlineInvoiceUrl", default=None)


class Connection(Wire):
    """An organisation that our token reaches."""

    tenant_id: str = field(name="tenantId")
    name: str | None = field(name="tenantName", default=None)


class ValidationError(Wire):
    """One complaint about what was sent; both spellings are in the documentation."""

    message: str | None = field(name="Message", default=None)
    description: str | None = field(name="Description", default=None)


class Element(Wire):
    """One element of a refused write."""

    errors: list[ValidationError] | None = field(name="ValidationErrors", default=None)


class Problem(Wire):
    """The union of Xero's error bodies (response-codes page; troubleshooting page)."""

    message: str | None = field(name="Message", default=None)
    detail: str | None = field(name="Detail", default=None)
    elements: list[Element] | None = field(name="Elements", default=None)


class WrittenInvoice(Wire):
    """What comes back from creating an invoice."""

    id: str = field(name="InvoiceID", default="")
    status: str = field(name="StatusAttributeString", default="OK")
    errors: list[ValidationError] | None = field(name="ValidationErrors", default=None)


def envelope(key: str, row: Any) -> Any:
    """The struct around a list: ``rows`` is None when the vendor left the list out."""
    return _envelope(key, row)


@cache  # a struct is a class: made once, not for every list that is read
def _envelope(key: str, row: Any) -> Any:
    return msgspec.defstruct(
        f"{key}Envelope",
        [
            ("rows", list[row] | None, field(name=key, default=None)),
            ("status", str, field(name="Status", default="OK")),
            ("server_time", str | None, field(name="DateTimeUTC", default=None)),
            ("pagination", Pagination | None, field(name="pagination", default=None)),
        ],
        bases=(Wire,),
    )
