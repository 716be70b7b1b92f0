"""Writes to Xero: history notes, e-mails by Xero, draft late-fee invoices, and pay links.

Every write carries an Idempotency-Key, which Xero honours for six minutes (idempotency
page, 2026). After a lost answer the ledger is looked at before anything is repeated; what
cannot be looked up is ``Uncertain``. Xero's API has no tasks: a task is a note on the
contact, addressed to a person.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from connectors.xero import wire
from connectors.xero.api import GoneError, RefusedError, XeroApi, segment
from connectors.xero.config import NotesOn, XeroConfig
from syncer.errors import ContractError, RateLimited, Transient
from syncer.http.faults import AmbiguousWriteError, NotSent
from syncer.http.transport import Response
from syncer.model.charge import Charge
from syncer.model.counts import count_text
from syncer.model.note import cut_note, marker_of
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)

NOTE_LENGTH_MAX = 2500  # characters (history-and-notes page, 2026; 250 in older texts)
REFUSALS_MAX = 5  # e-mails refused in a row before this run stops asking
_NOT_SENT_WAIT = timedelta(minutes=10)
_EMAIL_STOP = timedelta(hours=12)
_KEY_PLAIN = re.compile(r"[\w.:-]{1,128}\Z", re.ASCII)


class HistoryEnvelope(wire.Wire):
    """The answer of /{Endpoint}/{id}/History."""

    rows: list[wire.HistoryRecord] = msgspec.field(name="HistoryRecords")


class OnlineInvoiceEnvelope(wire.Wire):
    """The answer of /Invoices/{id}/OnlineInvoice."""

    rows: list[wire.OnlineInvoice] = msgspec.field(name="OnlineInvoices")


class FoundInvoice(wire.Wire):
    """An invoice, as far as finding it again needs."""

    id: str = msgspec.field(name="InvoiceID")


class FoundEnvelope(wire.Wire):
    """The answer of a search by reference."""

    rows: list[FoundInvoice] = msgspec.field(name="Invoices")


class WrittenEnvelope(wire.Wire):
    """The answer of creating invoices."""

    rows: list[wire.WrittenInvoice] = msgspec.field(name="Invoices")


class Writer:
    """The sinks of one organisation."""

    def __init__(self, api: XeroApi, config: XeroConfig, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._links: dict[str, str] = {}
        self._refusals = 0

    def add_note(self, *, account_id: str, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """A note on the contact, or on every invoice named, as ``notes_on`` says."""
        text = cut_note(text, length=NOTE_LENGTH_MAX)
        if self._config.notes_on is NotesOn.ACCOUNT or not item_ids:
            return self._note(f"Contacts/{segment(account_id)}", text, safe_key(key))
        return self._notes_on_invoices(item_ids, text, key)

    def find_note(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> bool:
        """Whether every place the note belongs to shows ``marker``."""
        if self._shows(f"Contacts/{segment(account_id)}", marker):
            return True  # notes stand here by default, tasks always
        if self._config.notes_on is NotesOn.ACCOUNT or not item_ids:
            return False
        return all(self._shows(f"Invoices/{segment(item)}", marker) for item in item_ids)

    def own_notes(self, *, account_id: str, item_ids: Sequence[str], marker: str) -> Sequence[str]:
        """Of the contact's history, where tasks always stand, and the invoices' if configured."""
        paths = [f"Contacts/{segment(account_id)}"]
        if self._config.notes_on is not NotesOn.ACCOUNT:
            paths += [f"Invoices/{segment(item)}" for item in item_ids]
        return [text for path in paths for text in self._history(path) if marker in text]

    def add_task(
        self, *, account_id: str, item_ids: Sequence[str], text: str, due_on: date, key: str
    ) -> Outcome:
        """A note on the contact that asks a person to act by ``due_on``."""
        note = cut_note(f"TO DO by {due_on.isoformat()}: {text}", length=NOTE_LENGTH_MAX)
        return self._note(f"Contacts/{segment(account_id)}", note, safe_key(key))

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Have Xero mail the invoice with the organisation's own template.

        Every refusal is a 400, the daily cap and spam throttling included (invoices page).
        Nothing shows afterwards whether it went out: a lost answer is Uncertain.
        """
        if self._refusals >= REFUSALS_MAX:
            return Snooze(
                until=self._clock() + _EMAIL_STOP,
                reason=f"Xero refused {REFUSALS_MAX} e-mails in a row; its day's cap may be used",
            )
        path = f"Invoices/{segment(item_id)}/Email"
        try:
            self._api.write("POST", path, {}, key=safe_key(key))
        except RefusedError as error:
            self._refusals += 1
            return Rejected(reason=f"Xero would not mail this invoice: {error}")
        except AmbiguousWriteError as error:
            return Uncertain(evidence=f"Xero's answer to the e-mail request was lost: {error}")
        except (NotSent, RateLimited, GoneError, ContractError) as error:
            return self._failed(error)
        self._refusals = 0
        return Delivered(detail="mailed by Xero")

    def add_charge(self, charge: Charge) -> Outcome:
        """An invoice, for a person to approve or approved; found again by its reference."""
        if '"' in charge.reference:
            return Rejected(reason="a reference with a double quote cannot be searched for in Xero")
        if charge.booked and not self._config.fee_account_code:
            return Rejected(
                reason="set `fee_account_code` in the ledger's settings: Xero approves no invoice "
                "without an account"
            )
        found = self._charge(charge.reference)
        if found:
            return AlreadyThere(remote_id=found)
        body = self._charge_body(charge)
        try:
            response = self._api.write("PUT", "Invoices", body, key=safe_key(charge.key))
        except RefusedError as error:
            return Rejected(reason=f"Xero would not create the invoice: {error}")
        except AmbiguousWriteError as error:
            return self._settle_charge(charge.reference, error)
        except (NotSent, RateLimited, GoneError, ContractError) as error:
            return self._failed(error)
        return _created(response, booked=charge.booked)

    def pay_link(self, item_id: str) -> str:
        """The page where the customer sees and pays the invoice; kept for this run."""
        if item_id not in self._links:
            try:
                path = f"Invoices/{segment(item_id)}/OnlineInvoice"
                rows = self._api.one(path, OnlineInvoiceEnvelope).rows
            except (GoneError, RefusedError):
                rows = []
            url = rows[0].url or "" if rows else ""
            self._links[item_id] = url if url.startswith("https://") else ""
        return self._links[item_id]

    def _notes_on_invoices(self, item_ids: Sequence[str], text: str, key: str) -> Outcome:
        """One note per invoice; those that already show it are left alone."""
        outcome: Outcome = AlreadyThere(detail="every invoice shows the note")
        for index, item_id in enumerate(item_ids):
            path = f"Invoices/{segment(item_id)}"
            if self._shows(path, marker_of(text)):
                continue
            written = self._note(path, text, safe_key(f"{key}:{item_id}"))
            if not isinstance(written, Delivered | AlreadyThere):
                if index == 0:
                    return written
                return Uncertain(evidence=f"the note is on {index} of {len(item_ids)} invoices")
            outcome = Delivered(detail=f"on {count_text(len(item_ids), 'invoice')}")
        return outcome

    def _note(self, path: str, text: str, key: str) -> Outcome:
        try:
            self._put_note(path, text, key)
            return Delivered()
        except AmbiguousWriteError as error:
            return self._settle_note(path, text, key, error)
        except RefusedError as error:
            return Rejected(reason=f"Xero would not take the note: {error}")
        except (NotSent, RateLimited, GoneError, ContractError) as error:
            return self._failed(error)

    def _put_note(self, path: str, text: str, key: str) -> None:
        """Write it, and take only an answer that shows it for a yes (history page, 2026)."""
        body = {"HistoryRecords": [{"Details": text}]}
        response = self._api.write("PUT", f"{path}/History", body, key=key)
        try:
            shown = msgspec.json.decode(response.body, type=HistoryEnvelope).rows
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            shown = []
        if not shown:
            raise AmbiguousWriteError("the answer does not show the note")

    def _settle_note(self, path: str, text: str, key: str, lost: AmbiguousWriteError) -> Outcome:
        """After a lost answer: look, and only if it is not there repeat with the same key."""
        unclear = Uncertain(evidence=f"Xero's answer to the note was lost: {lost}")
        try:
            if self._shows(path, marker_of(text)):
                return Delivered(detail="the answer was lost, the note is there")
            self._put_note(path, text, key)
        except (AmbiguousWriteError, Transient, RateLimited, RefusedError, ContractError):
            return unclear
        return Delivered(detail="repeated under the same key after a lost answer")

    def _shows(self, path: str, marker: str) -> bool:
        return any(marker in text for text in self._history(path))

    def _history(self, path: str) -> list[str]:
        try:
            rows = self._api.one(f"{path}/History", HistoryEnvelope).rows
        except GoneError:
            return []
        return [row.details or "" for row in rows]

    def _charge(self, reference: str) -> str:
        """The id of the invoice with this reference, "" when there is none."""
        envelope = self._api.find("Invoices", FoundEnvelope, where=_by_reference(reference))
        return envelope.rows[0].id if envelope.rows else ""

    def _settle_charge(self, reference: str, lost: AmbiguousWriteError) -> Outcome:
        try:
            found = self._charge(reference)
        except (Transient, RateLimited, ContractError):
            found = ""
        if found:
            return Delivered(remote_id=found, detail="the answer was lost, the draft is there")
        return Uncertain(evidence=f"Xero's answer to the draft was lost: {lost}")

    def _charge_body(self, charge: Charge) -> dict[str, object]:
        """Only ContactID in Contact: any other field would change the contact itself."""
        line: dict[str, object] = {
            "Description": charge.description,
            "Quantity": 1,
            "UnitAmount": charge.amount,
        }
        if self._config.fee_account_code:
            line["AccountCode"] = self._config.fee_account_code
        invoice: dict[str, object] = {
            "Type": "ACCREC",
            "Status": "AUTHORISED" if charge.booked else "DRAFT",
            "Contact": {"ContactID": charge.account_id},
            "Date": charge.on.isoformat(),
            "LineAmountTypes": "NoTax",
            "LineItems": [line],
            "CurrencyCode": charge.currency,
            "Reference": charge.reference,
        }
        if charge.booked:  # Xero approves no invoice without a due date
            invoice["DueDate"] = charge.on.isoformat()
        return {"Invoices": [invoice]}

    def _failed(self, error: NotSent | RateLimited | GoneError | ContractError) -> Outcome:
        """Failures of which it is certain that nothing was done."""
        if isinstance(error, RateLimited):
            return Snooze(until=error.until, reason=str(error))
        if isinstance(error, NotSent):
            return Retry(after=_NOT_SENT_WAIT, reason=str(error))
        if isinstance(error, GoneError):
            return Rejected(reason="Xero no longer knows this record")
        return Uncertain(evidence=str(error))


def safe_key(key: str) -> str:
    """``key`` as an Idempotency-Key: at most 128 plain characters, equal for equal keys."""
    return key if _KEY_PLAIN.match(key) else hashlib.sha256(key.encode()).hexdigest()


def _by_reference(reference: str) -> str:
    return f'Type=="ACCREC" AND Reference=="{reference}"'


def _created(response: Response, *, booked: bool) -> Outcome:
    try:
        rows = msgspec.json.decode(response.body, type=WrittenEnvelope).rows
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Uncertain(evidence="Xero's answer to the draft cannot be read")
    if len(rows) != 1 or not rows[0].id:
        return Uncertain(evidence="Xero's answer does not name the draft")
    if rows[0].status.upper() == "ERROR":
        return Rejected(reason="Xero reports the draft as faulty")
    detail = "an approved invoice" if booked else "a draft for a person to approve"
    return Delivered(remote_id=rows[0].id, detail=detail)
