"""Plays the faults: ``python -m tests.mutants``; see docs/flow-mutation.md.

First, and once for a state of the code, it learns which test runs which line; then it plays every
fault, in as many processes as there are cores. What was played is kept in the folder and is not
played again: stop it when you like.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.mutants.modules import MODULES, ROOT, TESTS

NOTICED = ("noticed", "endless")
PLAYED = (*NOTICED, "survived")
WARM = 3  # tests run before the first fork


def start(tests: Sequence[str], **task: Any) -> subprocess.Popen[bytes]:
    """One process of the plugin."""
    environment = os.environ | {"SYNCER_MUTANTS": json.dumps(task), "PYTHONPATH": str(ROOT)}
    command = ["-m", "pytest", "-p", "tests.mutants.player", "-n0", "--timeout", "120", *tests]
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)


def together(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """Wait for all of them, which run side by side."""
    for process in list(processes):
        process.wait()


def state_of(modules: Iterable[str], tests: Iterable[str]) -> str:
    """A name for this code and these tests: what was learnt of others counts for nothing."""
    known = b"".join((ROOT / one).read_bytes() for one in modules)
    return f"{zlib.crc32(' '.join(tests).encode(), zlib.crc32(known)):08x}"


def learnt(whole: Path, tests: Sequence[str], parts: int) -> Path:
    """The map of tests and lines, made where it is missing."""
    if not whole.exists():
        pieces = [whole.with_suffix(f".{part}") for part in range(parts)]
        together(
            start(tests, mode="learn", map=str(piece), part=part, parts=parts)
            for part, piece in enumerate(pieces)
        )
        whole.write_text("".join(piece.read_text() for piece in pieces))
    return whole


def table(found: Iterable[dict[str, Any]]) -> str:
    """Faults by module, as docs/flow-mutation.md has them."""
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        by_module[one["path"]][one["verdict"]] += 1
    rows = ["| Module | Played | Noticed | Survived | Score |", "|---|---|---|---|---|"]
    for path in (*filter(by_module.__contains__, MODULES), "all"):
        counts = by_module[path] if path != "all" else sum(by_module.values(), Counter())
        noticed, played = (sum(counts[one] for one in kind) for kind in (NOTICED, PLAYED))
        score = f"{100 * noticed / played:.0f} %" if played else ""
        left = counts["survived"] or ""
        rows.append(f"| `{path.removesuffix('.py')}` | {played} | {noticed} | {left} | {score} |")
    return "\n".join(rows)


def main() -> int:
    """Parse the command line and play."""
    parser = argparse.ArgumentParser(prog="mutants", description="Plays small faults.")
    parser.add_argument("modules", nargs="*", default=MODULES, help="paths; all when none is named")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="who may notice")
    parser.add_argument("--seconds", type=float, default=4, help="of tests for one fault")
    parser.add_argument("--again", action="store_true", help="play what survived once more")
    parser.add_argument("--minutes", type=float, default=1000, help="of playing, at most")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", type=Path, default=Path(".run/mutants"), help="what is kept")
    said = parser.parse_args()
    folder = said.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    state = state_of(MODULES, said.tests)
    task = {
        "mode": "play",
        "map": str(learnt(folder / f"map-{state}.jsonl", said.tests, said.processes)),
        "modules": list(said.modules),
        "seconds": said.seconds,
        "again": said.again,
        "until": time.time() + 60 * said.minutes,
        "parts": said.processes,
        "warm": WARM,
    }
    outs = [folder / f"played-{state}-{part}.jsonl" for part in range(said.processes)]
    together(start(said.tests, **task, part=part, out=str(out)) for part, out in enumerate(outs))
    lines = [line for out in outs if out.exists() for line in out.read_text().splitlines()]
    played = [json.loads(line) for line in lines]
    found = {one["id"]: one for one in played}.values()  # the last word counts
    print(table(found))
    for one in found:
        if one["verdict"] == "survived":
            print(f"{one['path']}:{one['row']}: {one['kind']}: {one['change']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
