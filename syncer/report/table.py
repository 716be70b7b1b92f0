"""The table at the end of a run: Rich for a terminal, aligned plain text for a pipe.

Both show the same rows: read, considered, contacted, held and skipped by reason, errors,
and whether the totals reconcile with the ledger; for several ledgers also one roll-up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncer.model.counts import count_text
from syncer.model.run import Asked, LedgerResult, LedgerStatus, RunResult
from syncer.report.rollup import COLUMNS, NUMBERS, PLAN, TITLE, TOGETHER, RollUp, beside, roll_up
from syncer.report.summary import (
    amount_text,
    asked_for,
    checks_of,
    due_now,
    not_sent,
    open_items,
    printable,
    rows_of,
    waiting_sentences,
)
from syncer.report.words import EXIT, KINDS, NOT_SENT, STATUS, Group

if TYPE_CHECKING:
    from rich.console import JustifyMethod, RenderableType
    from rich.table import Table

_BAD = (LedgerStatus.FAILED, LedgerStatus.PARTIAL)
_CHARGED = {  # how: what was done, what would be
    "announced": ("named in messages, beside what is asked", "would be named in the messages"),
    "drafted": ("drafts in the ledger, for a person", "would become drafts in the ledger"),
    "booked": ("invoices in the ledger", "would become invoices in the ledger"),
}


@dataclass(frozen=True, slots=True)
class _Row:
    what: str
    items: str
    amount: str = ""
    meaning: str = ""
    style: str = ""


def end_table(
    result: RunResult, *, seconds: float | None = None, said: Callable[[str], str] = str
) -> "RenderableType":
    """For ``rich.console.Console.print``. Ledger text is never read as Rich markup.

    ``seconds`` is how long it took where the run's own clock was a simulated one; ``said`` puts
    the user's flags into commands that a sentence suggests.
    """
    from rich.console import Group as Renderables  # late: a pipe gets text and needs no Rich
    from rich.text import Text

    parts: list[RenderableType] = [_ledger_table(ledger) for ledger in result.ledgers]
    if together := roll_up(result.ledgers):
        parts.append(_roll_up_table(together))
        parts.extend(Text(f"  {line}") for line in beside(result.ledgers))
    waiting = waiting_sentences(result.ledgers)
    if waiting:
        parts.append(Text("Waits for a person", style="bold yellow"))
        parts.extend(Text(f"  • {said(text)}") for text in waiting)
    parts.append(Text(_last_line(result, seconds), style="red" if result.exit_code else "green"))
    return Renderables(*parts)


def end_text(result: RunResult, *, seconds: float | None = None) -> str:
    """The same as plain text without colour or box characters, for pipes and files."""
    lines: list[str] = []
    for ledger in result.ledgers:
        lines.append(_title(ledger))
        lines.extend(_aligned(tuple(_rows(ledger))))
        lines.append("")
    if together := roll_up(result.ledgers):
        lines.extend((TITLE, *_roll_up_lines(together)))
        lines.extend((*(f"  {line}" for line in beside(result.ledgers)), ""))
    waiting = waiting_sentences(result.ledgers)
    if waiting:
        lines.append("Waits for a person:")
        lines.extend(f"  - {text}" for text in waiting)
    lines.append(_last_line(result, seconds))
    return "\n".join(lines) + "\n"


def _ledger_table(ledger: LedgerResult) -> "Table":
    from rich.table import Table
    from rich.text import Text

    colour = "red" if ledger.status in _BAD else "bold"
    table = Table(
        title=Text(_title(ledger), style=colour),
        title_justify="left",
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    table.add_column("items", justify="right", no_wrap=True)
    table.add_column("amount", justify="right", no_wrap=True)
    table.add_column("meaning", overflow="fold")
    for row in _rows(ledger):
        cells = (row.what, row.items, row.amount, row.meaning)
        table.add_row(*(Text(cell) for cell in cells), style=row.style)
    return table


def _roll_up_table(rows: Sequence[RollUp]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    title = Text(TITLE, style="bold")
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0))
    for column in COLUMNS:
        justify: JustifyMethod = "right" if column in NUMBERS else "left"
        table.add_column(column, justify=justify, overflow="fold")
    for row in rows:
        style = "red" if row.differs else "bold" if row.ledger == TOGETHER else ""
        table.add_row(*(Text(printable(cell)) for cell in row.cells()), style=style)
    return table


def _roll_up_lines(rows: Sequence[RollUp]) -> Iterator[str]:
    cells = [COLUMNS, *(tuple(map(printable, row.cells())) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        texts = (
            f"{text:>{width}}" if column in NUMBERS else f"{text:<{width}}"
            for text, width, column in zip(line, widths, COLUMNS, strict=True)
        )
        yield ("  " + "  ".join(texts)).rstrip()


_NEWS = "told by the ledger this time: all of them, or what is new or changed since the last run"


def _rows(ledger: LedgerResult) -> Iterator[_Row]:
    if ledger.left_alone:
        yield _Row("left alone", "", meaning=printable(ledger.error))
        return
    if ledger.error and not (ledger.outcomes or ledger.items_read or ledger.quarantined):
        yield _Row("stopped", "", meaning=printable(ledger.error), style="red")
        return  # nothing was read: a list of zeros would look like a ledger without debts
    if ledger.outcomes:
        yield _Row("open", str(open_items(ledger)), meaning=_all_open(ledger))
    told = count_text(ledger.accounts_read, "customer")
    yield _Row("read", str(ledger.items_read), meaning=f"open items and {told} {_NEWS}")
    if ledger.quarantined:
        yield _Row("quarantined", str(ledger.quarantined), meaning="records that could not be read")
    yield _Row("considered", str(ledger.accounts_considered), meaning="accounts decided on")
    yield _Row("planned", str(ledger.planned), meaning="new contacts planned")
    yield _Row("contacted", str(ledger.contacted), meaning="messages delivered", style="bold")
    for group in Group:
        for row in rows_of(ledger, group):
            what = f"{group}: {row.code}"
            amount = amount_text(row.amount, row.currency)
            yield _Row(what, str(row.items), amount, row.sentence)
    yield from _due_rows(ledger)
    yield from _delivery_rows(ledger)
    for check in checks_of(ledger):
        amount = amount_text(check.outcomes, check.currency)
        if check.difference:
            off = amount_text(check.difference, check.currency)
            yield _Row(
                "total", str(check.items), amount, f"DIFFERS from the ledger by {off}", "red"
            )
        else:
            yield _Row("total", str(check.items), amount, _agreement(ledger), "bold")


def _all_open(ledger: LedgerResult) -> str:
    return "items of the selection" if ledger.narrowed else "items open in the ledger, in all"


_AHEAD = {
    Asked.HEADS_UP: ("heads-ups", "not due yet"),
    Asked.INSTALMENT: ("instalments", "of payment plans, which hold them"),
}
_DUE = "overdue, less credits and what is disputed or promised"


def _due_rows(ledger: LedgerResult) -> Iterator[_Row]:
    """What is due and what the run's messages ask for, which the gross rows above do not say."""
    planned = ledger.mode == PLAN
    known = {one.currency for one in ledger.outcomes} | {one.currency for one in ledger.asks}
    for currency in sorted(known):
        due, asked = due_now(ledger, currency), asked_for(ledger, currency, Asked.REMINDER)
        if due or asked:
            words = "this plan would ask for" if planned else "asked for in this run"
            said = f"; {words}: {amount_text(asked, currency)}" if asked else ""
            yield _Row("due now", "", amount_text(due, currency), f"{_DUE}{said}")
        for what, (name, meaning) in _AHEAD.items():
            if amount := asked_for(ledger, currency, what):
                words = "would be named" if planned else "named in this run"
                yield _Row(name, "", amount_text(amount, currency), f"{words}; {meaning}")
        for one in not_sent(ledger, currency):
            meaning = f"{KINDS[one.what]} {NOT_SENT[one.fate]}"
            amount_said = amount_text(one.amount, currency)
            yield _Row("not sent", str(one.messages), amount_said, meaning)


def _agreement(ledger: LedgerResult) -> str:
    """What was set aside is in no total, so the whole ledger cannot be said to agree."""
    if not ledger.quarantined:
        return "agrees with the ledger"
    return f"agrees with what could be read; {count_text(ledger.quarantined, 'record')} could not"


def _delivery_rows(ledger: LedgerResult) -> Iterator[_Row]:
    for what, number, meaning in (
        ("notes", ledger.notes, "notes written into the ledger"),
        ("tasks", ledger.tasks, "tasks given to a person"),
        ("cancelled", ledger.cancelled, "stopped by the last look before sending"),
        ("snoozed", ledger.snoozed, "put off: outside the sending hours, or tried again later"),
        ("rejected", ledger.rejected, "refused for good"),
        ("uncertain", ledger.uncertain, "may or may not have gone out"),
    ):
        if number:
            yield _Row(what, str(number), meaning=meaning)
    for charged in ledger.charged:
        amount = amount_text(charged.amount, charged.currency)
        meaning = _CHARGED[charged.how][ledger.mode == PLAN]
        yield _Row(f"charges {charged.how}", str(charged.lines), amount, meaning)
    if ledger.chases:
        meaning = f"of {count_text(ledger.chases, 'message')} in 30 days asked for what was paid"
        red = "red" if ledger.false_chases else ""
        yield _Row("false chases", str(ledger.false_chases), meaning=meaning, style=red)
    style = "red" if ledger.errors else ""
    meaning = "messages that failed, or went without a document"
    yield _Row("errors", str(ledger.errors), meaning=meaning, style=style)
    if ledger.error:  # ended the ledger as a whole, so it is no customer's error
        yield _Row("stopped", "", meaning=printable(ledger.error), style="red")


def _title(ledger: LedgerResult) -> str:
    day = f", {ledger.today.isoformat()}" if ledger.today else ""
    meaning = STATUS.get(ledger.status, "")
    if ledger.narrowed and ledger.outcomes == () and ledger.status is LedgerStatus.OK:
        meaning = "Nothing in it was selected."
    return printable(
        f"{ledger.ledger} ({ledger.connector}, {ledger.mode}{day}): {ledger.status}. {meaning}"
    )


def _last_line(result: RunResult, seconds: float | None) -> str:
    meaning = EXIT.get(result.exit_code, "unknown")
    if seconds is None:
        seconds = (result.finished_at - result.started_at).total_seconds()
    return (
        f"Run {result.run_id} ended with exit code {result.exit_code} ({meaning}) "
        f"after {seconds:.1f} s."
    )


def _aligned(rows: Sequence[_Row]) -> Iterator[str]:
    what = max(len(row.what) for row in rows)
    items = max(len(row.items) for row in rows)
    amount = max(len(row.amount) for row in rows)
    for row in rows:
        text = f"  {row.what:<{what}}  {row.items:>{items}}  {row.amount:>{amount}}  {row.meaning}"
        yield text.rstrip()
