"""Which faults met which steps of a run: the pairs that must be met, and those that cannot be.

A pair is (ledger, what goes wrong, step). ``TARGETS`` are all that must be met, one for each
seed in turn. ``IMPOSSIBLE`` names the others with a reason; meeting one of those is a failure,
too, because then the reason is wrong.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from syncer.testing.sim.forms import Form
from syncer.testing.sim.ledgers import FORMS
from syncer.testing.sim.losses import ends
from syncer.testing.sim.post import Luck
from syncer.testing.sim.wire import CUT_AFTER, CUT_BEFORE, DISK_FULL

SEND = "send"
TRANSACTIONS = (
    *("begin_run", "take_lease", "save_organisation", "begin_stream", "store_page"),
    *("finish_stream", "sync_config_holds", "sync_debtors", "write_plan", "claim"),
    *("refresh_account", "start_sending", "settle", "finish_run", "release"),
)
LOGIN = "save_secret"  # a transaction that only a login makes which a person began


class Pair(NamedTuple):
    """Something that goes wrong, and where."""

    form: str
    what: str
    step: str


def impossible() -> dict[Pair, str]:
    """Pairs of the tables' rows and columns that cannot be, each with the reason."""
    found: dict[Pair, str] = {}
    for form in FORMS.values():
        for what in (*form.kinds, CUT_BEFORE, CUT_AFTER, DISK_FULL):
            if not form.person_logs_in:
                found[Pair(form.name, what, LOGIN)] = "no person logs in: no token is kept"
        for what in form.kinds:
            for step in form.steps:
                if reason := form.cannot_be(what, step):
                    found[Pair(form.name, what, step)] = reason
        for luck in Luck:
            for step in form.steps:
                found[Pair(form.name, luck, step)] = "the mail server is asked by no other step"
    return found


def _wanted(form: Form) -> Iterator[Pair]:
    transactions = (*TRANSACTIONS, LOGIN) if form.person_logs_in else TRANSACTIONS
    for step in form.steps:
        for kind in form.kinds:
            if not form.cannot_be(kind, step):
                yield Pair(form.name, kind, step)
    for step in (*form.steps, *transactions, SEND):
        yield Pair(form.name, CUT_BEFORE, step)
        yield Pair(form.name, CUT_AFTER, step)
    for step in transactions:
        yield Pair(form.name, DISK_FULL, step)
    for luck in Luck:
        if luck is not Luck.TAKES:
            yield Pair(form.name, luck, SEND)
    for loss, end in ends(list(FORMS).index(form.name)):
        yield Pair(form.name, loss, end)


IMPOSSIBLE = impossible()
TARGETS: tuple[Pair, ...] = tuple(pair for form in FORMS.values() for pair in _wanted(form))


@dataclass(slots=True)
class Coverage:
    """How often each pair was met."""

    met: Counter[Pair] = field(default_factory=Counter)

    def add(self, pairs: Iterable[tuple[str, str, str]]) -> None:
        """Count what a story met."""
        self.met.update(Pair(*pair) for pair in pairs)

    def never_met(self) -> list[Pair]:
        """Of those that must be."""
        return [pair for pair in TARGETS if not self.met[pair]]

    def wrongly_impossible(self) -> list[Pair]:
        """Met although they cannot be."""
        return [pair for pair in IMPOSSIBLE if self.met[pair]]

    def by_kind(self) -> Counter[str]:
        """How often each thing went wrong, wherever."""
        sums: Counter[str] = Counter()
        for pair, number in self.met.items():
            sums[pair.what] += number
        return sums

    def table(self) -> list[str]:
        """One table for each ledger: what went wrong by step, with counts."""
        lines: list[str] = []
        for form in FORMS.values():
            mine = {pair: n for pair, n in self.met.items() if pair.form == form.name}
            whats = list(dict.fromkeys(p.what for p in TARGETS if p.form == form.name))
            steps = list(dict.fromkeys(p.step for p in TARGETS if p.form == form.name))
            lines += [f"{form.name}: how often what (rows) met which step (columns)", ""]
            lines += [f"  {number:>2} = {step}" for number, step in enumerate(steps, 1)]
            width = max(map(len, whats))
            heads = "".join(f"{number:>6}" for number in range(1, len(steps) + 1))
            lines.append(" " * width + heads)
            for what in whats:
                cells = (self._cell(mine, Pair(form.name, what, step)) for step in steps)
                lines.append(what.ljust(width) + "".join(f"{cell:>6}" for cell in cells))
            lines.append("")
        return lines

    def _cell(self, mine: dict[Pair, int], pair: Pair) -> str:
        if pair not in mine:
            return "NEVER" if pair in _REQUIRED else "-"
        return str(mine[pair])


_REQUIRED = frozenset(TARGETS)
