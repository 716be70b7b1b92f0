"""The connector and the test file that docs/CONNECTORS.md walks through pass the suite."""

import re
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[2] / "docs" / "CONNECTORS.md"


def _walked_through() -> dict[str, Any]:
    """The guide's connector and its test file, run as one module."""
    text = GUIDE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    scope: dict[str, Any] = {"__name__": "guide"}
    for mark in ("class TillSource", "TestTill ="):
        (block,) = [one for one in blocks if mark in one]
        exec(compile(block, f"CONNECTORS.md, {mark}", "exec"), scope)
    return scope


TestTill = _walked_through()["TestTill"]
