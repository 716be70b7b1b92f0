"""Which invoices Tryton itself mailed lately, and when last: by the e-mails it keeps, ``ir.email``.

An e-mail is kept under what it was about: the invoice, or a dunning of one of its lines (module
account_dunning_email, merged into ``ir.email`` in 7.0). Letters that a dunning had printed leave
no day behind. Since 8.0 Tryton shows e-mails only to who names the records they stand on
(trytond/ir/resource.py): they are asked for by the lines that are read anyway, and for changes by
all that is open. A user who may not read them sees none: then none counts, and ``check`` says so.
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
MAILS_MAX = 20_000  # about the records of one call, the newest; of older ones nothing is told
BATCH = 1000  # records in one call
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
    """The last mail by what it was about (``model,id``), once looked at."""

    def __init__(self, api: TrytonApi, now: datetime, time_zone: str, *, dunning: bool) -> None:
        self._api = api
        self._since = (now - LOOK_BACK).astimezone(UTC)
        self._zone = ZoneInfo(time_zone)
        self._dunning = dunning
        self._last: dict[str, datetime] = {}
        self.unseen = False  # the user may not read them

    def about(self, invoice: int | None, dunnings: Iterable[int]) -> list[str]:
        """What a mail about an invoice may stand under."""
        found = [f"{DUNNING},{one}" for one in dunnings] if self._dunning else []
        return found if invoice is None else [*found, f"{INVOICE},{invoice}"]

    def day(self, about: Iterable[str]) -> date | None:
        """The company's day of the last mail about any of these; None: there was none lately."""
        found = [self._last[one] for one in about if one in self._last]
        return max(found).astimezone(self._zone).date() if found else None

    def look(self, about: Iterable[str]) -> None:
        """Read the mails about these as they are now; they must be there."""
        wanted = sorted(set(about))
        for one in wanted:
            self._last.pop(one, None)
        self._last |= self._read(wanted, self._since)

    def since(self, moment: datetime, about: Iterable[str]) -> set[str]:
        """Those of the records that a mail was about since then."""
        return set(self._read(sorted(set(about)), moment))

    def _read(self, about: list[str], since: datetime) -> dict[str, datetime]:
        """The last mail by what it was about, aware UTC; nothing where Tryton refuses."""
        last: dict[str, datetime] = {}
        try:
            for start in range(0, len(about), BATCH):
                for row in self._rows(about[start : start + BATCH], since):
                    if row.about and row.at is not None:
                        at = row.at.instant
                        last[row.about] = max(at, last.get(row.about, at))
        except RefusedReadError:
            self.unseen = True
        return last

    def _rows(self, about: list[str], since: datetime) -> list[Email]:
        """The newest first: pages go back by id."""
        domain: Domain = [["resource", "in", about], ["create_date", ">=", wire.of_moment(since)]]
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
