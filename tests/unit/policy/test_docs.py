"""Every worked example in docs/policy.md is true: `syncer policy test` reads and runs it."""

import re
from itertools import chain
from pathlib import Path

import pytest

from syncer.model.decision import Code
from syncer.policy.trial.cases import try_case
from syncer.settings.casefile import Written, read_cases
from syncer.settings.named_policy import Shelf

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "policy.md").read_text("utf-8")
HEAD, *EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = [re.findall(r"^- name: (.*)$", example, re.MULTILINE) for example in EXAMPLES]


def in_a_file(folder: Path, head: str, *cases: str) -> Written:
    """The cases below the head, as a user would paste them."""
    path = folder / "cases.yaml"
    path.write_text(f"{head}cases:\n{''.join(cases)}", "utf-8")
    return read_cases(path)


@pytest.mark.parametrize("example", EXAMPLES, ids=[", ".join(names) for names in NAMES])
def test_the_worked_examples_are_true(example: str, tmp_path: Path) -> None:
    """What the page says is expected is what the policy decides."""
    cases = in_a_file(tmp_path, HEAD, example).cases(Shelf(), "")
    assert [try_case(case).wrong for case in cases] == [()] * len(cases)
    assert cases


def test_the_page_is_one_file_of_cases(tmp_path: Path) -> None:
    """All examples stand together below the page's head; each has a name of its own."""
    written = in_a_file(tmp_path, HEAD, *EXAMPLES)
    assert [case.name for case in written.file.cases] == list(chain(*NAMES))
    assert len(written.file.cases) >= 18


@pytest.mark.parametrize("page", ["cases.md"])
def test_whole_files_in_the_documents_are_true(page: str, tmp_path: Path) -> None:
    """A file of cases that is shown whole runs as it stands."""
    shown = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    for text in shown:
        path = tmp_path / "cases.yaml"
        path.write_text(text, "utf-8")
        written = read_cases(path)
        made = written.cases(Shelf(), written.file.policy or "")
        assert [(case.name, try_case(case).wrong) for case in made] == [
            (case.name, ()) for case in made
        ]
    assert len(shown) >= 2


def test_the_holding_codes_named_on_the_page_exist() -> None:
    """Every code in the table of section 3 is a code of the program."""
    table = PAGE.split("## 3.")[1].split("Holds speak")[0]
    named = {
        code
        for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for code in re.findall(r"`(\w+)`", row)
    }
    assert named <= {code.value for code in Code}
    assert len(named) >= 13


def test_the_glossary_is_sorted_and_says_each_word_once() -> None:
    """A reader finds a word where the alphabet puts it."""
    words = re.findall(
        r"^\| ([a-z][^|]*?) \|", (DOCS / "GLOSSARY.md").read_text("utf-8"), re.MULTILINE
    )
    assert words == sorted(set(words))
    assert len(words) > 30
