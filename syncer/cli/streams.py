"""The three standard streams where something is wrong with them: closed, full, or nobody reads.

A scheduler may start a program without any. What is printed is then lost, as whoever started it
wished; what is done, and the exit code, stay what they are.
"""

import errno
import os
import sys
from contextlib import suppress

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
NOT_WRITTEN = 1


def open_what_is_closed() -> None:
    """Let closed streams lead nowhere, so that no file of ours gets their numbers."""
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the stream's own
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def let_go_of_the_log() -> None:
    """What cannot be written there (full disk, reader gone) must not become the exit code."""
    try:
        sys.stderr.flush()
    except OSError:
        _lead_nowhere(sys.stderr.fileno())


def let_go_of_the_data(code: int) -> int:
    """The exit code: ``code``, but no success where the disk did not take what was printed.

    A reader that went away (``| head -1``) had enough.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _lead_nowhere(sys.stdout.fileno())
        if error.errno != errno.EPIPE:
            with suppress(OSError):
                print(f"syncer: what was printed is lost: {error.strerror}", file=sys.stderr)
            return code or NOT_WRITTEN
    return code


def _lead_nowhere(number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
