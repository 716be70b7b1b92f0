"""A ledger and a mailbox in memory, for tests of the flow: exact, inspectable, breakable.

``Book`` is what the outside world holds and judges by: it survives a crash of the worker.
``BookSource`` reads and writes it as a connector would; ``BoxChannel`` is a mail channel.
``Tripwire`` counts every call that leaves the worker and can cut it at any of them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from syncer.errors import SyncerError
from syncer.model.effect import Message
from syncer.model.ledger import (
    Account,
    AccountFacts,
    ItemKind,
    OpenItem,
    Organisation,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import AlreadyThere, Delivered, Outcome
from syncer.ports import Capability, Clock, Health

ALL_CAPABILITIES = frozenset(
    {
        Capability.READ_ACCOUNTS,
        Capability.CREDITS,
        Capability.PAYMENT_HISTORY,
        Capability.NOTE_ADD,
        Capability.NOTE_LOOKUP,
        Capability.TASK,
        Capability.PAY_LINK,
        Capability.INVOICE_PDF,
    }
)


class Crash(BaseException):
    """The process is gone: nothing may catch this, as nothing catches a SIGKILL."""


@dataclass(slots=True)
class Tripwire:
    """Counts calls and cuts one of them, before or after it took effect."""

    cut_at: int = -1  # index of the call to cut; -1 = never
    after: bool = False  # True: the call takes effect, then the process dies
    calls: list[str] = field(default_factory=list)

    def pull(self, name: str, act: Callable[[], Any]) -> Any:
        """Run ``act`` unless this is the call to cut."""
        index = len(self.calls)
        self.calls.append(name)
        if index == self.cut_at and not self.after:
            raise Crash(f"before {name}")
        result = act()
        if index == self.cut_at:
            raise Crash(f"after {name}")
        return result


class Tripped:
    """Stands before any object and sends each of its method calls through a tripwire."""

    def __init__(self, target: Any, wire: Tripwire, *, only: frozenset[str] = frozenset()) -> None:
        self._target = target
        self._wire = wire
        self._only = only

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value) or (self._only and name not in self._only):
            return value
        return lambda *args, **kwargs: self._wire.pull(name, lambda: value(*args, **kwargs))


_ACME = Organisation(name="Acme", time_zone="Europe/London", currency="GBP")


@dataclass(slots=True)
class Book:
    """A ledger's content, changed by people while the worker is at work."""

    organisation: Organisation = field(default_factory=lambda: _ACME)
    warnings: list[str] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    items: dict[str, OpenItem] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # (account_id, text)
    tasks: list[tuple[str, str]] = field(default_factory=list)
    mailbox: list[Message] = field(default_factory=list)

    def pay(self, item_id: str, on: date) -> None:
        """The customer pays the whole item."""
        item = self.items.pop(item_id)
        self.settled.append(
            Settled(
                item_id=item_id,
                account_id=item.account_id,
                currency=item.currency,
                amount=item.total,
                issued_on=item.issued_on,
                due_on=item.due_on,
                paid_on=on,
                credited=Decimal(0),
            )
        )

    def pay_part(self, item_id: str, amount: Decimal) -> None:
        """The customer pays a part of the item."""
        item = self.items[item_id]
        self.items[item_id] = replace(item, open=item.open - amount)

    def owed(self, account_id: str, currency: str) -> Decimal:
        """Net open amount: invoices minus credits."""
        return sum(
            (
                item.open if item.kind is ItemKind.INVOICE else -item.open
                for item in self.items.values()
                if item.account_id == account_id and item.currency == currency
            ),
            Decimal(0),
        )


class BookSource:
    """Reads a book page by page, and writes notes and tasks into it."""

    note_length_max = 2500

    def __init__(self, book: Book, clock: Clock, *, page_size: int = 100) -> None:
        self.book = book
        self.clock = clock
        self.page_size = page_size
        self.failure: SyncerError | None = None  # raised by the next read

    def check(self) -> Health:
        """Always well."""
        return Health(organisation=self.book.organisation)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Organisation, accounts, items and settled invoices, each list ended properly."""
        self._fail_if_told()
        yield self.book.organisation
        yield Page(stream=Stream.ACCOUNTS, accounts=tuple(self.book.accounts.values()))
        yield StreamEnd(
            stream=Stream.ACCOUNTS,
            full=True,
            records=len(self.book.accounts),
            warnings=tuple(self.book.warnings),
        )
        items = list(self.book.items.values())
        for start in range(0, len(items), self.page_size):
            yield Page(stream=Stream.ITEMS, items=tuple(items[start : start + self.page_size]))
        if self.book.quarantined:
            yield Page(stream=Stream.ITEMS, quarantined=tuple(self.book.quarantined))
        records = len(items) + len(self.book.quarantined)
        yield StreamEnd(stream=Stream.ITEMS, full=True, records=records)
        yield Page(stream=Stream.SETTLED, settled=tuple(self.book.settled))
        yield StreamEnd(stream=Stream.SETTLED, full=True, records=len(self.book.settled))

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """What the book holds now."""
        self._fail_if_told()
        return {
            account_id: AccountFacts(
                account=self.book.accounts[account_id],
                items=tuple(i for i in self.book.items.values() if i.account_id == account_id),
                read_at=self.clock(),
            )
            for account_id in account_ids
            if account_id in self.book.accounts
        }

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """Append a note."""
        self.book.notes.append((account_id, text))
        return Delivered()

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether a note or task with this marker is there."""
        written = (*self.book.notes, *self.book.tasks)
        return any(marker in text for owner, text in written if owner == account_id)

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """Append a task."""
        self.book.tasks.append((account_id, text))
        return Delivered()

    def pay_link(self, item_id: str) -> str:
        """A link that would work."""
        return f"https://pay.example/{item_id}"

    def invoice_pdf(self, item_id: str) -> bytes:
        """A document that is one by its first and last line, and names the item."""
        self._fail_if_told()
        return b"%PDF-1.4\n" + item_id.encode() + b"\n%%EOF\n"

    def _fail_if_told(self) -> None:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure


class BoxChannel:
    """Delivers into the book's mailbox. ``proves`` False behaves as SMTP does."""

    name = "box"

    def __init__(self, book: Book, *, proves: bool) -> None:
        self.book = book
        self.proves = proves
        self.before_send: Callable[[Message], None] = lambda _: None

    def send(self, message: Message) -> Outcome:
        """Keep the message."""
        self.before_send(message)
        if self.proves and any(m.message_id == message.message_id for m in self.book.mailbox):
            return AlreadyThere()
        self.book.mailbox.append(message)
        return Delivered(remote_id=message.message_id)

    def find(self, message_id: str) -> bool | None:
        """Look it up, where this channel can."""
        if not self.proves:
            return None
        return any(m.message_id == message_id for m in self.book.mailbox)


class HandClock:
    """A clock moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Aware UTC, as last set."""
        return self.now
