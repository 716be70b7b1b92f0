"""Tryton in an environment of its own, installed once and kept under ``.run/tryton``.

Never a dependency of the product: pip installs it from the registry that pip is set up for.
Where that cannot be, ``Unavailable`` says why, and tests skip by name with it.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
KEPT = Path(os.environ.get("TRYTON_TESTS", HERE.parents[2] / ".run" / "tryton"))
CURRENT, LONG_TERM = "8.2", "7.0"
INSTALL_SECONDS = 400


class Unavailable(Exception):
    """Tryton cannot be had here; the text says why."""


@contextmanager
def alone(name: str) -> Iterator[Path]:
    """A folder below ``.run/tryton`` that no other test process uses meanwhile."""
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def installed(series: str) -> Path:
    """The folder with Tryton's commands. Raises Unavailable."""
    wanted = HERE / f"requirements-{series}.txt"
    digest = sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:12]
    with alone(f"{series}-{digest}") as folder:
        venv, done = folder / "venv", folder / "done"
        if not done.exists():
            _run(sys.executable, "-m", "venv", "--clear", str(venv))
            pip = str(venv / "bin" / "pip")
            quiet = ("--disable-pip-version-check", "--quiet", "--quiet")
            _run(pip, "install", *quiet, "--requirement", str(wanted))
            done.touch()
        return venv / "bin"


def _run(*words: str) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unavailable(f"Tryton could not be installed: {last[:200]}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"Tryton could not be installed ({type(error).__name__})") from None
