"""docs/CONNECTORS.md shows code that runs, and names modules that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "CONNECTORS.md").read_text(encoding="utf-8")


def test_the_code_of_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block runs, in order, in an empty folder; the suite's has its own test."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 3
    scope: dict[str, object] = {"__name__": "guide"}
    for number, block in enumerate(blocks, start=1):
        if "from my_package" in block:
            continue
        exec(compile(block, f"CONNECTORS.md, block {number}", "exec"), scope)


def test_the_guide_names_every_module_of_the_worked_example() -> None:
    """The module table is complete and names nothing that is gone."""
    table = GUIDE.split("module by module")[1].split("The same trial")[0]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    folder = ROOT / "connectors" / "csv_folder"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "problems"}
    assert named == modules
