"""What the lean loop reads of an answer: no field more than it stores."""

from decimal import Decimal

import msgspec


class Owner(msgspec.Struct):
    """Whose invoice it is."""

    ContactID: str


class Invoice(msgspec.Struct):
    """What a decision and a reminder need."""

    InvoiceID: str
    InvoiceNumber: str
    Reference: str
    Type: str
    AmountDue: Decimal
    Total: Decimal
    CurrencyCode: str
    DateString: str
    DueDateString: str
    UpdatedDateUTC: str
    SentToContact: bool
    Contact: Owner
    ExpectedPaymentDate: str | None = None


class Person(msgspec.Struct):
    """What a message needs."""

    ContactID: str
    Name: str
    EmailAddress: str = ""


class Pages(msgspec.Struct):
    """Where the list ends."""

    pageCount: int


class Answer(msgspec.Struct):
    """A page of either list."""

    pagination: Pages
    Invoices: list[Invoice] = []
    Contacts: list[Person] = []
