"""Reads a company: everything whole now and then, in between only what changed.

A whole read costs one call per thousand lines and parties, and a count per list. A read of
changes asks each list for what was stamped since the last one, from ``late_commits`` before:
Tryton stamps records when their transaction begins, so one that commits late is dated before
changes that were already read. What comes twice by that is stored once.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from connectors.tryton import fields, held
from connectors.tryton.api import TrytonApi
from connectors.tryton.bank import books_seen
from connectors.tryton.books import Company, gathered
from connectors.tryton.company import Desk, enter, own_reminders
from connectors.tryton.config import TrytonConfig
from connectors.tryton.delta import Changes, find_changes
from connectors.tryton.lists import Sweep
from connectors.tryton.mailings import UNSEEN
from connectors.tryton.netting import Netting
from connectors.tryton.parties import unknown_categories
from syncer.model.ledger import Organisation, Page, Quarantined, Stream, StreamEnd
from syncer.ports import Clock

_DAYS_A_MONTH = 31
_PAGE = 1000

Events = Iterator[Page | StreamEnd]


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a stream goes on: instants of the server's clock, aware UTC."""

    since: datetime
    full_at: datetime
    settings: str  # what was configured: another configuration is another list
    held: dict[str, str] = {}  # fingerprints of the notes that held somebody, see ``held``


class Reader:
    """The streams of one company."""

    def __init__(self, api: TrytonApi, config: TrytonConfig, clock: Clock) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._company: Company | None = None

    def company(self) -> Company:
        """The company, entered when first needed."""
        if self._company is None:
            desk = enter(self._api, self._config)
            self._company = Company(self._api, self._config, desk, self._clock())
        return self._company

    def organisation(self) -> Organisation:
        """The owner, asked anew, with Tryton's own dunning and how fresh the books are."""
        self._company = None
        desk = self.company().desk
        today = self._today(desk)
        seen = books_seen(self._api, desk.company, today, statements=desk.statements)
        return msgspec.structs.replace(
            desk.organisation,
            own_reminders=own_reminders(self._api, desk, today),
            books_fresh_on=seen.on,
            bank_account=seen.journal,
        )

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The organisation, then ITEMS, ACCOUNTS and SETTLED: whole, or what changed."""
        yield self.organisation()
        now = self._server_time()
        last = self._last(cursors, now)
        company, changes = self.company(), None
        if last is not None:
            changes = find_changes(self._api, company, last.since, last.held)
        if last is None or changes is None:
            settings = self._settings()
            yield from self._whole(Cursor(since=now, full_at=now, settings=settings))
            return
        yield from self._changed(changes, msgspec.structs.replace(last, since=now), last.since)

    def _whole(self, cursor: Cursor) -> Events:
        parties: set[int] = set()
        yield from self._items(cursor, parties)
        yield from self._accounts(cursor, parties)
        if self._config.history_months:
            yield from self._settled(cursor, since=None)

    def _items(self, cursor: Cursor, parties: set[int]) -> Events:
        """Payments and credits first, then the invoices that they were not put on."""
        company, netting = self.company(), Netting()
        others = Sweep(self._api, company.others())
        for page in gathered(others):
            entries, unfit = company.complete(page.rows)
            for entry in company.noted(entries):
                parties.add(entry.party)
                netting.gather(entry)
            yield from _aside([*page.bad, *unfit])
        plain = Sweep(self._api, company.instalments())
        for invoices in gathered(plain):
            items = []
            for entry in company.noted(invoices.rows):
                parties.add(entry.party)
                item = netting.instalment(entry)
                if item is not None:
                    items.append(item)
            bad = tuple(invoices.bad)
            yield Page(stream=Stream.ITEMS, items=tuple(items), quarantined=bad)
        rest = tuple(netting.rest())
        for start in range(0, len(rest), _PAGE):
            yield Page(stream=Stream.ITEMS, items=rest[start : start + _PAGE])
        records = others.records + plain.records
        yield self._end(Stream.ITEMS, cursor, records, full=True)

    def _accounts(self, cursor: Cursor, parties: set[int]) -> Events:
        """Who has anything open, and who was merged into somebody else."""
        records = 0
        for page in self.company().accounts(parties):
            records += len(page.ids)
            bad = tuple(page.bad)
            yield Page(stream=Stream.ACCOUNTS, accounts=tuple(page.rows), quarantined=bad)
        merged = Sweep(self._api, self.company().parties([["replaced_by", "!=", None]]))
        for page in merged:
            yield Page(stream=Stream.ACCOUNTS, accounts=tuple(page.rows))
        yield self._end_of_accounts(cursor, records + merged.records)

    def _settled(self, cursor: Cursor, since: datetime | None) -> Events:
        """Paid invoices of the last ``history_months``, or those of them that changed."""
        more = [] if since is None else [fields.changed(since)]
        today = self._today(self.company().desk)
        cutoff = today - timedelta(days=_DAYS_A_MONTH * self._config.history_months)
        sweep = Sweep(self._api, self.company().paid(cutoff, more))
        for page in sweep:
            bad = tuple(page.bad)
            yield Page(stream=Stream.SETTLED, settled=tuple(page.rows), quarantined=bad)
        yield self._end(Stream.SETTLED, cursor, sweep.records, full=since is None)

    def _changed(self, changes: Changes, cursor: Cursor, since: datetime) -> Events:
        company = self.company()
        look = company.look(sorted(changes.owners))
        items, bad = tuple(look.items), tuple(look.bad)
        told = {item.item_id for item in items} | {one.record_id for one in bad}
        gone = {str(line) for line in (changes.lines | look.seen)} - told
        yield Page(stream=Stream.ITEMS, items=items, quarantined=bad, gone=tuple(sorted(gone)))
        yield self._end(Stream.ITEMS, cursor, len(items) + len(bad), full=False)
        records = 0
        for page in company.accounts(changes.parties | changes.owners):
            records += len(page.ids)
            bad = tuple(page.bad)
            yield Page(stream=Stream.ACCOUNTS, accounts=tuple(page.rows), quarantined=bad)
        yield self._end_of_accounts(cursor, records)
        if self._config.history_months:
            yield from self._settled(cursor, since=since)

    def _end(self, stream: Stream, cursor: Cursor, records: int, *, full: bool) -> StreamEnd:
        noted = msgspec.structs.replace(cursor, held=self.company().held.prints())
        text = msgspec.json.encode(noted).decode()
        return StreamEnd(stream=stream, full=full, records=records, cursor=text)

    def _end_of_accounts(self, cursor: Cursor, records: int) -> StreamEnd:
        """Never all of them: parties without anything open are left out."""
        end = self._end(Stream.ACCOUNTS, cursor, records, full=False)
        return msgspec.structs.replace(end, warnings=self.warnings())

    def warnings(self) -> tuple[str, ...]:
        """What is configured and not there, or was not shown."""
        company = self.company()
        unseen = [UNSEEN] if company.mailings.unseen else []
        unseen += [held.UNSEEN] if company.held.unseen else []
        return (*unknown_categories(self._api, self._config), *unseen)

    def _last(self, cursors: Mapping[Stream, str], now: datetime) -> Cursor | None:
        """Where the changes go on: the earliest of all streams; None = read everything."""
        streams = [Stream.ITEMS, Stream.ACCOUNTS]
        if self._config.history_months:
            streams.append(Stream.SETTLED)
        found = [_read_cursor(cursors.get(stream, "")) for stream in streams]
        known = [cursor for cursor in found if cursor is not None]
        if len(known) < len(streams):
            return None
        if any(cursor.settings != self._settings() for cursor in known):
            return None
        if not now - min(c.full_at for c in known) < self._config.full_read_every:
            return None
        since = min(cursor.since for cursor in known) - self._config.late_commits
        noted = {about: said for cursor in known for about, said in cursor.held.items()}
        return msgspec.structs.replace(known[0], since=since, held=noted)

    def _server_time(self) -> datetime:
        """The server's clock by its last answer, in whole seconds, as its stamps go by it."""
        return (self._clock() + timedelta(seconds=self._api.skew)).astimezone(UTC)

    def _today(self, desk: Desk) -> date:
        return self._clock().astimezone(ZoneInfo(desk.organisation.time_zone)).date()

    def _settings(self) -> str:
        config = self._config
        kept = (config.database, config.company, config.time_zone, config.history_months)
        return repr((*kept, config.dunning.value, config.do_not_chase_categories))


def _aside(bad: list[Quarantined]) -> Iterator[Page]:
    if bad:
        yield Page(stream=Stream.ITEMS, quarantined=tuple(bad))


def _read_cursor(text: str) -> Cursor | None:
    """The cursor, or None (a full read) when there is none or it is not ours."""
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.DecodeError:
        return None
