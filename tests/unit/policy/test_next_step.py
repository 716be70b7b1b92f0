"""The step after the last: whose patience counts, what a missed day passes over, how it ends."""

from datetime import date

from syncer.policy.compiled import ReadyLadder, ready
from syncer.policy.ladder import Pick, Timing, next_step
from syncer.policy.rules import CatchUp, Step, Tone

from .make import FRIENDLY, HEADS_UP, OPEN_ALWAYS, TODAY, days, policy

FIRM = Step(name="firm", tone=Tone.FIRM, after_due=14)
FINAL = Step(name="final", tone=Tone.FINAL, after_due=30)
THREE = (FRIENDLY, FIRM, FINAL)


def built(*steps: Step) -> ReadyLadder:
    """A ladder of these steps, made ready."""
    return ready(policy(*steps)).ladder("usual")


def pick(
    ladder: ReadyLadder,
    reached: int,
    late: int,
    *,
    last: int | None = None,
    catch_up: CatchUp = CatchUp.IN_ORDER,
    missed: tuple[int, int] | None = None,
    **facts: int | date,
) -> Pick:
    """The step after ``reached`` for a debt this many days late; days are counted from the due
    date: ``last`` of the step before, ``missed`` of the runs around a stretch without any.
    """
    due_on = TODAY - days(late)
    timing = Timing(
        due_on=due_on,
        today=TODAY,
        last_on=None if last is None else due_on + days(last),
        **facts,  # type: ignore[arg-type]
    )
    gaps = () if missed is None else ((due_on + days(missed[0]), due_on + days(missed[1])),)
    return next_step(ladder, reached, timing, catch_up, OPEN_ALWAYS, gaps)


def lateness(found: Pick, late: int) -> int:
    """The day of the step, counted from the due date."""
    return (found.on - TODAY).days + late


def test_patience_is_for_the_first_step_alone() -> None:
    """A habit moves the first step; every later one keeps its own day, with or without heads-up."""
    habit = {"usual_late": 40, "patience": 5}
    for ladder, entry in ((built(*THREE), -1), (built(HEADS_UP, *THREE), 0)):
        assert lateness(pick(ladder, entry, 1, **habit), 1) == 12
        assert lateness(pick(ladder, entry + 1, 13, last=12, **habit), 13) == 14
        assert lateness(pick(ladder, entry + 2, 15, last=14, **habit), 15) == 30


def test_the_latest_only_goes_up_to_the_last_step() -> None:
    """After a stretch that swallowed all three days the last step comes, and the two are named."""
    found = pick(built(*THREE), -1, 35, catch_up=CatchUp.LATEST_ONLY, missed=(3, 35))
    assert (found.index, found.skipped) == (2, ("friendly", "firm"))


def test_patience_passes_no_missed_step_over() -> None:
    """The day of the step that follows a missed one is its plain day: it is not the first."""
    habit = {"usual_late": 60, "patience": 5}
    missed = {"catch_up": CatchUp.LATEST_ONLY, "missed": (3, 15)}
    found = pick(built(*THREE), -1, 15, **missed, **habit)  # type: ignore[arg-type]
    assert (found.index, found.skipped) == (1, ("friendly",))


def test_a_step_of_the_day_of_the_switch_on_is_passed_over() -> None:
    """Of an old debt the steps up to that day are over; the next one is the first that counts."""
    on = TODAY - days(20 - 14)
    found = pick(built(*THREE), -1, 20, passed_until=on)
    assert (found.index, found.skipped) == (2, ("friendly", "firm"))
    day_before = pick(built(*THREE), -1, 20, passed_until=on - days(1))
    assert (day_before.index, day_before.skipped) == (1, ("friendly",))


def test_a_repeating_last_step_waits_for_those_before_it() -> None:
    """Only after all of the ladder was taken does its last step come again."""
    again = Step(name="statement", tone=Tone.FIRM, after_previous=10, repeat=14)
    ladder = built(FRIENDLY, FIRM, again)
    assert pick(ladder, 0, 8, last=7).index == 1
    assert lateness(pick(ladder, 1, 15, last=14), 15) == 24
    assert lateness(pick(ladder, 2, 25, last=24), 25) == 38
