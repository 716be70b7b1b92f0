"""A worker over a real SQLite file, the real renderer, and a ledger and mailbox in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.channels.render import TemplateRenderer
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Worker
from syncer.model.run import LedgerResult, RunResult
from syncer.ports import Store
from syncer.store import open_store
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, Book, BookSource, BoxChannel, HandClock

MONDAY = date(2026, 11, 16)


@dataclass(slots=True)
class Bench:
    """Everything a flow test needs in one place."""

    store: Store
    book: Book = field(default_factory=Book)
    clock: HandClock = field(
        default_factory=lambda: HandClock(datetime(2026, 11, 16, 9, 0, tzinfo=UTC))
    )
    proves: bool = False
    source: BookSource = field(init=False)
    channel: BoxChannel = field(init=False)

    def __post_init__(self) -> None:
        self.source = BookSource(self.book, self.clock)
        self.channel = BoxChannel(self.book, proves=self.proves)

    def customer(self, account_id: str = "A1", **facts: Any) -> None:
        """Add a customer."""
        self.book.accounts[account_id] = builders.account(account_id, **facts)

    def owes(self, item_id: str = "I1", account_id: str = "A1", *, late: int, **facts: Any) -> None:
        """Add an invoice that is ``late`` days overdue on the first Monday."""
        if account_id not in self.book.accounts:
            self.customer(account_id)
        due = MONDAY - timedelta(days=late)
        self.book.items[item_id] = builders.invoice(item_id, account_id, due=due, **facts)

    def run(self, options: RunOptions | None = None, **setup: Any) -> RunResult:
        """One run as cron would start it."""
        worker = self.worker(**setup)
        return run_cycle(worker, now=self.clock(), options=options or RunOptions())

    def worker(self, **setup: Any) -> Worker:
        """The worker that ``run`` uses."""
        return builders.worker(
            store=self.store,
            source=self.source,
            channel=self.channel,
            renderer=TemplateRenderer(None),
            clock=self.clock,
            **({"capabilities": ALL_CAPABILITIES} | setup),
        )

    def ledger(self, options: RunOptions | None = None, **setup: Any) -> LedgerResult:
        """One run, its only ledger's result."""
        return self.run(options, **setup).ledgers[0]

    def next_day(self, days: int = 1) -> None:
        """Let the clock move on."""
        self.clock.now += timedelta(days=days)


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Benches on state files of their own."""
    stores: list[Store] = []

    def make(name: str = "state", **values: Any) -> Bench:
        store = open_store(f"sqlite:///{tmp_path}/{name}.db")
        stores.append(store)
        return Bench(store=store, **values)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    """One bench."""
    return make_bench()
