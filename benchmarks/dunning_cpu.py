"""CPU per receivable line of three dunning programs: Tryton's own, OCA's for Odoo, and ours.

Ours decides the very lines that Tryton dunned, read from it by our connector; Odoo holds as many
of the same ages. No e-mail is sent by any of them. Each figure is the lowest of some runs: the
work is the same each time, and whatever else the machine does can only add.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import dunning_odoo, dunning_tryton
from benchmarks.dunning_book import FIRST_DAY
from benchmarks.dunning_lines import LINES_PER_CUSTOMER, fill
from benchmarks.dunning_ours import CONFIG
from benchmarks.measure import ROOT, measure
from tests.live.odoo.running import letterbox
from tests.live.odoo.server import DIRECTORY, Odoo
from tests.live.tryton.server import DATABASE

SIZES = (1_000, 5_000)
REPEATS = 2
DAY = FIRST_DAY.isoformat()
SUBJECTS = ROOT / "benchmarks" / "subjects"

Costs = dict[str, float]


@dataclass(frozen=True)
class Row:
    """What a program needed for ``lines``: milliseconds a line, by what was done."""

    name: str
    lines: int
    first: float
    second: float
    peak: float


def report(_: int) -> str:
    """The table, as Markdown."""
    rows = []
    for size in SIZES:
        rows += _tryton_and_ours(size)
        if DIRECTORY:
            rows.append(_odoo(size))
    lines = [
        "| program | lines | first day, ms CPU a line | day after, ms CPU a line | peak MB |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.lines:,} | {one.first:.3f} | {one.second:.3f} | {one.peak:.0f} |"
        for one in rows
    ]
    return "\n".join(("### CPU of dunning a line", "", *lines, ""))


def report_decide(lines: int) -> str:
    """The decide step beside Tryton's dunning on the very same lines, run once, as Markdown."""
    theirs, ours = _on_the_same(lines, repeats=1)
    made, both = theirs["made"], theirs["made"] + theirs["processed"]
    parts = (
        ("Tryton: create the dunnings of the first day", made),
        ("Tryton: create and process them", both),
        ("Tryton: create those of the day after", theirs["next_day"]),
        ("ours: `decide`, every customer", ours["decide"]),
        ("ours: the whole plan, written down", ours["plan"]),
    )
    rows = [f"| {name} | {spent:.2f} | {spent / ours['decide']:.0f} x |" for name, spent in parts]
    customers = lines // LINES_PER_CUSTOMER
    title = f"### Deciding {lines:,} lines of {customers:,} customers, {dunning_tryton.VERSIONS}"
    head = ("| what | CPU s | to `decide` |", "|---|---|---|")
    return "\n".join((title, "", *head, *rows, ""))


def _tryton_and_ours(size: int) -> list[Row]:
    theirs, ours = _on_the_same(size, repeats=REPEATS)
    return [
        _row(dunning_tryton.VERSIONS, size, theirs, ("made", "processed"), ("next_day",)),
        _row("ours: the decide step alone", size, ours, ("decide",), ("decide",)),
        _row("ours: the whole plan", size, ours, ("plan",), ("next_day",)),
        _row(
            "ours: reading the ledger and the whole plan",
            size,
            ours,
            ("read", "plan"),
            ("next_day",),
        ),
    ]


def _on_the_same(size: int, *, repeats: int) -> tuple[Costs, Costs]:
    """What Tryton and ours need for the same lines, read from Tryton by our connector."""
    with dunning_tryton.tryton_book() as book, tempfile.TemporaryDirectory() as folder:
        office = book.office
        entries = [
            {
                "name": f"Customer {number:05}",
                "emails": [{"value": f"ap{number}@c{number}.example"}],
                "procedure": 1,
            }
            for number in range(size // LINES_PER_CUSTOMER)
        ]
        parties = office.clerk("parties", company=book.company, entries=entries)
        if fill(office.house.file, parties, company=book.company) != size:
            raise RuntimeError(f"not {size} lines")
        filled = Path(folder) / "filled.sqlite"
        office.house.keep(filled)
        ours = _lowest([_ours(book.settings, Path(folder) / str(n)) for n in range(repeats)])
        theirs = []
        for _ in range(repeats):
            office.house.put(filled)
            theirs.append(_tryton(book))
    return _lowest(theirs), ours


def _ours(settings: str, home: Path) -> Costs:
    home.mkdir()
    config = home / "syncer.yaml"
    config.write_text(CONFIG.format(home=home, connector="tryton", settings=settings))
    command = (sys.executable, "-m", "benchmarks.subjects.our_dunning")
    environ = {"STORE_KEY": "k" * 44, "TRYTON_PASSWORD": dunning_tryton.SECRET}
    return _told(measure((*command, str(config), DAY), environ=environ).said)


def _tryton(book: dunning_tryton.TrytonBook) -> Costs:
    house = book.office.house
    command = (str(house.bin / "python"), str(SUBJECTS / "tryton_dunning.py"))
    said = measure((*command, str(house.config), DATABASE, str(book.company), DAY))
    return _told(said.said)


def _odoo(size: int) -> Row:
    with letterbox() as post:
        odoo = Odoo(Path(DIRECTORY), post.port)
        script = (SUBJECTS / "odoo_credit_control.py").read_text()
        found = []
        for _ in range(REPEATS):
            odoo.clone(dunning_odoo.BOOK, dunning_odoo.WORK)
            odoo.sql(dunning_odoo.WORK, _CLOSED)
            found.append(_told(odoo.run(*_SHELL, stdin=f"SIZE, DAY = {size}, '{DAY}'\n{script}")))
    return _row(dunning_odoo.VERSIONS, size, _lowest(found), ("made", "processed"), ("next_day",))


_CLOSED = "update account_move_line set reconciled = true"  # the book: only the copies count
_SHELL = ("shell", "-d", dunning_odoo.WORK, "--no-http")


def _told(said: str) -> Costs:
    """The JSON in the last line."""
    costs: dict[str, Any] = json.loads(said.splitlines()[-1].removeprefix("RESULT "))
    print(costs, file=sys.stderr)
    return costs


def _lowest(found: Sequence[Costs]) -> Costs:
    return {name: min(one[name] for one in found) for name in found[0]}


def _row(name: str, size: int, costs: Costs, first: Sequence[str], second: Sequence[str]) -> Row:
    def a_line(parts: Sequence[str]) -> float:
        return sum(costs[part] for part in parts) * 1000 / size

    return Row(name, size, a_line(first), a_line(second), costs["peak"])
