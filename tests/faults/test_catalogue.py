"""The catalogue is whole, and docs/faults.md tells of it what the tests say."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "faults.md"
NUMBERS = range(1, 51)
_NAME = re.compile(r"test_fault_(\d\d)_\w+")
_ROW = re.compile(r"^\| (\d\d) \| ([^|]+) \| ((?:[^|]|\\\|)+) \| `(\w+)` \|$", re.MULTILINE)


def _tests() -> dict[str, str]:
    """Every test of a fault, with its docstring's first sentences on one line."""
    return {
        node.name: " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and _NAME.fullmatch(node.name)
    }


def test_every_fault_has_a_test() -> None:
    """Each number from 01 to 50 is the number of a test, and no other number is."""
    found = {int(_NAME.fullmatch(name)[1]) for name in _tests()}
    missing = [f"fault_{number:02}" for number in NUMBERS if number not in found]
    assert missing == []
    assert found <= set(NUMBERS)


def test_the_table_tells_what_the_tests_say() -> None:
    """Every test stands in docs/faults.md under its number with its own words, and nothing else."""
    rows = _ROW.findall(TABLE.read_text(encoding="utf-8"))
    told = {name: (number, words.replace("\\|", "|")) for number, _, words, name in rows}
    assert len(told) == len(rows), "a test stands there twice"
    assert told == {name: (name[11:13], words) for name, words in _tests().items()}
    assert [number for number, *_ in rows] == sorted(number for number, *_ in rows)
