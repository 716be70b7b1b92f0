"""Which invoices Odoo itself mailed lately, and when last: by their chatter, in one question.

What was mailed since is asked for again ahead of each fresh look at an account.

A message counts that left as e-mail, or is about to, to somebody who is no user of this Odoo: an
invoice that was sent, by hand or by an addon that reminds of it. A note that colleagues write to
each other does not, nor does what a customer writes. The follow-ups of Odoo Enterprise stand on
the customer and name no invoice: they are not seen here.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.odoo import wire
from connectors.odoo.api import OdooApi
from connectors.odoo.lists import Listing, some
from connectors.odoo.questions import Domain, plain

LOOK_BACK = timedelta(days=62)  # no gap and hardly a cap reaches further
OVERLAP = timedelta(minutes=30)  # a message's time is when its transaction began
MAILS_MAX = 20_000  # the newest; of older ones only is known that the invoice was sent
_MOMENT = "%Y-%m-%d %H:%M:%S"
_UNDER_WAY = ("ready", "process", "pending", "sent")
_TO_OUTSIDE: Domain = [
    ["notification_type", "=", "email"],
    ["notification_status", "in", list(_UNDER_WAY)],
    ["res_partner_id.partner_share", "=", True],
]


class Mailings:
    """The day of the last mail by invoice, read when first wanted, then kept up to date."""

    def __init__(self, api: OdooApi, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._last: dict[int, datetime] | None = None
        self._until: datetime | None = None  # the server's time at the last question

    def forget(self) -> None:
        """Ask anew the next time: a new read of the ledger begins."""
        self._last = None

    def day(self, move: int, time_zone: str) -> date | None:
        """The day on which an entry was last mailed, in ``time_zone``; None: not lately."""
        at = self._whole().get(move)
        return at.astimezone(ZoneInfo(time_zone)).date() if at is not None else None

    def catch_up(self) -> None:
        """Ask for what was mailed since the last question, or for all where none was asked."""
        known, until = self._last, self._until
        if known is None or until is None:
            self._last = None
            self._whole()
            return
        for move, at in self._asked(until - OVERLAP).items():
            known[move] = max(at, known.get(move, at))

    def _whole(self) -> dict[int, datetime]:
        if self._last is None:
            self._last = self._asked(self._clock().astimezone(UTC) - LOOK_BACK)
        return self._last

    def _asked(self, since: datetime) -> dict[int, datetime]:
        until = self._api.server_now(self._clock())
        domain = [
            ["model", "=", "account.move"],
            ["message_type", "!=", "email"],  # which came in
            ["date", ">=", since.strftime(_MOMENT)],
            ["notification_ids", "any", _TO_OUTSIDE],
        ]
        listing = Listing("mail.message", domain, plain(("res_id", "date")), wire.Mailing)
        rows = some(self._api, listing, limit=MAILS_MAX, order="id desc")
        last: dict[int, datetime] = {}
        for row in rows:
            at = row.date.replace(tzinfo=UTC)
            last[row.res_id] = max(at, last.get(row.res_id, at))
        self._until = until
        return last
