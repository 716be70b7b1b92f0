"""The floor for a pull: requests and msgspec in a loop over the same pages, nothing kept."""

import sys
from decimal import Decimal

import msgspec
import requests


class Owner(msgspec.Struct):
    """Whose invoice it is."""

    ContactID: str


class Invoice(msgspec.Struct):
    """What a decision needs."""

    InvoiceID: str
    InvoiceNumber: str
    AmountDue: Decimal
    Total: Decimal
    CurrencyCode: str
    DateString: str
    DueDateString: str
    UpdatedDateUTC: str
    Contact: Owner


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


def main(address: str) -> None:
    """Read both lists to their ends."""
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    decoder = msgspec.json.Decoder(Answer)
    rows = 0
    for name in ("Invoices", "Contacts"):
        page, last = 1, 1
        while page <= last:
            query = {"page": str(page), "pageSize": "1000", "Statuses": "AUTHORISED"}
            answer = decoder.decode(
                session.get(f"{address}/api.xro/2.0/{name}", params=query, timeout=60).content
            )
            rows += len(answer.Invoices) + len(answer.Contacts)
            page, last = page + 1, answer.pagination.pageCount
    print(rows)


if __name__ == "__main__":
    main(sys.argv[1])
