"""The sandbox's world: a clock of its own, organisations with their books, and what programs did.

Platform-neutral on purpose: each vendor's wire form is a module elsewhere over the same world,
and what one of them writes another can read. The world can be saved whole (``snapshot``).
Operations on one organisation's books live on its ``Ledger`` and in ``people`` and ``post``.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from syncer.sandbox.books import Books, stable_id
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import (
    AccountCode,
    Call,
    Connection,
    KeptAnswer,
    Kind,
    Organisation,
    Status,
    Terms,
    Token,
)

Clock = Callable[[], datetime]
CALLS_KEPT = 20_000
DEFAULT_START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class WorldClock:
    """A clock that people set and advance; aware UTC.

    ``ticking`` (seconds from any monotonic source) lets it also run by itself, which a
    simulator on a socket needs: a program that waits a minute must find a minute passed.
    """

    def __init__(
        self, start: datetime = DEFAULT_START, ticking: Callable[[], float] | None = None
    ) -> None:
        self._ticking = ticking or (lambda: 0.0)
        self._base = start
        self._zero = self._ticking()

    def __call__(self) -> datetime:
        """The time now."""
        return self._base + timedelta(seconds=self._ticking() - self._zero)

    def run_by(self, ticking: Callable[[], float]) -> None:
        """From now on also run by itself, by this source of seconds."""
        now = self()
        self._ticking = ticking
        self.set(now)

    def set(self, at: datetime) -> None:
        """Make it ``at`` now."""
        self._base, self._zero = at, self._ticking()

    def advance(self, **step: float) -> datetime:
        """Move on by ``timedelta(**step)``, e.g. ``advance(minutes=31)``."""
        self.set(self() + timedelta(**step))
        return self()


class Snapshot(msgspec.Struct, kw_only=True):
    """A saved world."""

    at: datetime
    seed: int
    books: list[Books]
    tokens: dict[str, Token] = {}
    connections: list[Connection] = []
    answers: dict[str, KeptAnswer] = {}
    replays: dict[str, KeptAnswer] = {}
    calls: list[Call] = []
    secrets_made: int = 0


class World:
    """Everything that is true in the sandbox. ``lock`` serialises whoever acts on it."""

    def __init__(self, clock: Clock | None = None, *, seed: int = 0) -> None:
        self.clock: Clock = clock or WorldClock()
        self.seed = seed
        self.lock = threading.RLock()
        self.ledgers: dict[str, Ledger] = {}
        self.tokens: dict[str, Token] = {}
        self.connections: list[Connection] = []
        self.answers: dict[str, KeptAnswer] = {}  # idempotency key -> what was answered
        self.replays: dict[str, KeptAnswer] = {}  # the same, but kept for good
        self.calls: list[Call] = []
        self._secrets_made = 0

    @property
    def main(self) -> Ledger:
        """The first organisation's books."""
        return next(iter(self.ledgers.values()))

    @property
    def version(self) -> int:
        """Grows with every change in any books."""
        return sum(ledger.version for ledger in self.ledgers.values())

    def open_books(self, org: Organisation) -> Ledger:
        """Add an organisation with empty books."""
        seed = self.seed + len(self.ledgers)
        ledger = Ledger(Books(org=org, seed=seed), self.clock)
        self.ledgers[org.org_id] = ledger
        return ledger

    def secret(self, purpose: str) -> str:
        """A fresh unguessable-looking text that is the same for the same seed and history."""
        self._secrets_made += 1
        return stable_id(self.seed, purpose, self._secrets_made).replace("-", "")

    def advance(self, **step: float) -> datetime:
        """Move the world's own clock; a supplied clock is moved by whoever supplied it."""
        if not isinstance(self.clock, WorldClock):
            message = "this world's clock was supplied from outside: move that one"
            raise TypeError(message)
        return self.clock.advance(**step)

    def log(self, call: Call) -> None:
        """Append to the call log, of which the last CALLS_KEPT are kept."""
        self.calls.append(call)
        if len(self.calls) > 2 * CALLS_KEPT:
            del self.calls[:-CALLS_KEPT]

    def totals(self) -> dict[str, dict[str, Decimal]]:
        """Open invoices minus unused credit per organisation and currency: the judge's sum."""
        sums: dict[str, dict[str, Decimal]] = {}
        for org_id, ledger in self.ledgers.items():
            per_currency = sums.setdefault(org_id, {})
            for doc in ledger.books.documents.values():
                if doc.status is Status.OPEN and doc.kind is not Kind.BILL:
                    sign = 1 if doc.kind is Kind.INVOICE else -1
                    known = per_currency.get(doc.currency, Decimal(0))
                    per_currency[doc.currency] = known + sign * doc.left
        return sums

    def snapshot(self) -> Snapshot:
        """Everything, ready to be written down."""
        return Snapshot(
            at=self.clock(),
            seed=self.seed,
            books=[ledger.books for ledger in self.ledgers.values()],
            tokens=self.tokens,
            connections=self.connections,
            answers=self.answers,
            replays=self.replays,
            calls=self.calls[-CALLS_KEPT:],
            secrets_made=self._secrets_made,
        )

    def become(self, other: "World") -> None:
        """Take over everything of ``other``, which must not be used any more."""
        if isinstance(self.clock, WorldClock):
            self.clock.set(other.clock())
        self.seed = other.seed
        books = {org_id: ledger.books for org_id, ledger in other.ledgers.items()}
        changes = self.version + 1
        self.ledgers = {org_id: Ledger(each, self.clock) for org_id, each in books.items()}
        for ledger in self.ledgers.values():
            ledger.version = changes
        self.calls.clear()
        self.answers.clear()
        self.replays.clear()

    @classmethod
    def restore(cls, saved: Snapshot, clock: Clock | None = None) -> "World":
        """The world as it was saved; its own clock goes on from there."""
        world = cls(clock or WorldClock(saved.at), seed=saved.seed)
        for books in saved.books:
            world.ledgers[books.org.org_id] = Ledger(books, world.clock)
        world.tokens, world.answers = saved.tokens, saved.answers
        world.connections, world.calls = saved.connections, saved.calls
        world.replays = saved.replays
        world._secrets_made = saved.secrets_made
        return world


def usual_terms() -> list[Terms]:
    """Net 7 to 60, one with a discount for paying early, one that is no longer used."""
    net = [
        Terms(terms_id=stable_id("terms", days), name=f"Net {days}", due_days=days)
        for days in (7, 14, 15, 30, 60)
    ]
    early = Terms(
        terms_id=stable_id("terms", "2/10"),
        name="2% 10 Net 30",
        due_days=30,
        discount_percent=Decimal(2),
        discount_days=10,
    )
    old = Terms(terms_id=stable_id("terms", 90), name="Net 90", due_days=90, archived=True)
    return [*net, early, old]


def organisation(world: World, name: str = "Kererū Trading Ltd", **more: object) -> Organisation:
    """A plausible New Zealand organisation; ``more`` sets any field of it."""
    org = Organisation(
        org_id=stable_id(world.seed, "organisation", name),
        name=name,
        currency="NZD",
        country="NZ",
        time_zone="Pacific/Auckland",
        created_at=world.clock() - timedelta(days=2000),
        currencies=["AUD", "EUR", "GBP", "JPY", "USD"],
        tax_rates={"standard": Decimal("0.15"), "zero": Decimal(0), "none": Decimal(0)},
        accounts={
            "090": AccountCode(account_id=stable_id(name, "090"), name="Bank", bank=True),
            "200": AccountCode(account_id=stable_id(name, "200"), name="Sales"),
            "270": AccountCode(account_id=stable_id(name, "270"), name="Late fees"),
        },
        terms=usual_terms(),
    )
    for field, value in more.items():
        setattr(org, field, value)
    return org
