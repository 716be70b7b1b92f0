"""Each draft becomes a document or a quarantined record; what is open is decided here.

One fingerprint per document is kept, so that no document counts twice. Which file, stream
or page it goes to is decided by ``source``.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from msgspec.structs import replace

from connectors.csv_folder import values
from connectors.csv_folder.header import Header
from connectors.csv_folder.layout import KindWord, StatusWord
from connectors.csv_folder.merge import Draft, Merger, Terms
from connectors.csv_folder.problems import CellError, TwinError, shown
from connectors.csv_folder.sections import Line
from connectors.csv_folder.values import text
from syncer.model.ledger import ItemKind, OpenItem, Quarantined, Settled
from syncer.model.marked import marked_line

_ZERO = Decimal(0)
_WORD = re.compile(r"[A-Za-z _/-]{1,24}")  # a status or kind, short enough to be no address

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day that decides what is open where only the payment day says so."""

    day: date
    replay: bool  # the day is configured, not today


@dataclass(frozen=True, slots=True)
class Document:
    """One document that counts: open, settled on a known day, or just naming its account."""

    account_id: str
    account_name: str
    email: str = ""
    item: OpenItem | None = None
    settled: Settled | None = None


@dataclass(frozen=True, slots=True)
class _Sums:
    kind: ItemKind
    total: Decimal  # positive
    open: Decimal | None  # positive; None = the export does not say


class Documents:
    """Reads the documents of one file."""

    def __init__(
        self, header: Header, terms: Terms, as_of: AsOf, *, paid_only: bool = False
    ) -> None:
        self._header = header
        self._terms = terms
        self._layout = terms.layout
        self._as_of = as_of
        self._paid_only = paid_only
        self._merger = Merger(header, terms)
        self._kinds = {word.casefold(): kind for word, kind in self._layout.kinds.items()}
        self._statuses = {word.casefold(): what for word, what in self._layout.statuses.items()}
        self._seen: dict[str, int] = {}  # item id -> its place in the two below
        self._fingerprints = array("q")
        self._owners: list[str] = []
        self._names: dict[str, str] = {}  # so that an account id is kept once
        self._twins: Counter[str] = Counter()

    def read(self, lines: Iterator[Line]) -> Iterator[Document | Quarantined]:
        """Every document that counts, and every one that cannot be read."""
        for draft in self._merger.drafts(lines):
            try:
                document = self._document(draft)
            except CellError as error:
                yield self._quarantined(draft.line, error)
                yield from self._other_owner(draft.line, error)
            else:
                if document is not None:
                    yield document

    def _document(self, draft: Draft) -> Document | None:
        line = draft.line
        self._refuse_shifted(line)
        status = self._status(line)
        kind = self._kind(line)
        if status == "ignore" or kind == "ignore":
            return None
        if draft.problem is not None:
            raise draft.problem
        account_id, name = self.account(line)
        currency = self._merger.currency(line)
        sums = self._sums(draft, kind, currency)
        self._refuse_undated(line)
        issued_on, paid_on = self._day(line, "issued_on"), self._day(line, "paid_on")
        if self._later(issued_on, sums) or (self._paid_only and paid_on is None):
            return None
        owed = self._owed(sums, status, paid_on)
        item_id = self._item_id(line, account_id, sums, (issued_on, paid_on))
        if not item_id:
            return None
        document = Document(account_id, name, self._merger.text(line, "email"))
        if owed > 0:
            item = OpenItem(
                item_id=item_id,
                account_id=account_id,
                kind=sums.kind,
                number=self._number(line),
                currency=currency,
                total=max(sums.total, owed),
                open=owed,
                issued_on=issued_on,
                due_on=self._day(line, "due_on"),
                reference=self._merger.text(line, "reference"),
                expected_on=self._day(line, "expected_on"),
                sent_on=self._day(line, "sent_on"),
                sent=values.flag(self._header.cell(line.row, "sent"), field="sent"),
                note=self._note(line, sums.kind),
            )
            return Document(account_id, name, document.email, item=item)
        if paid_on is None or sums.kind is not ItemKind.INVOICE or paid_on > self._as_of.day:
            return document
        settled = Settled(
            item_id=item_id,
            account_id=account_id,
            currency=currency,
            amount=sums.total,
            issued_on=issued_on,
            due_on=self._day(line, "due_on"),
            paid_on=paid_on,
        )
        return Document(account_id, name, document.email, settled=settled)

    def _note(self, line: Line, kind: ItemKind) -> str:
        """What speaks to this program, on invoices."""
        return marked_line(self._merger.text(line, "note")) if kind is ItemKind.INVOICE else ""

    # --- who

    def account(self, line: Line) -> tuple[str, str]:
        """Identity and name: the number column, else the name column, else the heading."""
        name = self._name(line)
        if "account_id" in self._header.index:
            cell = self._header.cell(line.row, "account_id")
            number = values.account_number(cell, layout=self._layout, field="account_id")
            if not number:
                raise CellError("is empty, so the customer is unknown", field="account_id")
            return number, name or number
        if not name:
            raise CellError("no customer is named; fill it in", field="account")
        return name, name

    def _name(self, line: Line) -> str:
        if "account" in self._header.index:
            return values.name(self._header.cell(line.row, "account"))
        return values.name(line.heading)

    def _quarantined(self, line: Line, error: CellError) -> Quarantined:
        try:
            account_id = "" if error.field == "row" else self.account(line)[0]
        except CellError:
            account_id = ""
        number = self._merger.text(line, "number") or self._merger.text(line, "item_id")
        where = self._header.where(line.row.number, "" if error.field == "row" else error.field)
        return Quarantined(
            record_id=number or f"{self._header.file}:{line.row.number}",
            account_id=account_id,
            where=where,
            problem=error.problem,
        )

    # --- what

    def _refuse_shifted(self, line: Line) -> None:
        """A row of another width may have every value in the wrong column."""
        cells = line.row.cells
        width = max(self._header.index.values()) + 1
        if len(cells) < width or any(text(cell) for cell in cells[self._header.width :]):
            raise CellError(
                f"the row has {len(cells)} cells, the header has {self._header.width}; is a "
                "delimiter unquoted, or the file cut off?",
                field="row",
            )

    def _refuse_undated(self, line: Line) -> None:
        """In a report with totals, a row without any day may be one that was not recognised."""
        if self._layout.headings and not any(
            self._merger.text(line, field) for field in ("issued_on", "due_on")
        ):
            raise CellError(
                "has neither a date nor a due date; if it is a total, list how it begins under "
                "total_words",
                field="issued_on",
            )

    def _status(self, line: Line) -> StatusWord | None:
        return self._word(line, self._statuses, field="status")

    def _kind(self, line: Line) -> KindWord | None:
        return self._word(line, self._kinds, field="kind")

    def _word(self, line: Line, words: dict[str, Word], *, field: str) -> Word | None:
        """What the layout says about a cell; None where the export has no such column."""
        if field not in self._header.index:
            return None
        raw = self._merger.text(line, field)
        found = words.get(raw.casefold())
        if found is None:
            listed = f"'{raw}'" if _WORD.fullmatch(raw) else shown(raw)
            raise CellError(f"{listed} is not listed; add it to the layout", field=field)
        return found

    def _sums(self, draft: Draft, word: KindWord | None, currency: str) -> _Sums:
        total = draft.total
        if total is not None:
            total = values.in_minor_units(total, currency=currency, field="total")
        elif "total" in self._header.index:
            total = self._amount(draft.line, "total", currency)
        is_open = (
            self._amount(draft.line, "open", currency) if "open" in self._header.index else None
        )
        deciding = is_open or total or _ZERO
        kind = self._kind_by_sign(word, deciding)
        if total is None or not total:
            total = deciding
        if kind is ItemKind.INVOICE and is_open is not None and is_open > total:
            raise CellError(f"{is_open} is open of {total}; correct one of them", field="open")
        return _Sums(kind, abs(total), None if is_open is None else abs(is_open))

    def _amount(self, line: Line, field: str, currency: str) -> Decimal:
        return values.amount(
            self._header.cell(line.row, field),
            currency=currency,
            style=self._terms.style,
            field=field,
        )

    def _kind_by_sign(self, word: KindWord | None, amount: Decimal) -> ItemKind:
        money = "open" if "open" in self._header.index else "total"
        if word is None or word == "by_sign":
            if amount < 0 and word is None and self._layout.negative == "error":
                raise CellError("is negative; say what that means with kinds", field=money)
            return ItemKind.CREDIT_NOTE if amount < 0 else ItemKind.INVOICE
        if word == "invoice" and amount < 0:
            raise CellError("an invoice with a negative amount; correct it, or set by_sign under "
                            "kinds", field=money)  # fmt: skip
        return ItemKind(word)

    # --- how much

    def _later(self, issued_on: date | None, sums: _Sums) -> bool:
        """In a replay, a document of a later day does not exist yet."""
        if sums.open is not None or not self._as_of.replay or issued_on is None:
            return False
        return issued_on > self._as_of.day

    def _owed(self, sums: _Sums, status: StatusWord | None, paid_on: date | None) -> Decimal:
        if sums.open is not None:
            if sums.open and status == "settled":
                raise CellError("is settled, yet something is open; correct one", field="status")
            return sums.open
        if paid_on is not None and (self._as_of.replay or status is None):
            return _ZERO if paid_on <= self._as_of.day else sums.total
        if status == "settled":
            return _ZERO
        if status == "part_paid":
            raise CellError("partly paid, and the export does not show how much is still open",
                            field="status")  # fmt: skip
        if paid_on is not None:
            raise CellError("is open, yet has a payment day; correct one of them", field="status")
        return sums.total

    def _day(self, line: Line, field: str) -> date | None:
        cell = self._header.cell(line.row, field)
        if not text(cell):
            return None
        where = self._header.where(line.row.number, field)
        return values.day(cell, style=self._terms.style, field=field, where=where)

    # --- identity

    def _number(self, line: Line) -> str:
        cell = self._header.cell(line.row, "number")
        return values.identifier(cell, float_ids=self._layout.float_ids, field="number")

    def _item_id(
        self, line: Line, account_id: str, sums: _Sums, days: tuple[date | None, date | None]
    ) -> str:
        """The ledger's id; else the number; '' for a document that was read before."""
        own = values.identifier(
            self._header.cell(line.row, "item_id"),
            float_ids=self._layout.float_ids,
            field="item_id",
        )
        number = self._number(line)
        is_invoice = sums.kind is ItemKind.INVOICE
        if not own and not number:
            return self._unnumbered(account_id, sums, days)
        item_id = own or (number if is_invoice else f"{sums.kind}:{account_id}:{number}")
        fingerprint = self._merger.fingerprint(line)
        place = self._seen.get(item_id)
        if place is None:
            self._seen[item_id] = len(self._owners)
            self._fingerprints.append(fingerprint)
            self._owners.append(self._names.setdefault(account_id, account_id))
            return item_id
        if self._layout.lines == "repeat" and self._fingerprints[place] == fingerprint:
            return ""
        raise TwinError(
            f"{shown(own or number)} was there in an earlier row; remove one, or map item_id",
            field="item_id" if own else "number",
            owner=self._owners[place],
        )

    def _other_owner(self, line: Line, error: CellError) -> Iterator[Quarantined]:
        """Of two customers with one document nobody can say who owes it: both are held."""
        if not isinstance(error, TwinError):
            return
        found = self._quarantined(line, error)
        if error.owner != found.account_id:
            problem = f"{error.problem}; the earlier row names another customer"
            record_id = f"{found.record_id} of {error.owner}"
            yield replace(found, record_id=record_id, account_id=error.owner, problem=problem)

    def _unnumbered(
        self, account_id: str, sums: _Sums, days: tuple[date | None, date | None]
    ) -> str:
        if sums.kind is ItemKind.INVOICE and days[1] is None:
            raise CellError("is empty; an invoice needs a number", field="number")
        parts = [sums.kind, account_id, *(str(day or "") for day in days), str(sums.total)]
        item_id = ":".join(parts)
        self._twins[item_id] += 1
        count = self._twins[item_id]
        return item_id if count == 1 else f"{item_id}#{count}"
