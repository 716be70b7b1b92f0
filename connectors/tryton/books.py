"""The lists of one company: open lines, parties and paid invoices, whole or of some parties."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from msgspec.structs import replace

from connectors.tryton import fields, mailings, wire
from connectors.tryton.api import Domain, TrytonApi
from connectors.tryton.company import Desk
from connectors.tryton.config import TrytonConfig
from connectors.tryton.entries import INVOICE, Books, Entry, complete, invoice_of
from connectors.tryton.held import HeldNotes
from connectors.tryton.lists import Listing, PageRead, UnreadableError, read_all
from connectors.tryton.mailings import Mailings
from connectors.tryton.netting import items_of
from connectors.tryton.parties import Parties
from syncer.model.ledger import Account, OpenItem, Quarantined, Settled

BATCH = 500  # ids in one domain


@dataclass(slots=True)
class Look:
    """Everything open on some parties, read at once."""

    items: list[OpenItem]
    bad: list[Quarantined]
    seen: set[int]  # ids of all lines, open items or not


class Company:
    """Listings of one company."""

    def __init__(self, api: TrytonApi, config: TrytonConfig, desk: Desk, now: datetime) -> None:
        zone = desk.organisation.time_zone
        self.desk = desk
        self.mailings = Mailings(api, now, zone, dunning=desk.dunning)
        self._api = api
        self.held = HeldNotes(api)
        self._parties = Parties(config)
        self._books = Books(desk.organisation.currency)

    def instalments(self) -> Listing[Entry]:
        """Open lines that invoices ask for."""
        return Listing(
            title="open invoices",
            model=fields.LINE,
            row=wire.Instalment,
            fields=fields.instalment_fields(dunning=self.desk.dunning),
            domain=fields.instalments(self.desk.company),
            convert=self._books.instalment,
        )

    def others(self) -> Listing[Entry]:
        """Payments, credit notes and entries made by hand that are open."""
        return self._lines(fields.others(self.desk.company))

    def paid(self, since: date, more: Domain) -> Listing[Settled]:
        """Lines of invoices that were paid on or after a day."""
        return Listing(
            title="paid invoices",
            model=fields.LINE,
            row=wire.Paid,
            fields=fields.PAID_FIELDS,
            domain=[fields.paid(self.desk.company, since), *more],
            convert=self._settled,
        )

    def parties(self, domain: Domain) -> Listing[Account]:
        """Parties, put-away ones too: open invoices can belong to them."""
        return Listing(
            title="parties",
            model=fields.PARTY,
            row=wire.Party,
            fields=fields.party_fields(dunning=self.desk.dunning),
            domain=domain,
            convert=self._parties.account,
        )

    def accounts(self, ids: Iterable[int]) -> Iterator[PageRead[Account]]:
        """Some parties, as many as there still are."""
        for batch in batches(sorted(ids)):
            rows, bad = read_all(self._api, self.parties([["id", "in", batch]]))
            self.held.look(parties=[int(one.account_id) for one in rows])
            noted = [replace(one, note=self.held.party(int(one.account_id))) for one in rows]
            yield PageRead(noted, batch, [_of_itself(one) for one in bad])

    def look(self, parties: Sequence[int]) -> Look:
        """What is open on some parties: all their lines in one call, so that nothing that is
        paid meanwhile is seen by half.
        """
        found = Look([], [], set())
        for batch in batches(parties):
            domain = [*fields.open_lines(self.desk.company), ["party", "in", batch]]
            entries, bad = read_all(self._api, self._lines(domain))
            found.seen.update(entry.line for entry in entries)
            found.seen.update(int(one.record_id) for one in bad)
            completed, unfit = self.complete(entries)
            found.items += items_of(self.noted(completed))
            found.bad += [*bad, *unfit]
        return found

    def complete(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Quarantined]]:
        """Entries with what their invoices say, and those whose invoice does not fit them."""
        wanted = sorted({entry.invoice for entry in entries if entry.invoice is not None})
        known: dict[int, wire.Invoice] = {}
        for batch in batches(wanted):
            rows = self._api.rows(
                INVOICE, wire.Invoice, fields.INVOICE_FIELDS, [["id", "in", batch]]
            )
            known |= {row.id: row for row in rows}
        done: list[Entry] = []
        bad: list[Quarantined] = []
        for entry in entries:
            if entry.invoice not in known:
                done.append(entry)
                continue
            try:
                done.append(complete(entry, known[entry.invoice]))
            except UnreadableError as error:
                bad.append(_held(entry, str(error)))
        return done, bad

    def noted(self, entries: Sequence[Entry]) -> list[Entry]:
        """Entries with what notes on their invoices say, and when Tryton mailed them last."""
        self.held.look(invoices=[one.invoice for one in entries if one.invoice is not None])
        about = [self.mailings.about(one.invoice, one.dunnings) for one in entries]
        self.mailings.look(name for names in about for name in names)
        return [
            self._told(one, self.held.invoice(one.invoice), self.mailings.day(names))
            for one, names in zip(entries, about, strict=True)
        ]

    @staticmethod
    def _told(entry: Entry, note: str, mailed_on: date | None) -> Entry:
        if not note and mailed_on is None:
            return entry
        return dataclasses.replace(entry, note=note, mailed_on=mailed_on)

    def probe(self) -> None:
        """Ask for notes and e-mails once, about the company: whether the user may read them."""
        about = [f"company.company,{self.desk.company}"]
        self.held.look_at(about)
        self.mailings.look(about)

    def invoices_of(self, item_ids: Sequence[str]) -> list[int]:
        """The invoices behind items, each once; lines that no invoice asks for have none."""
        lines = [int(one) for one in item_ids if one.isdecimal()]
        domain = [
            *fields.receivable(self.desk.company),
            ["id", "in", lines],
            ["move.origin", "like", f"{INVOICE},%"],
        ]
        rows = self._api.rows(fields.LINE, wire.Asking, ("move.origin",), domain) if lines else []
        found = (invoice_of(row.move.origin) for row in rows)
        return list(dict.fromkeys(one for one in found if one is not None))

    def invoice_of(self, item_id: str) -> int | None:
        """The invoice behind an item, None when there is none."""
        return next(iter(self.invoices_of([item_id])), None)

    def _lines(self, domain: Domain) -> Listing[Entry]:
        return Listing(
            title="open payments and entries",
            model=fields.LINE,
            row=wire.Line,
            fields=fields.line_fields(dunning=self.desk.dunning),
            domain=domain,
            convert=self._books.other,
        )

    def _settled(self, row: wire.Paid) -> Settled:
        entry = self._books.paid(row)
        paid_on = wire.day(row.closed.day)
        if paid_on is None:
            raise UnreadableError("it was closed on no day")
        return Settled(
            item_id=str(entry.line),
            account_id=str(entry.party),
            currency=entry.currency,
            amount=entry.amount,
            issued_on=entry.issued_on,
            due_on=entry.due_on,
            paid_on=paid_on,
        )


def gathered(pages: Iterable[PageRead[Entry]]) -> Iterator[PageRead[Entry]]:
    """Pages put together until their invoices fill a call about notes, and one about mails."""
    whole: PageRead[Entry] = PageRead([], [], [])
    for page in pages:
        whole = PageRead(whole.rows + page.rows, whole.ids + page.ids, whole.bad + page.bad)
        if len(whole.rows) >= mailings.BATCH:
            yield whole
            whole = PageRead([], [], [])
    if whole.ids:
        yield whole


def batches(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in pieces that fit a call."""
    for start in range(0, len(ids), BATCH):
        yield list(ids[start : start + BATCH])


def _of_itself(bad: Quarantined) -> Quarantined:
    """A party that cannot be read holds itself."""
    return Quarantined(
        record_id=bad.record_id, account_id=bad.record_id, where=bad.where, problem=bad.problem
    )


def _held(entry: Entry, said: str) -> Quarantined:
    return Quarantined(
        record_id=str(entry.line),
        account_id=str(entry.party),
        where=f"open payments and entries, {fields.LINE} {entry.line}",
        problem=f"{said}: open it in Tryton and correct it",
        amount=abs(entry.amount),
        currency=entry.currency,
    )
