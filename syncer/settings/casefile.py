"""Reads a file of policy cases; every mistake is told with file, line and key.

What: YAML to ``policy.trial.cases`` records.
Not here: which policy is tried, and how it went.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from syncer.errors import ConfigError
from syncer.policy.trial.cases import Case, CaseFile
from syncer.settings.problems import InvalidSettings, Problems, placed
from syncer.settings.tree import nearest, plain
from syncer.settings.yamltree import parse


@dataclass(frozen=True, slots=True)
class Written:
    """A file of cases, and the line on which each begins."""

    path: Path
    file: CaseFile
    lines: Mapping[str, int]


def read_cases(path: Path) -> Written:
    """The cases in ``path``. Raises InvalidSettings, or ConfigError for a file out of reach."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); name a file of cases"
        ) from None
    root = parse(data, str(path))
    problems = Problems(root)
    try:
        file = msgspec.convert(plain(root), CaseFile)
    except msgspec.ValidationError as error:
        problems.add(*placed(str(error), hint="see docs/policy.md for what a case may hold"))
        raise InvalidSettings(problems.found) from None
    _check(file, problems)
    problems.raise_if_any()
    lines = {
        case.name: nearest(root, ("cases", place)).mark.line
        for place, case in enumerate(file.cases)
    }
    return Written(path=path, file=file, lines=lines)


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a file of cases, for completion in editors."""
    schema = msgspec.json.schema(CaseFile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cases of a policy",
        **schema,
    }


def _check(file: CaseFile, problems: Problems) -> None:
    if not file.cases:
        problems.add(("cases",), "there is no case; add one, see docs/policy.md")
    seen: set[str] = set()
    for place, case in enumerate(file.cases):
        if case.name in seen:
            problems.add(("cases", place, "name"), f"a second case is called '{case.name}'")
        seen.add(case.name)
        if case.today is None and file.today is None:
            problems.add(("cases", place), "it names no day; add today: 2026-06-10")
        _check_amounts(case, place, problems)


def _check_amounts(case: Case, place: int, problems: Problems) -> None:
    for number, item in enumerate(case.items):
        if item.open < 0:
            path = ("cases", place, "items", number, "open")
            problems.add(path, "an amount is never negative; a credit has kind: credit_note")
