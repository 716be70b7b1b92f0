"""Plays on one small book, for sweeps over every point of a run: cut it, stall it, or act at it.

The book has a customer with one late invoice, one with two late invoices and a credit, and one
that owes nothing yet. Sound work on it is two messages and two notes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from syncer.model.effect import EffectState
from syncer.testing.sim import book
from syncer.testing.sim.judges import Judges
from syncer.testing.sim.post import Mail
from syncer.testing.sim.rig import LEASE_OVER, SOUND, Ports, Rig
from syncer.testing.sim.state import State
from syncer.testing.sim.wire import Wire

HEALTHY_RUNS = 2  # after the last trouble everything must be at rest by then
WITHOUT_CUT = -1


class Cut(NamedTuple):
    """Where a process dies: at which point of its run, before or after that took effect."""

    point: int
    after: bool


@dataclass(slots=True)
class Played:
    """How a play ended."""

    points: list[str] = field(default_factory=list)  # of the first process
    problems: list[str] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    uncertain: int = 0
    notes: int = 0


def small_book(rig: Rig) -> None:
    """Three customers, two of whom are to be asked."""
    for side in rig.sides:
        ledger = side.world.main
        one, two, three = (book.customer(ledger, number) for number in (1, 2, 3))
        book.invoice(ledger, one, "100.00", late=5)
        book.invoice(ledger, two, "80.50", late=9)
        book.invoice(ledger, two, "19.50", late=4)
        book.credit(ledger, two, "25.00")
        book.invoice(ledger, three, "60.00", late=-8)


def play_cuts(state: State, cuts: Sequence[Cut], *, provable: bool, ports: Ports = SOUND) -> Played:
    """One process per cut, then healthy ones; the lease of each dead process runs out first."""
    rig, judges = _open(state, provable=provable, ports=ports)
    played = Played()
    for cut in (*cuts, *[Cut(WITHOUT_CUT, after=False)] * HEALTHY_RUNS):
        wire = Wire(cut_at=cut.point, after=cut.after)
        _one(rig, judges, wire)
        played.points = played.points or wire.calls
    return _judged(rig, judges, played)


def play_acts(state: State, at: int, act: Callable[[Rig], None], *, ports: Ports = SOUND) -> Played:
    """People do ``act`` right before point ``at`` of the first process; then healthy runs."""
    rig, judges = _open(state, provable=False, ports=ports)

    def meanwhile(index: int, _: str) -> None:
        if index == at:
            act(rig)
            judges.somebody_acted()

    wire = Wire(meanwhile=meanwhile)
    _one(rig, judges, wire)
    for _ in range(HEALTHY_RUNS):
        _one(rig, judges, Wire())
    return _judged(rig, judges, Played(points=wire.calls))


def play_stalls(state: State, at: int, *, provable: bool) -> Played:
    """The first process sleeps past its lease before point ``at``; another one runs meanwhile."""
    rig, judges = _open(state, provable=provable, ports=SOUND)

    def meanwhile(index: int, _: str) -> None:
        if index == at:
            rig.clock.advance(seconds=LEASE_OVER.total_seconds())
            judges.another_begins()
            rig.run(Wire())

    wire = Wire(meanwhile=meanwhile)
    _one(rig, judges, wire)
    for _ in range(HEALTHY_RUNS):
        _one(rig, judges, Wire())
    return _judged(rig, judges, Played(points=wire.calls))


def _open(state: State, *, provable: bool, ports: Ports) -> tuple[Rig, Judges]:
    rig = Rig(state, provable=provable, ports=ports)
    small_book(rig)
    return rig, Judges(rig)


def _one(rig: Rig, judges: Judges, wire: Wire) -> None:
    judges.process_begins()
    judges.process_ended(rig.run(wire))
    rig.clock.advance(seconds=LEASE_OVER.total_seconds())


def _judged(rig: Rig, judges: Judges, played: Played) -> Played:
    played.problems = judges.at_rest()
    played.mails = rig.post.mails
    played.notes = judges.notes().total()
    states = [effect.state for effect in rig.effects()]
    played.uncertain = states.count(EffectState.UNCERTAIN)
    return played
