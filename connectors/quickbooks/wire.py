"""QuickBooks' JSON as narrow structs: only the fields this product reads, straight from bytes.

Unknown fields are skipped without being built: fields are added without notice ("minor
versions" announcement, January 2025). Names: Intuit's schema set of July 2026. Money is
Decimal from the digits on the wire, never through float; ids and SyncTokens are text.
"""

from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import field

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the JSON we know, not UTF-8, or without end."""


class Wire(msgspec.Struct, gc=False):
    """Base of the wire structs; they live for one page."""


class Ref(Wire):
    """A reference to another record; its name may be missing or old."""

    value: str


class Address(Wire):
    """An e-mail address, or several with commas between them."""

    address: str | None = field(name="Address", default=None)


class Phone(Wire):
    """A telephone number as free text."""

    number: str | None = field(name="FreeFormNumber", default=None)


class Place(Wire):
    """A postal address, as far as it says the country and the state or province."""

    country: str | None = field(name="Country", default=None)
    region: str | None = field(name="CountrySubDivisionCode", default=None)


class Stamps(Wire):
    """When a record was made and last changed."""

    created: str | None = field(name="CreateTime", default=None)
    updated: str | None = field(name="LastUpdatedTime", default=None)


class Document(Wire, kw_only=True):
    """What every transaction shares."""

    id: str = field(name="Id")
    customer: Ref = field(name="CustomerRef")
    currency: Ref | None = field(name="CurrencyRef", default=None)
    rate: Decimal | None = field(name="ExchangeRate", default=None)
    total: Decimal = field(name="TotalAmt")
    date: str | None = field(name="TxnDate", default=None)
    status: str | None = field(name="status", default=None)
    stamps: Stamps | None = field(name="MetaData", default=None)


class CustomField(Wire):
    """A field that the company named itself."""

    name: str | None = field(name="Name", default=None)
    text: str | None = field(name="StringValue", default=None)


class Delivery(Wire):
    """How an invoice was last delivered by QuickBooks; ``error`` says that it was not."""

    at: str | None = field(name="DeliveryTime", default=None)
    error: str | None = field(name="DeliveryErrorType", default=None)


class Invoice(Document, kw_only=True):
    """A sales invoice."""

    number: str | None = field(name="DocNumber", default=None)
    balance: Decimal = field(name="Balance")
    due: str | None = field(name="DueDate", default=None)
    terms: Ref | None = field(name="SalesTermRef", default=None)
    email_status: str | None = field(name="EmailStatus", default=None)
    delivery: Delivery | None = field(name="DeliveryInfo", default=None)
    purchase_order: str | None = field(name="PONumber", default=None)
    custom: list[CustomField] | None = field(name="CustomField", default=None)
    life: str | None = field(name="invoiceStatus", default=None)
    exchange: str | None = field(name="EInvoiceStatus", default=None)
    memo: str | None = field(name="PrivateNote", default=None)


class Link(Wire):
    """The other end of an application of money."""

    id: str = field(name="TxnId")
    type: str = field(name="TxnType", default="")


class CreditMemo(Document, kw_only=True):
    """A credit note. ``Balance`` is what no invoice has used."""

    number: str | None = field(name="DocNumber", default=None)
    balance: Decimal = field(name="Balance")
    links: list[Link] | None = field(name="LinkedTxn", default=None)


class PaymentLine(Wire):
    """A part of a payment."""

    amount: Decimal | None = field(name="Amount", default=None)
    links: list[Link] | None = field(name="LinkedTxn", default=None)


class Payment(Document, kw_only=True):
    """Money (or credit) of a customer. What is on no invoice is ``UnappliedAmt``."""

    number: str | None = field(name="PaymentRefNum", default=None)
    unapplied: Decimal = field(name="UnappliedAmt", default=Decimal(0))
    lines: list[PaymentLine] | None = field(name="Line", default=None)


class Customer(msgspec.Struct, kw_only=True):
    """A customer, or a part of one (``Job``)."""

    id: str = field(name="Id")
    token: str = field(name="SyncToken", default="")
    name: str | None = field(name="DisplayName", default=None)
    company: str | None = field(name="CompanyName", default=None)
    first_name: str | None = field(name="GivenName", default=None)
    last_name: str | None = field(name="FamilyName", default=None)
    email: Address | None = field(name="PrimaryEmailAddr", default=None)
    phone: Phone | None = field(name="PrimaryPhone", default=None)
    bill_to: Place | None = field(name="BillAddr", default=None)
    active: bool = field(name="Active", default=True)
    parent: Ref | None = field(name="ParentRef", default=None)
    billed_with_parent: bool | None = field(name="BillWithParent", default=None)
    balance: Decimal | None = field(name="Balance", default=None)
    family_balance: Decimal | None = field(name="BalanceWithJobs", default=None)
    currency: Ref | None = field(name="CurrencyRef", default=None)
    kind: Ref | None = field(name="CustomerTypeRef", default=None)
    notes: str | None = field(name="Notes", default=None)
    tax_number: str | None = field(name="PrimaryTaxIdentifier", default=None)
    stamps: Stamps | None = field(name="MetaData", default=None)


class CompanyInfo(Wire, kw_only=True):
    """The ledger's owner."""

    name: str = field(name="CompanyName")
    country: str | None = field(name="Country", default=None)
    time_zone: str | None = field(name="DefaultTimeZone", default=None)


class Currencies(Wire):
    """Preferences about currencies."""

    several: bool | None = field(name="MultiCurrencyEnabled", default=None)
    home: Ref | None = field(name="HomeCurrency", default=None)


class Accounting(Wire):
    """Preferences about the books."""

    closed_on: str | None = field(name="BookCloseDate", default=None)


class SalesForms(Wire):
    """Preferences about what customers get."""

    auto_credit: bool | None = field(name="AutoApplyCredit", default=None)


class Preferences(Wire, kw_only=True):
    """The company's settings, as far as they matter here."""

    currencies: Currencies | None = field(name="CurrencyPrefs", default=None)
    accounting: Accounting | None = field(name="AccountingInfoPrefs", default=None)
    sales: SalesForms | None = field(name="SalesFormsPrefs", default=None)


class Term(Wire, kw_only=True):
    """Terms of payment; a discount for who pays within so many days."""

    id: str = field(name="Id")
    name: str | None = field(name="Name", default=None)
    discount_percent: Decimal | None = field(name="DiscountPercent", default=None)
    discount_days: int | None = field(name="DiscountDays", default=None)
    due_days: int | None = field(name="DueDays", default=None)


class Named(Wire):
    """An entry of a short list."""

    id: str = field(name="Id")
    name: str | None = field(name="Name", default=None)


class Kept(Wire, kw_only=True):
    """A record read alone, before and after it is written."""

    id: str = field(name="Id")
    token: str = field(name="SyncToken")
    number: str | None = field(name="DocNumber", default=None)  # of a transaction
    memo: str | None = field(name="PrivateNote", default=None)  # of a transaction
    notes: str | None = field(name="Notes", default=None)  # of a customer
    bill_email: Address | None = field(name="BillEmail", default=None)
    email_status: str | None = field(name="EmailStatus", default=None)
    delivery: Delivery | None = field(name="DeliveryInfo", default=None)
    link: str | None = field(name="InvoiceLink", default=None)
    status: str | None = field(name="status", default=None)


class Raised(Wire, kw_only=True):
    """As much of an invoice as tells whether it is the one that was raised."""

    id: str = field(name="Id")
    customer: Ref = field(name="CustomerRef")
    total: Decimal = field(name="TotalAmt")


class Stub(Wire):
    """As much of a changed record as tells whether it is still there."""

    id: str = field(name="Id")
    status: str | None = field(name="status", default=None)


class BatchItem(Wire, kw_only=True):
    """One part of a batch's answer: rows, or a fault in either of its shapes; empty = not said."""

    name: str = field(name="bId", default="")
    answer: msgspec.Raw = field(name="QueryResponse", default_factory=msgspec.Raw)
    fault: msgspec.Raw = field(name="Fault", default_factory=msgspec.Raw)
    low: msgspec.Raw = field(name="fault", default_factory=msgspec.Raw)


class _Batch(Wire):
    items: list[BatchItem] | None = field(name="BatchItemResponse", default=None)


def batched(body: bytes) -> list[BatchItem] | None:
    """The parts of a batch's answer; None for what is none."""
    try:
        return msgspec.json.decode(body, type=_Batch).items
    except UNREADABLE:
        return None


def listed(entity: str, row: Any) -> Any:
    """The struct around a list: ``{"QueryResponse": {"Invoice": [...], ...}, "time": ...}``."""
    return _listed(entity, row)


@cache  # a struct is a class: made once, not for every list that is read
def _listed(entity: str, row: Any) -> Any:
    answer = msgspec.defstruct(
        f"{entity}List",
        [
            ("rows", list[row] | None, field(name=entity, default=None)),
            ("given", int | None, field(name="maxResults", default=None)),
            ("count", int | None, field(name="totalCount", default=None)),
        ],
        bases=(Wire,),
    )
    return msgspec.defstruct(
        f"{entity}Answer",
        [
            ("answer", answer | None, field(name="QueryResponse", default=None)),
            ("time", str | None, field(name="time", default=None)),
        ],
        bases=(Wire,),
    )


def single(entity: str, row: Any) -> Any:
    """The struct around one record: ``{"Invoice": {...}, "time": ...}``."""
    return msgspec.defstruct(
        f"{entity}Single",
        [
            ("row", row | None, field(name=entity, default=None)),
            ("time", str | None, field(name="time", default=None)),
        ],
        bases=(Wire,),
    )
