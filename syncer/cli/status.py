"""``status``: how it stands with every ledger, and which one no run has completed lately."""

from datetime import datetime
from typing import TYPE_CHECKING

import typer

from syncer.cli.call import Call
from syncer.cli.effects_shown import instant
from syncer.cli.flags import shared
from syncer.cli.health import UNHEALTHY
from syncer.cli.watchers import how_it_stands
from syncer.model.counts import count_text
from syncer.model.doubt import HAPPENED, Why
from syncer.report.results import money_of
from syncer.report.summary import amount_text, checks_of, due_now

if TYPE_CHECKING:
    from syncer.flow.worker import Worker
    from syncer.model.standstill import Standstill

COLUMNS = (
    "ledger",
    "completed (UTC)",
    "last run",
    "open",
    "due now",
    "contacted",
    "to settle",
    "says",
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(status))


def status(call: Call) -> None:
    """Say how each ledger's last runs went; exit code 1 when one has been silent too long."""
    with call.worker() as worker:
        now = worker.clock()
        names = {setup.name for setup in call.ledgers(worker)}
        found = [one for one in how_it_stands(call, worker) if one.ledger in names]
        doubts = {one.ledger: _doubt(worker, one.ledger) for one in found}
    allowed = call.settings.alarm.silent_after
    if call.screen.as_json:
        told = [{**_document(one, now), "doubt": doubts[one.ledger] or ""} for one in found]
        call.screen.data(told)
    else:
        rows = [_row(one, now, allowed, doubts[one.ledger]) for one in found]
        call.screen.table(COLUMNS, rows)
    if any(one.silent for one in found):
        raise typer.Exit(UNHEALTHY)


def _doubt(worker: "Worker", ledger: str) -> "Why | None":
    """What happened to the state, so that it may not know all that was sent; None = nothing."""
    found = worker.store.doubt(ledger)
    return None if found is None or found[0].why is Why.NEW else found[0].why


def _row(one: "Standstill", now: datetime, allowed: int, doubt: "Why | None") -> tuple[object, ...]:
    last = one.last
    return (
        one.ledger,
        instant(one.completed_at) if one.completed_at else "never",
        last.status.value if last else "none",
        "" if _open(one) is None else _open(one),
        due_of(one),
        last.contacted if last else 0,
        last.waiting if last else 0,
        says(one, now, allowed, doubt),
    )


def _open(one: "Standstill") -> int | None:
    """How many items are open; None where the last run did not come to read them all."""
    if one.last is None or one.last.today is None:
        return None
    return sum(total.items for total in one.last.outcomes)


def due_of(one: "Standstill") -> str:
    """What is due now, by currency, as the last run's report has it."""
    if one.last is None:
        return ""
    sums = [(due_now(one.last, each.currency), each.currency) for each in checks_of(one.last)]
    return ", ".join(amount_text(amount, currency) for amount, currency in sums if amount)


def says(one: "Standstill", now: datetime, allowed: int, doubt: "Why | None" = None) -> str:
    """What somebody has to know about a ledger, and what to do; "" = nothing."""
    days = one.days(now)
    parts = []
    if doubt is not None:
        parts.append(f"{HAPPENED[doubt]}: what was sent is looked up, see syncer state show")
    if one.silent and one.last_at is None:
        others = f"others were for {count_text(days or 0, 'day')}"
        parts.append(f"SILENT: never run, {others}: does the schedule leave it out?")
    elif one.silent and days is not None:
        limit = f"alarm.silent_after allows {count_text(allowed, 'day')}"
        parts.append(f"SILENT: no run has completed for {count_text(days, 'day')}; {limit}")
    elif days is None:
        parts.append("no run is known yet")
    if one.parked:
        parts.append(f"{one.parked}; to have it asked before: syncer unlock {one.ledger}")
    elif one.last is not None and one.last.error:
        parts.append(one.last.error)
    elif one.last is not None and one.last.alarms:
        parts.append(f"far outside the usual: {', '.join(one.last.alarms)}")
    if one.last is not None and one.last.approvals:
        waiting = count_text(one.last.approvals, "contact waits", "contacts wait")
        parts.append(f"{waiting} for approval: syncer outbox list")
    if not one.sends:
        parts.append("mode: plan, so nothing is sent")
    return "; ".join(parts)


def _document(one: "Standstill", now: datetime) -> dict[str, object]:
    last = one.last
    return {
        "ledger": one.ledger,
        "silent": one.silent,
        "days": one.days(now),
        "completed_at": one.completed_at,
        "last_at": one.last_at,
        "status": last.status.value if last else "",
        "parked_until": one.parked_until,
        "mode": last.mode if last else "",
        "sends": one.sends,
        "open_items": _open(one),
        "money": money_of(last) if last else {},
        "planned": last.planned if last else 0,
        "contacted": last.contacted if last else 0,
        "waiting": last.waiting if last else 0,
        "approvals": last.approvals if last else 0,
        "alarms": list(last.alarms) if last else [],
        "error": last.error if last else "",
        "warnings": list(last.warnings) if last else [],
    }
