"""Which step comes next, and from which day on it is due.

Days are reached, never hit: a step stays due until it is taken. Steps follow each other one
by one; only ``allow_skip`` and the catch-up setting pass one over, each by its own rule.
"""

import hashlib
from datetime import date, timedelta
from functools import lru_cache

from msgspec.structs import replace

from syncer.model.ledger import Record
from syncer.policy.calendar import days_after, first_open_day
from syncer.policy.compiled import ReadyLadder
from syncer.policy.rules import CatchUp, Restraint, Step

KEY_PREFIX = "rs-"
_KEY_DIGITS = 32  # 128 bits in hex


def contact_key(*, ledger: str, account_id: str, currency: str, episode: str, step: str) -> str:
    """The contact's identity for ever: 35 characters out of a-z, 0-9 and a dash.

    The parts are joined with their lengths, so no two different contacts can share a text.
    """
    parts = (ledger, account_id, currency, episode, step)
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return KEY_PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def step_at(step: str, time: int) -> str:
    """What stands for a step in the key: its name, and from the second time on which time it is."""
    return step if time <= 1 else f"{step}#{time}"


class Timing(Record, frozen=True, kw_only=True):
    """All that moves the days of the steps for one position."""

    due_on: date  # of the carrying item
    today: date
    last_on: date | None  # last step taken
    sooner: int = 0  # days, first-time customer with a large debt
    usual_late: int | None = None  # days, known habit
    patience: int = 0  # most days the habit may shift the first step
    # For a debt that was overdue when its ledger was switched on, and never spoken about:
    passed_until: date | None = None  # steps whose day was up to here are passed over
    may_enter: bool = False  # it may begin at the highest step that its age has reached


class Pick(Record, frozen=True, kw_only=True):
    """The next step (``index`` -1: the ladder is done), its day, and the steps passed over."""

    index: int
    on: date
    plain_on: date  # its day without sooner or patience
    skipped: tuple[str, ...] = ()
    waits_until: date | None = None  # its day without a broken word that brings it sooner

    @property
    def usual_on(self) -> date:
        """Its day, had every word been kept."""
        return self.waits_until or self.on


@lru_cache(maxsize=4096)
def next_step(
    ladder: ReadyLadder,
    reached: int,
    timing: Timing,
    catch_up: CatchUp,
    restraint: Restraint,
    gaps: tuple[tuple[date, date], ...],
) -> Pick:
    """The step after ``reached`` for an overdue position.

    ``gaps`` are (last run day, next run day) pairs between which no run completed. Cached:
    thousands of accounts share a due date and a ladder.
    """
    steps = ladder.steps
    if ladder.repeat is not None and reached >= len(steps) - 1:
        taken_on = timing.last_on or timing.due_on
        return _again(ladder, taken_on, timing, catch_up, restraint, gaps)
    index = max(reached + 1, ladder.heads_up)
    entering = first = reached < ladder.heads_up
    skipped: list[str] = []
    last_on = timing.last_on
    may_enter = entering and (ladder.ladder.allow_skip or timing.may_enter)
    while index < len(steps):
        on = _day(steps[index], timing, last_on=last_on, first=first)
        passed = on <= timing.today and _missed(on, restraint, gaps)
        following = steps[index + 1] if index + 1 < len(steps) else None
        if (entering and timing.passed_until is not None and on <= timing.passed_until) or (
            passed and catch_up is CatchUp.SKIP
        ):
            last_on = on
        elif passed and catch_up is CatchUp.LATEST_ONLY and following is not None:
            if _day(following, timing, last_on=on, first=False) > timing.today:
                break
            last_on = on
        elif not (may_enter and _enters(following, timing)):
            break
        skipped.append(steps[index].name)
        index, first = index + 1, False
    if index >= len(steps) and ladder.repeat is not None and last_on is not None:
        again = _again(ladder, last_on, timing, catch_up, restraint, gaps)
        return replace(again, skipped=tuple(skipped[:-1]))
    if index >= len(steps):
        return Pick(index=-1, on=date.max, plain_on=date.max, skipped=tuple(skipped))
    return Pick(
        index=index,
        on=_day(steps[index], timing, last_on=last_on, first=first),
        plain_on=_plain_day(steps[index], timing.due_on, last_on),
        skipped=tuple(skipped),
    )


def _again(
    ladder: ReadyLadder,
    last_on: date,
    timing: Timing,
    catch_up: CatchUp,
    restraint: Restraint,
    gaps: tuple[tuple[date, date], ...],
) -> Pick:
    """The last step once more, so many days after it was taken or passed over; once if late."""
    repeat = ladder.repeat or 1
    on = days_after(last_on, repeat)
    while (timing.passed_until is not None and on <= timing.passed_until) or (
        catch_up is CatchUp.SKIP and on <= timing.today and _missed(on, restraint, gaps)
    ):
        on = days_after(on, repeat)
    return Pick(index=len(ladder.steps) - 1, on=on, plain_on=on)


def _enters(step: Step | None, timing: Timing) -> bool:
    """Whether an old debt may enter at ``step``: only its own lateness can carry it there.

    What was overdue before the ledger was switched on had no step before: its age alone counts.
    """
    if step is None or step.after_due is None:
        return False
    if step.after_previous is not None and not timing.may_enter:
        return False
    return _day(step, timing, last_on=None, first=False) <= timing.today


def _plain_day(step: Step, due_on: date, last_on: date | None) -> date:
    """Due day plus ``after_due``, last step plus ``after_previous``, whichever is later."""
    on = due_on + timedelta(days=max(1, step.after_due or 0))
    if step.after_previous is not None:
        on = max(on, days_after(last_on or due_on, step.after_previous))
    return on


def _day(step: Step, timing: Timing, *, last_on: date | None, first: bool) -> date:
    """The step's day with the customer's treatment applied; never the due day or before."""
    after_due = max(1, step.after_due or 0)
    if step.after_due is not None:
        after_due = max(1, step.after_due - timing.sooner)
        if first and timing.usual_late is not None:
            # Beyond the habit patience ends: the lateness is no longer the usual one.
            patient = min(after_due + timing.patience, timing.usual_late + 1)
            after_due = max(after_due, patient)
    on = timing.due_on + timedelta(days=after_due)
    if step.after_previous is not None:
        on = max(on, days_after(last_on or timing.due_on, step.after_previous))
    return on


def _missed(on: date, restraint: Restraint, gaps: tuple[tuple[date, date], ...]) -> bool:
    """Whether the first day on which the step could have gone out saw no run.

    A step that fell on a closed day moves to the next open one before it can be missed.
    """
    if not gaps:
        return False
    day = first_open_day(restraint, on)
    return day is not None and any(before < day < after for before, after in gaps)
