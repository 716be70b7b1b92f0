"""Compares a run's counts with those of the ledger's earlier runs, and with what it then did."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from syncer.flow.desk import Desk
from syncer.flow.plan import Planned
from syncer.flow.pull import local_time
from syncer.flow.worker import LedgerSetup
from syncer.model.counts import count_text
from syncer.model.effect import EffectKind, EffectState
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.policy.calendar import send_window_open
from syncer.policy.volume import Alarm, AlarmCode, Volume, alarms, measure
from syncer.ports import History, OutboxFilter, PastRun, Store

RUNS_LOOKED_AT = 100
"""How many earlier runs a ledger is compared with: four months of working days, one a day."""

RUNS_MAX = 2_000
DAYS_MAX = timedelta(days=150)
"""How far back is looked, where runs are many, before a hundred of them pass for the usual."""

COMPARED = (LedgerStatus.OK, LedgerStatus.PARTIAL, LedgerStatus.LIMITED)
"""How a run ends that decided about everything and was held by nothing: a held one wants nobody
contacted, or was not compared with what was usual before it."""

_A_DAY = timedelta(days=1)  # what day it is depends on where

_CONTACTS = (EffectKind.REMINDER, EffectKind.TASK)
_HOLDING = frozenset({AlarmCode.CREDITS_FELL, AlarmCode.CONTACTS_ROSE, AlarmCode.AMOUNT_ROSE})


def unusual(store: History, setup: LedgerSetup, planned: Planned, today: date) -> tuple[Alarm, ...]:
    """What is far outside the usual in what was just planned for the whole ledger.

    A schedule of many runs a day leaves a hundred of them behind in a night: what they hold, or
    that they are all without a contact, counts only when the weeks before bear it out.
    """
    now = measure(planned.outcomes, planned.open_totals, planned.contacts, today)
    lately = _usual(store, setup.name, runs=RUNS_LOOKED_AT)
    found = alarms(now, lately, setup.alarm)
    if any(one.holds for one in found) or not any(one.contacts for one in (now, *lately)):
        found = alarms(now, _usual(store, setup.name, runs=RUNS_MAX), setup.alarm)
    return found


def _usual(store: History, ledger: str, *, runs: int) -> Sequence[Volume]:
    """Earlier runs over the whole ledger, newest first, without those that alarmed dangerously.

    A run that was held for its numbers must not make the same numbers usual tomorrow. Once a
    person let them through (``apply``), that run counts.
    """
    return list(_volumes(_past(store, ledger, runs=runs)))


def _past(store: History, ledger: str, *, runs: int) -> Iterator[PastRun]:
    """The latest ``runs``; beyond the first hundred none older than ``DAYS_MAX``."""
    before, newest = "", None
    for _ in range(0, runs, RUNS_LOOKED_AT):
        page = store.past(ledger, limit=RUNS_LOOKED_AT, statuses=COMPARED, before=before)
        yield from page
        newest = newest or (page[0].at if page else None)
        if newest is None or len(page) < RUNS_LOOKED_AT or newest - page[-1].at > DAYS_MAX:
            return
        before = page[-1].run_id


def _volumes(past: Iterator[PastRun]) -> Iterator[Volume]:
    for run in past:
        one = run.result
        if one.today is None or one.narrowed or _withheld(one):
            continue
        if abs(one.today - run.at.date()) <= _A_DAY:  # else a look at another day, by --as-of
            yield measure(one.outcomes, one.open_totals, one.planned, one.today)


def _withheld(result: LedgerResult) -> bool:
    return not _HOLDING.isdisjoint(result.alarms)


def held_for_a_person(found: Sequence[Alarm], ledger: str) -> str:
    """Why nothing is sent; "" when nothing that was found is dangerous."""
    said = [one.said for one in found if one.holds]
    if not said:
        return ""
    return (
        f"far outside the usual, so nobody is contacted: {'; '.join(said)}. Look at syncer plan; "
        f"if it is right: syncer plan --ledger {ledger} --out plan.json, then syncer apply "
        "plan.json"
    )


def suspicion(store: Store, ledger: str) -> str:
    """Why nobody may be contacted: a record that belongs to nobody could lower what anybody owes.

    "" when every record that could not be read is known to be somebody's.
    """
    strays = [q for q in store.quarantine(ledger) if not q.account_id]
    if not strays:
        return ""
    one = len(strays) == 1
    whose = "does not say whose it is" if one else "do not say whose they are"
    return (
        f"{count_text(len(strays), 'record')} could not be read and {whose}, so nobody is "
        f"contacted. First: {strays[0].where}: {strays[0].problem}"
    )


def nothing_sent(desk: Desk, store: Store, planned: Planned) -> tuple[Alarm, ...]:
    """The alarm of a run that wanted to contact somebody and contacted nobody, for no reason.

    Reasons are: the last look, a refusal, sending hours, a limit, a stop, a narrower selection.
    What is due is looked for in the outbox itself, not where delivering found nothing. It
    counts as an error, so that the run cannot end as a good one.
    """
    tally = desk.tally
    if desk.options.sends_max is not None or desk.setup.sends_max == 0 or not _may_send(desk):
        return ()
    came_to = (tally.contacted, tally.tasks, tally.cancelled, tally.rejected, tally.uncertain)
    asked_for = planned.contacts and desk.wanted is None and not desk.options.stopping()
    if not asked_for or any((*came_to, tally.snoozed, tally.errors)):
        return ()
    now = desk.clock()
    query = OutboxFilter(ledger=desk.setup.name, states=(EffectState.PENDING,))
    left = sum(
        1
        for one in store.effects(query)
        if one.kind in _CONTACTS and (one.not_before is None or one.not_before <= now)
    )
    if not left:
        return ()
    tally.errors += 1
    said = f"{count_text(left, 'contact')} due and none was made, for no reason that is known"
    desk.warn(f"far outside the usual: {said}")
    return (Alarm(code=AlarmCode.NOTHING_SENT, said=said, holds=False),)


def _may_send(desk: Desk) -> bool:
    return send_window_open(desk.setup.policy, local_time(desk.context.organisation, desk.clock))
