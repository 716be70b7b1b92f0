"""The sandbox's own address space, /_sandbox/: look into the world and move it.

=========================  =====================================================================
GET  /_sandbox/state       time, organisations, counts, open totals, faults waiting
GET  /_sandbox/notes       what programs wrote into history, newest first (``?limit=``)
GET  /_sandbox/mailbox     what the ledger itself mailed, newest first (``?limit=``)
GET  /_sandbox/calls       the call log, newest first (``?limit=``)
POST /_sandbox/advance     ``{"days": n}`` plays days, each from ``"hour": h`` (UTC) on, if given;
                           ``{"minutes": n, "seconds": n}`` only moves the clock
POST /_sandbox/pay         ``{"number": "INV-0001"}`` pays what is left of an invoice
POST /_sandbox/faults      a list of ``{"kind": ..., "path": ..., "nth": ...}`` replaces the script
POST /_sandbox/reset       the scenario from its beginning (where the mount allows it)
=========================  =====================================================================

Answers are JSON; amounts are text. It knows no vendor.
"""

import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from syncer.sandbox.days import play_day
from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Kind
from syncer.sandbox.world import World

PREFIX = "/_sandbox/"
DAYS_MAX = 400
HOURS = 24
SHOWN = 100
FAULT_KEYS = frozenset(
    {"kind", "method", "path", "nth", "times", "seconds", "retry_after", "code", "pay"}
)


class ControlError(ValueError):
    """A request that makes no sense; the text says what to send instead."""


class Control:
    """Answers control requests over one world and its fault plan."""

    def __init__(
        self, world: World, faults: FaultPlan, *, reset: Callable[[], None] | None = None
    ) -> None:
        self.world = world
        self.faults = faults
        self.reset = reset

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, bytes]:
        """(status, JSON)."""
        name = path.removeprefix(PREFIX).strip("/")
        try:
            with self.world.lock:
                result = self._result(method, name, dict(parse_qsl(query)), body)
        except ControlError as error:
            return 400, msgspec.json.encode({"error": str(error)})
        return (200, msgspec.json.encode(result)) if result is not None else (404, b"{}")

    def _result(self, method: str, name: str, query: dict[str, str], body: bytes) -> Any:
        if method == "GET":
            limit = _whole(query.get("limit", SHOWN), "limit")
            views = {"state": self.state, "notes": self.notes, "mailbox": self.mailbox}
            if name == "calls":
                return self.world.calls[-limit:][::-1]
            found = views[name]() if name in views else None
            return found[:limit] if isinstance(found, list) else found
        acts = {"advance": self.advance, "pay": self.pay, "faults": self.script}
        if name == "reset":
            return self._reset()
        return acts[name](_read(body)) if name in acts else None

    def state(self) -> dict[str, Any]:
        """The world in figures."""
        ledger = self.world.main
        return {
            "now": self.world.clock(),
            "today": ledger.today(),
            "organisations": {i: each.org.name for i, each in self.world.ledgers.items()},
            "contacts": len(ledger.books.contacts),
            "open_invoices": len(ledger.open_invoices()),
            "open_totals": self.world.totals(),
            "program_notes": len(self.notes()),
            "ledger_mails": len(ledger.books.mails),
            "calls": len(self.world.calls),
            "faults": [fault.kind for fault in self.faults.faults],
        }

    def notes(self) -> list[dict[str, Any]]:
        """Program-written history, newest first."""
        found = [
            {"organisation": ledger.org.name, "on": _name_of(ledger, note.parent_id)}
            | {"at": note.at, "text": note.text}
            for ledger in self.world.ledgers.values()
            for notes in ledger.books.notes.values()
            for note in notes
            if note.change == "Note" and not note.author
        ]
        return sorted(found, key=lambda row: row["at"], reverse=True)

    def mailbox(self) -> list[dict[str, Any]]:
        """What the ledger mailed, newest first."""
        return [
            {"at": mail.at, "to": mail.to, "invoice": _name_of(ledger, mail.doc_id)}
            for ledger in self.world.ledgers.values()
            for mail in reversed(ledger.books.mails)
        ]

    def advance(self, asked: Any) -> dict[str, Any]:
        """Play days, or only move the clock."""
        days = _whole(asked.get("days", 0), "days")
        minutes = _whole(asked.get("minutes", 0), "minutes")
        seconds = _whole(asked.get("seconds", 0), "seconds")
        if not 0 <= days <= DAYS_MAX:
            raise ControlError(f"days must be 0 to {DAYS_MAX}")
        if "hour" in asked:
            self._turn_to(_whole(asked["hour"], "hour"), days)
        play_days(self.world, days)
        if minutes or seconds:
            self.world.advance(minutes=minutes, seconds=seconds)
        return self.state()

    def _turn_to(self, hour: int, days: int) -> None:
        """Make it that hour of today; back only when days follow, so that time never runs back."""
        if not 0 <= hour < HOURS:
            raise ControlError("hour must be 0 to 23")
        now = self.world.clock()
        wanted = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        if days or wanted > now:
            self.world.advance(seconds=(wanted - now).total_seconds())

    def pay(self, asked: Any) -> dict[str, Any]:
        """Pay an invoice by number."""
        doc = self.world.main.by_number(Kind.INVOICE, str(asked.get("number")))
        if doc is None or doc.left <= 0:
            raise ControlError("send the number of an open invoice, e.g. {'number': 'INV-0001'}")
        self.world.main.pay(doc)
        return {"number": doc.number, "left": doc.left}

    def script(self, asked: Any) -> dict[str, Any]:
        """Replace the fault script."""
        self.faults.faults = [
            _fault(row) for row in (asked if isinstance(asked, list) else [asked])
        ]
        return {"faults": [fault.kind for fault in self.faults.faults]}

    def _reset(self) -> dict[str, Any]:
        if self.reset is None:
            raise ControlError("this sandbox was mounted without a scenario: nothing to go back to")
        self.reset()
        return self.state()


def play_days(world: World, days: int) -> None:
    """Play days one by one; each day's luck depends only on the seed and the date."""
    for _ in range(days):
        luck = random.Random(f"{world.seed}-{world.main.today()}")  # noqa: S311 - repeatable
        play_day(world, luck)


def _fault(row: Any) -> Fault:
    if not isinstance(row, dict) or not set(row) <= FAULT_KEYS or "kind" not in row:
        raise ControlError(f"a fault has 'kind' and any of {sorted(FAULT_KEYS - {'kind'})}")
    try:
        return Fault(**{**row, "kind": FaultKind(row["kind"])})
    except ValueError:
        kinds = ", ".join(FaultKind)
        raise ControlError(f"unknown kind {row['kind']!r}: one of {kinds}") from None


def _name_of(ledger: Ledger, record_id: str) -> str:
    doc = ledger.books.documents.get(record_id)
    if doc:
        return f"{doc.number} ({ledger.contact(doc.contact_id).name})"
    contact = ledger.books.contacts.get(record_id)
    return contact.name if contact else record_id


def _read(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        raise ControlError("the body is not JSON") from None


def _whole(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ControlError(f"{name} must be a whole number") from None
