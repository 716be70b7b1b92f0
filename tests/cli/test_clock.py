"""``check`` says when this machine's clock is not the ledger's."""

import pytest

from syncer.cli.doctor import Verdict, clock


@pytest.mark.parametrize(
    ("skew", "verdict", "words"),
    [
        (0.0, Verdict.OK, "agrees"),
        (-120.0, Verdict.OK, "agrees"),
        (121.0, Verdict.WARNING, "about 2 minutes behind"),
        (-7200.4, Verdict.WARNING, "about 2 hours ahead of"),
    ],
)
def test_two_minutes_are_allowed(skew: float, verdict: Verdict, words: str) -> None:
    """Up to two minutes agree; more is a warning that says which way."""
    [finding] = clock("north", skew)
    assert finding.verdict is verdict
    assert words in finding.detail


def test_a_ledger_that_does_not_say_is_not_judged() -> None:
    """A folder of files has no clock."""
    assert list(clock("north", None)) == []


def test_the_sandbox_of_this_machine_keeps_its_own_time() -> None:
    """Its day may be last Friday: nobody is told to set this machine's clock by it."""
    [finding] = clock("north", 150_918.0, here=True)
    assert finding.verdict is Verdict.OK
    assert "about 42 hours off" in finding.detail
