"""Reads what the state can prove about one customer, row by row as it was hashed."""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, or_, select

from syncer.model.effect import Effect, Message
from syncer.model.evidence import Contacted, Entry, Evidence, Head, Kept
from syncer.model.ledger import Account
from syncer.model.run import RunResult
from syncer.store import holds, outbox
from syncer.store.effects import COLUMNS, effect_from
from syncer.store.ids import among, batches, packed
from syncer.store.journal import row_text, start_hash
from syncer.store.ledgers import LedgerRef
from syncer.store.merges import survivors
from syncer.store.tables import JOURNALS, account, chain, decision, event, item, message, run
from syncer.store.tables import outbox as outbox_table
from syncer.store.types import print_instant

HOLD_EVENTS = ("hold_added", "hold_ended", "hold_removed")


def evidence(connection: Connection, ref: LedgerRef, account_id: str) -> Evidence | None:
    """All that is kept about an account and those merged into it; None when nobody knows it."""
    known = _account(connection, ref, account_id)
    if known is None:
        return None
    merged = survivors(connection, ref.number)
    ids = {account_id, *(source for source, target in merged.items() if target == account_id)}
    effects = _effects(connection, ref, ids)
    kept = [one for each in sorted(ids) for one in holds.listed(connection, ref, account_id=each)]
    subjects = {one.key for one in effects} | {one.hold_id for one in kept}
    return Evidence(
        ledger=ref.name,
        account=known,
        contacts=tuple([_contacted(connection, ref, one) for one in effects]),
        holds=tuple(kept),
        entries=tuple(_entries(connection, ref, ids, subjects)),
        heads=tuple(_heads(connection, ref)),
        numbers=_numbers(connection, ref, ids),
    )


def _numbers(connection: Connection, ref: LedgerRef, ids: Collection[str]) -> dict[str, str]:
    """What people call the invoices and credits that this customer has or had."""
    query = select(item.c.item_id, item.c.number).where(
        item.c.ledger_no == ref.number, item.c.account_id.in_(ids), item.c.number != ""
    )
    rows = connection.execute(query.order_by(item.c.item_id))
    return {one.item_id: one.number for one in rows}


def _account(connection: Connection, ref: LedgerRef, account_id: str) -> Account | None:
    query = select(account.c.body).where(
        account.c.ledger_no == ref.number, account.c.account_id == account_id
    )
    body = connection.execute(query).scalar_one_or_none()
    return None if body is None else msgspec.json.decode(body, type=Account)


def _effects(connection: Connection, ref: LedgerRef, ids: Collection[str]) -> list[Effect]:
    query = (
        select(*COLUMNS)
        .where(outbox_table.c.ledger_no == ref.number, outbox_table.c.account_id.in_(ids))
        .order_by(outbox_table.c.created_at, outbox_table.c.key)
    )
    return [effect_from(row, ref.name) for row in connection.execute(query)]


def _contacted(connection: Connection, ref: LedgerRef, effect: Effect) -> Contacted:
    query = select(run.c.result).where(run.c.run_id == effect.run_id)
    body = connection.execute(query).scalar_one_or_none()
    made = None if body is None else msgspec.json.decode(body, type=RunResult)
    return Contacted(
        effect=effect,
        attempts=tuple(outbox.attempts(connection, ref.number, effect.key)),
        messages=tuple(_messages(connection, effect.key)),
        policy_version=made.policy_version if made else "",
        program=made.version if made else "",
    )


def _messages(connection: Connection, key: str) -> Iterator[Kept]:
    columns = message.c
    query = select(columns.number, columns.sha256, columns.fields, columns.raw)
    for row in connection.execute(query.where(columns.key == key).order_by(columns.number)):
        fields = msgspec.json.decode(row.fields, type=Message)
        raw = row.raw.encode() if isinstance(row.raw, str) else bytes(row.raw)  # text: altered
        whole = msgspec.structs.replace(fields, raw=raw)
        yield Kept(number=row.number, sha256=row.sha256, message=whole)


def _entries(
    connection: Connection, ref: LedgerRef, ids: Collection[str], subjects: Collection[str]
) -> Iterator[Entry]:
    for journal in JOURNALS:
        wanted = ids if journal is decision else subjects
        column = journal.c.account_id if journal is decision else journal.c.key
        for some in batches(sorted(wanted)):
            given = {"ids": packed(some, connection.dialect)}
            query = select(*[one for one in journal.c if one.name != "ledger_no"]).where(
                journal.c.ledger_no == ref.number, among(column, connection.dialect)
            )
            rows = connection.execute(query.order_by(journal.c.entry_no), given).all()
            for row in rows:
                yield _entry(connection, ref, journal, row)
    yield from _about_holds(connection, ref, ids)


def _about_holds(connection: Connection, ref: LedgerRef, ids: Collection[str]) -> Iterator[Entry]:
    """Who entered and who ended each hold, those included that stand nowhere any more."""
    query = select(*[one for one in event.c if one.name != "ledger_no"]).where(
        event.c.ledger_no == ref.number,
        event.c.what.in_(HOLD_EVENTS),
        or_(*[event.c.body.contains(_as_json(each), autoescape=True) for each in sorted(ids)]),
    )
    for row in connection.execute(query.order_by(event.c.entry_no)).all():
        yield _entry(connection, ref, event, row)


def _as_json(account_id: str) -> str:
    """How the account of a hold stands in an entry's text."""
    return f'"account_id":{msgspec.json.encode(account_id).decode()}'


def _entry(connection: Connection, ref: LedgerRef, journal: Table, row: Any) -> Entry:
    number, *values, stored = row
    at = print_instant(values[0])
    return Entry(
        journal=str(journal.name),
        number=number,
        at=at,
        row=row_text((number, at, *values[1:])),
        previous=_previous(connection, ref, journal, number),
        hash=stored,
    )


def _previous(connection: Connection, ref: LedgerRef, journal: Table, number: int) -> str:
    query = select(journal.c.hash).where(
        journal.c.ledger_no == ref.number, journal.c.entry_no == number - 1
    )
    found = connection.execute(query).scalar_one_or_none()
    return found or start_hash(ref.name, journal.name)


def _heads(connection: Connection, ref: LedgerRef) -> Iterator[Head]:
    query = select(chain.c.journal, chain.c.last_no, chain.c.last_hash).where(
        chain.c.ledger_no == ref.number
    )
    for row in connection.execute(query.order_by(chain.c.journal)):
        yield Head(journal=row.journal, number=row.last_no, hash=row.last_hash)
