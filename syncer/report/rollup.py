"""Several ledgers in one table: what each did and what is open where, and all of them together.

A row per ledger and currency: amounts of two currencies are never summed. Counts are of the
ledger, so they stand in its first row alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncer.model.money import ZERO
from syncer.model.run import LedgerResult
from syncer.report.summary import Check, amount_text, checks_of, rows_of
from syncer.report.words import Group

TITLE = "All ledgers"
TOGETHER = "together"
COLUMNS = (
    "ledger",
    "planned",
    "contacted",
    "errors",
    "currency",
    "items",
    "open",
    "contact due",
    "held",
    "not asked",
    "total",
)
_TEXTS = frozenset({"ledger", "currency", "total"})
NUMBERS = frozenset(COLUMNS) - _TEXTS
AGREES, DIFFERS = "agrees", "DIFFERS"


@dataclass(frozen=True, slots=True)
class RollUp:
    """One ledger, or all of them, in one currency; every amount is signed and in it."""

    ledger: str
    counts: tuple[int, int, int] | None  # planned, contacted, errors; None below the first row
    currency: str
    items: int
    open: Decimal
    due: Decimal
    held: Decimal
    verdict: str  # whether the outcomes add up to the ledger, or why nothing was decided

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of ``COLUMNS``."""
        counts = tuple(str(one) for one in self.counts) if self.counts else ("", "", "")
        if not self.currency:
            return (self.ledger, *counts, "", "", "", "", "", "", self.verdict)
        rest = self.open - self.due - self.held
        amounts = (_bare(each, self.currency) for each in (self.open, self.due, self.held, rest))
        return (self.ledger, *counts, self.currency, str(self.items), *amounts, self.verdict)


def roll_up(results: Sequence[LedgerResult]) -> tuple[RollUp, ...]:
    """The table's rows; none for a single ledger, whose own table says it all."""
    if len(results) < 2:
        return ()
    rows = [row for result in results for row in _rows(result)]
    return (*rows, *_together(results, rows))


def _rows(result: LedgerResult) -> Iterator[RollUp]:
    counts = (result.planned, result.contacted, result.errors)
    checks = checks_of(result)
    for at, check in enumerate(checks):
        shown = "" if at else result.ledger
        yield _row(shown, None if at else counts, check, result)
    if not checks:
        yield RollUp(result.ledger, counts, "", 0, ZERO, ZERO, ZERO, str(result.status))


def _row(
    ledger: str, counts: tuple[int, int, int] | None, check: Check, result: LedgerResult
) -> RollUp:
    return RollUp(
        ledger=ledger,
        counts=counts,
        currency=check.currency,
        items=check.items,
        open=check.ledger,
        due=_sum(result, Group.CONTACT, check.currency),
        held=_sum(result, Group.HELD, check.currency),
        verdict=DIFFERS if check.difference else AGREES,
    )


def _sum(result: LedgerResult, group: Group, currency: str) -> Decimal:
    return sum((row.amount for row in rows_of(result, group) if row.currency == currency), ZERO)


def _together(results: Sequence[LedgerResult], rows: Sequence[RollUp]) -> Iterator[RollUp]:
    counts = (
        sum(one.planned for one in results),
        sum(one.contacted for one in results),
        sum(one.errors for one in results),
    )
    currencies = sorted({row.currency for row in rows} - {""}) or [""]
    for at, currency in enumerate(currencies):
        same = [row for row in rows if row.currency == currency and currency]
        yield RollUp(
            ledger="" if at else TOGETHER,
            counts=None if at else counts,
            currency=currency,
            items=sum(row.items for row in same),
            open=sum((row.open for row in same), ZERO),
            due=sum((row.due for row in same), ZERO),
            held=sum((row.held for row in same), ZERO),
            verdict=_verdict(same),
        )


def _verdict(rows: Sequence[RollUp]) -> str:
    if not rows:
        return ""
    return AGREES if all(row.verdict == AGREES for row in rows) else DIFFERS


def _bare(amount: Decimal, currency: str) -> str:
    """The amount without its currency, which has a column of its own."""
    return amount_text(amount, currency).removesuffix(f" {currency}")
