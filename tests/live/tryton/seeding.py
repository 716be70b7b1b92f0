"""Opens the books once and keeps them: a test then only puts a copy back.

``.run/tryton`` holds, per version of Tryton and of the clerk, a database with three companies
and nobody in it (``base``). What else is kept is made of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from .environment import HERE, alone, installed
from .server import Clerk, House, Server

MODULES = ("account_invoice", "account_dunning")
LOGIN, PASSWORD = "syncer", "canary-5d0c2e-tryton-password"
RATES = {"NZD": "1", "EUR": "0.5", "USD": "1", "GBP": "0.45", "JPY": "80", "AUD": "0.9"}
SUITE, GERMAN, BRITISH = "Suite Trading Ltd", "ACME GmbH", "ACME Ltd"
COMPANIES = (
    {"name": SUITE, "currency": "NZD", "time_zone": "Pacific/Auckland", "country": "NZ"},
    {"name": GERMAN, "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE"},
    {"name": BRITISH, "currency": "GBP", "time_zone": "Europe/London", "country": "GB"},
)
COMPANY_IDS = {str(one["name"]): number for number, one in enumerate(COMPANIES, start=1)}
SUITE_YEARS = {2026, 2027}  # of the connector suite's book


def years() -> list[int]:
    """The years that are open."""
    today = date.today()
    return sorted(SUITE_YEARS | {today.year - 1, today.year, today.year + 1})


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


def open_office(folder: Path, series: str, *, smtp_port: int = 25, postgres: str = "") -> Office:
    """An office with the base books: a kept copy on SQLite, made anew in ``postgres`` (the
    address of a server on which there is an empty database). Raises Unavailable.
    """
    commands = installed(series)
    name = f"books-{series}-{_digest()}"
    house = House(commands, folder, uri=postgres or "sqlite://", smtp_port=smtp_port)
    house.configure()
    if postgres:
        _make_base(house)
        return Office(house, folder, COMPANY_IDS)
    with alone(name) as kept:
        base = kept / "base.sqlite"
        if not base.exists():
            _make_base(house)
            house.keep(base)
    house.put(base)
    return Office(house, kept, COMPANY_IDS)


def _make_base(house: House) -> None:
    house.create(MODULES)
    clerk = Clerk(house)
    try:
        clerk("open_books", **order())
    finally:
        clerk.stop()


def order() -> dict[str, Any]:
    """What the clerk is told to open."""
    user = {"login": LOGIN, "password": PASSWORD}
    return {"companies": list(COMPANIES), "rates": RATES, "years": years(), "user": user}


def _digest() -> str:
    """Of everything that shapes the books, the day's year included."""
    parts = [path.read_bytes() for path in sorted((HERE / "clerk").glob("*.py"))]
    parts += [path.read_bytes() for path in sorted(HERE.glob("requirements-*.txt"))]
    return sha256(b"".join(parts) + repr(order()).encode()).hexdigest()[:12]
