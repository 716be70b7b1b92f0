"""The floor for a pull: requests and msgspec in a loop over the same pages, nothing kept."""

import sys
from decimal import Decimal

import msgspec
import requests

from benchmarks.quickbooks_server import REALM

PAGE = 1000


class Ref(msgspec.Struct):
    """Another record."""

    value: str


class Stamps(msgspec.Struct):
    """When it last changed."""

    LastUpdatedTime: str


class Invoice(msgspec.Struct):
    """What a decision needs."""

    Id: str
    DocNumber: str
    Balance: Decimal
    TotalAmt: Decimal
    CurrencyRef: Ref
    TxnDate: str
    DueDate: str
    MetaData: Stamps
    CustomerRef: Ref


class Address(msgspec.Struct):
    """Where a message goes."""

    Address: str


class Customer(msgspec.Struct):
    """What a message needs."""

    Id: str
    DisplayName: str
    PrimaryEmailAddr: Address | None = None


class Rows(msgspec.Struct):
    """A page of either list."""

    invoices: list[Invoice] = msgspec.field(name="Invoice", default_factory=list)
    customers: list[Customer] = msgspec.field(name="Customer", default_factory=list)


class Answer(msgspec.Struct):
    """The envelope."""

    QueryResponse: Rows


def main(address: str) -> None:
    """Read both lists to their ends."""
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    decoder = msgspec.json.Decoder(Answer)
    rows = 0
    for entity, where in (
        ("Customer", "Active IN (true, false)"),
        ("Invoice", "Balance > '0'"),
    ):
        start, given = 1, PAGE
        while given == PAGE:
            query = (
                f"SELECT * FROM {entity} WHERE {where} ORDERBY Id "
                f"STARTPOSITION {start} MAXRESULTS {PAGE}"
            )
            url = f"{address}/v3/company/{REALM}/query"
            answer = session.get(url, params={"query": query, "minorversion": "75"}, timeout=60)
            page = decoder.decode(answer.content).QueryResponse
            given = len(page.invoices) + len(page.customers)
            rows, start = rows + given, start + given
    print(rows)


if __name__ == "__main__":
    main(sys.argv[1])
