"""A small installation over folders of exports, and the program as a process of its own."""

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncer.cli.entry import run
from tests.processes.running import Nursery

ROOT = Path(__file__).parents[2]
DAY = "2026-11-18"  # a Wednesday, and the day of the exports
CONFIG = """\
state: {{url: "sqlite:///{home}/state.db", dir: "{home}/files"}}
reports: {{dir: "{home}/reports"}}
log: {{level: error}}
mail:
  from: billing@northgate.co.uk
  reply_to: anna@northgate.co.uk
  channels: {{box: {{type: folder, dir: "{home}/mail"}}}}
ledgers:
"""
LEDGER = """\
  - name: {name}
    connector: csv_folder
    mode: {mode}
    settings:
      folder: "{home}/{name}"
      organisation: {{name: {name}, time_zone: UTC, currency: GBP}}
      replay_on: {day}
      open_items:
        file: open.csv
        currency: GBP
        layout:
          columns:
            account_id: Account
            account: Customer
            number: Number
            issued_on: Issued
            due_on: Due
            open: Open
            total: Open
            email: Email
        format: {{date_order: ymd}}
"""
HEADER = "Account,Customer,Number,Issued,Due,Open,Email"
NORTH = (
    "A1,Harbour Roofing,INV-1,2026-09-01,2026-10-01,120.00,pay@harbour.co.uk",
    "A1,Harbour Roofing,INV-2,2026-11-01,2026-12-01,80.00,pay@harbour.co.uk",
    "A2,Larkfield Brewery,INV-3,2026-09-01,2026-10-09,90000.00,pay@larkfield.co.uk",
    "A3,Müller & Sons,INV-4,2026-09-01,2026-10-05,700.00,pay@mueller.co.uk",
)
SOUTH = ("S1,Quayside Studios,SI-1,2026-09-01,2026-10-05,5000.00,pay@quayside.co.uk",)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(slots=True)
class Office:
    """An installation with the ledgers north and south, which were read once."""

    home: Path
    run: Callable[..., Done]

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.home / "office.yaml"

    def configure(self, *, mode: str = "plan", extra: str = "") -> None:
        """Write the configuration; ``extra`` stands at its end, below the ledger south."""
        ledgers = "".join(
            LEDGER.format(name=name, mode=mode, home=self.home, day=DAY)
            for name in ("north", "south")
        )
        self.config.write_text(CONFIG.format(home=self.home) + ledgers + extra, encoding="utf-8")

    def __call__(self, *words: str) -> Done:
        """Run a command with this configuration, on the day of the exports."""
        return self.run("--config", str(self.config), *words)

    def planned(self, *words: str) -> list[str]:
        """Customers in the table of a plan, in its order."""
        told = self("plan", "--as-of", DAY, *words).out
        return re.findall(r"^\d+ +(?:north|south) +(\S+(?: \S+)*)  ", told, re.MULTILINE)


@pytest.fixture
def program(nursery: Nursery) -> Callable[..., Done]:
    """The program run to its end without a configuration, where nobody can answer a question."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "USER": "tester"}

    def run(*words: str) -> Done:
        done = nursery.run(*words, home=Path.cwd(), environ=environ)
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def office(tmp_path: Path, program: Callable[..., Done]) -> Office:
    """The installation, read once."""
    for name, rows in (("north", NORTH), ("south", SOUTH)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "open.csv").write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    made = Office(tmp_path, program)
    made.configure()
    done = made("plan", "--as-of", DAY)
    assert done.code == 0, done.out + done.err
    return made


def here(*words: str) -> Done:
    """Run the program in this process, on the day of the exports: many commands, one start."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([*words, "--as-of", DAY])
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def desk(office: Office) -> Iterator[Office]:
    """The small installation, without a process for each command."""
    office.run = here
    yield office
    structlog.reset_defaults()
