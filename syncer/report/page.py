"""The HTML page of a run: one file, nothing loaded from outside, made to be printed or mailed.

Shows counts, outcomes by reason with a plain sentence each, today's contacts, what waits
for a person, and whether the totals reconcile. No message bodies and no addresses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncer.model.counts import count_text
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.ledger import Quarantined
from syncer.model.run import Asked, LedgerResult, RunResult
from syncer.report.files import write_whole
from syncer.report.rollup import COLUMNS, HOW_TO_READ, NUMBERS, TITLE, beside, roll_up
from syncer.report.summary import (
    amount_text,
    asked_for,
    checks_of,
    due_now,
    items_in,
    not_sent,
    open_items,
    rows_of,
    waiting_sentences,
)
from syncer.report.words import EXIT, KINDS, NOT_SENT, STATUS, TITLES, Group

FILE_NAME = "run_report.html"
EFFECTS_SHOWN = 2000  # a page of more rows than this helps nobody
Names = Mapping[tuple[str, str], str]  # by ledger and account_id: ledgers may count alike
_WAITING_STATES = (EffectState.UNCERTAIN, EffectState.REJECTED)

# Controls, separators and turns of direction: a page of evidence reads as its letters stand.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _seen(value: object) -> object:
    """``value`` as it may stand on a page; line ends and tabs stay."""
    return _UNSEEN.sub(" ", value) if type(value) is str else value


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    finalize=_seen,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def environment() -> ImmutableSandboxedEnvironment:
    """Where the pages' templates are; everything put into them is escaped."""
    return _ENVIRONMENT


@dataclass(frozen=True, slots=True)
class _EffectRow:
    ledger: str
    account: str
    account_id: str
    kind: str
    step: str
    channel: str
    amount: str
    items: int
    state: str
    detail: str
    key: str


def report_page(
    result: RunResult,
    *,
    effects: Sequence[Effect] = (),
    names: Names | None = None,
    unread: Sequence[tuple[str, Quarantined]] = (),
    planned: Sequence[Effect] = (),
    later: int = 0,
    seconds: float | None = None,
) -> str:
    """The page. ``effects`` are outbox rows of the run; ``names`` are those of the customers;
    ``unread`` are the records that could not be read, each with its ledger; ``planned`` are
    contacts that would be made where nothing was sent, in their order, and ``later`` how many more
    a limit leaves for later runs; ``seconds`` is how long it took where the run's own clock was a
    simulated one.
    """
    rows = [_effect_row(effect, names or {}) for effect in effects]
    contacts = [row for row in rows if row.state == EffectState.DELIVERED and row.kind != "note"]
    waiting = [row for row in rows if row.state in _WAITING_STATES]
    return _ENVIRONMENT.get_template("run.html.j2").render(
        result=result,
        exit_meaning=EXIT.get(result.exit_code, "unknown"),
        seconds=f"{_taken(result) if seconds is None else seconds:.1f}",
        ledgers=[_ledger_view(ledger) for ledger in result.ledgers],
        together=_roll_up_view(result.ledgers),
        contacts=contacts[:EFFECTS_SHOWN],
        contacts_more=max(len(contacts) - EFFECTS_SHOWN, 0),
        waiting=waiting[:EFFECTS_SHOWN],
        waiting_more=max(len(waiting) - EFFECTS_SHOWN, 0),
        planned=[_effect_row(effect, names or {}) for effect in planned[:EFFECTS_SHOWN]],
        planned_later=count_text(later, "more contact") if later else "",
        planned_more=max(len(planned) - EFFECTS_SHOWN, 0),
        unread=unread[:EFFECTS_SHOWN],
        unread_more=max(len(unread) - EFFECTS_SHOWN, 0),
        sentences=waiting_sentences(result.ledgers),
    )


def write_page(
    result: RunResult,
    folder: Path,
    *,
    effects: Sequence[Effect] = (),
    names: Names | None = None,
    unread: Sequence[tuple[str, Quarantined]] = (),
    planned: Sequence[Effect] = (),
    later: int = 0,
    seconds: float | None = None,
) -> Path:
    """Write ``run_report.html`` into ``folder`` in one step and say where. Raises OSError."""
    path = folder / FILE_NAME
    page = report_page(
        result,
        effects=effects,
        names=names,
        unread=unread,
        planned=planned,
        later=later,
        seconds=seconds,
    )
    write_whole(path, page.encode())
    return path


def _taken(result: RunResult) -> float:
    return (result.finished_at - result.started_at).total_seconds()


def _roll_up_view(ledgers: Sequence[LedgerResult]) -> dict[str, object]:
    return {
        "title": TITLE,
        "how": HOW_TO_READ,
        "beside": beside(ledgers),
        "columns": [(column, column in NUMBERS) for column in COLUMNS],
        "rows": [{"cells": row.cells(), "differs": row.differs} for row in roll_up(ledgers)],
    }


def _ledger_view(ledger: LedgerResult) -> dict[str, object]:
    return {
        "result": ledger,
        "status": STATUS.get(ledger.status, ""),
        "counts": _counts(ledger),
        "groups": [
            {
                "title": TITLES[group],
                "items": items_in(ledger, group),
                "rows": [
                    {"row": row, "amount": amount_text(row.amount, row.currency)}
                    for row in rows_of(ledger, group)
                ],
            }
            for group in Group
            if rows_of(ledger, group)
        ],
        "checks": [
            {
                "currency": check.currency,
                "items": check.items,
                "outcomes": amount_text(check.outcomes, check.currency),
                "ledger": amount_text(check.ledger, check.currency),
                "due": amount_text(due_now(ledger, check.currency), check.currency),
                "asked": [
                    amount_text(asked_for(ledger, check.currency, what), check.currency)
                    for what in Asked
                ],
                "not_sent": [
                    f"{amount_text(one.amount, one.currency)}: {KINDS[one.what]} "
                    f"{NOT_SENT[one.fate]}"
                    for one in not_sent(ledger, check.currency)
                ],
                "difference": amount_text(check.difference, check.currency),
                "closes": check.difference == 0,
            }
            for check in checks_of(ledger)
        ],
    }


def _counts(ledger: LedgerResult) -> tuple[tuple[str, int], ...]:
    return (
        ("open items", open_items(ledger)),
        ("told by the ledger this time", ledger.items_read),
        ("customers considered", ledger.accounts_considered),
        ("contacted", ledger.contacted),
        ("items held", items_in(ledger, Group.HELD)),
        ("items skipped", items_in(ledger, Group.SKIPPED)),
        ("false chases in 30 days", ledger.false_chases),
        ("errors", ledger.errors),
    )


def _effect_row(effect: Effect, names: Names) -> _EffectRow:
    amount = "" if effect.amount is None else amount_text(effect.amount, effect.currency)
    return _EffectRow(
        ledger=effect.ledger,
        account=names.get((effect.ledger, effect.account_id), ""),
        account_id=effect.account_id,
        kind=effect.kind,
        step=effect.step,
        channel=effect.channel,
        amount="" if effect.kind is EffectKind.NOTE else amount,
        items=len(effect.item_ids),
        state=effect.state,
        detail=effect.detail,
        key=effect.key,
    )
