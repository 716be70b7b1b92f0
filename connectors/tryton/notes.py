"""Notes for a bookkeeper: ``ir.note`` on every invoice a reminder was about.

A person sees them in Tryton under the invoice's Notes button. All notes of one reminder are
created in one call, which Tryton carries out whole or not at all. Where none of the items is
an invoice's, the note stands on the party. A task is a note on the party that says by when:
Tryton has no tasks, but counts the notes on a record that a person has not read yet.
"""

import re
from collections.abc import Sequence
from datetime import date

from connectors.tryton import fields, wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.entries import INVOICE
from connectors.tryton.failing import KNOWN, failed
from connectors.tryton.faults import RefusedReadError
from connectors.tryton.reader import Reader
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.note import cut_note, marker_of
from syncer.model.outcome import Delivered, Outcome, Rejected, Uncertain

NOTE_LENGTH_MAX = 10_000  # our own: Tryton's text has no limit, its client becomes slow
_NOTE = "ir.note"
_WILD = re.compile(r"[\\%_]")


class Notes:
    """Writes notes and finds them again."""

    def __init__(self, api: TrytonApi, reader: Reader) -> None:
        self._api = api
        self._reader = reader

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str) -> Outcome:
        """One note on each invoice of the items, or one on the party."""
        what = "Tryton did not take the note"
        try:
            resources = self._invoices(item_ids) or self._party(account_id)
            if not resources:
                return Rejected(reason="Tryton no longer knows this party")
            return self._create(resources, text)
        except KNOWN as error:
            return failed(error, what)

    def add_task(self, *, account_id: str, text: str, due_on: date) -> Outcome:
        """A note on the party, with the day by which somebody is to act."""
        try:
            party = self._party(account_id)
            if not party:
                return Rejected(reason="Tryton no longer knows this party")
            return self._create(party, f"To do by {due_on.isoformat()}: {text}")
        except KNOWN as error:
            return failed(error, "Tryton did not take the task")

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether a note with ``marker`` stands on one of the invoices, or on the party."""
        resources = [*self._invoices(item_ids), *self._party(account_id)]
        return self._there(resources, marker)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Texts of the notes and tasks with ``marker``, each once. Two calls, one without items."""
        invoices = self._invoices(item_ids)
        party = [f"{fields.PARTY},{account_id}"] if account_id.isdecimal() else []
        try:
            rows = self._with(marker, [*invoices, *party])
        except RefusedReadError:
            if self._party(account_id):
                raise
            rows = self._with(marker, invoices)  # of a party that is gone Tryton tells nothing
        return tuple(dict.fromkeys(row.message or "" for row in rows))

    def _create(self, resources: Sequence[str], text: str) -> Outcome:
        message = cut_note(text, length=NOTE_LENGTH_MAX)
        notes = [{"resource": one, "message": message} for one in resources]
        try:
            made = self._api.write(f"model.{_NOTE}.create", list[int], notes)
        except AmbiguousWriteError as lost:
            return self._settle(resources, marker_of(text), lost)
        return Delivered(remote_id=",".join(map(str, made)))

    def _settle(self, resources: Sequence[str], marker: str, lost: AmbiguousWriteError) -> Outcome:
        """After a lost answer: look. What is not there may still be on its way."""
        try:
            there = self._there(resources, marker)
        except SyncerError:
            there = False
        if there:
            return Delivered(detail="the answer was lost, the note is there")
        return Uncertain(evidence=f"Tryton's answer to the note was lost: {lost}")

    def _there(self, resources: Sequence[str], marker: str) -> bool:
        return bool(self._with(marker, resources))

    def _with(self, marker: str, resources: Sequence[str]) -> list[wire.Note]:
        """Notes by a pattern that fits at least the marker, then by the marker itself.

        7.0 on SQLite has no escape for the wildcards of a pattern, 8.x has.
        """
        if not resources:
            return []
        written = ["message", "like", f"%{_WILD.sub('_', marker)}%"]
        domain = [["resource", "in", list(resources)], written]
        rows = self._api.rows(_NOTE, wire.Note, ("message",), domain)
        return [row for row in rows if marker in (row.message or "")]

    def _invoices(self, item_ids: Sequence[str]) -> list[str]:
        """The invoices behind items, as Tryton refers to them."""
        return [f"{INVOICE},{one}" for one in self._reader.company().invoices_of(item_ids)]

    def _party(self, account_id: str) -> list[str]:
        """The party likewise; empty when it is not there."""
        if not account_id.isdecimal():
            return []
        known = self._api.count(fields.PARTY, [["id", "=", int(account_id)]])
        return [f"{fields.PARTY},{account_id}"] if known else []
