"""What the program does when it is asked to stop: SIGTERM, Ctrl-C, or a terminal that is closed.

The first signal lets a run finish what it began: it takes no new account, settles or puts back
the current one, releases its lease. A second signal, or the deadline, ends the process at
once. Both are safe: an effect's state is on disk before and after each step, so the next run
looks up what became of it.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Never

from syncer.errors import Interrupted

DEADLINE_SECONDS = 9.0  # container engines kill after ten
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """A signal arrived while nothing had to be finished."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class StopSwitch:
    """Remembers that somebody asked to stop. ``code`` is the exit code, 0 = nobody did."""

    def __init__(self) -> None:
        self.code = 0
        self._begun = False
        self._working = False
        self._event = threading.Event()
        self._deadline: threading.Timer | None = None

    def install(self) -> None:
        """Answer the signals from here on, also as the first process of a container."""
        for number in SIGNALS:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # under nohup the run outlives its terminal
            signal.signal(number, self._signalled)

    def begin(self) -> None:
        """The command line is at work from here on. While the program is still being read into
        memory nothing can have been done, and an exception would surface in some import.
        """
        self._begun = True

    @contextmanager
    def working(self) -> Iterator[None]:
        """Inside, the first signal only sets the switch and starts the deadline."""
        self._working = True
        try:
            yield
        finally:
            self._working = False
            if self._deadline is not None:
                self._deadline.cancel()

    def requested(self) -> bool:
        """Whether to take no new work."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, but not past a request to stop. Raises Interrupted then."""
        if self._event.wait(seconds):
            raise Interrupted("stopped on request; the next run goes on from here")

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        del frame
        again, self.code = bool(self.code), 128 + number
        self._event.set()
        if again or not self._begun:
            self._end_now()
        if not self._working:
            raise Stopped(self.code)
        self._deadline = threading.Timer(DEADLINE_SECONDS, self._end_now)
        self._deadline.daemon = True
        self._deadline.start()

    def _end_now(self) -> Never:
        os._exit(self.code)


SWITCH = StopSwitch()
"""The process's own: signals belong to the process."""
