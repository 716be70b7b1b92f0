"""Which invoices Tryton itself mailed lately, and when last: by the e-mails it keeps, ``ir.email``.

An e-mail is kept under what it was about: the invoice, or a dunning of one of its lines (module
account_dunning_email, merged into ``ir.email`` in 7.0). Letters that a dunning had printed leave
no day behind. A user who may not read e-mails sees none: then none counts, and ``check`` says so.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import field

from connectors.tryton import wire
from connectors.tryton.api import Domain, TrytonApi
from connectors.tryton.entries import INVOICE
from connectors.tryton.faults import RefusedReadError
from connectors.tryton.fields import DUNNING

LOOK_BACK = timedelta(days=62)  # no gap and hardly a cap reaches further
MAILS_MAX = 20_000  # the newest; of older ones nothing is told
EMAIL = "ir.email"
UNSEEN = (
    "this user may not read the e-mails that Tryton sent (ir.email), so none of them counts as a "
    "contact: give its group access to them"
)


class Moment(wire.Wire):
    """An instant in UTC, without saying so."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int

    @property
    def instant(self) -> datetime:
        """The same, aware. Raises ValueError for one that there is not."""
        clock = (self.hour, self.minute, self.second)
        return datetime(self.year, self.month, self.day, *clock, tzinfo=UTC)


class Email(wire.Wire, kw_only=True):
    """An e-mail that Tryton sent, as far as it says when, and ``model,id`` of what about."""

    id: int
    about: str | None = field(name="resource", default=None)
    at: Moment | None = field(name="create_date", default=None)


class Mailings:
    """The day of the last mail by invoice and dunning, read when first wanted and then kept."""

    def __init__(self, api: TrytonApi, now: datetime, time_zone: str, *, dunning: bool) -> None:
        self._api = api
        self._now = now
        self._zone = ZoneInfo(time_zone)
        self._models = (INVOICE, DUNNING) if dunning else (INVOICE,)
        self._last: dict[str, datetime] | None = None
        self.unseen = False  # the user may not read them

    def day(self, invoice: int | None, dunnings: Iterable[wire.Dun]) -> date | None:
        """The company's day of the last mail about an invoice; None: there was none lately."""
        last = self.last()
        if not last:
            return None
        about = [f"{DUNNING},{one.id}" for one in dunnings]
        if invoice is not None:
            about.append(f"{INVOICE},{invoice}")
        found = [last[one] for one in about if one in last]
        return max(found).astimezone(self._zone).date() if found else None

    def since(self, moment: datetime) -> tuple[list[int], list[int]]:
        """Numbers of the invoices and of the dunnings that a mail was about since then."""
        about = [one.partition(",") for one, at in self.last().items() if at >= moment]
        numbers = [(model, int(number)) for model, _, number in about if number.isdecimal()]
        return (
            sorted(number for model, number in numbers if model == INVOICE),
            sorted(number for model, number in numbers if model == DUNNING),
        )

    def last(self) -> dict[str, datetime]:
        """The last mail by what it was about (``model,id``), aware UTC."""
        if self._last is None:
            self._last = {}
            try:
                for row in self._rows():
                    if row.about and row.at is not None:
                        at = row.at.instant
                        self._last[row.about] = max(at, self._last.get(row.about, at))
            except RefusedReadError:
                self.unseen = True
        return self._last

    def _rows(self) -> list[Email]:
        """The newest first: pages go back by id."""
        kinds: Domain = ["OR", *(["resource", "like", f"{model},%"] for model in self._models)]
        since = (self._now - LOOK_BACK).astimezone(UTC)
        domain: Domain = [["create_date", ">=", wire.of_moment(since)], kinds]
        found: list[Email] = []
        size, more = self._api.rows_per_call, domain
        while len(found) < MAILS_MAX:
            page = self._api.rows(
                EMAIL,
                Email,
                ("resource", "create_date"),
                more,
                order=(("id", "DESC"),),
                limit=size,
            )
            found += page
            if len(page) < size:
                break
            more = [*domain, ["id", "<", page[-1].id]]
        return found
