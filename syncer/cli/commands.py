"""Commands that a message suggests, as the user has to type them here.

What: ``syncer hold list`` in a sentence becomes ``syncer --config demo.yaml hold list`` for
somebody who named that file. Messages come from every layer and know nothing of flags.
Not here: commands in files that are read elsewhere (run_report.html, run_results.json).
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

VERBS = (
    *(
        "apply",
        "auth",
        "backtest",
        "check",
        "config",
        "dispute",
        "dossier",
        "exclude",
        "explain",
        "handover",
        "health",
        "hold",
    ),
    *("init", "lint", "log", "outbox", "plan", "policy", "promise", "run", "sandbox", "schema"),
    "instalments",
    "reason",
    "risk",
    "status",
    "state",
    "unlock",
    "version",
    "why-not",
)
NEED_NO_FILE = frozenset({"init", "schema", "version"})
_COMMAND = re.compile(
    rf"(?<![\w./-])syncer (?P<verb>{'|'.join(VERBS)})\b(?P<rest>(?:(?!syncer )[^`'\n])*)"
)
_KEY_COMMAND = re.compile(r" key\b")  # auth key reads no configuration


def carrying(text: str, config: Sequence[Path]) -> str:
    """``text`` with the user's own --config in every command it suggests."""
    if not config or "syncer " not in text:
        return text
    named = " ".join(f"--config {shlex.quote(str(path))}" for path in config)

    def told(found: re.Match[str]) -> str:
        verb, rest = found["verb"], found["rest"]
        alone = verb in NEED_NO_FILE or (verb == "auth" and _KEY_COMMAND.match(rest))
        if alone or "--config" in rest:
            return found[0]
        return f"syncer {named} {verb}{rest}"

    return _COMMAND.sub(told, text)
