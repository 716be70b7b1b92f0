"""The catalogue of complaints is whole, and docs/complaints.md says of it what the tests say."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
TABLE = TESTS.parent / "docs" / "complaints.md"
NUMBERS = range(1, 63)
_NAME = re.compile(r"test_complaint_(\d\d)_\w+")
_ROW = re.compile(r"^\| (\d\d) \| ([^|]+) \| ((?:[^|]|\\\|)+) \| `(\w+)` \|$", re.MULTILINE)


@cache
def _tests() -> dict[str, str]:
    """Every test of a complaint, with its docstring's first sentences on one line."""
    return {
        node.name: " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
        for file in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and _NAME.fullmatch(node.name)
    }


def test_every_complaint_has_a_test() -> None:
    """Each number from 01 to 62 is the number of a test."""
    found = {int(_NAME.fullmatch(name)[1]) for name in _tests()}
    missing = [f"complaint_{number:02}" for number in NUMBERS if number not in found]
    assert missing == []


def test_the_table_tells_what_the_tests_say() -> None:
    """Every number stands in docs/complaints.md with tests that exist, in their own words."""
    rows = _ROW.findall(TABLE.read_text(encoding="utf-8"))
    tests = _tests()
    wrong = [
        name
        for number, _, words, name in rows
        if name[15:17] != number or tests.get(name) != words.replace("\\|", "|")
    ]
    assert wrong == []
    numbers = [int(number) for number, *_ in rows]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(NUMBERS)
    assert len({name for *_, name in rows}) == len(rows)
    assert len({(number, complaint) for number, complaint, *_ in rows}) == len(NUMBERS)
