"""Several ledgers in one table: what each did and what is open where, and all of them together.

A row per ledger and currency: amounts of two currencies are never summed. Contacts and errors
are the ledger's, so they stand in its first row alone. It fits a terminal of 80 columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from syncer.model.counts import count_text
from syncer.model.money import ZERO
from syncer.model.run import Asked, AskTotal, Fate, LedgerResult
from syncer.report.summary import (
    Check,
    amount_text,
    checks_of,
    due_now,
    held_back,
)
from syncer.report.words import KINDS, NOT_SENT

TITLE = "All ledgers"
TOGETHER = "together"
COLUMNS = ("ledger", "contacts", "", "items", "open", "due now", "held", "not due", "check")
NUMBERS = frozenset({"contacts", "items", "open", "due now", "held", "not due"})
AGREES, DIFFERS = "agrees", "DIFFERS"
PLAN = "plan"
_ABOUT = {
    (Asked.REMINDER, Fate.SENT): "Asked for by this run's reminders, of what is due now",
    (Asked.REMINDER, Fate.WOULD): "Reminders would ask for, of what is due now",
    (Asked.HEADS_UP, Fate.SENT): "Named in this run's heads-ups, of what is not due",
    (Asked.HEADS_UP, Fate.WOULD): "Heads-ups would name, of what is not due",
    (Asked.INSTALMENT, Fate.SENT): "Named in this run's instalment reminders, of what plans hold",
    (Asked.INSTALMENT, Fate.WOULD): "Instalment reminders would name, of what plans hold",
}
HOW_TO_READ = (
    "Open is due now, held and not due. Due now is overdue, less credits and less what is disputed "
    "or promised; its next step may be due on a later day. Held is what somebody, an agreement, a "
    "missing address, a limit or the calendar keeps back today. Not due counts heads-ups, and less "
    "the credits that are left over."
)


@dataclass(frozen=True, slots=True)
class RollUp:
    """One ledger, or all of them, in one currency; every amount is signed and in it."""

    ledger: str
    contacts: str  # made, or planned where a ledger only plans
    currency: str  # empty where nothing was decided
    items: int
    open: Decimal
    due: Decimal
    held: Decimal
    check: str  # whether the outcomes add up to the ledger, or why nothing was decided; errors

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of ``COLUMNS``."""
        if not self.currency:
            return (self.ledger, self.contacts, "", "", "", "", "", "", self.check)
        rest = self.open - self.due - self.held
        amounts = (_bare(each, self.currency) for each in (self.open, self.due, self.held, rest))
        return (self.ledger, self.contacts, self.currency, str(self.items), *amounts, self.check)

    @property
    def differs(self) -> bool:
        """Whether the outcomes do not add up to what the ledger says is open."""
        return self.check.startswith(DIFFERS)


def roll_up(results: Sequence[LedgerResult]) -> tuple[RollUp, ...]:
    """The table's rows; none for a single ledger, whose own table says it all."""
    if len(results) < 2:
        return ()
    rows = [row for result in results for row in _rows(result)]
    return (*rows, *_together(results, rows))


def beside(results: Sequence[LedgerResult]) -> tuple[str, ...]:
    """What the messages of the run ask for, and what is due and was not sent; one line each.

    By currency over all ledgers; of ledgers that only plan, what theirs would.
    """
    asks = [one for result in results for one in result.asks]
    found = [(said, _sums(asks, what, fate)) for (what, fate), said in _ABOUT.items()]
    found += [
        (f"{KINDS[what].capitalize()} {why}", _sums(asks, what, fate))
        for fate, why in NOT_SENT.items()
        for what in Asked
    ]
    return tuple([f"{said}: {amounts}" for said, amounts in found if amounts])


def _sums(asks: Sequence[AskTotal], what: Asked, fate: Fate) -> str:
    sums: dict[str, Decimal] = {}
    for one in asks:
        if (one.what, one.fate) == (what, fate):
            sums[one.currency] = sums.get(one.currency, ZERO) + one.amount
    return ", ".join(amount_text(amount, currency) for currency, amount in sorted(sums.items()))


def _rows(result: LedgerResult) -> Iterator[RollUp]:
    contacts = _contacts([result])
    checks = checks_of(result)
    for at, check in enumerate(checks):
        yield _row(result, check, contacts="" if at else contacts, first=not at)
    if not checks:
        said = _check(str(result.status), (result,))
        yield RollUp(result.ledger, contacts, "", 0, ZERO, ZERO, ZERO, said)


def _row(result: LedgerResult, check: Check, *, contacts: str, first: bool) -> RollUp:
    verdict = DIFFERS if check.difference else AGREES
    return RollUp(
        ledger=result.ledger if first else "",
        contacts=contacts,
        currency=check.currency,
        items=check.items,
        open=check.ledger,
        due=due_now(result, check.currency),
        held=held_back(result, check.currency),
        check=_check(verdict, (result,) if first else ()),
    )


def _contacts(results: Sequence[LedgerResult]) -> str:
    """Contacts made, and those planned by ledgers that only plan."""
    planned = sum(one.planned for one in results if one.mode == PLAN)
    made = [one.contacted for one in results if one.mode != PLAN]
    texts = ([str(sum(made))] if made else []) + ([f"{planned} planned"] if planned else [])
    return " + ".join(texts) or "0"


def _together(results: Sequence[LedgerResult], rows: Sequence[RollUp]) -> Iterator[RollUp]:
    currencies = sorted({row.currency for row in rows} - {""}) or [""]
    for at, currency in enumerate(currencies):
        same = [row for row in rows if row.currency == currency]
        verdict = DIFFERS if any(row.differs for row in same) else AGREES
        yield RollUp(
            ledger="" if at else TOGETHER,
            contacts="" if at else _contacts(results),
            currency=currency,
            items=sum(row.items for row in same),
            open=sum((row.open for row in same), ZERO),
            due=sum((row.due for row in same), ZERO),
            held=sum((row.held for row in same), ZERO),
            check=_check(verdict if currency else "", () if at else results),
        )


def _check(said: str, results: Sequence[LedgerResult]) -> str:
    """``said``, with what does not show in the totals: unread records, and errors."""
    unread = sum(one.quarantined for one in results)
    errors = sum(one.errors for one in results)
    more = (f"{unread} unread" if unread else "", count_text(errors, "error") if errors else "")
    return "; ".join(part for part in (said, *more) if part)


def _bare(amount: Decimal, currency: str) -> str:
    """The amount without its currency, which has a column of its own."""
    return amount_text(amount, currency).removesuffix(f" {currency}")
