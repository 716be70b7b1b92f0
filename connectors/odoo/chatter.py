"""Notes in the chatter: an internal note on every invoice named, or on the customer.

``message_post`` escapes a plain text and keeps it inside a ``<span>``; it comes back as HTML.
A note has no key that Odoo would honour, so after a lost answer the chatter is looked at, and
what is not found there stays ``Uncertain``: the flow looks again before it repeats anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.odoo import wire
from connectors.odoo.api import OdooApi, written_id
from connectors.odoo.config import NotesOn, OdooConfig
from connectors.odoo.facts import move_of
from connectors.odoo.failing import KNOWN, failed
from connectors.odoo.lists import Listing, some
from connectors.odoo.markup import plain
from connectors.odoo.questions import plain as fields_of
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.note import cut_note, marker_of
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain

NOTE_LENGTH_MAX = 4000  # characters; a choice: Odoo has no limit
MOVE, PARTNER = "account.move", "res.partner"
_SHOWN = fields_of(("res_id", "body", "mail_activity_type_id"))


@dataclass(frozen=True, slots=True)
class Place:
    """Records of one model whose chatter a note belongs to."""

    model: str
    ids: tuple[int, ...]


class Chatter:
    """Note sink of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig) -> None:
        self._api = api
        self._config = config

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str) -> Outcome:
        """The note at every place it belongs to; where it stands already it is left alone."""
        place = self.place(account_id, item_ids)
        if place is None:
            return Rejected(reason="Odoo has no such record to write a note on")
        text = cut_note(text, length=NOTE_LENGTH_MAX)
        try:
            there = self._showing(place, marker_of(text)) if len(place.ids) > 1 else frozenset()
        except KNOWN as error:
            return failed(error, "the note was not written")
        missing = [one for one in place.ids if one not in there]
        if not missing:
            return AlreadyThere(detail="every invoice shows the note")
        for index, one in enumerate(missing):
            outcome = self._post(place.model, one, text)
            if not isinstance(outcome, Delivered):
                return outcome if index == 0 else _partly(index, len(missing))
        return outcome

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether every place the note belongs to shows ``marker``, or an activity does."""
        place = self.place(account_id, item_ids)
        if place is None:
            return False
        if set(self._showing(place, marker)) >= set(place.ids):
            return True
        return self.task_with(place, marker) > 0

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Texts with ``marker``, each once: of activities, then of notes, wherever they stand.

        Two calls for any number of invoices; the customer is looked at whatever ``notes_on`` says
        now, because it may have said something else.
        """
        moves = tuple(dict.fromkeys(move_of(item) for item in item_ids))
        places = [Place(MOVE, moves)] if moves and all(moves) else []
        if _is_id(account_id):
            places.append(Place(PARTNER, (int(account_id),)))
        if not places:
            return ()
        tasks = [plain(row.note) for row in self._activities(places, marker)]
        notes = [plain(row.body) for row in self._messages(places, marker)]
        return tuple(dict.fromkeys((*tasks, *notes)))

    def task_with(self, place: Place, marker: str) -> int:
        """The id of an activity with ``marker`` at one of these records; 0 when there is none.

        Once it is done, Odoo archives it (deletes it, before 19) and leaves a message with its
        text.
        """
        found = [row.id for row in self._activities([place], marker)]
        found += [row.id for row in self._messages([place], marker) if row.mail_activity_type_id]
        return max(found, default=0)

    def place(self, account_id: str, item_ids: Sequence[str]) -> Place | None:
        """Where a note belongs; None when the ids are none of Odoo's."""
        moves = tuple(dict.fromkeys(move_of(item) for item in item_ids))
        if moves and self._config.notes_on is NotesOn.INVOICE:
            return Place(MOVE, moves) if all(moves) else None
        return Place(PARTNER, (int(account_id),)) if _is_id(account_id) else None

    def _post(self, model: str, record_id: int, text: str) -> Outcome:
        try:
            result = self._api.write(
                model,
                "message_post",
                ids=[record_id],
                body=text,
                message_type="comment",
                subtype_xmlid="mail.mt_note",
            )
            return Delivered(remote_id=str(written_id(result) or ""))
        except AmbiguousWriteError as error:
            return self._settle(Place(model, (record_id,)), text, error)
        except KNOWN as error:
            return failed(error, "the note was not written")

    def _settle(self, place: Place, text: str, lost: AmbiguousWriteError) -> Outcome:
        """After a lost answer: look. What is not there may still be on its way."""
        try:
            if self._showing(place, marker_of(text)):
                return Delivered(detail="the answer was lost, the note is there")
        except SyncerError:
            pass  # then nobody can tell
        return Uncertain(evidence=f"Odoo's answer to the note was lost: {lost}")

    def _showing(self, place: Place, marker: str) -> frozenset[int]:
        """Those of the records whose chatter shows ``marker``."""
        return frozenset(row.res_id for row in self._messages([place], marker))

    def _activities(self, places: Sequence[Place], marker: str) -> list[wire.Activity]:
        domain = [*_at("res_model", places), ["note", "ilike", marker]]
        rows = some(
            self._api, Listing("mail.activity", domain, fields_of(("note",)), wire.Activity)
        )
        return [row for row in rows if marker in plain(row.note)]

    def _messages(self, places: Sequence[Place], marker: str) -> list[wire.Message]:
        if not marker:
            return []
        domain = [*_at("model", places), ["body", "ilike", marker]]
        rows = some(self._api, Listing("mail.message", domain, _SHOWN, wire.Message))
        return [row for row in rows if marker in plain(row.body)]


def _at(model: str, places: Sequence[Place]) -> list[object]:
    """Records that are at one of the places; ``model`` is the field that says of which model."""
    domain: list[object] = ["|"] * (len(places) - 1)
    for place in places:
        domain += ["&", [model, "=", place.model], ["res_id", "in", list(place.ids)]]
    return domain


def _is_id(account_id: str) -> bool:
    return account_id.isdecimal() and account_id.isascii()


def _partly(done: int, of: int) -> Outcome:
    return Uncertain(evidence=f"the note was written on {done} of {of} invoices")
