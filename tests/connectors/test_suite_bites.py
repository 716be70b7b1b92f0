"""The connector suite bites: each sin of a hostile connector fails the checks it must fail."""

from dataclasses import replace
from pathlib import Path
from unittest import SkipTest

import pytest

from syncer.errors import SyncerError
from syncer.ports import Capability
from syncer.testing.connector_case import Check, ConnectorCase, Trial, check
from syncer.testing.connector_suite import CHECKS, connector_suite, run_check

from . import hostile_facts, hostile_reading, hostile_writing
from .hostile import HOSTILE_SPEC, Honest, case_of

BY_NAME = {one.name: one for one in CHECKS}
SINS = (*hostile_facts.SINS, *hostile_reading.SINS, *hostile_writing.SINS)
CAUGHT = [(sin, name) for sin in SINS for name in sin.fails]
# Sins of the declaration, not of the code: told by tests of their own below.
DECLARED = {
    "every_capability_is_proven",
    "every_waiver_is_needed",
    "abilities_are_declared",
    "declares_its_limits",
}

TestHonestTwin = connector_suite(case_of(Honest))


@pytest.mark.parametrize(
    ("sin", "name"), CAUGHT, ids=[f"{sin.__name__}-{name}" for sin, name in CAUGHT]
)
def test_a_sin_is_noticed(sin: type[Honest], name: str, tmp_path: Path) -> None:
    """A connector that commits this sin fails this check, with a sentence or its own error."""
    with pytest.raises((AssertionError, SyncerError), match=r"\w"):
        run_check(case_of(sin), BY_NAME[name], tmp_path)


def test_every_check_is_failed_by_somebody() -> None:
    """No check is a decoration: each has a sin that it was seen to notice."""
    assert {name for _, name in CAUGHT} | DECLARED == set(BY_NAME)


def test_every_group_is_failed() -> None:
    """Facts, honesty, manners, guard, writing, secrecy and declaration all bite."""
    groups = {BY_NAME[name].group for _, name in CAUGHT} | {"declaration"}
    assert groups == {one.group for one in CHECKS}


def _fails(case: ConnectorCase, name: str, folder: Path, match: str) -> None:
    with pytest.raises(AssertionError, match=match):
        run_check(case, BY_NAME[name], folder)


def test_a_capability_nobody_exercised_fails(tmp_path: Path) -> None:
    """A capability whose every check is waived is not proven, whatever the reasons say."""
    case = case_of(Honest, waived={"a_pay_link_is_safe": "no time"})
    _fails(case, "every_capability_is_proven", tmp_path, "pay_link")


def test_a_waiver_without_reason_or_check_fails(tmp_path: Path) -> None:
    """Waivers name a check that would run, and say why it cannot."""
    unknown, bare = ({"no_such_check": "x"}, {"nothing_open": " "})
    for waived, said in ((unknown, "no_such"), (bare, "without a reason")):
        _fails(case_of(Honest, waived=waived), "every_waiver_is_needed", tmp_path, said)


def test_an_undeclared_ability_fails(tmp_path: Path) -> None:
    """What a connector can do it says, or nobody would have proven it."""
    spec = replace(HOSTILE_SPEC, capabilities=HOSTILE_SPEC.capabilities - {Capability.PAY_LINK})
    _fails(case_of(Honest, spec=spec), "abilities_are_declared", tmp_path, "PayLinks")


def test_limits_without_a_source_fail(tmp_path: Path) -> None:
    """A number nobody can look up is no limit."""
    spec = replace(HOSTILE_SPEC, limits=replace(HOSTILE_SPEC.limits, source=" "))
    _fails(case_of(Honest, spec=spec), "declares_its_limits", tmp_path, "source")


def test_a_check_that_saw_nothing_fails(tmp_path: Path) -> None:
    """A check that judged no record proved nothing."""

    @check("facts")
    def looks_away(trial: Trial) -> None:
        """Judge nothing."""

    assert isinstance(looks_away, Check)
    with pytest.raises(AssertionError, match="saw no record"):
        run_check(case_of(Honest), looks_away, tmp_path)


def test_what_does_not_apply_is_skipped_by_name(tmp_path: Path) -> None:
    """A waived check and one of an undeclared capability say which they are, and why."""
    waived = case_of(Honest, waived={"nothing_open": "the vendor has no empty ledgers"})
    with pytest.raises(SkipTest, match="nothing_open: the vendor has no empty ledgers"):
        run_check(waived, BY_NAME["nothing_open"], tmp_path)
    spec = replace(HOSTILE_SPEC, capabilities=frozenset())
    with pytest.raises(SkipTest, match="sees_a_void: hostile does not declare read_accounts"):
        run_check(case_of(Honest, spec=spec), BY_NAME["sees_a_void"], tmp_path)


def test_no_two_checks_share_a_name() -> None:
    """A waiver means one check."""
    assert len(BY_NAME) == len(CHECKS)


def test_no_sin_is_left_out() -> None:
    """Every hostile connector is put to the suite."""
    assert set(SINS) == set(Honest.__subclasses__())
    assert all(sin.fails for sin in SINS)
