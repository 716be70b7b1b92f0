"""What a connector's author says about a platform, and what a check is handed.

The book that a connector must tell truly is a ``syncer.sandbox.world.World``: it speaks no
vendor's words. An author says how to put such a book into the platform and how to spoil its
answers (``ConnectorCase.mount``); the checks then know the exact answers. What a platform
cannot express is waived by the check's name with a reason, and shows as skipped.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from syncer.model.ledger import (
    Account,
    OpenItem,
    Organisation,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.ports import Capability, ConnectorSpec
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.world import World

CANARY = "canary-5d0c2e"  # stands in names, addresses and broken answers; shows in no error


class Trouble(StrEnum):
    """What happens to the list of open invoices, or to a write, from now on."""

    MISSING_KEY = "missing_key"  # the list, or its column of amounts, is not there
    HTML = "html"  # a page for people, with status 200 where there is a status
    TRUNCATED = "truncated"  # cut off in the middle of a record
    EMPTY_LIST = "empty_list"  # no records, and nothing that says so
    UNKNOWN_STATUS = "unknown_status"  # one record is in a state nobody has heard of
    BAD_AMOUNT = "bad_amount"  # what is open on one record is no number
    THROTTLED = "throttled"  # 429 once, with Retry-After: 2
    THROTTLED_SILENTLY = "throttled_silently"  # 429 once, without
    DAY_CAP = "day_cap"  # 429 from now on, with a Retry-After of 40,000 seconds
    SERVER_ERROR = "server_error"  # 500 once
    CUT_BEFORE = "cut_before"  # the connection breaks once before the server acted
    CUT_AFTER = "cut_after"  # ... and once after
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - 401 once
    WRITE_CUT_BEFORE = "write_cut_before"
    WRITE_CUT_AFTER = "write_cut_after"
    WRITE_ERROR_AFTER = "write_error_after"  # 500 although it was done


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A late fee as the platform holds it."""

    amount: Decimal
    currency: str
    draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What lies in the platform, read past the connector. Ids are the connector's."""

    notes: Callable[[str], Sequence[str]]  # texts, by account id
    tasks: Callable[[str], Sequence[str]]  # texts with the day in ISO form, by account id
    charges: Callable[[str], Sequence[Charge]]  # by reference
    mails: Callable[[str], int]  # messages the ledger sent about an item id


def written_in(world: World) -> Written:
    """For platforms that write into the world itself, with its ids."""
    books = world.main.books

    def texts(account_id: str) -> list[str]:
        return [note.text for note in books.notes.get(account_id, []) if note.change == "Note"]

    def charges(reference: str) -> list[Charge]:
        return [
            Charge(amount=doc.total, currency=doc.currency, draft=doc.status is Status.DRAFT)
            for doc in books.documents.values()
            if doc.kind is Kind.INVOICE and doc.reference == reference
        ]

    return Written(
        notes=texts,
        tasks=texts,
        charges=charges,
        mails=lambda item_id: sum(mail.doc_id == item_id for mail in books.mails),
    )


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """One book inside the platform, and a connector that reads it."""

    source: Any  # what ``spec.build`` returned
    written: Written
    suffer: Callable[[Trouble], None]  # from now on
    publish: Callable[[], None] = _nothing  # the book was changed: write the files again
    remote: Callable[[str], str] = str  # the platform's id of a record of the world
    calls: Callable[[], int] = int  # made so far, logins apart
    logins: Callable[[], int] = int  # access tokens fetched so far
    slept: Callable[[], float] = float  # seconds the HTTP client waited
    secrets: Callable[[], Sequence[str]] = tuple  # tokens in use, beside the case's own


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCase:
    """A connector under test.

    ``mount`` gets the book and an empty folder, and is called anew for every check. The group
    named ``NO_REMINDERS`` (see ``connector_book``) must be configured as one not to chase.
    ``waived`` maps names of checks to why this platform cannot express them.
    """

    spec: ConnectorSpec
    mount: Callable[[World, Path], Mounted]
    waived: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()  # passwords in the configuration


@dataclass(slots=True)
class Pulled:
    """Everything one pull said."""

    organisation: Organisation | None = None
    items: list[OpenItem] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # items that are closed, where only changes came
    ends: dict[Stream, StreamEnd] = field(default_factory=dict)

    def take(self, events: Iterable[Organisation | Page | StreamEnd]) -> "Pulled":
        """Add what ``events`` say, and keep it when they break off with an error."""
        for event in events:
            match event:
                case Organisation():
                    require(self.organisation is None, "the organisation was said twice")
                    self.organisation = event
                case Page():
                    require(self.organisation is not None, "a page came before the organisation")
                    self._page(event)
                case StreamEnd():
                    require(event.stream not in self.ends, f"{event.stream} ended twice")
                    self.ends[event.stream] = event
        return self

    def _page(self, page: Page) -> None:
        require(page.stream not in self.ends, f"a page of {page.stream} came after its end")
        self.items += page.items
        self.accounts += page.accounts
        self.settled += page.settled
        self.quarantined += page.quarantined
        if page.gone:
            require(page.stream is Stream.ITEMS, f"{page.stream} names records as gone")
            self.gone |= set(page.gone)

    @property
    def cursors(self) -> dict[Stream, str]:
        """As a store would hand them back."""
        return {stream: end.cursor for stream, end in self.ends.items() if end.cursor}


class Trial:
    """One check's hold on the case. ``seen`` counts the records it judged."""

    def __init__(self, case: ConnectorCase, folder: Path) -> None:
        self.case = case
        self.seen = 0
        self._folder = folder
        self._mounts = 0

    def mount(self, world: World) -> Mounted:
        """The book inside the platform, apart from any mounted before."""
        self._mounts += 1
        folder = self._folder / str(self._mounts)
        folder.mkdir(parents=True)
        return self.case.mount(world, folder)

    def pull(self, mounted: Mounted, cursors: Mapping[Stream, str] | None = None) -> Pulled:
        """Pull everything once and count it as seen."""
        pulled = Pulled().take(mounted.source.pull(cursors or {}))
        self.saw(len(pulled.items) + len(pulled.accounts) + len(pulled.settled))
        return pulled

    def saw(self, records: int = 1) -> None:
        """Say that so many records were judged."""
        self.seen += records

    def can(self, capability: Capability) -> bool:
        """Whether the connector declares it."""
        return capability in self.case.spec.capabilities


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to prove. It applies to connectors that declare all of ``needs``."""

    name: str
    group: str
    rule: str
    needs: frozenset[Capability]
    run: Callable[[Trial], None]


def check(group: str, *needs: Capability) -> Callable[[Callable[[Trial], None]], Check]:
    """Make a function a check of ``group``; its docstring is the rule."""

    def made(run: Callable[[Trial], None]) -> Check:
        return Check(run.__name__, group, run.__doc__ or "", frozenset(needs), run)

    return made


def require(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Raise AssertionError with the sentence unless it holds."""
    if not holds:
        raise AssertionError(sentence)


def same(found: object, expected: object, what: str) -> None:
    """Raise AssertionError unless both are equal."""
    require(found == expected, f"{what}: found {found!r}, expected {expected!r}")
