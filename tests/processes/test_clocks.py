"""Clocks that jump between runs and inside one, and the nights on which an hour is lost or doubled.

The clock of the worker's process alone is moved; the ledger and the mail server keep theirs.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from .house import House
from .ledgers import late_world, xero
from .scenes import Stage

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
DAY = 86_400.0
TO_1970 = -(datetime.now(UTC) - datetime(1970, 1, 2, tzinfo=UTC)).total_seconds()
JUMPS = {"a day ahead": DAY, "a day back": -DAY, "1970": TO_1970}
NIGHTS = {  # the moment before and after the clocks of London change
    "spring": ("2027-03-28T00:59:00+00:00", "2027-03-28T01:01:00+00:00"),
    "autumn": ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"),
}


@pytest.mark.parametrize("jump", JUMPS if FULL else ["1970", "a day ahead"])
def test_a_jump_between_runs_repeats_nothing(house: House, jump: str) -> None:
    """Whatever day the worker believes in, a step that was sent is not sent again."""
    assert house.run()[0] == 0
    sent = house.delivered()
    assert len(sent) == 2
    code, said = house.run(clock=JUMPS[jump])
    assert code != 7, said
    assert house.delivered() == sent, said
    house.until_quiet()  # the clock is right again
    assert house.judge(jump) == 0
    assert house.delivered() == sent


@pytest.mark.parametrize("jump", JUMPS if FULL else ["a day back"])
@pytest.mark.parametrize("nth", range(1, 30, 2) if FULL else (14,))
def test_a_jump_inside_a_run_repeats_nothing(house: House, jump: str, nth: int) -> None:
    """The clock is set while the worker works, at any of its commits: each message at most once."""
    code = house.start(clock=0, jump_at=nth, jump=JUMPS[jump]).wait()
    assert code != 7, house.process and house.process.said()
    said = []
    for _ in range(3):  # later, when the clock is right and any lease has run out
        later = house.start(clock=2 * DAY if code == 6 else 0)
        code = later.wait()
        said.append(later.said())
    went, notes = house.delivered(), house.side.notes()
    assert len(went) == len(set(went)), said
    assert len(notes) == len(set(notes)), said
    assert set(notes) <= set(went), said
    house.check_state((jump, nth))
    if len(went) < 2 and not house.uncertain():  # put off by the wrong clock, to a day of its own
        house.run(clock=2 * DAY)
        assert len(house.delivered()) == 2, said


@contextmanager
def _at_night(stage: Stage, moment: datetime) -> Iterator[House]:
    home = stage.folder / "night"
    stage.post.forget()
    with xero(late_world(moment)) as side:
        yield House(home, side, stage.post, stage.nursery)
    shutil.rmtree(home)


@pytest.mark.parametrize("night", NIGHTS)
def test_nights_on_which_the_clocks_change(stage: Stage, night: str) -> None:
    """Started before and after the change, or twice at the same local time: each step once."""
    first, second = (datetime.fromisoformat(text) for text in NIGHTS[night])
    with _at_night(stage, first) as house:
        for moment in (first, second, second + timedelta(hours=20)):
            assert house.side.world is not None
            house.side.world.clock.set(moment)
            ahead = (moment - datetime.now(UTC)).total_seconds()
            code, said = house.run(clock=ahead)
            assert code == 0, said
            assert len(house.delivered()) == len(house.side.notes()) == 2, said
        house.judge(night)
