"""Opens the books once and keeps them: a test then only puts a copy back.

``.run/tryton`` holds, per version of Tryton and of the clerk, a database with three companies
and nobody in it (``base``). What else is kept is made of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.live.tryton.environment import HERE, alone, installed
from tests.live.tryton.server import Clerk, House, Server

MODULES = ("account_invoice", "account_dunning")
LOGIN, PASSWORD = "syncer", "canary-5d0c2e-tryton-password"
RATES = {"NZD": "1", "EUR": "0.5", "USD": "1", "GBP": "0.45", "JPY": "80", "AUD": "0.9"}
SUITE, GERMAN, BRITISH = "Suite Trading Ltd", "ACME GmbH", "ACME Ltd"
COMPANIES = (
    {"name": SUITE, "currency": "NZD", "time_zone": "Pacific/Auckland", "country": "NZ"},
    {"name": GERMAN, "currency": "EUR", "time_zone": "Europe/Berlin", "country": "DE"},
    {"name": BRITISH, "currency": "GBP", "time_zone": "Europe/London", "country": "GB"},
)
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
    companies: dict[str, int] = field(default_factory=dict)
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

    def put(self, template: Path) -> None:
        """Put a kept database back."""
        self.house.put(template)
        if self._clerk is not None:
            self._clerk("forget")

    def kept_or_made(self, name: str, make: Callable[[], None]) -> Path:
        """A database by name: kept, or made now in place of what is there."""
        path = self.kept / f"{name}.sqlite"
        with alone(self.kept.name):
            if not path.exists():
                make()
                self.house.keep(path)
        return path

    def close(self) -> None:
        """Stop what runs."""
        for one in (self._clerk, self._server):
            if one is not None:
                one.stop()


def open_office(folder: Path, series: str, *, smtp_port: int = 25) -> Office:
    """An office with the base books on SQLite. Raises Unavailable."""
    commands = installed(series)
    name = f"books-{series}-{_digest()}"
    house = House(commands, folder, smtp_port=smtp_port)
    house.configure()
    with alone(name) as kept:
        base = kept / "base.sqlite"
        if not base.exists():
            house.create(MODULES)
            clerk = Clerk(house)
            clerk("open_books", **order())
            clerk.stop()
            house.keep(base)
    house.put(base)
    return Office(house, kept, {one["name"]: n for n, one in enumerate(COMPANIES, start=1)})


def order() -> dict[str, Any]:
    """What the clerk is told to open."""
    user = {"login": LOGIN, "password": PASSWORD}
    return {"companies": list(COMPANIES), "rates": RATES, "years": years(), "user": user}


def _digest() -> str:
    """Of everything that shapes the books, the day's year included."""
    parts = [path.read_bytes() for path in sorted((HERE / "clerk").glob("*.py"))]
    parts += [path.read_bytes() for path in sorted(HERE.glob("requirements-*.txt"))]
    return sha256(b"".join(parts) + repr(order()).encode()).hexdigest()[:12]
