"""A person's login at the simulated QuickBooks, and its numbers for the world's records."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from connectors.quickbooks import facts
from connectors.quickbooks.config import QuickBooksConfig, provider
from syncer.http.login import log_in_by_paste
from syncer.http.oauth import TokenKeeper
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.records import Kind
from syncer.sandbox.world import World
from syncer.testing.connector_case import Charge, Written

UNKNOWN = "999999"


def browse(app: QuickBooksApp, address: str) -> str:
    """Open the consent page in the simulated QuickBooks; where it sends the browser."""
    parts = urlsplit(address)
    said: list[Any] = []
    environ: Any = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "wsgi.input": None,
    }

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        said[:] = [status, dict(headers)]

    list(app(environ, start))
    assert said[0].startswith("302"), said
    return str(said[1]["Location"])


def person(app: QuickBooksApp, config: QuickBooksConfig) -> Callable[[TokenKeeper], None]:
    """A login by a person who allows everything."""

    def log_in(keeper: TokenKeeper) -> None:
        shown: list[str] = []
        log_in_by_paste(
            provider(config), keeper, show=shown.append, ask=lambda: browse(app, shown[0])
        )

    return log_in


def company_of(app: QuickBooksApp, world: World) -> Company:
    """The simulator's own view of the first company, with every record numbered."""
    company = app.company(world.main)
    company.numbers.refresh()
    return company


def remote_ids(app: QuickBooksApp, world: World) -> Callable[[str], str]:
    """The connector's id of a record of the world."""

    def remote(record_id: str) -> str:
        company, books = company_of(app, world), world.main.books
        if record_id in books.contacts:
            return company.name_id(record_id)
        doc = books.documents.get(record_id)
        if doc is None:
            return UNKNOWN
        number = company.txn_id(record_id)
        if doc.kind is Kind.CREDIT_NOTE:
            return facts.credit_id(number)
        return number if doc.kind is Kind.INVOICE else facts.payment_id(number)

    return remote


def written_at(app: QuickBooksApp, world: World) -> Written:
    """What lies in the books, read past the connector."""

    def lines(account_id: str) -> list[str]:
        contact = company_of(app, world).contact(account_id)
        return contact.memo.splitlines() if contact else []

    def charges(reference: str) -> list[Charge]:
        """QuickBooks has no drafts: every charge is an ordinary invoice."""
        return [
            Charge(amount=doc.total, currency=doc.currency, draft=False)
            for doc in world.main.books.documents.values()
            if doc.kind is Kind.INVOICE and doc.number == reference
        ]

    def mails(item_id: str) -> int:
        doc = company_of(app, world).document(item_id, Kind.INVOICE)
        return sum(doc is not None and mail.doc_id == doc.doc_id for mail in world.main.books.mails)

    return Written(notes=lines, tasks=lines, charges=charges, mails=mails)
