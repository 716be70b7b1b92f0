"""Lets Tryton mail an invoice: its own template, its own mail server (since 7.6).

The template (``ir.email.template``) says recipients, subject, body and reports; Tryton keeps
what it sent under the invoice's E-mails. The mail leaves when the transaction commits, so an
answer that was lost proves nothing: it is Uncertain, and a person looks under the invoice.
"""

from typing import Any

import msgspec

from connectors.tryton import wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.config import TrytonConfig
from connectors.tryton.entries import INVOICE
from connectors.tryton.failing import KNOWN, failed
from connectors.tryton.reader import Reader
from syncer.errors import ContractError
from syncer.http.faults import AmbiguousWriteError
from syncer.model.outcome import Delivered, Outcome, Rejected, Uncertain

FIRST_SERIES = (7, 6)
_TEMPLATE = "ir.email.template"
_WHAT = "Tryton would not mail this invoice"


class Filled(msgspec.Struct, kw_only=True):
    """A template filled in for one invoice. Recipients are as a mail header has them."""

    to: list[str] = []
    cc: list[str] = []
    bcc: list[str] = []
    subject: str = ""
    body: str = ""
    reports: list[int] = []


class Mailer:
    """The ledger's own e-mail."""

    def __init__(self, api: TrytonApi, config: TrytonConfig, reader: Reader) -> None:
        self._api = api
        self._config = config
        self._reader = reader

    def email_item(self, *, item_id: str) -> Outcome:
        """Mail the invoice of an item by the configured template."""
        if self._api.version < FIRST_SERIES:
            return Rejected(reason="this Tryton is older than 7.6 and mails no invoices")
        if not self._config.mail_template:
            return Rejected(reason="set `mail_template` in the ledger's settings")
        try:
            invoice = self._reader.company().invoice_of(item_id)
            if invoice is None:
                return Rejected(reason="Tryton no longer knows this invoice")
            filled = self._filled(invoice)
            if filled is None:
                return Rejected(
                    reason=f"Tryton has no e-mail template {self._config.mail_template!r} for "
                    "invoices"
                )
            return self._send(invoice, filled)
        except KNOWN as error:
            return failed(error, _WHAT)

    def _send(self, invoice: int, filled: Filled) -> Outcome:
        to, cc, bcc = (", ".join(people) for people in (filled.to, filled.cc, filled.bcc))
        if not to:
            return Rejected(
                reason="the template finds no address on this invoice: enter one on the party"
            )
        record = [INVOICE, invoice]
        what = (to, cc, bcc, filled.subject, filled.body, None, record, filled.reports, None)
        try:
            mail = self._api.write("model.ir.email.send", int, *what)
        except AmbiguousWriteError as lost:
            return Uncertain(
                evidence=f"Tryton's answer to the e-mail request was lost: {lost}. Look under "
                "E-mails of the invoice"
            )
        return Delivered(remote_id=str(mail), detail="mailed by Tryton")

    def _filled(self, invoice: int) -> Filled | None:
        """The template for this invoice; None when there is none of that name."""
        domain = [["model.name", "=", INVOICE], ["name", "=", self._config.mail_template]]
        found = self._api.rows(_TEMPLATE, wire.Id, ("id",), domain, limit=1)
        if not found:
            return None
        said: Any = self._api.call(f"model.{_TEMPLATE}.get", msgspec.Raw, found[0].id, invoice)
        try:
            return msgspec.json.decode(bytes(said), type=Filled)
        except wire.UNREADABLE:
            raise ContractError("the filled-in template cannot be read") from None
