"""Runs a program as a process of its own and measures it from outside: CPU, memory, wall."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process used. Seconds and megabytes."""

    cpu: float
    wall: float
    peak: float
    said: str


def measure(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> Cost:
    """Run once. Raises RuntimeError with the program's last words when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.stdout, process.stderr
    said, blamed = out.read() if out else b"", err.read() if err else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)}: exit {process.returncode}\n{blamed.decode()[-2000:]}"
        )
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.perf_counter() - started,
        peak=usage.ru_maxrss / 1024,
        said=said.decode(errors="replace").strip(),
    )


def typical(costs: Sequence[Cost]) -> Cost:
    """The run with the median CPU."""
    middle = median(cost.cpu for cost in costs)
    return min(costs, key=lambda cost: abs(cost.cpu - middle))


@contextmanager
def serving(invoices: int, *, server: str = "benchmarks.server") -> Iterator[str]:
    """A server with that many invoices, ``server`` is its module; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", server, str(invoices)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
