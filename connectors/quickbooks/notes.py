"""Notes and tasks: one line more in a text that people write in, by a sparse update.

Read, append, write with the SyncToken that was read. A token that grew stale meanwhile (5010;
a payment is enough) means reading and deciding again, once. The ``requestid`` is made of the
effect's key and the SyncToken: a repeated call is answered from memory, and a call on a newer
state is a new one. QuickBooks' API has no tasks: a task is a note that begins with "TO DO".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from connectors.quickbooks import memo, wire
from connectors.quickbooks.api import GoneError, QuickBooksApi, StaleError, segment
from connectors.quickbooks.config import NotesOn, QuickBooksConfig
from connectors.quickbooks.failing import KNOWN, failed
from syncer.http.faults import AmbiguousWriteError
from syncer.model.counts import count_text
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)

_WRITES_MAX = 2  # the second after a stale token


@dataclass(frozen=True, slots=True)
class Place:
    """A record with a text: where it is read and written, and what the text is called."""

    path: str
    entity: str
    record_id: str
    field: str
    limit: int

    def text_of(self, kept: wire.Kept) -> str:
        """The text as it is now."""
        return (kept.notes if self.entity == "Customer" else kept.memo) or ""


def customer_notes(customer_id: str) -> Place:
    """A customer's notes, which only the company sees."""
    return Place("customer", "Customer", customer_id, "Notes", memo.NOTES_MAX)


def private_note(invoice_id: str) -> Place:
    """An invoice's private note, called "memo on statement" on the screen."""
    return Place("invoice", "Invoice", invoice_id, "PrivateNote", memo.PRIVATE_NOTE_MAX)


class Notes:
    """Note and task sink of one company."""

    def __init__(self, api: QuickBooksApi, config: QuickBooksConfig) -> None:
        self._api = api
        self._config = config

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """A line on the customer, or on every invoice named, as ``notes_on`` says."""
        if self._config.notes_on is NotesOn.ACCOUNT or not item_ids:
            return self._add(customer_notes(account_id), text, key)
        return self._on_invoices(item_ids, text, key)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether every place the note belongs to shows ``marker``."""
        if self._shows(customer_notes(account_id), marker):
            return True  # notes stand here by default, tasks always
        if self._config.notes_on is NotesOn.ACCOUNT or not item_ids:
            return False
        return all(self._shows(private_note(item), marker) for item in item_ids)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Lines of the customer's notes, and of the invoices' private notes if configured."""
        places = [customer_notes(account_id)]
        if self._config.notes_on is not NotesOn.ACCOUNT:
            places += [private_note(item) for item in item_ids]
        return [line for place in places for line in self._lines(place) if marker in line]

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """A line on the customer that asks a person to act by ``due_on``."""
        note = f"TO DO by {due_on.isoformat()}: {text}"
        return self._add(customer_notes(account_id), note, key)

    def _on_invoices(self, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """One line per invoice; those that already show it are left alone."""
        outcome: Outcome = AlreadyThere(detail="every invoice shows the note")
        for index, item_id in enumerate(item_ids):
            written = self._add(private_note(item_id), text, f"{key}:{item_id}")
            if not isinstance(written, Delivered | AlreadyThere):
                if index == 0 or isinstance(written, Snooze | Retry):
                    return written  # repeated later; the marker keeps what is there from doubling
                return Uncertain(evidence=f"the note is on {index} of {len(item_ids)} invoices")
            if isinstance(written, Delivered):
                outcome = Delivered(detail=f"on {count_text(len(item_ids), 'invoice')}")
        return outcome

    def _add(self, place: Place, text: str, key: str) -> Outcome:
        what = "QuickBooks did not take the note"
        marker = memo.marker_of(text)
        for attempt in range(_WRITES_MAX):
            try:
                kept = self._read(place)
                if marker and marker in place.text_of(kept):
                    return AlreadyThere(detail="the note is there already")
                self._write(place, kept, text, key)
                return Delivered()
            except memo.FullError:
                return Rejected(
                    reason=f"the text field {place.field} of this record is full: shorten it in "
                    "QuickBooks, then let the note be tried again"
                )
            except AmbiguousWriteError as error:
                return self._settle(place, kept, text, key, error)
            except StaleError as error:
                if attempt + 1 == _WRITES_MAX:
                    return failed(error, what)
            except KNOWN as error:
                return failed(error, what)
        return Rejected(reason=what)

    def _settle(
        self, place: Place, kept: wire.Kept, text: str, key: str, lost: AmbiguousWriteError
    ) -> Outcome:
        """After a lost answer: look, and only if it is not there repeat with the same id."""
        unclear = Uncertain(evidence=f"QuickBooks' answer to the note was lost: {lost}")
        try:
            if self._shows(place, memo.marker_of(text)):
                return Delivered(detail="the answer was lost, the note is there")
            self._write(place, kept, text, key)
        except (AmbiguousWriteError, *KNOWN):
            return unclear
        return Delivered(detail="repeated under the same request id after a lost answer")

    def _write(self, place: Place, kept: wire.Kept, text: str, key: str) -> None:
        """A sparse update of the one field: what is not named stays as it is."""
        whole = memo.appended(place.text_of(kept), text, limit=place.limit)
        body = {"Id": kept.id, "SyncToken": kept.token, "sparse": True, place.field: whole}
        self._api.write(place.path, body, key=f"{key}/{place.entity}/{kept.token}")

    def _read(self, place: Place) -> wire.Kept:
        path = f"{place.path}/{segment(place.record_id)}"
        return self._api.one(path, place.entity, wire.Kept)[0]

    def _shows(self, place: Place, marker: str) -> bool:
        return any(marker in line for line in self._lines(place))

    def _lines(self, place: Place) -> list[str]:
        try:
            return place.text_of(self._read(place)).splitlines()
        except GoneError:
            return []
