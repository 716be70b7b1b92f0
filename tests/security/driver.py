"""Runs commands one after the other in one process and keeps what each of them wrote.

``python driver.py STEPS.json DONE.json``: a step is a list of words, in which ``{key}``,
``{hold}`` and ``{run}`` stand for what an earlier step listed. A person answers a login.
"""

import contextlib
import io
import json
import os
import re
import sys
import traceback
from pathlib import Path

import requests

from syncer.__main__ import main

FOUND = {
    "key": re.compile(r'"key": "([^"]+)"'),
    "hold": re.compile(r'"hold_id": "([^"]+)"'),
    "run": re.compile(r'"run_id": "([^"]+)"'),
}


class Person(io.StringIO):
    """Sits before the terminal: opens the page that was shown and pastes where it ended."""

    def __init__(self, shown: io.StringIO) -> None:
        super().__init__()
        self._shown = shown

    def readline(self, size: int | None = -1, /) -> str:
        """One answer."""
        pages = re.findall(r"https?://\S+", self._shown.getvalue())
        if not pages:
            return "y\n"
        with requests.Session() as browser:
            browser.trust_env = False
            return browser.get(pages[-1], allow_redirects=False).headers["Location"] + "\n"


def one(words: list[str]) -> dict[str, object]:
    """Run one command to its end."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdin
    sys.stdin = Person(err)
    sys.argv = ["syncer", *words]
    os.umask(0)  # as loose as it can be: what is private must not depend on it
    code: object = -1
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        err.write(traceback.format_exc())
    finally:
        sys.stdin = before
    sdk = sys.modules.get("sentry_sdk")
    if sdk is not None:
        sdk.flush(timeout=5)
    return {"words": words, "code": code, "out": out.getvalue(), "err": err.getvalue()}


def play(steps: Path, done: Path) -> None:
    """Run them all."""
    known: dict[str, str] = {}
    results = []
    for words in json.loads(steps.read_bytes()):
        filled = [known.get(word, word) for word in words]
        results.append(one(filled))
        for name, pattern in FOUND.items():
            if found := pattern.search(str(results[-1]["out"])):
                known[f"{{{name}}}"] = found[1]
    argv = Path("/proc/self/cmdline").read_bytes().decode().split("\0")
    done.write_text(json.dumps({"steps": results, "argv": argv}), "utf-8")


if __name__ == "__main__":
    play(Path(sys.argv[1]), Path(sys.argv[2]))
