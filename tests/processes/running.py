"""Starting the program and ending it: forked from the nursery, or from a fresh interpreter."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
END_SECONDS = 150.0  # who finds a login under way waits for it, 90 seconds at most


@dataclass
class Process:
    """One run of the program. ``code`` is below zero for a signal, None while it runs."""

    pid: int
    out: Path
    code: int | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = END_SECONDS) -> int:
        """Its exit code."""
        if not self.ended.wait(seconds):
            self.send(signal.SIGKILL)
            raise TimeoutError(f"no end after {seconds} s: {self.said()[-2000:]}")
        assert self.code is not None
        return self.code

    def send(self, number: int) -> None:
        """A signal; after SIGKILL it is certainly gone."""
        if self.ended.is_set():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        if number == signal.SIGKILL:
            assert self.ended.wait(20), "SIGKILL did not end it"

    def said(self) -> str:
        """Everything it wrote."""
        whole = self.out.is_file()
        return self.out.read_text(encoding="utf-8", errors="replace") if whole else ""


class Nursery:
    """Orders for ``nursery.py``; one per test process."""

    def __init__(self, folder: Path) -> None:
        """``folder`` takes what the workers say."""
        self._folder = folder
        self._numbers = count(1)
        self._started: dict[int, Process] = {}
        self._running: dict[int, Process] = {}
        self._news = threading.Condition()
        self._outs: dict[int, Path] = {}
        self._gone = False
        self._errors = (folder / "nursery.err").open("wb")
        self._parent = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def start(
        self,
        *words: str,
        home: Path,
        environ: dict[str, str] | None = None,
        stdin: Path | None = None,
        out: str = "",
        **plan: Any,
    ) -> Process:
        """``syncer WORDS`` in ``home``; ``plan`` is what shall happen to it (``nursery``)."""
        said = Path(out) if out else self._folder / f"{next(self._numbers)}.out"
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(home), **(environ or {})}
        return self._order(words, home, surroundings, said, stdin=str(stdin or ""), plan=plan)

    def run(
        self, *words: str, home: Path, environ: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """``syncer WORDS`` in ``home`` to its end, where nobody can answer a question."""
        said = self._folder / f"{next(self._numbers)}.out"
        err = said.with_suffix(".err")
        code = self._order(words, home, environ, said, err=str(err)).wait()
        told = [path.read_text(encoding="utf-8") for path in (said, err)]
        for path in (said, err):
            path.unlink()
        return subprocess.CompletedProcess(words, code, *told)

    def _order(
        self,
        words: Sequence[str],
        home: Path,
        environ: dict[str, str],
        said: Path,
        *,
        err: str = "",
        stdin: str = "",
        plan: dict[str, Any] | None = None,
    ) -> Process:
        number = next(self._numbers)
        order = {
            "number": number,
            "words": words,
            "cwd": str(home),
            "env": environ,
            "out": str(said),
            "err": err,
            "stdin": stdin,
            "plan": plan or {},
        }
        assert self._parent.stdin is not None
        with self._news:
            self._outs[number] = said
            self._parent.stdin.write(json.dumps(order).encode() + b"\n")
            self._parent.stdin.flush()
            self._news.wait_for(lambda: number in self._started or self._gone, timeout=60)
            if number not in self._started:
                raise RuntimeError((self._folder / "nursery.err").read_text())
            return self._started.pop(number)

    def close(self) -> None:
        """Send it home; whoever still works is ended."""
        for process in list(self._running.values()):
            process.send(signal.SIGKILL)
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(20)
        self._reader.join(20)
        self._parent.stdout.close()
        self._errors.close()

    def _listen(self) -> None:
        assert self._parent.stdout is not None
        for line in self._parent.stdout:
            said = json.loads(line)
            with self._news:
                if "order" in said:
                    process = Process(said["pid"], self._outs.pop(said["order"]))
                    self._started[said["order"]] = self._running[said["pid"]] = process
                elif "pid" in said:
                    process = self._running.pop(said["pid"])
                    process.code = said["code"]
                    process.ended.set()
                self._news.notify_all()
        with self._news:
            self._gone = True
            self._news.notify_all()


def fresh(*words: str, home: Path, environ: dict[str, str] | None = None) -> Process:
    """The same from a new interpreter, as cron starts it."""
    out = home / f"fresh-{len(list(home.glob('fresh-*')))}.out"
    with out.open("wb") as file:
        started = subprocess.Popen(
            [sys.executable, "-m", "syncer", *words],
            cwd=home,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(home),
                **(environ or {}),
            },
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
    process = Process(started.pid, out)

    def wait() -> None:
        process.code = started.wait()
        process.ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return process
