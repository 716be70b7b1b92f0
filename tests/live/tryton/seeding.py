"""Opens the books once and keeps them: a test then only puts a copy back.

``.run/tryton`` holds, per version of Tryton and of the clerk, a database with three companies
and nobody in it (``base``). What else is kept is made of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from .environment import HERE, alone, installed
from .server import Clerk, House, Server

MODULES = ("account_invoice", "account_dunning", "account_statement")
LOGIN, PASSWORD = "syncer", "canary-5d0c2e-tryton-password"
RATES = {"NZD": "1", "EUR": "0.5", "USD": "1", "GBP": "0.45", "JPY": "80", "AUD": "0.9"}
SUITE, GERMAN, BRITISH = "Suite Trading Ltd", "ACME GmbH", "ACME Ltd"
Companies = tuple[dict[str, str], ...]
COMPANIES: Companies = (
    {"name": SUITE, "currency": "NZD", "time_zone": "Pacific/Auckland", "country": "NZ"},
    {"name": GERMAN, "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE"},
    {"name": BRITISH, "currency": "GBP", "time_zone": "Europe/London", "country": "GB"},
)
SUITE_YEAR = 2026  # of the connector suite's book
OLDEST = timedelta(days=120)  # nothing in the book is older


def years() -> list[int]:
    """The years that are open: each costs a second per company."""
    today = date.today()
    return sorted({SUITE_YEAR, (today - OLDEST).year, today.year})


@dataclass
class Office:
    """One database with its server and its clerk, both started when they are needed."""

    house: House
    kept: Path
    companies: dict[str, int]
    _server: Server | None = None
    _clerk: Clerk | None = None

    @property
    def server(self) -> Server:
        """The running server."""
        if self._server is None:
            self._server = Server(self.house)
        return self._server

    @property
    def clerk(self) -> Clerk:
        """The clerk at work."""
        if self._clerk is None:
            self._clerk = Clerk(self.house)
        return self._clerk

    def restart_books(self) -> None:
        """The base books; on PostgreSQL they stand there once and are used once."""
        if self.house.on_file:
            self._put(self.kept / "base.sqlite")

    def put_kept(self, name: str, make: Callable[[], None]) -> None:
        """Put a database by its name: kept, or made now in place of what is there."""
        path = self.kept / f"{name}.sqlite"
        if not self.house.on_file:
            if not path.exists():
                make()
                path.touch()
            return
        with alone(self.kept.name):
            if not path.exists():
                make()
                self.house.keep(path)
        self._put(path)

    def _put(self, template: Path) -> None:
        self.house.put(template)
        if self._clerk is not None:
            self._clerk("forget")

    def close(self) -> None:
        """Stop what runs."""
        for one in (self._clerk, self._server):
            if one is not None:
                one.stop()


def open_office(
    folder: Path,
    series: str,
    *,
    smtp_port: int = 25,
    postgres: str = "",
    client: Path | None = None,
) -> Office:
    """An office with the base books: a kept copy on SQLite, made anew in ``postgres`` (the
    address of a server on which there is an empty database). Raises Unavailable.
    """
    commands = installed(series)
    name = f"books-{series}-{_digest()}"
    house = House(commands, folder, uri=postgres or "sqlite://", smtp_port=smtp_port, client=client)
    house.configure()
    if postgres:
        _make_base(house, COMPANIES[1:])
        return Office(house, folder, _ids(COMPANIES[1:]))
    with alone(name) as kept:
        base = kept / "base.sqlite"
        if not base.exists():
            _make_base(house, COMPANIES)
            house.keep(base)
    house.put(base)
    return Office(house, kept, _ids(COMPANIES))


def _ids(companies: Companies) -> dict[str, int]:
    return {one["name"]: number for number, one in enumerate(companies, start=1)}


def _make_base(house: House, companies: Companies) -> None:
    house.create(MODULES)
    clerk = Clerk(house)
    try:
        clerk("open_books", **order(companies))
    finally:
        clerk.stop()


def order(companies: Companies) -> dict[str, Any]:
    """What the clerk is told to open."""
    user = {"login": LOGIN, "password": PASSWORD}
    return {"companies": list(companies), "rates": RATES, "years": years(), "user": user}


def _digest() -> str:
    """Of everything that shapes the books, the day's year included."""
    parts = [path.read_bytes() for path in sorted((HERE / "clerk").glob("*.py"))]
    parts += [path.read_bytes() for path in sorted(HERE.glob("requirements-*.txt"))]
    return sha256(b"".join(parts) + repr(order(COMPANIES)).encode()).hexdigest()[:12]
