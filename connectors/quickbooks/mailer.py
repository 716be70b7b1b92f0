"""Has QuickBooks mail an invoice, and puts back the billing address that sending overwrites.

``POST /invoice/{id}/send`` takes the company's own wording and the invoice's billing address.
With ``sendTo`` QuickBooks also keeps that address as the invoice's ``BillEmail`` (invoice
entity reference, 2026): the address before is noted first and restored by a sparse update.
Whether a mail left cannot be proven: an answer that is lost is Uncertain, with what the
invoice shows. A bad address is a 500 with code 4002.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import msgspec

from connectors.quickbooks import wire
from connectors.quickbooks.api import QuickBooksApi, RefusedError, segment
from connectors.quickbooks.config import QuickBooksConfig
from connectors.quickbooks.failing import KNOWN, failed
from syncer.errors import SyncerError
from syncer.http.faults import AmbiguousWriteError
from syncer.http.transport import Response
from syncer.model.outcome import Delivered, Outcome, Rejected, Snooze, Uncertain

REFUSALS_MAX = 5  # e-mails refused in a row before this run stops asking
_STOP = timedelta(hours=12)
_CONTENT = "application/octet-stream"


class Mailer:
    """The ledger's own e-mail."""

    def __init__(
        self, api: QuickBooksApi, config: QuickBooksConfig, clock: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._config = config
        self._clock = clock
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
            before = self._read(item_id)
        except KNOWN as error:
            return failed(error, what)
        if not (_address(before) or self._config.send_to):
            return Rejected(
                reason="this invoice has no billing e-mail address: enter it on the invoice in "
                "QuickBooks"
            )
        return self._send(before, key, what)

    def _send(self, before: wire.Kept, key: str, what: str) -> Outcome:
        to = self._config.send_to
        params = f"&sendTo={quote(to, safe='')}" if to else ""
        path = f"invoice/{segment(before.id)}/send"
        try:
            response = self._api.write(path, None, key=key, params=params, content=_CONTENT)
        except RefusedError as error:
            self._refusals += 1
            return Rejected(reason=f"{what}: {error}")
        except AmbiguousWriteError as error:
            return Uncertain(evidence=self._evidence(before, error, key))
        except KNOWN as error:
            return failed(error, what)
        self._refusals = 0
        return Delivered(
            detail=f"mailed by QuickBooks{self._restore(before, _after(response), key)}"
        )

    def _evidence(self, before: wire.Kept, lost: AmbiguousWriteError, key: str) -> str:
        """What a person needs to decide whether it went out."""
        said = f"QuickBooks' answer to the e-mail request was lost: {lost}"
        try:
            after = self._read(before.id)
        except SyncerError:
            return said
        if _sent_at(after) == _sent_at(before):
            return f"{said}. The invoice shows no new delivery"
        note = self._restore(before, after, key)
        return f"{said}. The invoice shows a delivery at {_sent_at(after)}{note}"

    def _restore(self, before: wire.Kept, after: wire.Kept | None, key: str) -> str:
        """Put the former billing address back where sending changed it; words for the detail."""
        try:
            after = after or self._read(before.id)
            if _address(after) == _address(before) or not _address(before):
                return ""
            body = {
                "Id": after.id,
                "SyncToken": after.token,
                "sparse": True,
                "BillEmail": {"Address": _address(before)},
            }
            self._api.write("invoice", body, key=f"{key}/address/{after.token}")
        except SyncerError:
            return "; the billing address of the invoice was changed by it: put it back by hand"
        return "; its billing address was put back"

    def _read(self, item_id: str) -> wire.Kept:
        return self._api.one(f"invoice/{segment(item_id)}", "Invoice", wire.Kept)[0]


def _after(response: Response) -> wire.Kept | None:
    """The invoice as the answer shows it, with its new SyncToken."""
    try:
        row: wire.Kept | None = msgspec.json.decode(
            response.body, type=wire.single("Invoice", wire.Kept)
        ).row
    except wire.UNREADABLE:
        return None
    return row


def _address(kept: wire.Kept) -> str:
    return (kept.bill_email.address or "") if kept.bill_email else ""


def _sent_at(kept: wire.Kept) -> str:
    return (kept.delivery.at or "") if kept.delivery else ""
