"""What goes wrong in the middle: nobody is written to twice, and the exit code says so."""

import pytest

from syncer.errors import AuthError, StateError, Unreachable
from syncer.http.faults import Lost, NotSent
from syncer.ports import OutboxFilter


@pytest.mark.parametrize(
    ("failure", "code"), [(AuthError("login refused"), 4), (Unreachable("no answer"), 5)]
)
def test_a_mail_server_that_refuses_us_ends_the_ledger(bench, failure, code):
    """No message is to blame: none loses an attempt, and the next run sends them all."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=3)
    tried = []

    def refuse(message):
        tried.append(message)
        raise failure

    bench.channel.send = refuse
    assert (bench.run().exit_code, len(tried)) == (code, 1)
    effects = bench.store.effects(OutboxFilter())
    assert {(effect.state, effect.attempt) for effect in effects} == {("pending", 0)}
    del bench.channel.send
    assert bench.ledger().contacted == 2


@pytest.mark.parametrize(
    ("failure", "code", "kind"),
    [
        (Lost("the answer broke off"), 5, "Transient"),
        (NotSent("no connection could be made"), 5, "Transient"),
        (StateError("the disk is full"), 2, "StateError"),
    ],
)
def test_every_kind_of_error_has_the_code_of_its_family(bench, failure, code, kind):
    """An adapter's own error counts as the public one it comes from."""
    bench.owes(late=3)
    bench.source.failure = failure
    result = bench.run()
    assert (result.exit_code, result.ledgers[0].error_kind) == (code, kind)
