"""E-mail through Odoo: its own template's words, posted to the chatter and mailed by it.

The composer renders the template without sending anything; ``message_post`` then sends that
text once, under a Message-ID made of the effect's key. The Message-ID is what a lost answer is
looked up by: Odoo may have kept and mailed the message although its answer never came. A
message of which Odoo says that the mail failed is told as refused, for a person.
"""

import hashlib

import msgspec

from connectors.odoo import wire
from connectors.odoo.api import OdooApi, written_id
from connectors.odoo.chatter import MOVE
from connectors.odoo.config import OdooConfig
from connectors.odoo.facts import move_of
from connectors.odoo.failing import KNOWN, failed
from connectors.odoo.lists import Listing, some
from connectors.odoo.questions import plain
from connectors.odoo.speech import RefusedError
from syncer.errors import SyncerError, Transient
from syncer.http.faults import AmbiguousWriteError
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Uncertain

FAILED = frozenset({"exception", "bounce"})


class Notification(msgspec.Struct):
    """What became of a message for one recipient (mail.notification)."""

    notification_status: wire.Text = False


class Mailer:
    """Ledger mailer of one company."""

    def __init__(self, api: OdooApi, config: OdooConfig) -> None:
        self._api = api
        self._config = config
        self._template = 0

    def email_item(self, *, item_id: str, key: str) -> Outcome:
        """Have Odoo mail the invoice with its own wording, once per ``key``."""
        move = move_of(item_id)
        if not move:
            return Rejected(reason="Odoo has no such invoice")
        message_id = _message_id(key)
        try:
            if self._posted(message_id):
                return self._told(message_id, AlreadyThere(detail="found by its Message-ID"))
            words = self._wording(move)
            if not words.partner_ids:
                return Rejected(reason="Odoo's template names no recipient for this invoice")
            result = self._send(move, words, message_id)
        except AmbiguousWriteError as error:
            return self._settle(message_id, error)
        except KNOWN as error:
            return failed(error, "the e-mail was not sent")
        return self._told(message_id, Delivered(remote_id=str(written_id(result) or "")))

    def _send(self, move: int, words: wire.Wording, message_id: str) -> bytes:
        return self._api.write(
            MOVE,
            "message_post",
            ids=[move],
            context={"mail_post_autofollow": False, "mail_notify_force_send": True},
            subject=words.subject,
            body=words.body,
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=words.partner_ids,
            message_id=message_id,
        )

    def _wording(self, move: int) -> wire.Wording:
        """Subject, body and recipients as Odoo's own composer would have them.

        A composer is a transient record that Odoo sweeps away; making one sends nothing.
        """
        context = {
            "default_composition_mode": "comment",
            "default_model": MOVE,
            "default_res_ids": [move],
            "default_template_id": self._template_id(),
        }
        try:
            composer = self._api.write(
                "mail.compose.message", "create", context=context, vals_list=[{}]
            )
        except AmbiguousWriteError as lost:  # nothing can have left: no person need look
            raise Transient(f"Odoo's answer about the e-mail's words was lost: {lost}") from lost
        rows = self._api.ask(
            "mail.compose.message",
            "read",
            list[wire.Wording],
            ids=[written_id(composer)],
            fields=["subject", "body", "partner_ids"],
        )
        return rows[0] if rows else wire.Wording()

    def _template_id(self) -> int:
        if not self._template:
            named = [["model", "=", MOVE], ["name", "=", self._config.mail_template]]
            found = self._api.ask(
                "mail.template", "search", list[int], domain=named, limit=1, order="id"
            )
            if not found:
                raise RefusedError(
                    "settings.mail_template is no mail template for invoices in this Odoo"
                )
            self._template = found[0]
        return self._template

    def _posted(self, message_id: str) -> bool:
        domain = [["message_id", "=", message_id]]
        listing = Listing("mail.message", domain, plain(("message_id",)), wire.Reference)
        return bool(some(self._api, listing))

    def _told(self, message_id: str, otherwise: Outcome) -> Outcome:
        """``otherwise``, unless Odoo itself says that its mail failed."""
        try:
            domain = [["mail_message_id.message_id", "=", message_id]]
            spec = plain(("notification_status",))
            rows = some(self._api, Listing("mail.notification", domain, spec, Notification))
        except SyncerError:
            return otherwise
        if rows and all(row.notification_status in FAILED for row in rows):
            return Rejected(
                reason="Odoo posted the message and could not mail it: see the invoice's chatter"
            )
        return otherwise

    def _settle(self, message_id: str, lost: AmbiguousWriteError) -> Outcome:
        try:
            if self._posted(message_id):
                done = Delivered(detail="the answer was lost, the message is there")
                return self._told(message_id, done)
        except SyncerError:
            pass  # then nobody can tell
        return Uncertain(evidence=f"Odoo's answer to the e-mail was lost: {lost}")


def _message_id(key: str) -> str:
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@receivables-syncer.invalid>"
