"""The three standard streams where something is wrong with them: closed, full, or nobody reads.

A scheduler may start a program without any. What is printed is then lost, as whoever started it
wished; what is done, and the exit code, stay what they are.
"""

import errno
import io
import os
import sys

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
NOT_WRITTEN = 1


class Forgiving(io.TextIOWrapper):
    """A stream that remembers its first failure and raises none: a run does not end by it."""

    failure: OSError | None = None

    def write(self, text: str, /) -> int:
        """As the stream does it; what does not arrive is lost."""
        try:
            return super().write(text)
        except OSError as error:
            self.failure = self.failure or error
            return len(text)

    def flush(self) -> None:
        """As the stream does it."""
        try:
            super().flush()
        except OSError as error:
            self.failure = self.failure or error


def forgive() -> None:
    """Have the two streams that are written to raise nothing, whatever becomes of their readers."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):  # somebody listens who called us in process
            continue
        forgiving = Forgiving(
            encoding=stream.encoding,
            errors=stream.errors,
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
            buffer=stream.detach(),  # last: without it a stream knows nothing of itself
        )
        setattr(sys, name, forgiving)


def open_what_is_closed() -> None:
    """Let closed streams lead nowhere, so that no file of ours gets their numbers."""
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the stream's own
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def let_go_of_the_log() -> None:
    """What cannot be written there (full disk, reader gone) must not become the exit code."""
    if _failure("stderr") is not None:
        _lead_nowhere(sys.stderr.fileno())


def let_go_of_the_data(code: int) -> int:
    """The exit code: ``code``, but no success where the disk did not take what was printed.

    A reader that went away (``| head -1``, a terminal that was closed) had enough.
    """
    failure = _failure("stdout")
    if failure is None:
        return code
    _lead_nowhere(sys.stdout.fileno())
    if failure.errno in (errno.EPIPE, errno.EIO):
        return code
    print(f"syncer: what was printed is lost: {failure.strerror}", file=sys.stderr)
    return code or NOT_WRITTEN


def _failure(name: str) -> OSError | None:
    """The stream's first failure, that of writing what is left included."""
    stream = getattr(sys, name)
    stream.flush()
    return stream.failure if isinstance(stream, Forgiving) else None


def _lead_nowhere(number: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
