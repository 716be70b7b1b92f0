"""Starts the driver over a house and reads what it kept."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .house import CONFIGURED

ROOT = Path(__file__).parents[2]


def drive(home: Path, steps: list[list[str]], **environ: str) -> dict[str, Any]:
    """What the driver kept of these steps."""
    todo, done = home / "steps.json", home / "done.json"
    todo.write_text(json.dumps(steps), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "tests.security.driver", str(todo), str(done)],
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(home),
            "USER": "tester",
            **CONFIGURED,
            **environ,
        },
        check=True,
        timeout=240,
    )
    kept = json.loads(done.read_bytes())
    todo.unlink()
    done.unlink()
    return dict(kept)
