"""Real processes asked to end, ended, and started twice: SIGTERM, SIGKILL after it, two at once."""

import os
import signal
import threading
import time
from dataclasses import replace

import pytest

from .house import Act, House
from .running import fresh
from .scenes import SANDBOXED, XERO, Stage

FULL = bool(os.environ.get("SYNCER_SIM_FULL"))
CALLS = 15  # of a first run: token, pull, and twice old notes, the guard, the new note
GRACE_SECONDS = 10  # that a container engine gives
STOPPED = 128 + signal.SIGTERM


def _at_call(house: House, nth: int, act: Act) -> None:
    house.side.gate.before = lambda heard: act() if heard == nth else None


def _left_alone(house: House) -> None:
    house.side.gate.before = lambda _nth: None
    house.post.at = lambda _stage: None


def test_a_healthy_run_is_the_measure(house: House) -> None:
    """Nothing disturbed: two messages, two notes, and as many calls as the tests here count on."""
    code, said = house.run()
    assert code == 0, said
    assert len(house.post.received) == len(house.side.notes()) == 2
    assert len(house.side.gate.heard) == CALLS, house.side.gate.heard


@pytest.mark.parametrize("nth", range(1, CALLS + 1) if FULL else (3, 11))
def test_sigterm_ends_cleanly_and_the_next_run_goes_on(house: House, nth: int) -> None:
    """Exit code 143 within ten seconds, the lease given back, nothing lost or repeated."""
    told: list[float] = []

    def stop() -> None:
        told.append(time.monotonic())
        house.end(signal.SIGTERM)

    _at_call(house, nth, stop)
    code, said = house.run()
    assert code == STOPPED, said
    assert time.monotonic() - told[0] < GRACE_SECONDS
    _left_alone(house)
    code, said = house.run()  # at once: no lease is in the way
    assert code == 0, said
    assert house.judge(nth) == 0
    assert len(house.side.notes()) == 2


@pytest.mark.parametrize("stage_name", ["EHLO", "MAIL", "BODY", "KEPT"] if FULL else ["KEPT"])
def test_sigterm_while_mail_is_handed_over(house: House, stage_name: str) -> None:
    """What was begun is finished and recorded: no doubt is left."""
    house.post.at = lambda heard: house.end(signal.SIGTERM) if heard == stage_name else None
    code, said = house.run()
    assert code == STOPPED, said
    _left_alone(house)
    code, said = house.run()
    assert code == 0, said
    assert house.judge(stage_name) == 0


def test_sigterm_while_the_ledger_hangs(house: House) -> None:
    """A call that never answers does not outlast the grace: the process ends by its deadline."""
    over, told = threading.Event(), []

    def hang() -> None:
        told.append(time.monotonic())
        house.end(signal.SIGTERM)
        over.wait(30)

    _at_call(house, 11, hang)
    code = house.start().wait()
    took = time.monotonic() - told[0]
    over.set()
    assert code == STOPPED
    assert took < GRACE_SECONDS
    _left_alone(house)
    house.until_quiet()
    house.judge("hang")


@pytest.mark.parametrize("nth", range(1, CALLS + 1) if FULL else (11,))
def test_sigkill_after_sigterm(house: House, nth: int) -> None:
    """The engine lost patience in the middle of the clean end: the next run settles it."""

    def stop() -> None:
        house.end(signal.SIGTERM)
        time.sleep(0.05)
        house.end(signal.SIGKILL)

    _at_call(house, nth, stop)
    assert house.start().wait() == -signal.SIGKILL
    _left_alone(house)
    house.until_quiet()
    house.judge(nth)


def test_two_at_once(stage: Stage) -> None:
    """One works, the other says that the ledger is taken (6); nothing is sent twice."""
    with stage.opened(XERO) as small:
        house = replace(small, lease="15m")
        others: list[tuple[int, str]] = []

        def second() -> None:
            other = replace(house).start()
            others.append((other.wait(), other.said()))

        house.post.at = lambda heard: second() if heard == "MAIL" and not others else None
        code, said = house.run()
        assert code == 0, said
        assert [found for found, _ in others] == [6], others
        assert "being worked on" in others[0][1]
        house.judge("two at once")
        assert len(house.post.received) == 2


@pytest.mark.parametrize("scene", SANDBOXED if FULL else (XERO,), ids=lambda scene: scene.name)
def test_two_containers_started_at_once(stage: Stage, scene) -> None:
    """On one empty volume, in the same second, from fresh interpreters: each message once."""
    with stage.opened(scene) as small:
        house = replace(small, lease="15m")
        words = ("--config", "syncer.yaml", "run", "--no-input")
        pair = [fresh(*words, home=house.home) for _ in range(2)]
        codes = sorted(one.wait() for one in pair)
        said = [one.said() for one in pair]
        assert codes in ([0, 6], [0, 0]), said  # both, where one came after the other
        assert house.judge("at once") == 0
        assert len(house.side.notes()) == 2


def test_the_guards_race_is_short(house: House, record_property) -> None:
    """Between the last answer of the guard and the mail server's DATA: well under a second."""
    answered: list[float] = []
    house.side.gate.after = lambda nth: (
        answered.append(time.monotonic())
        if house.side.gate.heard[nth - 1][1].endswith("/Invoices")
        else None
    )
    assert house.run()[0] == 0
    taken = [at for heard, at in house.post.heard if heard == "BODY"]
    widths = [at - max(a for a in answered if a < at) for at in taken]
    record_property("guard_race_ms", [round(width * 1000) for width in widths])
    assert min(widths) < 1.0, widths  # a busy machine may hold up one of the two
