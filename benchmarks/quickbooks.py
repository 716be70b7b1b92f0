"""Pull and parse a QuickBooks company: the bare loop, ours, python-quickbooks, tap-quickbooks."""

import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import ROOT, Cost, measure, serving, typical

PEERS = ROOT / ".run" / "bench-peers-quickbooks"
PEER_PACKAGES = ("python-quickbooks==0.9.12", "tap-quickbooks==2.5.0")
SERVER = "benchmarks.quickbooks_server"
REPEATS = 3
TAP_INVOICES_MAX = 20_000  # tap-quickbooks needs minutes for more; its cost is linear


@dataclass(frozen=True, slots=True)
class _Row:
    """A subject and what it cost. ``scale`` is what its figure is multiplied by."""

    name: str
    cost: Cost
    scale: float = 1.0

    @property
    def cpu(self) -> float:
        return self.cost.cpu * self.scale


def report(invoices: int) -> str:
    """The table, as Markdown."""
    peers, ours = _peers(), sys.executable
    small = min(invoices, TAP_INVOICES_MAX)
    with serving(invoices, server=SERVER) as address:
        bare, own, again, sdk = _in_turn(
            [
                (ours, "bare_quickbooks", address),
                (ours, "our_quickbooks", address),
                (ours, "our_quickbooks", address, "again"),
                (peers, "python_quickbooks_pull", address),
            ]
        )
    with serving(small, server=SERVER) as address:
        [tap] = _in_turn([(peers, "tap_quickbooks_pull", address)], repeats=1)
    _check_read(invoices, bare, own, sdk)
    floor, mine = _Row("bare requests + msgspec loop (the floor)", bare), _Row("", own)
    rows = [
        floor,
        _Row("connectors.quickbooks", own),
        _Row("python-quickbooks 0.9.12 (invoices alone, 1,000 a page)", sdk),
        _Row(
            f"tap-quickbooks 2.5.0 (invoices alone, measured at {small:,}, scaled)",
            tap,
            invoices / small,
        ),
    ]
    lines = [
        f"### Pull and parse {invoices:,} open invoices and their customers (QuickBooks)",
        "",
        "| subject | CPU s | peak MB | CPU against the floor | ours is cheaper by |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.cpu:.2f} | {row.cost.peak:.0f} | {row.cpu / floor.cpu:.2f} x "
        f"| {row.cpu / mine.cpu:.1f} x |"
        for row in rows
    ]
    lines += ["", _calls(own, again)]
    return "\n".join((*lines, ""))


def _in_turn(subjects: Sequence[tuple[str, ...]], *, repeats: int = REPEATS) -> list[Cost]:
    """The typical cost of each; they take turns, so that a busy machine is busy for all."""
    costs: list[list[Cost]] = [[] for _ in subjects]
    for _ in range(repeats):
        for (python, name, *arguments), found in zip(subjects, costs, strict=True):
            found.append(measure((python, "-m", f"benchmarks.subjects.{name}", *arguments)))
    return [typical(found) for found in costs]


def _check_read(invoices: int, bare: Cost, own: Cost, sdk: Cost) -> None:
    """Whoever read fewer rows cannot be compared. Raises RuntimeError."""
    if bare.said != own.said.split()[0] or sdk.said != str(invoices):
        raise RuntimeError(f"rows read: floor {bare.said}, ours {own.said}, SDK {sdk.said}")


def _calls(own: Cost, again: Cost) -> str:
    whole, changes = own.said.split()[1], again.said.split()[1]
    return f"Read calls of ours: {whole} for everything, {changes} when nothing has changed."


def _peers() -> str:
    """An environment of the peers' own: they are never a dependency of the product."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
        measure((str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES))
    return str(python)
