"""The last look at an account: what stops a message there, and what becomes of it then."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.ledger import Quarantined
from syncer.ports import OutboxFilter
from syncer.testing.memory import BookSource


class Looks(BookSource):
    """The bench's ledger, whose fresh reads are made worse by ``spoil`` before they are given."""

    spoil: Any = None

    def read_accounts(self, account_ids):
        """As the book has it, spoilt."""
        return {key: self.spoil(one) for key, one in super().read_accounts(account_ids).items()}


@pytest.fixture
def looks(bench):
    """A bench with one late customer, whose ledger is read through ``Looks``."""
    bench.source = Looks(bench.book, bench.clock)
    bench.owes("I1", "A1", late=3)
    return bench


def _effect(bench):
    [effect] = bench.store.effects(OutboxFilter())
    return effect


@pytest.mark.parametrize(("seconds", "sent"), [(60, 1), (61, 0)])
def test_a_read_that_is_older_than_allowed_sends_nothing(looks, seconds, sent):
    """As an answer from a cache would be: it is read again some minutes later, and then goes."""
    looks.source.spoil = lambda facts: replace(
        facts, read_at=facts.read_at - timedelta(seconds=seconds)
    )
    looks.run()
    assert len(looks.book.mailbox) == sent
    if sent:
        return
    effect = _effect(looks)
    assert (effect.state, effect.not_before) == ("pending", looks.clock() + timedelta(minutes=5))
    assert "too old" in effect.detail
    looks.source.spoil = lambda facts: facts
    looks.clock.now += timedelta(minutes=5)
    assert looks.ledger().contacted == 1


def test_a_record_that_cannot_be_read_at_the_last_look_stops_the_message(looks):
    """It may be the credit that settles all: the reason names the first such record's problem."""
    bad = Quarantined(
        record_id="C9", account_id="A1", where="credit C9", problem="its amount is no number"
    )
    worse = replace(bad, record_id="C10", problem="it has no date")
    looks.source.spoil = lambda facts: replace(facts, quarantined=(bad, worse))
    result = looks.ledger()
    assert (result.contacted, result.cancelled, looks.book.mailbox) == (0, 1, [])
    assert _effect(looks).detail == "partial_facts: its amount is no number"


def test_an_account_that_is_gone_at_the_last_look_gets_nothing(looks):
    """The ledger knows it no longer: nobody is written to, and the reason says so."""
    looks.source.read_accounts = lambda _: {}
    result = looks.ledger()
    assert (result.contacted, result.cancelled, looks.book.mailbox) == (0, 1, [])
    assert _effect(looks).detail.startswith("account_gone: ")


def test_the_oldest_of_several_looks_counts(looks):
    """A message about a merged account's invoices too leaves only while both looks are fresh."""
    looks.customer("A2", merged_into="A1")
    looks.owes("I2", "A2", late=3)
    order = []

    def slowly(facts):
        order.append(facts.account.account_id)
        looks.clock.now += timedelta(seconds=31)
        return replace(facts, read_at=looks.clock() - timedelta(seconds=30 * (len(order) == 1)))

    looks.source.spoil = slowly
    assert looks.ledger().snoozed == 1
    assert order == ["A1", "A2"]
    assert looks.book.mailbox == []
    assert "too old" in _effect(looks).detail


def test_a_merged_account_that_is_gone_stops_the_message(looks):
    """Whose invoices cannot be looked at again is not asked for them."""
    looks.customer("A2", merged_into="A1")
    looks.owes("I2", "A2", late=3)
    looks.source.spoil = lambda facts: facts
    read = looks.source.read_accounts
    looks.source.read_accounts = lambda ids: {} if "A2" in ids else read(ids)
    result = looks.ledger()
    assert (result.contacted, result.cancelled, looks.book.mailbox) == (0, 1, [])
