"""The step after the last: whose patience counts, what a missed day passes over, how it ends."""

from datetime import date

from syncer.policy.compiled import ReadyLadder, ready
from syncer.policy.ladder import Pick, Timing, next_step
from syncer.policy.rules import CatchUp, Step, Tone

from .make import FRIENDLY, HEADS_UP, OPEN_ALWAYS, TODAY, days, ladder, policy

FIRM = Step(name="firm", tone=Tone.FIRM, after_due=14)
FINAL = Step(name="final", tone=Tone.FINAL, after_due=30)
THREE = (FRIENDLY, FIRM, FINAL)


def built(*steps: Step) -> ReadyLadder:
    """A ladder of these steps, made ready."""
    return ready(policy(*steps)).ladder("usual")


def skipping(*steps: Step) -> ReadyLadder:
    """The same for a ladder into which an old debt may enter at its own height."""
    return ready(policy(ladders=(ladder(*steps, allow_skip=True),))).ladder("usual")


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
    for rungs, entry in ((built(*THREE), -1), (built(HEADS_UP, *THREE), 0)):
        assert lateness(pick(rungs, entry, 1, **habit), 1) == 12
        assert lateness(pick(rungs, entry + 1, 13, last=12, **habit), 13) == 14
        assert lateness(pick(rungs, entry + 2, 15, last=14, **habit), 15) == 30


def test_the_latest_only_goes_up_to_the_last_step() -> None:
    """After a stretch that swallowed all three days the last step comes, and the two are named."""
    found = pick(built(*THREE), -1, 35, catch_up=CatchUp.LATEST_ONLY, missed=(3, 35))
    assert (found.index, found.skipped) == (2, ("friendly", "firm"))


def test_patience_passes_no_missed_step_over() -> None:
    """The day of the step that follows a missed one is its plain day: it is not the first."""
    habit = {"usual_late": 60, "patience": 5}
    missed = {"catch_up": CatchUp.LATEST_ONLY, "missed": (3, 15)}
    found = pick(built(*THREE), -1, 15, **missed, **habit)  # type: ignore[arg-type]
    assert (found.index, found.skipped, lateness(found, 15)) == (1, ("friendly",), 14)


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


def test_a_repeating_step_that_was_missed_is_not_among_those_left_out() -> None:
    """It comes again at its next day; what is left out for good are the steps before it."""
    again = Step(name="statement", tone=Tone.FIRM, after_due=30, repeat=14)
    ladder = built(FRIENDLY, FIRM, again)
    found = pick(ladder, -1, 40, catch_up=CatchUp.SKIP, missed=(3, 40))
    assert (found.index, found.skipped, lateness(found, 40)) == (2, ("friendly", "firm"), 44)


def test_a_repeating_step_too_is_passed_over_up_to_the_switch_on() -> None:
    """A statement whose day is that of the switch-on comes again an interval later."""
    ladder = built(Step(name="statement", tone=Tone.FIRM, after_due=10, repeat=14))
    due_on = TODAY - days(30)
    for until, expected in ((23, 24), (24, 38), (25, 38)):
        found = pick(ladder, 0, 30, last=10, passed_until=due_on + days(until))
        assert lateness(found, 30) == expected


def test_after_the_last_step_there_is_none() -> None:
    """The ladder is done: no index, and no day before the end of the calendar."""
    found = pick(built(*THREE), 2, 40, last=30)
    assert (found.index, found.on, found.plain_on) == (-1, date.max, date.max)


def test_no_step_comes_on_the_due_day() -> None:
    """Neither a step of day 0 nor one that comes sooner is ever before the first day late."""
    at_once = built(Step(name="at once", tone=Tone.FRIENDLY, after_due=0), FIRM)
    tomorrow = built(Step(name="tomorrow", tone=Tone.FRIENDLY, after_due=1), FIRM)
    for rungs in (at_once, tomorrow):
        found = pick(rungs, -1, 0)
        assert (lateness(found, 0), found.plain_on) == (1, TODAY + days(1))
    for sooner, expected in ((3, 4), (6, 1), (7, 1), (30, 1)):
        assert lateness(pick(built(*THREE), -1, 0, sooner=sooner), 0) == expected


def test_a_step_alone_after_another_counts_from_it() -> None:
    """Its plain day is that many days after the step before, or after the due day without one."""
    follows = Step(name="next", tone=Tone.FIRM, after_previous=1)
    found = pick(built(FRIENDLY, follows), 0, 9, last=8)
    assert (lateness(found, 9), found.plain_on) == (9, found.on)
    alone = pick(built(follows), -1, 0)
    assert (lateness(alone, 0), alone.plain_on) == (1, alone.on)


def test_an_old_debt_enters_no_step_that_follows_another() -> None:
    """Its age alone carries it past a step, never a step that waits for the one before it."""
    waits = Step(name="firm", tone=Tone.FIRM, after_due=14, after_previous=5)
    assert pick(skipping(FRIENDLY, waits), -1, 90).index == 0
    assert pick(skipping(FRIENDLY, FIRM), -1, 90).index == 1
    assert pick(skipping(FRIENDLY, waits), -1, 90, may_enter=True).index == 1


def test_patience_lowers_no_old_debt() -> None:
    """A habit does not keep a debt below the step that its age has reached."""
    found = pick(skipping(*THREE), -1, 15, usual_late=60, patience=5)
    assert (found.index, found.skipped) == (1, ("friendly",))
