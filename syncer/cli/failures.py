"""An error as one plain paragraph, and the exit code that goes with it."""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress

from syncer.cli.commands import carrying
from syncer.cli.flags import Flags
from syncer.errors import InvariantError, SyncerError
from syncer.report.summary import printable

PREFIX = "syncer: "


def exit_code(error: BaseException) -> int:
    """What the shell sees. What nobody foresaw counts as a broken rule of the program: 7."""
    if isinstance(error, SyncerError):
        return error.exit_code or 1
    return InvariantError.exit_code


def tell(error: Exception, flags: Flags) -> None:
    """Say on standard error what happened, where, and what to do."""
    if flags.debug:
        _tell_where(error)
    text = carrying(paragraph(error), flags.config)
    if flags.as_json:
        said = {"error": type(error).__name__, "exit_code": exit_code(error), "message": text}
        text = json.dumps(said)
    else:
        text = f"{PREFIX}{text}"
    with suppress(OSError):  # on a full disk the exit code tells alone
        print(text, file=sys.stderr)


def _tell_where(error: Exception) -> None:
    """The tracebacks, cleaned as log lines are, and without the text of what is no error of ours:
    it may repeat what was read.
    """
    from syncer.log import clean_text
    from syncer.log.redact import told

    for one in reversed(list(_chain(error))):
        print("Traceback (most recent call last):", file=sys.stderr)
        for line in "".join(traceback.format_tb(one.__traceback__)).splitlines():
            print(clean_text(line), file=sys.stderr)
        print(clean_text(f"{type(one).__name__}: {told(one)}"), file=sys.stderr)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from or amid, and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def paragraph(error: Exception) -> str:
    """The error's own sentence; an unforeseen one is only named: its text may hold data."""
    if isinstance(error, SyncerError):
        lines = [printable(line) for line in str(error).splitlines()]
        return "\n".join(lines) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; check the path, its rights and the free space"
    return (
        f"stopped by an unexpected {type(error).__name__}, nothing is half sent. "
        "Run the command again with --debug to see where, and please report it."
    )
