"""Tasks: a phone call is a ``mail.activity`` for a person, on the invoice it is about.

Odoo's own activity type "Call" is used (``mail.mail_activity_data_call``). The marker stands
at the end of its note, so that it is found again while it is planned and after it is done.
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

import msgspec

from connectors.odoo.api import OdooApi, written_id
from connectors.odoo.chatter import MOVE, Chatter, Place
from connectors.odoo.config import OdooConfig
from connectors.odoo.failing import KNOWN, failed
from connectors.odoo.speech import RefusedError
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.note import marker_of
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain

CALL = "mail.mail_activity_data_call"
SUMMARY_MAX = 100


class Keeper(msgspec.Struct):
    """Who an invoice's salesperson is."""

    invoice_user_id: int | bool = False


class Tasks:
    """Task sink of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig, chatter: Chatter) -> None:
        self._api = api
        self._config = config
        self._chatter = chatter
        self._person = 0

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date
    ) -> Outcome:
        """An activity on the first invoice, or on the customer where none is named."""
        place = self._chatter.place(account_id, item_ids)
        if place is None:
            return Rejected(reason="Odoo has no such record to plan an activity on")
        place = Place(place.model, place.ids[:1])
        marker = marker_of(text)
        try:
            there = self._chatter.task_with(place, marker)
            if there:
                return AlreadyThere(remote_id=str(there), detail="the activity is there")
            named = self._named(place, text, due_on)
            result = self._api.write(place.model, "activity_schedule", ids=list(place.ids), **named)
        except AmbiguousWriteError as error:
            return self._settle(place, marker, error)
        except KNOWN as error:
            return failed(error, "the activity was not planned")
        return Delivered(remote_id=str(written_id(result) or ""), detail="a planned activity")

    def person(self) -> int:
        """The number of the configured person; 0 when nobody is. RefusedError: no such user."""
        if self._config.task_user and not self._person:
            found = self._api.ask(
                "res.users", "search", list[int], domain=[["login", "=", self._config.task_user]]
            )
            if not found:
                raise RefusedError("settings.task_user is no login name of this Odoo")
            self._person = found[0]
        return self._person

    def _named(self, place: Place, text: str, due_on: date) -> dict[str, Any]:
        """The note is HTML to Odoo: escaped, and on one line for the summary."""
        words = text.removesuffix(marker_of(text)).split("\n")[0].strip()
        person = self.person() or self._salesperson(place)
        return {
            "act_type_xmlid": CALL,
            "date_deadline": due_on.isoformat(),
            "summary": words if len(words) <= SUMMARY_MAX else f"{words[: SUMMARY_MAX - 1]}…",
            "note": escaped(text),
            **({"user_id": person} if person else {}),
        }

    def _salesperson(self, place: Place) -> int:
        if place.model != MOVE:
            return 0
        rows = self._api.ask(
            MOVE,
            "read",
            list[Keeper],
            ids=list(place.ids),
            fields=["invoice_user_id"],
            load="",
        )
        return int(rows[0].invoice_user_id) if rows else 0

    def _settle(self, place: Place, marker: str, lost: AmbiguousWriteError) -> Outcome:
        try:
            there = self._chatter.task_with(place, marker)
        except SyncerError:
            there = 0
        if there:
            return Delivered(remote_id=str(there), detail="the answer was lost, it is there")
        return Uncertain(evidence=f"Odoo's answer to the activity was lost: {lost}")


def escaped(text: str) -> str:
    """A plain text as HTML."""
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>")
