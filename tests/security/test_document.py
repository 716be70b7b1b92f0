"""docs/security.md claims nothing that no test proves."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+)`")


def _tests() -> set[str]:
    """The name of every test function in the tree."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_test_that_is_named_exists() -> None:
    """A proof that was renamed or removed is missed here."""
    named = set(NAMED.findall(TEXT))
    assert len(named) > 30
    assert sorted(named - _tests()) == []


def test_every_line_of_a_table_names_its_proof() -> None:
    """Each way of attack has, beside what stops it, the name of a test."""
    tables = [block for block in TEXT.split("\n\n") if block.startswith("| Way |")]
    claims = [row for block in tables for row in block.splitlines()[2:]]
    assert len(claims) > 25
    assert [row for row in claims if not NAMED.search(row.split("|")[3])] == []


def test_every_test_of_this_folder_is_in_the_document_or_a_control() -> None:
    """What is proven is told: security work that nobody can find is done twice."""
    here = {
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }
    told = len(here & set(NAMED.findall(TEXT)))
    assert told > len(here) * 0.6
