"""Ledgers by name, their leases, and what is known of each organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
from sqlalchemy import Connection, func, or_, select, update

from syncer.errors import LeaseHeld, StateError
from syncer.model.decision import LedgerContext
from syncer.model.ledger import Organisation
from syncer.model.run import LedgerStatus
from syncer.ports import Lease
from syncer.store import doubts
from syncer.store.journal import Journals, start_chains
from syncer.store.planning import insert_for
from syncer.store.tables import event, item, lease, ledger, ledger_run, settled
from syncer.store.types import print_instant

TURNOVER_DAYS = 365

RUN_DAYS_KEPT = 400
"""How far back missed days are told: longer than any ladder."""

LIVE = "live"

RELEASED = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a lease that was given back."""

_COMPLETED = (LedgerStatus.OK.value, LedgerStatus.PARTIAL.value)


@dataclass(frozen=True, slots=True)
class LedgerRef:
    """A ledger's name and its number in the tables."""

    number: int
    name: str


def find(connection: Connection, name: str) -> LedgerRef | None:
    """The ledger, when it was ever seen."""
    query = select(ledger.c.ledger_no).where(ledger.c.name == name)
    number = connection.execute(query).scalar_one_or_none()
    return None if number is None else LedgerRef(number, name)


def find_or_add(connection: Connection, name: str) -> LedgerRef:
    """The ledger, added with empty journals when it is new."""
    build = insert_for(connection.dialect)
    added = connection.execute(
        build(ledger).values(name=name).on_conflict_do_nothing().returning(ledger.c.ledger_no)
    ).scalar_one_or_none()
    if added is not None:
        start_chains(connection, added, name)
        return LedgerRef(added, name)
    number = connection.execute(select(ledger.c.ledger_no).where(ledger.c.name == name))
    return LedgerRef(number.scalar_one(), name)


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


def check_lease(connection: Connection, ref: LedgerRef, mine: Lease, *, lock: bool) -> None:
    """Refuse to go on when another owner took over; ``lock`` keeps it so until the commit."""
    query = select(lease.c.generation, lease.c.owner).where(lease.c.ledger_no == ref.number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
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
    connection.execute(
        update(lease).where(lease.c.ledger_no == ref.number).values(owner=owner, until=until)
    )


def save_organisation(
    connection: Connection, ref: LedgerRef, organisation: Organisation, at: datetime
) -> None:
    """Remember what the ledger said of its owner."""
    connection.execute(
        update(ledger)
        .where(ledger.c.ledger_no == ref.number)
        .values(organisation=msgspec.json.encode(organisation).decode(), organisation_at=at)
    )


def organisation(connection: Connection, ref: LedgerRef) -> Organisation | None:
    """The organisation as last read; None before the first pull."""
    query = select(ledger.c.organisation).where(ledger.c.ledger_no == ref.number)
    text = connection.execute(query).scalar_one()
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
    query = (
        select(ledger_run.c.today)
        .distinct()
        .where(
            ledger_run.c.ledger_no == ref.number,
            ledger_run.c.mode == LIVE,
            ledger_run.c.status.in_(_COMPLETED),
            ledger_run.c.today.between(today - timedelta(days=RUN_DAYS_KEPT), today),
        )
        .order_by(ledger_run.c.today)
    )
    return list(connection.execute(query).scalars())


def _first_live(connection: Connection, ref: LedgerRef, today: date) -> date | None:
    """The day of the first completed run that could send, as far as the log of runs goes back."""
    query = select(func.min(ledger_run.c.today)).where(
        ledger_run.c.ledger_no == ref.number,
        ledger_run.c.mode == LIVE,
        ledger_run.c.status.in_(_COMPLETED),
        ledger_run.c.today <= today,
    )
    first: date | None = connection.execute(query).scalar_one()
    return first


def _turnover(
    connection: Connection, ref: LedgerRef, today: date
) -> tuple[tuple[str, Decimal], ...]:
    query = (
        select(settled.c.currency, func.sum(settled.c.amount))
        .where(
            settled.c.ledger_no == ref.number,
            settled.c.gone_at.is_(None),
            settled.c.paid_on > today - timedelta(days=TURNOVER_DAYS),
            settled.c.paid_on <= today,
        )
        .group_by(settled.c.currency)
        .order_by(settled.c.currency)
    )
    return tuple((currency, amount) for currency, amount in connection.execute(query))


def open_totals(connection: Connection, ref: LedgerRef) -> Mapping[str, Decimal]:
    """Invoices minus everything else that is open, per currency."""
    query = (
        select(item.c.currency, func.sum(item.c.owed))
        .where(item.c.ledger_no == ref.number, func.length(item.c.digest) > 0)  # not gone
        .group_by(item.c.currency)
        .order_by(item.c.currency)
    )
    return dict(tuple(row) for row in connection.execute(query))
