"""Runs code in a process of its own with little memory."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def limited() -> Callable[..., str]:
    """``limited(code, *arguments, mib=...)``: what the code printed within that address space."""

    def run(code: str, *arguments: str, mib: int, seconds: float = 60) -> str:
        def hold() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20))

        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            preexec_fn=hold,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    return run
