"""Other books under a ledger's name, and a ledger under another name, send nothing."""

from dataclasses import replace as changed
from datetime import date

import pytest
from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.flow.cycle import run_cycle
from syncer.flow.rebuild import rebuild
from syncer.flow.worker import Mode, RunOptions
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.run import LedgerStatus
from syncer.ports import OutboxFilter, Progress

RENAMED = "orient"


def _sent(bench):
    return [mail.subject for mail in bench.book.mailbox]


def _named(bench, *names, **setup):
    """The worker with a ledger of each of these names, all of them over the same books."""
    worker = bench.worker(**setup)
    return changed(worker, ledgers=tuple(changed(worker.ledgers[0], name=one) for one in names))


def _ledger(bench, *names, **setup):
    """A run of these ledgers: how the last of them went."""
    worker = _named(bench, *names, **setup)
    return run_cycle(worker, now=bench.clock(), options=RunOptions()).ledgers[-1]


def _are(bench, **facts):
    bench.book.organisation = replace(bench.book.organisation, **facts)


def _trust(bench, name):
    bench.store.trust(name, author="anna", at=bench.clock())


@pytest.mark.parametrize("facts", [{"name": "Other Ltd"}, {"currency": "USD"}])
def test_other_books_under_a_known_name_are_not_read(bench, facts):
    """Nothing of them is stored and nobody is contacted, until a person says they are the same."""
    bench.owes(late=10)
    bench.run()
    sent = _sent(bench)
    bench.owes("I9", "A9", late=10)
    _are(bench, **facts)
    bench.next_day(7)
    done = bench.ledger()
    assert (done.status, done.error_kind) == (LedgerStatus.FAILED, "ConfigError")
    for said in ("Other Ltd" if "name" in facts else "(USD)", "syncer state trust --ledger acme"):
        assert said in done.error
    assert _sent(bench) == sent
    assert bench.store.peek("acme", "A9") is None
    _trust(bench, "acme")
    bench.run()
    assert len(_sent(bench)) == len(sent) + 2  # the next step of one, the first of the other
    assert bench.ledger().status is LedgerStatus.OK  # and is known under that name from then on


def test_a_vendors_own_key_goes_before_the_name(bench):
    """A company that changed its name goes on; another one of the same name does not."""
    _are(bench, key="one")
    bench.owes(late=10)
    assert bench.ledger().status is LedgerStatus.OK
    _are(bench, name="New Name Ltd")
    assert bench.ledger().status is LedgerStatus.OK
    _are(bench, key="two")
    assert bench.ledger().status is LedgerStatus.FAILED


@pytest.mark.parametrize("kept", ["contact", "promise"])
def test_a_ledger_that_was_renamed_does_not_begin_anew(bench, kept):
    """What was sent and promised stands under the old name; with it back, all goes on."""
    bench.owes(late=10 if kept == "contact" else -20)
    bench.run()
    if kept == "promise":
        held = Hold(
            hold_id="p1",
            kind=HoldKind.PROMISE,
            account_id="A1",
            starts_on=date(2026, 11, 16),
            ends_on=date(2027, 11, 16),
            reason="by phone",
            source=HoldSource.CLI,
        )
        bench.store.add_hold("acme", held, bench.clock())
    sent = _sent(bench)
    bench.next_day(30)
    done = _ledger(bench, RENAMED)
    assert done.status is LedgerStatus.FAILED
    assert "give it the name acme back" in done.error
    worker = _named(bench, RENAMED)
    with pytest.raises(ConfigError, match="acme"):
        rebuild(worker, worker.ledgers[0], progress=Progress(), stopping=lambda: False)
    assert _sent(bench) == sent
    assert not bench.store.effects(OutboxFilter(ledger=RENAMED))
    assert bench.ledger().status is LedgerStatus.OK
    bench.next_day()
    _trust(bench, RENAMED)
    assert _ledger(bench, RENAMED).status is LedgerStatus.OK


def test_a_name_under_which_nothing_is_kept_may_be_changed(bench):
    """Somebody who has only looked at plans so far."""
    bench.owes(late=10)
    bench.run(mode=Mode.PLAN)
    assert _ledger(bench, RENAMED).status is LedgerStatus.OK


def test_two_ledgers_of_one_organisation_may_both_be_configured(bench):
    """As two exports of it are: the one that comes later is no renamed one."""
    bench.owes(late=10)
    bench.run()
    assert _ledger(bench, "acme", RENAMED).status is LedgerStatus.OK
