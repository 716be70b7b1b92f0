"""docs/law-facts.md names every row that ships, and nothing that is not there."""

import ast
import re
from functools import cache
from pathlib import Path

from syncer.settings.lawpacks import SHIPPED, shipped_packs

TESTS = Path(__file__).parents[2]
DOCS = TESTS.parent / "docs"
EXAMPLES = {f"E{n}" for n in range(1, 9)} | {f"D{n}" for n in range(1, 12)}
_ROW = re.compile(r"^\| (?!Fact)(?!-)([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")
_KEY = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


@cache
def table() -> tuple[tuple[str, str, str], ...]:
    """(Fact, what holds it, tests) of every line of the document's tables."""
    return tuple(_ROW.findall((DOCS / "law-facts.md").read_text(encoding="utf-8")))


def named(column: int) -> list[str]:
    """Everything in backticks in a column."""
    return [name for row in table() for name in _NAME.findall(row[column])]


def test_every_row_that_ships_is_in_the_table() -> None:
    """And no row stands there that no pack has."""
    said = {name for name in named(1) if name.partition(".")[0] in SHIPPED}
    assert said == {row.id for pack in shipped_packs() for row in pack.rows}


def test_every_setting_of_the_table_exists() -> None:
    """As the table of settings writes it."""
    known = set(_KEY.findall((DOCS / "configuration.md").read_text(encoding="utf-8")))
    settings = {name for name in named(1) if name.partition(".")[0] not in SHIPPED}
    assert settings - known == set()
    assert settings


def test_every_test_of_the_table_exists() -> None:
    """Each fact has one at least, and each is a test of this suite."""
    assert [fact for fact, _, tests in table() if not _NAME.search(tests)] == []
    wanted = set(named(2))
    found = {
        node.name
        for file in (*(TESTS / "unit").rglob("test_*.py"), *(TESTS / "flow").glob("test_*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name in wanted
    }
    assert wanted - found == set()


def test_every_worked_example_is_in_the_table() -> None:
    """E1 to E8 and D1 to D11, each beside a test that carries its number where it is a sum."""
    said = {name for fact, *_ in table() for name in re.findall(r"\b([ED]\d+)\b", fact)}
    assert said == EXAMPLES
    tests = " ".join(named(2))
    assert {name for name in EXAMPLES if f"_{name.lower()}_" not in tests} == set()
