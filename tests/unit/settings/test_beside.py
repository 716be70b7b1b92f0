"""Messages beside the ladder: their keys are off by default, and say what they need."""

from collections.abc import Callable
from datetime import date

import pytest

from syncer.policy.beside import said_beside
from syncer.settings import InvalidSettings, Settings, lint

Load = Callable[..., Settings]

LETTERS = """\
policies:
  own:
    ladders:
      main:
        steps: [{name: post, tone: formal, after_due: 9d, channel: task}]
"""
THANKS, AHEAD = "    thank_you: {paid_within: 6d}\n", "    agreements: {remind_instalment: 2d}\n"


def test_both_are_off_unless_they_are_given(load: Load, minimal: str) -> None:
    """A policy that says nothing sends neither; what it says is told in words."""
    ledger = minimal.replace("connector: folder", "connector: online\n    policy: own")
    ledger = ledger.replace("{dir: exports}", "{client_id: a, client_secret: ''}")
    silent = load(LETTERS + ledger)
    assert said_beside(silent.policy_for(silent.ledgers[0])) == ()
    both = load(LETTERS + THANKS + AHEAD + ledger)
    assert said_beside(both.policy_for(both.ledgers[0])) == (
        "Instalment of a plan: 2 days before its day.",
        "Thank-you: within 6 days of the last payment.",
    )


@pytest.mark.parametrize("key", [THANKS, AHEAD], ids=["thanks", "instalment"])
def test_a_policy_that_only_gives_tasks_needs_a_mail_channel_for_them(
    load: Load, minimal: str, key: str
) -> None:
    """Nobody finds out by a rejected message that there is no way for it to leave."""
    ledger = minimal.replace("  channels:\n    outbox: {type: folder, dir: out}\n", "")
    ledger = ledger.replace(
        "connector: folder", "connector: online\n    policy: own\n    mode: live"
    )
    ledger = ledger.replace("{dir: exports}", "{client_id: a, client_secret: ''}")
    assert load(LETTERS + ledger)
    with pytest.raises(InvalidSettings, match="live needs a way to send"):
        load(LETTERS + key + ledger)


def test_thanks_need_a_connector_that_tells_payments(load: Load, minimal: str) -> None:
    """The key that asks too much is named; instalments need no history."""
    ledger = minimal.replace("connector: folder", "connector: folder\n    policy: own")
    assert load(LETTERS + AHEAD + ledger)
    with pytest.raises(InvalidSettings, match=r"paid_within .* needs paid invoices"):
        load(LETTERS + THANKS + ledger)


@pytest.mark.parametrize(("months", "told"), [(0, True), (12, False)])
def test_lint_warns_about_thanks_without_history(
    load: Load, minimal: str, months: int, told: bool
) -> None:
    """Without paid invoices nobody is ever thanked."""
    ledger = minimal.replace("connector: folder", "connector: online\n    policy: own")
    keys = f"{{client_id: a, client_secret: '', history_months: {months}}}"
    settings = load(LETTERS + THANKS + ledger.replace("{dir: exports}", keys))
    said = [str(problem) for problem in lint(settings, today=date(2026, 11, 16))]
    assert any("(thank_you)" in line for line in said) is told


@pytest.mark.parametrize("value", ["0d", "-1d", "soon"])
def test_a_window_of_no_days_is_refused(load: Load, minimal: str, value: str) -> None:
    """The key is left out to switch it off."""
    with pytest.raises(InvalidSettings, match="paid_within"):
        load(f"{LETTERS}    thank_you: {{paid_within: {value}}}\n{minimal}")
