"""The answers for every open item come to the open ledger of a sandbox, to the cent."""

import random
from decimal import Decimal

import pytest

from syncer.flow.why import why
from syncer.testing.sim import book

from .sides import BOTH


@pytest.mark.parametrize("seed", [3, 17])
@pytest.mark.parametrize("connector", BOTH)
def test_the_answers_come_to_the_open_ledger(house, connector: str, seed: int) -> None:
    """After a run over random books: one answer an item, sums as the ledger's own, offline."""
    made = house(connector)
    book.random_book(made.side.world.main, random.Random(seed))
    result = made.run()
    made.side.world.calls.clear()
    with made.worker() as worker:
        told = why(worker, worker.ledgers[0], today=made.clock().date())
    assert not made.side.world.calls  # from the state alone
    assert dict(told.open) == {code: total for code, total in made.last().open_totals if total}
    sums: dict[str, Decimal] = {}
    for total in told.totals:
        sums[total.currency] = sums.get(total.currency, Decimal(0)) + total.amount
    assert sums == dict(told.open)
    ids = [one.item_id for one in told.answers]
    assert len(ids) == len(set(ids)) == sum(one.items for one in result.ledgers[0].outcomes)
    assert all(one.sentence for one in told.answers)
