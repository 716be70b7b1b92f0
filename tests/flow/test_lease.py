"""A lease is ended only as it was seen, and whoever had it can do nothing any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.errors import LeaseHeld
from syncer.flow.lease import seems_alive

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("ahead", "alive"), [(-1, False), (0, False), (1, True), (900, True), (901, False)]
)
def test_no_run_holds_a_lease_for_longer_than_its_length(bench, ahead, alive):
    """What ends later than any run could have asked for was taken under another clock."""
    now = bench.clock()
    session = bench.store.take_lease("acme", owner="r1", now=now, until=now + QUARTER)
    held = replace(session.lease, until=now + timedelta(seconds=ahead))
    assert seems_alive(held, now=now, length=QUARTER) is alive


def test_a_lease_is_broken_only_as_it_was_seen(bench):
    """An owner that renewed in the meantime keeps it; one whose lease is ended is fenced off."""
    now = bench.clock()
    assert bench.store.lease("acme") is None
    session = bench.store.take_lease("acme", owner="r1", now=now, until=now + QUARTER)
    seen = bench.store.lease("acme")
    assert seen == session.lease
    session.renew(now + 2 * QUARTER)
    assert not bench.store.break_lease(seen, author="anna", at=now)
    seen = bench.store.lease("acme")
    assert bench.store.break_lease(seen, author="anna", at=now)
    assert bench.store.lease("acme") is None
    with pytest.raises(LeaseHeld, match="took over"):
        session.renew(now + QUARTER)
    bench.store.take_lease("acme", owner="r2", now=now, until=now + QUARTER).release()
    assert list(bench.store.verify_journal()) == []
