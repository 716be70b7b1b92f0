"""Answers statements, single reads and change data.

The result of a statement is kept until the books change, so paging through 100,000 rows
filters and sorts them once; encoded rows are kept per record. Sources: "data queries" and
"change data capture" pages, read November 2026.
"""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from syncer.sandbox.exchange import Answer
from syncer.sandbox.quickbooks import shapes
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.entities import ENTITIES, INVOICE, Entity, Property
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.query import Condition, Query, parse
from syncer.sandbox.quickbooks.wire import ROW, Row, read_instant, stamp

ROWS_KEPT = 250_000
RESULTS_KEPT = 32
LOOK_BACK = timedelta(days=30)
CHANGES_MAX = 1000
NOTHING = " "  # the literal that stands for no value
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
Test = Callable[[Any], bool]


class Reader:
    """Answers reads, with what it kept from earlier ones."""

    def __init__(self) -> None:
        self._results: dict[tuple[object, ...], list[Any]] = {}
        self._rows: dict[tuple[object, ...], tuple[object, bytes]] = {}

    def query(self, ctx: Context, statement: str) -> bytes:
        """The ``QueryResponse`` object of a statement. Raises Wrong."""
        asked = parse(statement, latin=ctx.company.is_us())
        entity = entity_named(asked.entity)
        found = self._matching(ctx.company, entity, asked)
        if asked.count:
            return ROW.encode({"totalCount": len(found)})
        part = found[asked.start - 1 : asked.start - 1 + asked.limit]
        if not part:
            return b"{}"
        link = wants_link(ctx)
        rows = b",".join(self._encoded(ctx.company, entity, record, link=link) for record in part)
        tail = f'"startPosition":{asked.start},"maxResults":{len(part)}}}'.encode()
        return b'{"' + entity.name.encode() + b'":[' + rows + b"]," + tail

    def single(self, ctx: Context, entity: Entity, number: str) -> Answer:
        """One record by Id. Raises Wrong(610)."""
        record = living(ctx.company, entity, number)
        row = self._encoded(ctx.company, entity, record, link=wants_link(ctx))
        return entity_bytes(ctx, entity.name, row)

    def changes(self, ctx: Context, names: str, since_text: str) -> Answer:
        """Change data of several entities: at most 1,000 objects in all, and no next page."""
        try:
            since = read_instant(since_text).replace(microsecond=0)
        except ValueError:
            raise Wrong("4001", f"changedSince: {since_text!r} is not a date-time") from None
        if since < ctx.world.clock() - LOOK_BACK:
            raise Wrong("4001", "changedSince must lie within the last 30 days")
        room, blocks = CHANGES_MAX, []
        for name in filter(None, (part.strip() for part in names.split(","))):
            entity = entity_named(name)
            if entity.changed is None:
                raise Wrong("4001", f"{name} is not in change data")
            rows = self._changed(ctx.company, entity, since, room)
            room -= len(rows)
            blocks.append(_block(entity, rows))
        if not blocks:
            raise Wrong("2020", "Required parameter entities is missing", "entities")
        body = b'{"CDCResponse":[{"QueryResponse":[' + b",".join(blocks) + b']}],"time":'
        return Answer(body=body + ROW.encode(ctx.time) + b"}")

    def _changed(self, company: Company, entity: Entity, since: Any, room: int) -> list[bytes]:
        changed = entity.changed
        rows: list[bytes] = []
        for record in entity.records(company):
            if len(rows) >= room:
                break
            at = changed(company, record) if changed else None
            if at is not None and at.replace(microsecond=0) >= since:
                if entity.deleted(record):
                    rows.append(ROW.encode(_stub(entity.number(company, record), stamp(at))))
                else:
                    rows.append(self._encoded(company, entity, record))
        return rows

    def _matching(self, company: Company, entity: Entity, asked: Query) -> list[Any]:
        ledger = company.ledger
        key = (entity.name, ledger.epoch, ledger.version, asked.where, asked.order)
        if key not in self._results:
            if len(self._results) >= RESULTS_KEPT:
                self._results.pop(next(iter(self._results)))
            self._results[key] = _find(company, entity, asked)
        return self._results[key]

    def _encoded(
        self, company: Company, entity: Entity, record: Any, *, link: bool = False
    ) -> bytes:
        link = link and entity is INVOICE
        if entity.revision is None or link:
            row = entity.row(company, record)
            if link and (found := shapes.invoice_link(company, record)):
                row["InvoiceLink"] = found
            return ROW.encode(row)
        key = (company.ledger.epoch, entity.name, entity.number(company, record))
        revision = entity.revision(company, record)
        kept = self._rows.get(key)
        if kept is None or kept[0] != revision:
            kept = (revision, ROW.encode(entity.row(company, record)))
            if len(self._rows) < ROWS_KEPT:
                self._rows[key] = kept
        return kept[1]


def entity_named(name: str) -> Entity:
    """Raises Wrong(4001). Lower case works too, as some clients count on."""
    entity = ENTITIES.get(name.lower())
    if entity is None:
        raise Wrong("4001", f"QueryValidationError: no entity {name!r}")
    return entity


def living(company: Company, entity: Entity, number: str) -> Any:
    """A record that was not deleted. Raises Wrong(610)."""
    record = entity.one(company, number)
    if record is None or entity.deleted(record):
        detail = (
            f"Object Not Found : Something you're trying to use has been made inactive. {number}"
        )
        raise Wrong("610", detail)
    return record


def wants_link(ctx: Context) -> bool:
    """Whether the pay link was asked for."""
    return "invoicelink" in ctx.params().get("include", "").lower()


def entity_bytes(ctx: Context, name: str, row: bytes) -> Answer:
    """One encoded record in its envelope."""
    head = b'{"' + name.encode() + b'":' + row + b',"time":'
    return Answer(body=head + ROW.encode(ctx.time) + b"}")


def _block(entity: Entity, rows: Sequence[bytes]) -> bytes:
    if not rows:
        return b"{}"
    count = len(rows)
    tail = f'"startPosition":1,"maxResults":{count},"totalCount":{count}}}'
    return b'{"' + entity.name.encode() + b'":[' + b",".join(rows) + b"]," + tail.encode()


def _stub(number: str, at: str) -> Row:
    meta = {"LastUpdatedTime": at}
    return {"domain": "QBO", "status": "Deleted", "Id": number, "MetaData": meta}


def _find(company: Company, entity: Entity, asked: Query) -> list[Any]:
    tests = [_test(company, entity, condition) for condition in asked.where]
    if entity.is_name and not any(c.name.lower() == "active" for c in asked.where):
        active = _property(entity, "Active")
        tests.append(lambda record: bool(active.get(company, record)))
    records = (r for r in _candidates(company, entity, asked) if not entity.deleted(r))
    found = [r for r in records if all(test(r) for test in tests)]
    for name, descending in reversed(asked.order):
        found.sort(key=_sort_key(company, entity, name), reverse=descending)
    return found


def _candidates(company: Company, entity: Entity, asked: Query) -> Iterable[Any]:
    """The records among which to look, in order of Id; all, unless a few are named."""
    if entity.of_customer is None:
        return entity.records(company)
    for condition in asked.where:
        name, numbers = condition.name.lower(), dict.fromkeys(condition.values)
        if condition.op not in ("=", "in") or name not in ("id", "customerref"):
            continue
        if name == "id":
            found = [entity.one(company, number) for number in numbers]
        else:
            contacts = filter(None, (company.contact(number) for number in numbers))
            found = [r for contact in contacts for r in entity.of_customer(company, contact)]
        kept = {id(r): r for r in found if r is not None}
        return sorted(kept.values(), key=lambda r: int(entity.number(company, r)))
    return entity.records(company)


def _property(entity: Entity, name: str) -> Property:
    found = entity.properties.get(name.lower())
    if found is None:
        detail = f"QueryValidationError: property {name} is not queryable for {entity.name}"
        raise Wrong("4001", detail)
    return found


def _test(company: Company, entity: Entity, condition: Condition) -> Test:
    prop = _property(entity, condition.name)
    get = prop.get
    if condition.op == "like":
        pattern = _like(condition.values[0])
        return lambda record: bool(pattern.fullmatch(str(get(company, record) or "")))
    values = [_value(prop, text, condition.name) for text in condition.values]
    if condition.op == "in":
        return lambda record: get(company, record) in values
    if values == [None]:
        return lambda record: get(company, record) in (None, "")
    check, value = COMPARISONS[condition.op], values[0]

    def test(record: Any) -> bool:
        actual = get(company, record)
        return actual is not None and check(actual, value)

    return test


def _value(prop: Property, text: str, name: str) -> Any:
    if text == NOTHING:
        return None
    try:
        match prop.kind:
            case "number":
                return Decimal(text)
            case "id":
                return int(text)
            case "day":
                return date.fromisoformat(text[:10])
            case "instant":
                return read_instant(text).replace(microsecond=0)
            case "flag":
                return {"true": True, "false": False}[text.lower()]
    except (ValueError, InvalidOperation, KeyError):
        detail = f"QueryValidationError: value {text!r} does not fit property {name}"
        raise Wrong("4001", detail) from None
    return text


def _like(text: str) -> re.Pattern[str]:
    parts: Iterable[str] = (re.escape(part) for part in text.split("%"))
    return re.compile(".*".join(parts), re.IGNORECASE | re.DOTALL)


def _sort_key(company: Company, entity: Entity, name: str) -> Callable[[Any], tuple[bool, Any]]:
    prop = _property(entity, name)
    if not prop.sortable:
        raise Wrong("4001", f"QueryValidationError: property {name} is not sortable")

    def key(record: Any) -> tuple[bool, Any]:
        value = prop.get(company, record)
        return (value is not None, "" if value is None else value)

    return key
