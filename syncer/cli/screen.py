"""Where answers go: data on standard output, questions and progress on standard error.

On a terminal Rich draws tables and colours; in a pipe the same rows come as aligned plain
text, without colour, box characters or progress. Text from a ledger is never read as markup.
"""

import json
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from syncer.cli.commands import carrying
from syncer.errors import ConfigError
from syncer.ports import Progress
from syncer.report.summary import printable

AMOUNTS = frozenset({"amount", "asked", "open", "items", "contacted", "to settle", "paid", "part"})
"""Columns of figures: set to the right, as in any statement."""

WHOLE = frozenset({"id", "run", "from", "until", "planned", "day", "state"}) | AMOUNTS
"""Columns of a terminal's table that are copied, or read at a glance: never broken in two."""

DRAWN_LAST = 1.0  # seconds that the last picture of a bar may take
CELL_MAX = 2000  # characters of a table's cell
PADDED_MAX = 120  # characters: one cell that is wider pushes only its own row out of line

# What JSON itself lets through: further control characters, and what turns the writing direction.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _harmless(text: str) -> str:
    """``text`` in its lines, without anything that moves a cursor: it may name a customer."""
    return "\n".join(printable(line) for line in text.split("\n"))


class Screen:
    """One command's output."""

    def __init__(
        self,
        *,
        as_json: bool,
        no_color: bool,
        no_input: bool,
        yes: bool,
        config: Sequence[Path] = (),
    ) -> None:
        self.as_json = as_json
        self._config = config
        self._plain = no_color or bool(os.environ.get("NO_COLOR"))
        self._no_input = no_input
        self._yes = yes

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads standard output."""
        return sys.stdout.isatty()

    def data(self, document: Any) -> None:
        """Print a JSON document: one, whole, on standard output."""
        plain = msgspec.to_builtins(document, str_keys=True)
        print(_UNSEEN.sub(_escaped, json.dumps(plain, indent=2, ensure_ascii=False)))

    def say(self, text: str = "") -> None:
        """Print a sentence of ours; commands in it carry the user's own --config."""
        print(_harmless(self.carrying(text)))

    def tell(self, text: str) -> None:
        """Remark on standard error, beside the data; where nobody can read it, it is lost."""
        with suppress(OSError):
            print(_harmless(self.carrying(text)), file=sys.stderr)

    def carrying(self, text: str) -> str:
        """``text`` with the commands it suggests as they have to be typed here."""
        return carrying(text, self._config)

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, title: str = ""
    ) -> None:
        """Print rows; numbers and amounts should come as text."""
        texts = [[_shown(str(cell)) for cell in row] for row in rows]
        if self.is_terminal:
            self._drawn(columns, texts, title)
            return
        if title:
            print(printable(title))
        for line in _aligned([list(columns), *texts]):
            print(line)

    def rich(self, renderable: Any) -> None:
        """Print something made for a terminal."""
        from rich.console import Console

        Console(no_color=self._plain, highlight=False).print(renderable)

    def confirm(self, question: str) -> bool:
        """Ask, unless ``--yes``. Raises ConfigError where nobody can answer."""
        if self._yes:
            return True
        if self._no_input or not sys.stdin.isatty():
            raise ConfigError(f"{question} Nobody can answer here: add --yes to go ahead")
        print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A line that shows what is being done; nothing in a pipe."""
        if self.as_json or not sys.stderr.isatty():
            yield Progress()
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True, no_color=self._plain)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
        bars = Bars(*columns, MofNCompleteColumn(), console=console, transient=True)
        with drawn_to_its_end(bars):
            known: dict[str, Any] = {}

            def tell(what: str, done: int, total: int | None) -> None:
                if what not in known:
                    known[what] = bars.add_task(what, total=total)
                bars.update(known[what], completed=done, total=total)

            yield Progress(tell=tell)

    def _drawn(self, columns: Sequence[str], texts: Sequence[Sequence[str]], title: str) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title or None, title_justify="left", show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(
                column,
                justify="right" if column in AMOUNTS else "left",
                overflow="fold",
                no_wrap=column in WHOLE,
            )
        for row in texts:
            table.add_row(*(Text(cell) for cell in row))
        self.rich(table)


@contextmanager
def drawn_to_its_end(bars: AbstractContextManager[object]) -> Iterator[None]:
    """Draw, and wait for the thread that draws: Rich only tells it to end.

    One that wakes while the interpreter itself ends can take the program down with it.
    """
    before = set(threading.enumerate())
    drawing: set[threading.Thread] = set()
    try:
        with bars:
            drawing = set(threading.enumerate()) - before
            yield
    finally:
        for thread in drawing:
            thread.join(DRAWN_LAST)


def _shown(cell: str) -> str:
    """A cell that fits a screen, however long a name is; ``--json`` has it whole."""
    return printable(cell if len(cell) <= CELL_MAX else f"{cell[:CELL_MAX]}…")


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows below each other; the first names the columns."""
    columns = zip(*rows, strict=True)
    widths = [min(max(len(cell) for cell in column), PADDED_MAX) for column in columns]
    sides = [">" if name in AMOUNTS else "<" for name in rows[0]]
    for row in rows:
        cells = zip(row, sides, widths, strict=True)
        yield "  ".join(f"{cell:{side}{width}}" for cell, side, width in cells).rstrip()


def pairs(document: Mapping[str, object]) -> list[tuple[str, str]]:
    """A flat mapping as rows for ``Screen.table``."""
    return [(key, str(value)) for key, value in document.items()]
