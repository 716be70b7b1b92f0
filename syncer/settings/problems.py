"""What is wrong with a configuration: collected, placed and said in one go.

What: the problem record, the error that carries all of them, and "did you mean".
Why: a person fixes a file once, not once per mistake.
Not here: finding the problems (``yamltree``, ``references``, ``verdicts``, ``checks``).
"""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from syncer.errors import ConfigError
from syncer.model.counts import count_text
from syncer.settings.tree import Mark, Node, Path, nearest, show_path

SUGGESTION_LIKENESS = 0.6
SHOWN_CHOICES_MAX = 12
CONFIGURATION = "the configuration"
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix. ``text`` says what is wrong; then, after a semicolon, what to do."""

    mark: Mark
    path: str  # "" = the file as a whole
    text: str

    def __str__(self) -> str:
        return (
            f"{self.mark}: {self.path}: {self.text}" if self.path else f"{self.mark}: {self.text}"
        )


class InvalidSettings(ConfigError):
    """Every problem found, in the order of files and lines. Exit code 2."""

    def __init__(self, problems: Iterable[Problem], what: str = CONFIGURATION) -> None:
        self.problems = tuple(sorted(set(problems), key=_order))
        title = f"{count_text(len(self.problems), 'problem')} in {what}"
        super().__init__("\n".join([title, *(f"  {problem}" for problem in self.problems)]))


class Problems:
    """Collects problems about one tree."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.found: list[Problem] = []

    def add(self, path: Path, text: str) -> None:
        """Note a problem at ``path``, placed at the closest line that was written."""
        mark = nearest(self.root, path).mark
        safe = text if text.isprintable() else ascii(text)[1:-1]
        self.found.append(Problem(mark, show_path(self.root, path), safe))

    def raise_if_any(self, what: str = CONFIGURATION) -> None:
        """Raise InvalidSettings when something was found in ``what``."""
        if self.found:
            raise InvalidSettings(self.found, what)


def did_you_mean(word: str, choices: Iterable[str], given: Collection[str] = ()) -> str:
    """``; did you mean 'x'?``, or the choices not yet ``given`` when nothing is close."""
    known = sorted(set(choices))
    close = closest(word, known)
    if close:
        return f"; did you mean '{close}'?"
    known = [choice for choice in known if choice not in given]
    if not known:
        return ""
    more = ", ..." if len(known) > SHOWN_CHOICES_MAX else ""
    return f"; use one of: {', '.join(known[:SHOWN_CHOICES_MAX])}{more}"


def closest(word: str, choices: Sequence[str], likeness: float = SUGGESTION_LIKENESS) -> str:
    """The choice most like ``word``, upper and lower case alike, or ""."""
    folded = {choice.lower(): choice for choice in choices}
    hits = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=likeness)
    return folded[hits[0]] if hits else ""


def placed(said: str, *, hint: str) -> tuple[Path, str]:
    """Path and text of what msgspec said ("... - at `$.rows[3].id`"), with a hint what to do."""
    text, _, where = said.partition(" - at `$")
    path = tuple(name or int(index) for name, index in _STEP.findall(where))
    return path, f"{text[:1].lower()}{text[1:]}; {hint}"


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return (problem.mark.origin, problem.mark.line, problem.mark.column, problem.path, problem.text)
