"""Compares a run's counts with those of the ledger's earlier runs, before anything is sent."""

from collections.abc import Sequence

from syncer.flow.plan import Planned
from syncer.flow.worker import LedgerSetup
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.policy.volume import RUNS_LOOKED_AT, Alarm, AlarmCode, Volume, alarms, measure
from syncer.ports import History

FINISHED = (LedgerStatus.OK, LedgerStatus.PARTIAL, LedgerStatus.HELD, LedgerStatus.LIMITED)
"""How a run ends that decided about everything."""

_HOLDING = frozenset({AlarmCode.CREDITS_FELL, AlarmCode.CONTACTS_ROSE, AlarmCode.AMOUNT_ROSE})


def unusual(store: History, setup: LedgerSetup, planned: Planned) -> tuple[Alarm, ...]:
    """What is far outside the usual in what was just planned for the whole ledger."""
    now = measure(planned.outcomes, planned.open_totals, planned.contacts)
    return alarms(now, _usual(store, setup.name), setup.alarm)


def _usual(store: History, ledger: str) -> Sequence[Volume]:
    """Earlier runs over the whole ledger, newest first, without those that alarmed dangerously.

    A run that was held for its numbers must not make the same numbers usual tomorrow. Once a
    person let them through (``apply``), that run counts.
    """
    past = store.past(ledger, limit=RUNS_LOOKED_AT, statuses=FINISHED)
    return [
        measure(one.result.outcomes, one.result.open_totals, one.result.planned)
        for one in past
        if one.result.today is not None and not one.result.narrowed and not _withheld(one.result)
    ]


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
