"""Finds the row that governs: by country, day, debtor and creditor, and never a neighbour of it.

A claim to money rests on ``active`` rows alone. ``preview`` lets unverified rows through for plans
that are only looked at; whoever uses it says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import msgspec

from syncer.model.ledger import Record
from syncer.policy.charges.interest import RateOn, YearlyRate
from syncer.policy.law.rows import (
    AnyRow,
    Creditor,
    Debtor,
    Pack,
    Rate,
    RateMode,
    ReferenceRate,
    Row,
    Status,
    Uplift,
)

R = TypeVar("R", bound=Row)
PLUS = " + "  # between the rows that a rate is made of
_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)


class NoLaw(Exception):
    """No row that may be relied on: the sentence says which one is missing, and what to do."""


class Checked(Record, kw_only=True, frozen=True):
    """Somebody compared a row with its primary source."""

    row: str
    on: date
    by: str


class LawBook:
    """The packs that a configuration uses, with what was checked by hand laid over them."""

    def __init__(
        self, packs: Iterable[Pack], checked: Sequence[Checked] = (), *, preview: bool = False
    ) -> None:
        marks = {one.row: one for one in checked}
        self._packs: Mapping[str, Pack] = {
            pack.name: msgspec.structs.replace(
                pack, rows=tuple([_marked(row, marks.get(row.id)) for row in pack.rows])
            )
            for pack in packs
        }
        self._preview = preview
        self._status = {row.id: row.status for pack in self._packs.values() for row in pack.rows}

    def pack(self, name: str) -> Pack:
        """The pack called ``name``. Raises NoLaw when there is none."""
        try:
            return self._packs[name]
        except KeyError:
            known = ", ".join(sorted(self._packs))
            raise NoLaw(f"there is no law pack {name!r}; the packs are {known}") from None

    def rows(self, name: str, kind: type[R]) -> tuple[R, ...]:
        """Rows of a kind in the pack; where it has none, in the packs that it extends."""
        pack = self.pack(name)
        own = tuple([row for row in pack.rows if isinstance(row, kind) and row.status in _IN_FORCE])
        if own:
            return own
        return tuple([row for above in pack.extends for row in self.rows(above, kind)])

    def unverified(self, sources: Iterable[str]) -> tuple[str, ...]:
        """Those of the rows named by ``sources`` that nobody has checked."""
        names = [name for source in sources for name in source.split(PLUS)]
        return tuple([name for name in names if self._status.get(name) is Status.UNVERIFIED])

    def previewing(self) -> "LawBook":
        """The same law, with unverified rows: for what is only looked at."""
        return LawBook(self._packs.values(), preview=True)

    def row(
        self,
        name: str,
        kind: type[R],
        *,
        on: date,
        debtor: Debtor,
        creditor: Creditor = Creditor.OWN,
    ) -> R:
        """The one row that governs ``on``. Raises NoLaw where there is none that counts."""
        what = f"{kind.__name__.lower()} of pack {name}"
        fitting = [row for row in self.rows(name, kind) if row.applies_to(debtor, creditor)]
        if not fitting:
            raise NoLaw(f"no {what} applies to a {debtor.replace('_', ' ')}")
        return self._usable([row for row in fitting if row.governs(on)], what, on)

    def _usable(self, rows: Sequence[R], what: str, on: date) -> R:
        if not rows:
            raise NoLaw(
                f"no row gives the {what} for {on.isoformat()}; add it in a pack of your own, with "
                "its source: the row before or after it is never used instead"
            )
        row = rows[0]
        if row.status is not Status.ACTIVE and not self._preview:
            raise NoLaw(
                f"{row.id} is not verified: compare it with {row.source} and write the day under "
                "law.checked"
            )
        return row

    # --- interest --------------------------------------------------------------------------

    def statutory_rate(self, name: str, *, debtor: Debtor) -> RateOn:
        """The rate of each day; for a locked rate ask with the first day of interest.

        Where the pack states whole figures, these; else its uplift over the reference rate.
        """
        if self.rows(name, Rate):
            return lambda day: _yearly(self.row(name, Rate, on=day, debtor=debtor))
        return lambda day: self._uplifted(name, day, debtor)

    def rate_mode(self, name: str, *, debtor: Debtor, on: date) -> RateMode:
        """Whether the rate is locked at the start or follows the half-years."""
        if self.rows(name, Rate):
            return self.row(name, Rate, on=on, debtor=debtor).mode
        return self.row(name, Uplift, on=on, debtor=debtor).mode

    def _uplifted(self, name: str, day: date, debtor: Debtor) -> YearlyRate:
        uplift = self.row(name, Uplift, on=day, debtor=debtor)
        series = [row for row in self._references(name) if row.series == uplift.series]
        found = [row for row in series if row.governs(day)]
        base = self._usable(found, f"reference rate {uplift.series}", day)
        return YearlyRate(
            percent=base.percent + uplift.points,
            source=f"{base.id}{PLUS}{uplift.id}",
            valid_to=_earlier(base.valid_to, uplift.valid_to),
        )

    def _references(self, name: str) -> tuple[ReferenceRate, ...]:
        own = [row for row in self.pack(name).rows if isinstance(row, ReferenceRate)]
        above = self.pack(name).extends
        return (*own, *[row for one in above for row in self._references(one)])


def locked(rate_on: RateOn) -> RateOn:
    """The rate of the first day that is asked for, kept for every later day."""
    chosen: list[YearlyRate] = []

    def rate(day: date) -> YearlyRate:
        if not chosen:
            chosen.append(msgspec.structs.replace(rate_on(day), valid_to=None))
        return chosen[0]

    return rate


def _yearly(row: Rate) -> YearlyRate:
    return YearlyRate(percent=row.percent, source=row.id, valid_to=row.valid_to)


def _earlier(one: date | None, other: date | None) -> date | None:
    days = [day for day in (one, other) if day is not None]
    return min(days) if days else None


def _marked(row: AnyRow, mark: Checked | None) -> AnyRow:
    """A bill stays a bill, whoever read it."""
    if mark is None or row.status is not Status.UNVERIFIED:
        return row
    return msgspec.structs.replace(
        row, status=Status.ACTIVE, checked_on=mark.on, checked_by=mark.by
    )
