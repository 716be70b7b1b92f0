"""A clock that turns out to be wrong while a run is at work: from there on nobody is written to."""

from syncer.ports import OutboxFilter


def test_a_clock_found_wrong_in_the_middle_stops_the_next_message(bench):
    """The guard's read dated the second customer two hours away: it waits, and loses no attempt."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=20)
    apart = [0.0]
    bench.channel.before_send = lambda _: apart.append(7200.0)
    result = bench.run(clock_skew=lambda: apart[-1])
    assert (result.exit_code, result.ledgers[0].contacted) == (5, 1)
    assert len(bench.book.mailbox) == 1
    [waiting] = bench.store.effects(OutboxFilter(states=("pending",)))
    assert (waiting.account_id, waiting.attempt) == ("A2", 0)
    apart.append(0.0)
    assert bench.ledger().contacted == 1
