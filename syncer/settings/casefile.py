"""Reads a file of policy cases; every mistake is told with file, line and key.

What: YAML to ``policy.trial.cases`` records, each with the policy that it tries: the one that is
named, with the keys laid over it that the file and the case give.
Not here: the keys (``cases``, ``given``), and how a case went.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syncer.errors import ConfigError
from syncer.policy.compiled import ready
from syncer.policy.rules import Policy
from syncer.policy.trial.cases import Case
from syncer.settings.cases import CaseGiven, CasesGiven
from syncer.settings.facts import context_of, expected_of, past_of, snapshot_of
from syncer.settings.named_policy import CASES, RULES, Shelf
from syncer.settings.problems import InvalidSettings, Problems, did_you_mean
from syncer.settings.tree import Node, find, nearest, plain
from syncer.settings.verdicts import report
from syncer.settings.yamltree import parse


@dataclass(frozen=True, slots=True)
class Written:
    """A file of cases as written, and the line on which each case begins."""

    path: Path
    file: CasesGiven
    root: Node
    lines: Mapping[str, int]

    @property
    def is_whole(self) -> bool:
        """Whether its own rules are a policy, so that none has to be named."""
        return find(self.root, (RULES, "ladders")) is not None

    def policy(self, shelf: Shelf, name: str) -> Policy:
        """The policy called ``name`` with the file's rules over it; "" = these alone."""
        return shelf.ruled(name, self._over((RULES,)))

    def cases(self, shelf: Shelf, name: str) -> tuple[Case, ...]:
        """The cases, ready to be tried. InvalidSettings where one does not fit it."""
        problems = Problems(self.root)
        if self.file.checked:
            _check_rows(self.file.checked, shelf, problems)
        made = [
            self._case(place, case, shelf, name, problems)
            for place, case in enumerate(self.file.cases)
        ]
        problems.raise_if_any(CASES)
        return tuple(made)

    def _case(
        self, place: int, case: CaseGiven, shelf: Shelf, name: str, problems: Problems
    ) -> Case:
        policy = shelf.ruled(name, self._over((RULES,), ("cases", place, RULES)))
        today = case.today or self.file.today
        if today is None:
            raise ConfigError(f"case '{case.name}' names no day; add today: 2026-06-10")
        _check_steps(place, case, policy, problems)
        return Case(
            name=case.name,
            facts=snapshot_of(case, self.file, policy, today),
            context=context_of(case, self.file, today),
            policy=policy,
            law=shelf.law(policy, self.file.checked, today),
            past=past_of(case, self.file),
            expect=expected_of(case.expect),
        )

    def _over(self, *paths: Sequence[str | int]) -> list[Node]:
        found = [find(self.root, path) for path in paths]
        return [node for node in found if node is not None and node.value]


def read_cases(path: Path) -> Written:
    """The cases in ``path``. Raises InvalidSettings, or ConfigError for a file out of reach."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({error.strerror}); name a file of cases"
        ) from None
    try:
        root = parse(data, str(path), hint="write cases, see docs/cases.md")
    except InvalidSettings as error:
        raise InvalidSettings(error.problems, CASES) from None
    problems = Problems(root)
    try:
        file = CasesGiven.model_validate(plain(root))
    except ValidationError as error:
        report(error, problems, (), CasesGiven)
        raise InvalidSettings(problems.found, CASES) from None
    _check(file, root, problems)
    problems.raise_if_any(CASES)
    lines = {
        case.name: nearest(root, ("cases", place)).mark.line
        for place, case in enumerate(file.cases)
    }
    return Written(path=path, file=file, root=root, lines=lines)


def case_schema() -> dict[str, Any]:
    """The JSON Schema of a file of cases, for completion in editors."""
    schema = CasesGiven.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Cases of a policy",
    }


def _check(file: CasesGiven, root: Node, problems: Problems) -> None:
    seen: set[str] = set()
    for place, case in enumerate(file.cases):
        where = ("cases", place)
        if case.name in seen:
            problems.add((*where, "name"), f"a second case is called '{case.name}'")
        seen.add(case.name)
        if case.today is None and file.today is None:
            problems.add(where, "it names no day; add today: 2026-06-10")
        _check_ids(place, case, problems)
    for path in ((RULES,), *[("cases", place, RULES) for place in range(len(file.cases))]):
        if find(root, (*path, "use")) is not None:
            text = "the file says which policy is tried; write policy: NAME above the cases"
            problems.add((*path, "use"), text)


def _check_ids(place: int, case: CaseGiven, problems: Problems) -> None:
    """An id that names nothing would be compared with nothing."""
    items = [item.id for item in case.items]
    for number, item in enumerate(items):
        if item in items[:number]:
            text = f"a second item has the id '{item}'; give each its own"
            problems.add(("cases", place, "items", number, "id"), text)
    paid = {*[one.id for one in case.settled], *[one.id for one in case.closed]}
    for number, hold in enumerate(case.holds):
        known = paid.union(items, hold.covers)
        if hold.item and hold.item not in known:
            text = f"no item is called '{hold.item}'{did_you_mean(hold.item, known)}"
            problems.add(("cases", place, "holds", number, "item"), text)
    for item in case.expect.outcomes:
        if item not in paid.union(items):
            text = f"no item is called '{item}'{did_you_mean(item, items)}"
            problems.add(("cases", place, "expect", "outcomes", item), text)


def _check_rows(checked: Sequence[str], shelf: Shelf, problems: Problems) -> None:
    rows = sorted(row.id for pack in shelf.packs for row in pack.rows)
    for place, row in enumerate(checked):
        if row not in rows:
            hint = did_you_mean(row, rows) or "; see docs/law.md"
            problems.add(("checked", place), f"no pack has a row '{row}'{hint}")


def _check_steps(place: int, case: CaseGiven, policy: Policy, problems: Problems) -> None:
    """A step that was taken and that no ladder has would count as the first one again."""
    ladders = ready(policy).ladders
    known = {step.name for ladder in ladders.values() for step in ladder.steps}
    for number, contact in enumerate(case.contacts):
        if contact.step not in known and contact.number is None:
            hint = did_you_mean(contact.step, known)
            text = f"policy {policy.name} has no step '{contact.step}'{hint}, or give its number"
            problems.add(("cases", place, "contacts", number, "step"), text)
    for key, wanted, names in (
        ("step", case.expect.step, known),
        ("ladder", case.expect.ladder, set(ladders)),
        ("segment", case.expect.segment, {one.name for one in policy.segments}),
    ):
        if wanted and wanted not in names:
            text = f"policy {policy.name} has no {key} '{wanted}'{did_you_mean(wanted, names)}"
            problems.add(("cases", place, "expect", key), text)
