"""Every broken configuration says exactly what is wrong, where, and what to do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer.settings import InvalidSettings, Settings

TABLES = Path(__file__).parent / "broken"
CASES_MIN = 60
CANARY = "canary"


def _cases() -> Iterator[Any]:
    for table in sorted(TABLES.glob("*.yaml")):
        for case in yaml.safe_load(table.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{table.stem}: {case['id']}")


def _text(case: dict[str, Any], minimal: str) -> str:
    with_policy = minimal + "    policy: p\npolicies:\n  p:\n"
    if "policy" in case:
        return with_policy + "    use: standard\n" + str(case["policy"])
    if "steps" in case:
        return with_policy + "    ladders:\n      main:\n        steps:\n" + str(case["steps"])
    return str(case.get("config", minimal + case.get("add", "")))


@pytest.mark.parametrize("case", list(_cases()))
def test_says_every_problem(
    case: dict[str, Any], load: Callable[..., Settings], minimal: str, tmp_path: Path
) -> None:
    """The whole list of problems is exactly the expected one, and no secret is in it."""
    with pytest.raises(InvalidSettings) as refused:
        load(_text(case, minimal), environ=case.get("environ"))
    said = [str(problem).replace(f"{tmp_path}/", "") for problem in refused.value.problems]
    assert said == case["says"]
    assert CANARY not in str(refused.value)
    assert refused.value.exit_code == 2


def test_there_are_enough_cases() -> None:
    """At least sixty broken configurations are kept, each under its own name."""
    ids = [case.id for case in _cases()]
    assert len(ids) == len(set(ids)) >= CASES_MIN
