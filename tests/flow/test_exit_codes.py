"""The exit code of a run with several ledgers is the honest one."""

import pytest

from syncer.flow.cycle import exit_code
from syncer.model.run import LedgerResult, LedgerStatus


def ledger(status: LedgerStatus, **facts) -> LedgerResult:
    """One ledger's result."""
    values = {"ledger": "one", "connector": "x", "mode": "live", "status": status}
    return LedgerResult(**(values | facts))


SENT = ledger(LedgerStatus.OK, contacted=1)
STALE = ledger(LedgerStatus.HELD)
ALARMED = ledger(LedgerStatus.HELD, alarms=("more_contacts",))
UNREAD = ledger(LedgerStatus.HELD, quarantined=1)


@pytest.mark.parametrize(
    ("ledgers", "code"),
    [
        ((STALE,), 3),
        ((ALARMED,), 3),
        ((STALE, SENT), 0),
        ((ALARMED, SENT), 1),
        ((UNREAD, SENT), 1),
        ((STALE, ledger(LedgerStatus.OK)), 3),
    ],
)
def test_a_held_ledger_beside_one_that_sends(ledgers, code) -> None:
    """Held by choice beside one that sends is 0; held for what a person has to look at is 1."""
    assert exit_code(ledgers) == code
