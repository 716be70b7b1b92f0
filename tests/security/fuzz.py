"""Coverage-guided fuzzing of every parser: ``make fuzz``, ``python -m tests.security.fuzz``.

Each parser has a process of its own under atheris (libFuzzer). Without atheris the same inputs
are drawn blindly, which finds less. A finding is printed with its input and ends with code 1.
"""

import argparse
import importlib.util
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
COVERED = re.compile(r"\bcov: (\d+)")
INPUT_MAX = 4096
LONGEST = 10  # seconds one input may take
MEMORY = 2048  # MiB
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None


def guided(name: str, seconds: int) -> None:
    """Fuzz one parser under atheris, in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=["syncer", "connectors"]):
        from tests.security.parsers import PARSERS, tried

    seeds = Path(tempfile.mkdtemp(prefix="seeds-"))
    for number, seed in enumerate(PARSERS[name].seeds):
        (seeds / str(number)).write_bytes(seed)
    flags = [
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_MAX}",
        f"-timeout={LONGEST}",
        f"-rss_limit_mb={MEMORY}",
        "-print_final_stats=1",
        f"-artifact_prefix={seeds}/found-",
        str(seeds),
    ]
    atheris.Setup([sys.argv[0], *flags], _guarded(lambda data: tried(name, data)))
    atheris.Fuzz()


def _guarded(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Too short inputs spell nothing: they are not a parser's business."""

    def one(data: bytes) -> None:
        run(data.ljust(6, b"\0"))

    return one


def blind(name: str, seconds: int) -> None:
    """The same without guidance."""
    from tests.security.parsers import PARSERS, tried

    dice, end, done = random.Random(name), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = bytearray(dice.choice(PARSERS[name].seeds) or b"\0")
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(data) + 1)
            data[at : at + dice.randint(0, 4)] = dice.randbytes(dice.randint(0, 6))
        tried(name, bytes(data).ljust(6, b"\0"))
        done += 1
    print(f"stat::number_of_executed_units: {done}", file=sys.stderr)


def play(name: str, seconds: int) -> dict[str, object]:
    """One parser in a process of its own; its figures."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tests.security.fuzz", "--one", name, "--seconds", str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds * 3 + 120,
        check=False,
    )
    said = done.stdout.decode("utf-8", "replace")
    runs, cover = EXECUTIONS.findall(said), COVERED.findall(said)
    if done.returncode:
        print(said[-6000:], file=sys.stderr)
    return {
        "parser": name,
        "seconds": round(time.monotonic() - began),
        "executions": int(runs[-1]) if runs else 0,
        "edges": int(cover[-1]) if cover else 0,
        "ended": "sound" if done.returncode == 0 else "a finding",
    }


def main() -> int:
    """Parse the command line and fuzz."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Fuzz every parser.")
    parser.add_argument("--seconds", type=int, default=600, help="for all parsers together")
    parser.add_argument("--only", default="", help="parsers whose name holds this")
    parser.add_argument("--one", default="", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        try:
            (guided if HAS_ATHERIS else blind)(said.one, said.seconds)
        except Exception:
            traceback.print_exc()
            return 1
        return 0
    from tests.security.parsers import PARSERS

    chosen = [name for name in PARSERS if said.only in name]
    way = "guided by coverage" if HAS_ATHERIS else "blind: atheris is not installed"
    print(f"{len(chosen)} parsers, {said.seconds} s together, {way}")
    figures = []
    for name in chosen:
        figures.append(play(name, max(1, said.seconds // len(chosen))))
        print(json.dumps(figures[-1]), flush=True)
    print(f"{sum(int(str(one['executions'])) for one in figures):,} executions")
    return int(any(one["ended"] != "sound" for one in figures))


if __name__ == "__main__":
    sys.exit(main())
