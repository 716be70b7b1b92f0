"""The chatter: lines under records, who was told of them by e-mail, and planned activities.

Where partners were merged, a line on the survivor says who went, and what stood on the merged
ones stands on the survivor.
"""

import html
from collections.abc import Callable, Iterator
from datetime import datetime

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.odoo.domains import Row
from syncer.sandbox.records import Contact

MERGED, MAILED = 100, 90_000  # where the numbers of such lines begin
PARTNER, MOVE = "res.partner", "account.move"
_MOMENT = "%Y-%m-%d %H:%M:%S"


class Chatter:
    """Of one company. ``move`` and ``partner`` tell the numbers of the world's records."""

    def __init__(
        self, ledger: Ledger, *, move: Callable[[str], int], partner: Callable[[str], int]
    ) -> None:
        self.messages: list[Row] = []  # that programs posted
        self.activities: list[Row] = []
        self._ledger = ledger
        self._move = move
        self._partner = partner

    def lines(self) -> Iterator[Row]:
        """Every line (mail.message)."""
        yield from self._merge_notes()
        yield from self._mails()
        moved = self._moved()
        for message in self.messages:
            fate, partners = message.get("fate", "sent"), message.get("partner_ids", [])
            on_partner = message["model"] == PARTNER
            yield {
                "date": message.get("create_date", ""),
                "notification_ids": [notified(fate) for _ in partners],
                **message,
                **(
                    {"res_id": moved.get(message["res_id"], message["res_id"])}
                    if on_partner
                    else {}
                ),
            }

    def notifications(self) -> Iterator[Row]:
        """Who was told of what was posted (mail.notification)."""
        for one in self.messages:
            for partner in one.get("partner_ids", []):
                yield {
                    "id": one["id"] * 10 + partner,
                    "mail_message_id": {"message_id": one["message_id"]},
                    "notification_status": one.get("fate", "sent"),
                }

    def _moved(self) -> dict[int, int]:
        """Merged partner -> who is left of them."""
        contacts = self._ledger.books.contacts.values()
        return {
            self._partner(one.contact_id): self._partner(self._survivor(one).contact_id)
            for one in contacts
            if one.merged_into
        }

    def _survivor(self, contact: Contact) -> Contact:
        while contact.merged_into:
            contact = self._ledger.contact(contact.merged_into)
        return contact

    def _merge_notes(self) -> Iterator[Row]:
        for number, contact in enumerate(self._ledger.books.contacts.values()):
            if contact.merged_into:
                gone = self._partner(contact.contact_id)
                words = html.escape(f"{contact.name} <{contact.email}> (ID {gone})", quote=False)
                yield {
                    "id": MERGED + number,
                    "model": PARTNER,
                    "res_id": self._partner(self._survivor(contact).contact_id),
                    "message_type": "notification",
                    "body": f"<span>Merged with the following partners: {words}</span>",
                    "create_date": moment(contact.changed_at),
                    "date": moment(contact.changed_at),
                    "notification_ids": [],
                    "mail_activity_type_id": False,
                }

    def _mails(self) -> Iterator[Row]:
        """Of invoices that the world's ledger mailed."""
        for number, doc in enumerate(self._ledger.books.documents.values()):
            if doc.sent_at is not None:
                yield mail_line(MAILED + number, self._move(doc.doc_id), doc.sent_at)


def moment(at: datetime) -> str:
    """UTC to the second, as Odoo writes times."""
    return at.strftime(_MOMENT)


def notified(fate: str = "sent", *, outside: bool = True, kind: str = "email") -> Row:
    """Somebody who was told of a line."""
    return {
        "notification_type": kind,
        "notification_status": fate,
        "res_partner_id": {"partner_share": outside},
    }


def mail_line(number: int, move: int, at: datetime, **more: object) -> Row:
    """A line of an invoice's chatter that went to its customer by e-mail."""
    return {
        "id": number,
        "model": MOVE,
        "res_id": move,
        "body": "<p>Dear customer</p>",
        "message_type": "comment",
        "subtype": "mail.mt_comment",
        "message_id": f"<{number}@odoo.example>",
        "create_date": moment(at),
        "date": moment(at),
        "mail_activity_type_id": False,
        "notification_ids": [notified()],
        **more,
    }
