"""Connectors that write badly or cannot keep a secret, one sin each."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from syncer.errors import ContractError, SyncerError
from syncer.model.charge import Charge
from syncer.model.ledger import (
    Page,
    Stream,
)
from syncer.model.outcome import Delivered, Outcome, Retry
from syncer.testing.connector_case import CANARY

from .hostile import Event, Honest
from .test_suite_xero import CASE as XERO

# --- writing


class LosesNotes(Honest):
    """Says that it wrote, and finds whatever is looked for."""

    fails = (
        "a_note_lands_once",
        "a_note_is_found_again",
        "a_long_note_keeps_its_marker",
        "a_key_is_used_once",
        "a_note_to_nobody_is_refused",
        "a_lost_answer_is_looked_up",
    )

    def add_note(self, **note: Any) -> Outcome:
        return Delivered()

    def find_note(self, **note: Any) -> bool:
        return True


class WritesTwice(Honest):
    """Repeats every write, under another key."""

    fails = ("a_note_lands_once", "a_key_is_used_once", "the_ledger_mails_once")

    def add_note(self, **note: Any) -> Outcome:
        self.inner.add_note(**{**note, "key": "again"})
        return self.inner.add_note(**note)

    def email_item(self, **mail: Any) -> Outcome:
        self.inner.email_item(**{**mail, "key": "again"})
        return self.inner.email_item(**mail)


class CutsTheMarker(Honest):
    """Cuts a long note at its end."""

    fails = ("a_long_note_keeps_its_marker",)

    def add_note(self, **note: Any) -> Outcome:
        return self.inner.add_note(**{**note, "text": note["text"][: self.note_length_max]})


class ForgetsTheDay(Honest):
    """A task for any day, and a fee of about that amount."""

    fails = (
        "a_task_says_by_when",
        "a_charge_is_a_draft_and_once",
        "a_booked_charge_is_owed_at_once",
    )

    def add_task(self, **task: Any) -> Outcome:
        return self.inner.add_task(**{**task, "due_on": date(2030, 1, 1)})

    def add_charge(self, charge: Charge) -> Outcome:
        return self.inner.add_charge(replace(charge, amount=Decimal(41)))


class CallsItUndone(Honest):
    """A lost answer means that it may be tried again."""

    fails = ("a_lost_charge_is_looked_up", "a_lost_mail_is_uncertain")

    def email_item(self, **mail: Any) -> Outcome:
        self.inner.email_item(**mail)
        return Retry(after=timedelta(minutes=1), reason="no answer")

    def add_charge(self, charge: Charge) -> Outcome:
        self.inner.add_charge(charge)
        return Retry(after=timedelta(minutes=1), reason="no answer")


class LinksInTheOpen(Honest):
    """A page to pay on without encryption."""

    fails = ("a_pay_link_is_safe",)

    def pay_link(self, item_id: str) -> str:
        return self.inner.pay_link(item_id).replace("https:", "http:")


class TearsPapers(Honest):
    """Half a document, and an empty one for what is not there."""

    fails = ("a_document_is_a_whole_pdf", "a_document_of_nothing_is_a_record_error")

    def invoice_pdf(self, item_id: str) -> bytes:
        try:
            paper = self.inner.invoice_pdf(item_id)
        except SyncerError:
            return b""
        return paper[: len(paper) // 2]


# --- secrecy


class Gossips(Honest):
    """Errors, quarantine, outcomes and its own print say all they know."""

    fails = (
        "errors_keep_secrets",
        "quarantine_keeps_secrets",
        "outcomes_keep_secrets",
        "printing_keeps_secrets",
    )

    def __repr__(self) -> str:
        return f"Gossips({XERO.secrets[0]})"

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Event]:
        try:
            yield from super().pull(cursors)
        except SyncerError as error:
            raise ContractError(f"{error} from {list(self.world.tokens)}") from error

    def page(self, page: Page) -> Page:
        told = (replace(one, problem=f"{one.problem} {CANARY}") for one in page.quarantined)
        return replace(page, quarantined=tuple(told))

    def add_note(self, **note: Any) -> Outcome:
        self.inner.add_note(**note)
        return Delivered(detail=f"wrote {note['text']}")


SINS: tuple[type[Honest], ...] = (
    LosesNotes,
    WritesTwice,
    CutsTheMarker,
    ForgetsTheDay,
    CallsItUndone,
    LinksInTheOpen,
    TearsPapers,
    Gossips,
)
