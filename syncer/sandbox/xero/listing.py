"""Reading lists: filters, order, paging and which view a list shows.

Sources: "requests and responses", "invoices" and "contacts" pages, read November 2026.
The result of a query is kept until the books change, so paging through 100,000 rows filters
and sorts them once; encoded rows are kept per record.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.xero.exchange import Answer, Context, Rejected, bad_request
from syncer.sandbox.xero.shapes import Row, View
from syncer.sandbox.xero.where import BadFilter, Getter, compile_where, folded
from syncer.sandbox.xero.wire import ROW, envelope, read_flag

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1000
ROWS_KEPT = 250_000
RESULTS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Listing:
    """How one resource is listed. Names in ``fields`` are lower case."""

    key: str  # of the envelope
    kind: str  # as filter errors name it
    records: Callable[[Ledger], Iterable[Any]]
    fields: Mapping[str, Getter]
    row: Callable[[Ledger, Any, View], Row]
    id_of: Getter
    stamp: Getter  # what If-Modified-Since compares and the default order sorts by
    revision: Callable[[Ledger, Any], object] | None = None  # None: rows are not kept
    joined: Mapping[str, Callable[[Ledger, Any], Any]] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)  # parameter -> field, comma separated
    forces_paging: tuple[str, ...] = ()  # parameters that turn paging on by themselves
    search: tuple[str, ...] = ()  # fields that searchTerm looks into
    hides: Callable[[Any], bool] = lambda _: False  # unless includeArchived
    # Parameter -> records for one of its values: spares a walk through a large book.
    direct: Mapping[str, Callable[[Ledger, str], Iterable[Any]]] = field(default_factory=dict)


class Reader:
    """Answers list requests, with what it kept from earlier ones."""

    def __init__(self) -> None:
        self._results: dict[tuple[object, ...], list[Any]] = {}
        self._rows: dict[tuple[int, View, str], tuple[object, bytes]] = {}

    def answer(self, ctx: Context, listing: Listing) -> Answer:
        """The list as asked for by the query string and If-Modified-Since."""
        params = ctx.request.params()
        records = self._matching(ctx, listing, params)
        if ctx.rows_max is not None and len(records) > ctx.rows_max:
            raise Rejected(bad_request(17, "QueryTooLargeException", _TOO_MANY))
        summary = read_flag(params.get("summaryonly"))
        paged = "page" in params or any(params.get(name) for name in listing.forces_paging)
        paged = paged or (summary and "summaryonly" in listing.forces_paging)
        view = View.SUMMARY if summary else View.FULL if paged else View.UNPAGED
        if not paged:
            return envelope(ctx, listing.key, self._encode(ctx.ledger, listing, view, records))
        number = max(1, _number(params, "page", 1))
        size = min(PAGE_SIZE_MAX, max(1, _number(params, "pagesize", PAGE_SIZE_DEFAULT)))
        part = records[(number - 1) * size : number * size]
        rows = self._encode(ctx.ledger, listing, view, part)
        return envelope(ctx, listing.key, rows, page=(number, size, len(records)))

    def single(self, ctx: Context, listing: Listing, record: Any) -> Answer:
        """One record in full, in the same envelope."""
        return envelope(ctx, listing.key, self._encode(ctx.ledger, listing, View.FULL, [record]))

    def _matching(self, ctx: Context, listing: Listing, params: Mapping[str, str]) -> list[Any]:
        ledger = ctx.ledger
        shown = {k: v for k, v in params.items() if k not in ("page", "pagesize", "summaryonly")}
        since = ctx.request.headers.get("if-modified-since", "")
        asked = (listing.key, ledger.epoch, ctx.client_id, since, *sorted(shown.items()))
        key = (ledger.version, ledger.today(), *asked)
        if key not in self._results:
            if len(self._results) >= RESULTS_KEPT:
                self._results.pop(next(iter(self._results)))
            self._results[key] = _find(ctx, listing, shown, since)
        return self._results[key]

    def _encode(
        self, ledger: Ledger, listing: Listing, view: View, records: Iterable[Any]
    ) -> list[bytes]:
        if listing.revision is None:
            return [ROW.encode(listing.row(ledger, record, view)) for record in records]
        rows = []
        for record in records:
            key = (ledger.epoch, view, listing.id_of(record))
            revision = listing.revision(ledger, record)
            kept = self._rows.get(key)
            if kept is None or kept[0] != revision:
                kept = (revision, ROW.encode(listing.row(ledger, record, view)))
                if len(self._rows) < ROWS_KEPT:
                    self._rows[key] = kept
            rows.append(kept[1])
        return rows


_TOO_MANY = (
    "The query matches more than 100,000 rows: narrow it with an optimised filter, "
    "for example on Status or Date."
)


def _find(ctx: Context, listing: Listing, params: Mapping[str, str], since: str) -> list[Any]:
    tests: list[Callable[[Any], bool]] = []
    try:
        if since:
            moment = _since(since)
            tests.append(lambda record: listing.stamp(record) >= moment)
        if params.get("where"):
            joined = {name: partial(get, ctx.ledger) for name, get in listing.joined.items()}
            fields: Mapping[str, Getter] = {**listing.fields, **joined}
            tests.append(compile_where(params["where"], fields, listing.kind))
        tests.extend(_list_tests(listing, params))
        if params.get("searchterm") and listing.search:
            tests.append(_search_test(listing, params["searchterm"]))
        if read_flag(params.get("createdbymyapp")) and "createdby" in listing.fields:
            tests.append(lambda record: listing.fields["createdby"](record) == ctx.client_id)
        if not read_flag(params.get("includearchived")) and not params.get("ids"):
            tests.append(lambda record: not listing.hides(record))
        candidates = _candidates(ctx.ledger, listing, params)
        found = [r for r in candidates if all(test(r) for test in tests)]
        return _ordered(listing, found, params.get("order", ""))
    except BadFilter as error:
        raise Rejected(bad_request(16, "QueryParseException", str(error))) from None


def _candidates(ledger: Ledger, listing: Listing, params: Mapping[str, str]) -> Iterable[Any]:
    for name, look_up in listing.direct.items():
        values = {part.strip().lower() for part in params.get(name, "").split(",")} - {""}
        if values:
            return [r for value in sorted(values) for r in look_up(ledger, value)]
    return listing.records(ledger)


def _since(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        # The vendor reads other shapes in its server's own way; here they are an error.
        raise BadFilter("If-Modified-Since must look like 2026-11-22T00:00:00 (UTC)") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


def _list_tests(listing: Listing, params: Mapping[str, str]) -> list[Callable[[Any], bool]]:
    tests = []
    for name, field_name in listing.lists.items():
        if params.get(name):
            wanted = {folded(part.strip()) for part in params[name].split(",") if part.strip()}
            tests.append(_in(listing.fields[field_name], wanted))
    return tests


def _in(getter: Getter, wanted: set[Any]) -> Callable[[Any], bool]:
    return lambda record: folded(getter(record)) in wanted


def _search_test(listing: Listing, term: str) -> Callable[[Any], bool]:
    wanted = folded(term)
    getters = [listing.fields[name] for name in listing.search]
    return lambda record: any(wanted in folded(getter(record) or "") for getter in getters)


def _ordered(listing: Listing, found: list[Any], order: str) -> list[Any]:
    found.sort(key=listing.id_of)
    if not order.strip():
        found.sort(key=listing.stamp)
        return found
    for term in reversed(order.split(",")):
        name, _, direction = term.strip().partition(" ")
        getter = listing.fields.get(name.lower())
        if getter is None:
            raise BadFilter(f"No property or field '{name}' exists in type '{listing.kind}'")
        reverse = direction.strip().lower() in ("desc", "descending")
        found.sort(key=_sort_key(getter), reverse=reverse)
    return found


def _sort_key(getter: Getter) -> Callable[[Any], tuple[bool, Any]]:
    def key(record: Any) -> tuple[bool, Any]:
        value = folded(getter(record))
        return (value is not None, "" if value is None else value)

    return key


def _number(params: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(params.get(name, default))
    except ValueError:
        message = f"The value '{params[name]}' is not valid for {name}."
        raise Rejected(bad_request(20, "QueryParseException", message)) from None
