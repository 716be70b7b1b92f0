"""A folder of exports as a ledger: the ports of ``syncer.ports``, and nothing else.

Reading is two passes over the open items at most, in pages, with memory for the customers
but not for the documents. The guard's read keeps the open items of one file content.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.csv_folder.choose import choose_layout
from connectors.csv_folder.config import FileSettings, FolderSettings
from connectors.csv_folder.contacts import Roll, read_cards
from connectors.csv_folder.documents import AsOf
from connectors.csv_folder.files import Export, Stamp, locate, open_export, stamp
from connectors.csv_folder.layout import Layout
from connectors.csv_folder.notebook import Notebook, fitted
from connectors.csv_folder.pages import open_items, paged, settled
from syncer.errors import ConfigError, ContractError
from syncer.model.counts import count_text
from syncer.model.ledger import (
    AccountFacts,
    OpenItem,
    Organisation,
    Page,
    Quarantined,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.model.outcome import Outcome
from syncer.ports import ConnectorDeps, Health

_Part = Organisation | Page | StreamEnd


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the guard's read knows about one content of the files."""

    stamps: tuple[Stamp, ...]
    roll: Roll
    items: Mapping[str, Sequence[OpenItem]]
    quarantined: Mapping[str, Sequence[Quarantined]]


class FolderSource:
    """Implements Source, NoteSink and TaskSink over files."""

    note_length_max = 8000  # a cell that every spreadsheet opens

    def __init__(self, deps: ConnectorDeps) -> None:
        settings: FolderSettings = deps.config
        self._settings = settings
        self._clock = deps.clock
        self._replay_on = settings.replay_on or deps.as_of
        self._layout = choose_layout(settings.open_items)
        self._history_layout = _history_layout(settings)
        folder = settings.notes_under(deps.data_dir, deps.ledger)
        self._notes = Notebook(
            folder / "notes.csv", ("written_at", "account_id", "items", "text", "key")
        )
        self._tasks = Notebook(
            folder / "tasks.csv", ("written_at", "due_on", "account_id", "items", "text", "key")
        )
        self._kept: _Kept | None = None

    # --- Source

    def check(self) -> Health:
        """Read the open items once as a run would, and say what was found and how old it is."""
        export = self._open_items()
        fresh_on = self._fresh_on(export)
        counted, unread = self._counted(export)
        details = [
            f"{export.path.name}: header in row {export.header.number}, as of {fresh_on}",
            counted,
        ]
        if self._settings.history is not None:
            details.append(f"{self._history(self._settings.history).path.name}: history")
        organisation = self._settings.organisation.organisation(fresh_on)
        return Health(organisation, tuple(details), warnings=unread)

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[_Part]:
        """Read everything; there are no cursors. Raises ContractError for a missing list."""
        export = self._open_items()
        fresh_on = self._fresh_on(export)
        roll = self._roll(export)
        yield self._settings.organisation.organisation(fresh_on)
        yield from paged(Stream.ITEMS, self._items(export, roll), full=True)
        known = roll.accounts()
        yield from paged(Stream.ACCOUNTS, known, full=self._settings.contacts is not None)
        yield from paged(Stream.SETTLED, self._settled(export), full=False)

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """What the files say now: read again when any of them changed since the last look."""
        read_at = self._clock()
        kept = self._current()
        facts = {}
        for account_id in account_ids:
            if not kept.roll.knows(account_id):
                continue
            account, problems = kept.roll.account(account_id)
            anyone = kept.quarantined.get("", ())
            facts[account_id] = AccountFacts(
                account=account,
                items=tuple(kept.items.get(account_id, ())),
                read_at=read_at,
                quarantined=(*problems, *kept.quarantined.get(account_id, ()), *anyone),
            )
        return facts

    # --- NoteSink and TaskSink

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """Append to notes.csv; a key that is there already is AlreadyThere."""
        return self._notes.add(self._record(account_id, item_ids, text, key))

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether notes.csv or tasks.csv has a record of this account with ``marker``."""
        books = (self._notes, self._tasks)
        return any(book.find(account_id=account_id, marker=marker) for book in books)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Records of notes.csv and tasks.csv with ``marker``."""
        books = (self._notes, self._tasks)
        return [text for book in books for text in book.texts(account_id=account_id, marker=marker)]

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """Append to tasks.csv; a key that is there already is AlreadyThere."""
        record = self._record(account_id, item_ids, text, key)
        return self._tasks.add({**record, "due_on": due_on.isoformat()})

    def _record(
        self, account_id: str, item_ids: Sequence[str], text: str, key: str
    ) -> dict[str, str]:
        return {
            "written_at": self._clock().isoformat(timespec="seconds"),
            "account_id": account_id,
            "items": " ".join(item_ids),
            "text": fitted(text, longest=self.note_length_max),
            "key": key,
        }

    def _counted(self, export: Export) -> tuple[str, tuple[str, ...]]:
        """How many open items there are; a warning where records could not be read."""
        count = 0
        unread: list[Quarantined] = []
        for found in self._items(export, self._roll(export)):
            if isinstance(found, Quarantined):
                unread.append(found)
            else:
                count += 1
        said = count_text(count, "open item")
        if not unread:
            return said, ()
        first, records = unread[0], count_text(len(unread), "record")
        warning = (
            f"{records} could not be read, and the customers concerned would be held; "
            f"first {first.where}: {first.problem}"
        )
        return said, (warning,)

    # --- files

    def _open_items(self) -> Export:
        return open_export(self._settings.folder, self._settings.open_items, self._layout)

    def _history(self, settings: FileSettings) -> Export:
        if self._history_layout is None:
            raise ConfigError("history has no layout; give layout or layout_file")
        return open_export(self._settings.folder, settings, self._history_layout)

    def _contacts_path(self) -> Path | None:
        settings = self._settings.contacts
        if settings is None:
            return None
        return locate(settings.folder or self._settings.folder, settings.file, settings.pick)

    def _roll(self, export: Export) -> Roll:
        settings, path = self._settings.contacts, self._contacts_path()
        if settings is None or path is None:
            return Roll({}, by_name=False, file=export.path.name)
        stamp(path)  # says in words when the file cannot be read
        cards = read_cards(path, settings, self._layout)
        return Roll(cards, by_name=settings.join_on == "name", file=export.path.name)

    def _today(self) -> date:
        zone: ZoneInfo = self._settings.organisation.zone()
        return self._replay_on or self._clock().astimezone(zone).date()

    def _fresh_on(self, export: Export) -> date:
        """The day the export speaks for. Raises ContractError when that is too long ago."""
        if self._replay_on is not None:
            return self._replay_on
        day = export.day(self._settings.organisation.zone())
        age = (self._today() - day).days
        if age > self._settings.max_age:
            raise ContractError(
                f"{export.path.name} is as of {day}, {count_text(age, 'day')} ago, and max_age is "
                f"{self._settings.max_age}d; export it again, so that nobody who paid since is "
                "asked. To look at it as of its own day, which sends nothing: --as-of"
                f" {day}"
            )
        if age < -1:  # a day's difference between time zones is no mistake
            raise ContractError(
                f"{export.path.name} is as of {day}, which is in the future; export it as of "
                "today, or correct this machine's clock"
            )
        return day

    def _as_of(self) -> AsOf:
        return AsOf(self._today(), replay=self._replay_on is not None)

    def _items(self, export: Export, roll: Roll) -> Iterator[OpenItem | Quarantined]:
        return open_items(export, roll, self._as_of())

    def _settled(self, export: Export) -> Iterator[Settled | Quarantined]:
        if "paid_on" in export.header.index:
            yield from settled(export, self._as_of(), again=True)
        if self._settings.history is not None:
            yield from settled(self._history(self._settings.history), self._as_of(), again=False)

    def _current(self) -> _Kept:
        export = self._open_items()
        self._fresh_on(export)
        contacts = self._contacts_path()
        stamps = (export.stamp,) if contacts is None else (export.stamp, stamp(contacts))
        if self._kept is None or self._kept.stamps != stamps:
            self._kept = self._keep(export, stamps)
        return self._kept

    def _keep(self, export: Export, stamps: tuple[Stamp, ...]) -> _Kept:
        roll = self._roll(export)
        items: dict[str, list[OpenItem]] = {}
        quarantined: dict[str, list[Quarantined]] = {}
        for found in self._items(export, roll):
            if isinstance(found, Quarantined):
                quarantined.setdefault(found.account_id, []).append(found)
            else:
                items.setdefault(found.account_id, []).append(found)
        return _Kept(stamps, roll, items, quarantined)


def _history_layout(settings: FolderSettings) -> Layout | None:
    if settings.history is None:
        return None
    layout = choose_layout(settings.history)
    if not layout.columns.headers("paid_on"):
        raise ConfigError("the layout of history has no paid_on column; map the payment day")
    return layout
