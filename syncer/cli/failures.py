"""An error as one plain paragraph, and the exit code that goes with it."""

import json
import sys
import traceback
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
    """The traceback, cleaned as log lines are: an error of a library's may repeat what it read."""
    from syncer.log import clean_text

    for line in "".join(traceback.format_exception(error)).splitlines():
        print(clean_text(line), file=sys.stderr)


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
