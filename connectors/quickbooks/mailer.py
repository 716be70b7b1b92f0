"""Has QuickBooks mail an invoice, and puts back the billing address that sending overwrites.

``POST /invoice/{id}/send`` takes the company's own wording and the invoice's billing address.
With ``sendTo`` QuickBooks also keeps that address as the invoice's ``BillEmail`` (invoice
entity reference, 2026): the address before is put back by a sparse update, unless somebody
entered another one meanwhile. A process that dies in between has noted it (``trial``), and the
next one's first mail puts it back. An invoice that shows the trial address all the same is
refused, for a person to mend, and so is one without an address, which could not be emptied
again. Whether a mail left cannot
be proven: an answer that is lost, or does not show the invoice as sent, is Uncertain, with
what the invoice shows. A bad address is a 500 with code 4002.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.api import GoneError, QuickBooksApi, RefusedError, segment
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.failing import KNOWN, failed
from connectors.quickbooks.lists import utf8
from connectors.quickbooks.trial import Lent, TrialFile, TrialFileError
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.http.transport import Response
from syncer.model.outcome import Delivered, Outcome, Rejected, Snooze, Uncertain

REFUSALS_MAX = 5  # e-mails refused in a row before this run stops asking
_STOP = timedelta(hours=12)
_CONTENT = "application/octet-stream"
_SENT = "EmailSent"
_LOOK = "; if it went out, the invoice shows the trial address: put its own back by hand"


class Mailer:
    """The ledger's own e-mail."""

    def __init__(
        self,
        api: QuickBooksApi,
        config: QuickBooksConfig,
        clock: Callable[[], datetime],
        trial: TrialFile,
    ) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._trial = trial
        self._looked = False  # whether this process has put back what an earlier one lent
        self._refusals = 0

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Mail one invoice to its billing address, or to ``send_to`` where that is set."""
        what = "QuickBooks would not mail this invoice"
        if self._refusals >= REFUSALS_MAX:
            return Snooze(
                until=self._clock() + _STOP,
                reason=f"QuickBooks refused {REFUSALS_MAX} e-mails in a row",
            )
        try:
            self._put_back_left()
            before = self._read(item_id)
            unfit = self._unfit(before)
            return Rejected(reason=unfit) if unfit else self._send(before, key, what)
        except KNOWN as error:
            return failed(error, what)
        except TrialFileError as error:
            return Rejected(reason=str(error))

    def _put_back_left(self) -> None:
        """What a process that died has lent, once; what cannot be put back now is tried again."""
        if self._looked:
            return
        self._looked = True
        for invoice_id, lent in self._trial.lent().items():
            try:
                kept = self._read(invoice_id)
                if _address(kept).casefold() == lent.trial.casefold():
                    self._write_address(kept, lent.address, f"trial/{kept.id}/{kept.token}")
            except GoneError:
                pass  # a deleted invoice needs no address
            except SyncerError:
                continue
            self._trial.give_back(invoice_id)

    def _unfit(self, before: wire.Kept) -> str:
        """Why this invoice is not to be mailed as it stands; "" when nothing speaks against it."""
        if not _address(before):
            return (
                "this invoice has no billing e-mail address: enter it on the invoice in QuickBooks"
            )
        if self._has_trial_address(before) or self._is_lent(before):
            return (
                f"the billing address of invoice {before.number or before.id} is a trial address "
                "of `send_to`, probably left by a trial that was cut off: put the customer's own "
                "address back on the invoice in QuickBooks, by hand"
            )
        return ""

    def _send(self, before: wire.Kept, key: str, what: str) -> Outcome:
        to = self._config.send_to
        params = f"&sendTo={quote(to, safe='')}" if to else ""
        path = f"invoice/{segment(before.id)}/send"
        if to:
            self._trial.lend(before.id, Lent(_address(before), to))
        try:
            response = self._api.write(path, None, key=key, params=params, content=_CONTENT)
        except RefusedError as error:
            self._refusals += 1
            return Rejected(reason=f"{what}: {error}")
        except AmbiguousWriteError as error:
            said = f"QuickBooks' answer to the e-mail request was lost: {error}"
            return Uncertain(evidence=self._evidence(before, said, key))
        except KNOWN as error:
            return failed(error, what)
        self._refusals = 0
        after = _after(response)
        if after is None or not _went(before, after):
            said = "QuickBooks' answer to the e-mail request does not show the invoice as sent"
            return Uncertain(evidence=self._evidence(before, said, key))
        return Delivered(detail=f"mailed by QuickBooks{self._restore(before, after, key)}")

    def _evidence(self, before: wire.Kept, said: str, key: str) -> str:
        """What a person needs to decide whether it went out."""
        try:
            after = self._read(before.id)
        except SyncerError:
            return f"{said}{_LOOK if self._config.send_to else ''}"
        note = self._restore(before, after, key)
        if _sent_at(after) != _sent_at(before):
            return f"{said}. The invoice shows a delivery at {_sent_at(after)}{note}"
        late = _LOOK if self._config.send_to and not note else note
        return f"{said}. The invoice shows no new delivery{late}"

    def _restore(self, before: wire.Kept, after: wire.Kept, key: str) -> str:
        """Put the former billing address back where sending changed it; words for the detail.

        An address that is neither is a person's own, entered meanwhile: it stays.
        """
        if not self._has_trial_address(after):
            return ""
        try:
            self._write_address(after, _address(before), f"{key}/address/{after.token}")
        except SyncerError:
            return "; the billing address of the invoice was changed by it: put it back by hand"
        with suppress(TrialFileError):  # the next process finds the address in its place
            self._trial.give_back(before.id)
        return "; its billing address was put back"

    def _write_address(self, kept: wire.Kept, address: str, key: str) -> None:
        body = {
            "Id": kept.id,
            "SyncToken": kept.token,
            "sparse": True,
            "BillEmail": {"Address": address},
        }
        self._api.write("invoice", body, key=key)

    def _has_trial_address(self, kept: wire.Kept) -> bool:
        trial = self._config.send_to.casefold()
        return bool(trial) and _address(kept).casefold() == trial

    def _is_lent(self, kept: wire.Kept) -> bool:
        """Whether it still shows what an earlier trial put there, whatever ``send_to`` is now."""
        lent = self._trial.lent().get(kept.id)
        return lent is not None and _address(kept).casefold() == lent.trial.casefold()

    def _read(self, item_id: str) -> wire.Kept:
        return self._api.one(f"invoice/{segment(item_id)}", "Invoice", wire.Kept)[0]


def _after(response: Response) -> wire.Kept | None:
    """The invoice as the answer shows it, with its new SyncToken."""
    try:
        row: wire.Kept | None = msgspec.json.decode(
            utf8(response), type=wire.single("Invoice", wire.Kept)
        ).row
    except wire.UNREADABLE:
        return None
    return row


def _went(before: wire.Kept, after: wire.Kept) -> bool:
    """Whether the invoice shows as sent: by its state, or by a delivery that is new."""
    return after.email_status == _SENT or _sent_at(after) not in ("", _sent_at(before))


def _address(kept: wire.Kept) -> str:
    return (kept.bill_email.address or "") if kept.bill_email else ""


def _sent_at(kept: wire.Kept) -> str:
    return (kept.delivery.at or "") if kept.delivery else ""
