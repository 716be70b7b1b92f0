"""Everything a connector must prove, as one statement in a test file.

    TestTill = connector_suite(CASE)

gives a test class with one test per check that the declared capabilities call for. Checks
that do not apply show as skipped with the reason. A declared capability that no check
exercised fails, and so does a check that saw no record. ``connector_case`` says what a case
holds, ``connector_http`` mounts connectors that speak HTTP.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest import SkipTest

from syncer.ports import (
    Capability,
    ChargeSink,
    InvoicePdfs,
    LedgerMailer,
    NoteSink,
    PayLinks,
    Source,
    TaskSink,
)
from syncer.testing import (
    connector_delta,
    connector_facts,
    connector_guard,
    connector_honesty,
    connector_manners,
    connector_secrecy,
    connector_writing,
)
from syncer.testing.connector_book import seeded_world
from syncer.testing.connector_case import Check, ConnectorCase, Trial, check, require

GROUP = "declaration"
PORTS: tuple[tuple[Any, frozenset[Capability]], ...] = (
    (NoteSink, frozenset({Capability.NOTE_ADD, Capability.NOTE_LOOKUP})),
    (TaskSink, frozenset({Capability.TASK})),
    (LedgerMailer, frozenset({Capability.LEDGER_EMAIL})),
    (ChargeSink, frozenset({Capability.DRAFT_CHARGE})),
    (PayLinks, frozenset({Capability.PAY_LINK})),
    (InvoicePdfs, frozenset({Capability.INVOICE_PDF})),
)


@check(GROUP)
def every_capability_is_proven(trial: Trial) -> None:
    """Each declared capability is exercised by a check that runs."""
    unproven = unexercised(trial.case, CHECKS)
    trial.saw()
    require(not unproven, f"no check exercised: {', '.join(sorted(unproven))}")


@check(GROUP)
def every_waiver_is_needed(trial: Trial) -> None:
    """A waiver names a check that would run, and gives a reason."""
    running = {one.name for one in CHECKS if one.needs <= trial.case.spec.capabilities}
    stale = sorted(set(trial.case.waived) - running)
    bare = sorted(name for name, reason in trial.case.waived.items() if not reason.strip())
    trial.saw()
    require(not stale, f"waived, but no check that applies has that name: {', '.join(stale)}")
    require(not bare, f"waived without a reason: {', '.join(bare)}")


@check(GROUP)
def abilities_are_declared(trial: Trial) -> None:
    """What is declared is there, and what is there is declared."""
    source, declared = trial.mount(seeded_world()).source, trial.case.spec.capabilities
    require(isinstance(source, Source), "it is no Source")
    trial.saw()
    for port, capabilities in PORTS:
        there, said = isinstance(source, port), bool(capabilities & declared)
        require(there == said, f"{port.__name__}: there {there}, declared {said}")


CHECKS: tuple[Check, ...] = (
    every_capability_is_proven,
    every_waiver_is_needed,
    abilities_are_declared,
    *connector_facts.CHECKS,
    *connector_delta.CHECKS,
    *connector_honesty.CHECKS,
    *connector_manners.CHECKS,
    *connector_guard.CHECKS,
    *connector_writing.CHECKS,
    *connector_secrecy.CHECKS,
)


def unexercised(case: ConnectorCase, checks: Iterable[Check]) -> frozenset[Capability]:
    """Declared capabilities that none of the checks that run proves."""
    declared = case.spec.capabilities
    running = (c for c in checks if c.needs <= declared and c.name not in case.waived)
    return declared - frozenset(capability for one in running for capability in one.needs)


def run_check(case: ConnectorCase, one: Check, folder: Path) -> None:
    """Run one check in an empty folder. Raises SkipTest, by name, where it does not apply."""
    missing = sorted(one.needs - case.spec.capabilities)
    if missing:
        raise SkipTest(f"{one.name}: {case.spec.name} does not declare {', '.join(missing)}")
    if case.waived.get(one.name, "").strip():
        raise SkipTest(f"{one.name}: {case.waived[one.name]}")
    trial = Trial(case, folder)
    one.run(trial)
    require(trial.seen > 0, f"{one.name} saw no record: it proved nothing")


def connector_suite(case: ConnectorCase) -> type:
    """A test class for pytest; bind it to a name that begins with ``Test``."""
    tests = {f"test_{one.group}__{one.name}": _test(case, one) for one in CHECKS}
    return type("ConnectorSuite", (), {"__doc__": f"{case.spec.title} keeps it all.", **tests})


def _test(case: ConnectorCase, one: Check) -> Callable[[Any, Path], None]:
    def run(_: Any, tmp_path: Path) -> None:
        run_check(case, one, tmp_path)

    run.__doc__ = one.rule
    return run
