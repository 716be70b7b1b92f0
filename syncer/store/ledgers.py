"""Ledgers by name, their leases, and what is known of each organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from syncer.errors import LeaseHeld, StateError
from syncer.model.decision import LedgerContext
from syncer.model.ledger import Organisation
from syncer.model.run import LedgerStatus
from syncer.ports import Lease
from syncer.store import doubts
from syncer.store.journal import Journals, start_chains
from syncer.store.planning import insert_for
from syncer.store.prepared import Prepared
from syncer.store.tables import event, item, lease, ledger, ledger_run, settled
from syncer.store.types import print_instant

TURNOVER_DAYS = 365

RUN_DAYS_KEPT = 400
"""How far back missed days are told: longer than any ladder."""

LIVE = "live"

RELEASED = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a lease that was given back."""

_NUMBER: BindParameter[Any] = bindparam("number")
_TODAY: BindParameter[Any] = bindparam("today")
_BY_NAME = Prepared(select(ledger.c.ledger_no).where(ledger.c.name == bindparam("name")))
_leased = select(lease.c.generation, lease.c.owner).where(lease.c.ledger_no == _NUMBER)
_LEASE = Prepared(_leased)
_LEASE_LOCKED = Prepared(_leased.with_for_update())
_MOVE_LEASE = Prepared(
    update(lease)
    .where(lease.c.ledger_no == _NUMBER)
    .values(owner=bindparam("new_owner"), until=bindparam("new_until"))
)
_ORGANISATION = Prepared(select(ledger.c.organisation).where(ledger.c.ledger_no == _NUMBER))
_SAVE_ORGANISATION = Prepared(
    update(ledger)
    .where(ledger.c.ledger_no == _NUMBER)
    .values(organisation=bindparam("said"), organisation_at=bindparam("at"))
)
_LIVE_RUN = (
    ledger_run.c.ledger_no == _NUMBER,
    ledger_run.c.mode == literal_column(f"'{LIVE}'"),
    or_(
        *(
            ledger_run.c.status == literal_column(f"'{word.value}'")
            for word in (LedgerStatus.OK, LedgerStatus.PARTIAL)
        )
    ),
    ledger_run.c.today <= _TODAY,
)
_DAYS_RUN = Prepared(
    select(ledger_run.c.today)
    .distinct()
    .where(*_LIVE_RUN, ledger_run.c.today >= bindparam("since"))
    .order_by(ledger_run.c.today)
)
_FIRST_LIVE = Prepared(select(func.min(ledger_run.c.today)).where(*_LIVE_RUN))
_TURNOVER = Prepared(
    select(settled.c.currency, func.sum(settled.c.amount))
    .where(
        settled.c.ledger_no == _NUMBER,
        settled.c.gone_at.is_(None),
        settled.c.paid_on > bindparam("after"),
        settled.c.paid_on <= _TODAY,
    )
    .group_by(settled.c.currency)
    .order_by(settled.c.currency)
)
_OPEN_TOTALS = Prepared(
    select(item.c.currency, func.sum(item.c.owed))
    .where(item.c.ledger_no == _NUMBER, func.length(item.c.digest) > literal_column("0"))  # open
    .group_by(item.c.currency)
    .order_by(item.c.currency)
)


@dataclass(frozen=True, slots=True)
class LedgerRef:
    """A ledger's name and its number in the tables."""

    number: int
    name: str


def find(connection: Connection, name: str) -> LedgerRef | None:
    """The ledger, when it was ever seen."""
    number = _BY_NAME.value(connection, name=name)
    return None if number is None else LedgerRef(number, name)


def find_or_add(connection: Connection, name: str) -> LedgerRef:
    """The ledger, added with empty journals when it is new."""
    found = find(connection, name)
    if found is not None:
        return found
    build = insert_for(connection.dialect)
    added = connection.execute(
        build(ledger).values(name=name).on_conflict_do_nothing().returning(ledger.c.ledger_no)
    ).scalar_one_or_none()
    if added is not None:
        start_chains(connection, added, name)
        return LedgerRef(added, name)
    return LedgerRef(_BY_NAME.value(connection, name=name), name)  # another process was quicker


def take_lease(
    connection: Connection, ref: LedgerRef, *, owner: str, now: datetime, until: datetime
) -> Lease:
    """Take a lease that is free or expired. Raises LeaseHeld, naming the owner and its end."""
    build = insert_for(connection.dialect)
    statement = build(lease).values(ledger_no=ref.number, owner=owner, generation=1, until=until)
    taken = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["ledger_no"],
            set_={"owner": owner, "generation": lease.c.generation + 1, "until": until},
            where=or_(lease.c.until <= now, lease.c.owner == ""),
        ).returning(lease.c.generation)
    ).scalar_one_or_none()
    if taken is None:
        held = connection.execute(select(lease).where(lease.c.ledger_no == ref.number)).one()
        raise LeaseHeld(
            f"ledger {ref.name} is being worked on by {held.owner} until "
            f"{held.until:%Y-%m-%d %H:%M:%S} UTC; this run leaves it alone. If that run is gone "
            f"for good: syncer unlock {ref.name}"
        )
    doubts.leased(connection, ref.number, now, first=taken == 1)
    return Lease(ledger=ref.name, owner=owner, generation=taken, until=until)


def call_known(connection: Connection, ref: LedgerRef) -> bool:
    """Let the next lease not be the ledger's first; False when it would not have been."""
    build = insert_for(connection.dialect)
    given_back = build(lease).values(ledger_no=ref.number, owner="", generation=1, until=RELEASED)
    row = given_back.on_conflict_do_nothing().returning(lease.c.generation)
    return connection.execute(row).one_or_none() is not None


def was_leased(connection: Connection, ref: LedgerRef) -> bool:
    """Whether a run ever worked on it, or somebody vouched for it."""
    row = select(lease.c.generation).where(lease.c.ledger_no == ref.number)
    return connection.execute(row).one_or_none() is not None


def check_lease(connection: Connection, ref: LedgerRef, mine: Lease, *, lock: bool) -> None:
    """Refuse to go on when another owner took over; ``lock`` keeps it so until the commit."""
    row = (_LEASE_LOCKED if lock else _LEASE).first(connection, number=ref.number)
    if row is None or (row.generation, row.owner) != (mine.generation, mine.owner):
        raise LeaseHeld(f"another run took over ledger {ref.name}; this one stops working on it")


def held_lease(connection: Connection, ref: LedgerRef) -> Lease | None:
    """The lease as it stands, expired or not; None when it was given back."""
    row = connection.execute(select(lease).where(lease.c.ledger_no == ref.number)).one_or_none()
    if row is None or not row.owner:
        return None
    return Lease(ledger=ref.name, owner=row.owner, generation=row.generation, until=row.until)


def break_lease(
    connection: Connection, journals: Journals, ref: LedgerRef, held: Lease, *, author: str,
    at: datetime,
) -> bool:  # fmt: skip
    """End ``held`` for its owner and journal who did; False when it moved meanwhile."""
    same = (lease.c.generation == held.generation, lease.c.owner == held.owner)
    broken = connection.execute(
        update(lease)
        .where(lease.c.ledger_no == ref.number, lease.c.until == held.until, *same)
        .values(owner="", until=at, generation=lease.c.generation + 1)
        .returning(lease.c.generation)
    ).one_or_none()
    if broken is None:
        return False
    said = {"owner": held.owner, "until": print_instant(held.until), "author": author}
    body = msgspec.json.encode(said).decode()
    journals.append(event, [(print_instant(at), "unlocked", "", body)])
    return True


def move_lease(connection: Connection, ref: LedgerRef, *, owner: str, until: datetime) -> None:
    """Prolong a checked lease, or give it back (owner "")."""
    _MOVE_LEASE.run(connection, number=ref.number, new_owner=owner, new_until=until)


def save_organisation(
    connection: Connection, ref: LedgerRef, organisation: Organisation, at: datetime
) -> None:
    """Remember what the ledger said of its owner."""
    said = msgspec.json.encode(organisation).decode()
    _SAVE_ORGANISATION.run(connection, number=ref.number, said=said, at=at)


def organisation(connection: Connection, ref: LedgerRef) -> Organisation | None:
    """The organisation as last read; None before the first pull."""
    text = _ORGANISATION.value(connection, number=ref.number)
    return None if text is None else msgspec.json.decode(text, type=Organisation)


def time_zone(connection: Connection, ref: LedgerRef) -> str:
    """The organisation's time zone; UTC before the first pull."""
    known = organisation(connection, ref)
    return "UTC" if known is None else known.time_zone


def context(connection: Connection, ref: LedgerRef, today: date) -> LedgerContext:
    """Facts that are the same for every account. Raises StateError before the first pull."""
    known = organisation(connection, ref)
    if known is None:
        raise StateError(f"ledger {ref.name} was never read; run `syncer run` first")
    days = _days_run(connection, ref, today)
    return LedgerContext(
        ledger=ref.name,
        organisation=known,
        today=today,
        last_run_on=days[-1] if days else None,
        live_since=_first_live(connection, ref, today),
        gaps=tuple(pair for pair in pairwise(days) if pair[1] - pair[0] > timedelta(days=1)),
        turnover=_turnover(connection, ref, today),
    )


def _days_run(connection: Connection, ref: LedgerRef, today: date) -> list[date]:
    """Days of the last year or so on which a run that could send was completed, in order."""
    since = today - timedelta(days=RUN_DAYS_KEPT)
    found = _DAYS_RUN.all(connection, number=ref.number, today=today, since=since)
    return [row.today for row in found]


def _first_live(connection: Connection, ref: LedgerRef, today: date) -> date | None:
    """The day of the first completed run that could send, as far as the log of runs goes back."""
    first: date | None = _FIRST_LIVE.value(connection, number=ref.number, today=today)
    return first


def _turnover(
    connection: Connection, ref: LedgerRef, today: date
) -> tuple[tuple[str, Decimal], ...]:
    after = today - timedelta(days=TURNOVER_DAYS)
    found = _TURNOVER.all(connection, number=ref.number, after=after, today=today)
    return tuple(map(tuple, found))


def open_totals(connection: Connection, ref: LedgerRef) -> Mapping[str, Decimal]:
    """Invoices minus everything else that is open, per currency."""
    return dict(map(tuple, _OPEN_TOTALS.all(connection, number=ref.number)))
