"""The stop switch: one request ends waits and takes no new work; idle programs end at once."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from syncer.cli.stopping import SIGNALS, Stopped, StopSwitch
from syncer.errors import Interrupted


@pytest.fixture
def switch():
    """A switch that answers this process's SIGTERM for the length of a test."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have ignored it
    made = StopSwitch()
    made.install()
    made.begin()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_an_idle_program_ends_with_the_signals_code(switch):
    """Outside of work there is nothing to finish."""
    with pytest.raises(Stopped) as stopped:
        signal.raise_signal(signal.SIGTERM)
    assert stopped.value.code == 143


def test_a_terminal_that_is_closed_asks_to_stop_unless_it_was_said_not_to(switch):
    """What is being handed over is finished first; under nohup the run goes on."""
    assert signal.getsignal(signal.SIGHUP) != signal.SIG_DFL  # else the next line ends the tests
    with switch.working():
        signal.raise_signal(signal.SIGHUP)
        assert switch.requested()
    assert switch.code == 129
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    deaf = StopSwitch()
    deaf.install()
    signal.raise_signal(signal.SIGHUP)
    assert not deaf.requested()


def test_a_program_that_is_still_starting_ends_at_once():
    """Before the command line is at work, no import sees the signal: its code, and no word."""
    script = (
        "import signal; from syncer.cli.stopping import SWITCH; SWITCH.install()\n"
        "try: signal.raise_signal(signal.SIGTERM)\n"
        "except BaseException: print('an import was interrupted')"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, b"", b"")


def test_a_working_program_is_asked_not_forced(switch):
    """Inside work the signal only sets the switch, with the code to leave with."""
    with switch.working():
        assert not switch.requested()
        signal.raise_signal(signal.SIGINT)
        assert switch.requested()
    assert switch.code == 130
    waiting = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert all(one.finished.is_set() for one in waiting), "the deadline outlives the work"


def test_a_wait_ends_when_somebody_asks_to_stop(switch):
    """A pause for a vendor's limit does not outlive the request."""
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    began = time.monotonic()
    with switch.working(), pytest.raises(Interrupted):
        switch.sleep(30)
    assert time.monotonic() - began < 5
