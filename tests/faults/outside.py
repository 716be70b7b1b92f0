"""An installation whose worker is a process of its own, over sockets and real time."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from syncer.sandbox.serve import Running
from syncer.sandbox.world import World
from syncer.sandbox.xero.app import XeroApp

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60


@dataclass
class Outside:
    """Two customers are late on the real day; the ledger is Xero."""

    home: Path
    running: Running[XeroApp]

    @property
    def world(self) -> World:
        """The ledger's books."""
        return self.running.world

    def start(self, *before: str, log: str = os.devnull) -> "subprocess.Popen[bytes]":
        """``syncer run``, traced by ``before``; what it says goes to ``log``."""
        with open(log, "w", encoding="utf-8") as errors:
            return subprocess.Popen(
                [*before, sys.executable, "-m", "syncer", "--config", "syncer.yaml", "run"],
                cwd=self.home,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(self.home)},
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def run(self, *before: str, log: str = os.devnull) -> int:
        """The same to its end; its exit code."""
        with self.start(*before, log=log) as process:
            return process.wait(SECONDS_MAX)

    def mails(self) -> int:
        """How many messages lie in the folder."""
        return len(list((self.home / "mail").rglob("*.eml")))

    def notes(self) -> int:
        """How many notes the ledger has of them."""
        books = self.world.main.books
        return sum(not note.author for notes in books.notes.values() for note in notes)
