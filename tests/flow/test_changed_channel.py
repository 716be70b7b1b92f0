"""A policy that is edited while a contact waits: it goes the way that its step names by now."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncer.model.outcome import Delivered, Retry
from syncer.policy.rules import (
    Condition,
    Ladder,
    Policy,
    Segment,
    Step,
    StepChannel,
    Tone,
)
from syncer.ports import OutboxFilter
from syncer.testing import builders
from syncer.testing.memory import BookSource, Crash

S = StepChannel


def rules(channel: StepChannel) -> Policy:
    """One step, a day after the due date."""
    step = Step(name="friendly", tone=Tone.FRIENDLY, after_due=1, channel=channel)
    return builders.policy(ladders=(Ladder(name="usual", steps=(step,)),))


class Busy(BookSource):
    """A ledger that mails its invoices itself, and takes nothing while it is busy."""

    busy: bool = True
    dies: bool = False
    asked: int = 0

    def email_item(self, **_):
        """Count it; the process may die of it."""
        if self.busy:
            return Retry(after=timedelta(minutes=15), reason="busy")
        self.asked += 1
        if self.dies:
            raise Crash("after the ledger took it")
        return Delivered()

    def add_task(self, **task):
        """Unless it is busy."""
        if self.busy:
            return Retry(after=timedelta(minutes=15), reason="busy")
        return super().add_task(**task)


@pytest.fixture
def busy(make_bench):
    """A late customer to whom nothing can be given yet, on any way."""
    bench = make_bench(proves=True)
    bench.source = Busy(bench.book, bench.clock)
    bench.owes("I1", "A1", late=3)
    bench.channel.send = lambda _: Retry(after=timedelta(minutes=15), reason="451 try later")
    return bench


def _ways(bench):
    return len(bench.book.mailbox), bench.source.asked, len(bench.book.tasks)


@pytest.mark.parametrize(
    ("before", "after", "ways"),
    [
        (S.LEDGER_EMAIL, S.EMAIL, (1, 0, 0)),
        (S.TASK, S.EMAIL, (1, 0, 0)),
        (S.EMAIL, S.LEDGER_EMAIL, (0, 1, 0)),
        (S.EMAIL, S.TASK, (0, 0, 1)),
    ],
)
def test_it_goes_the_new_way_once(busy, before, after, ways):
    """Whatever it was planned as; and the outbox says which way it went."""
    busy.run(rules=rules(before))
    assert _ways(busy) == (0, 0, 0)
    busy.source.busy = False
    del busy.channel.send
    busy.clock.now += timedelta(hours=1)
    result = busy.ledger(rules=rules(after))
    assert (_ways(busy), result.contacted + result.tasks) == (ways, 1)
    sent = [one for one in busy.store.effects(OutboxFilter()) if not one.caused_by]
    assert [one.channel for one in sent] == [after]
    busy.next_day(3)
    busy.run(rules=rules(after))
    assert _ways(busy) == ways


def test_a_crash_on_the_new_way_is_not_looked_up_on_the_old_one(busy):
    """The message of the first try is in no mailbox; what the ledger mailed is not mailed again."""
    busy.run(rules=rules(S.EMAIL))
    busy.source.busy, busy.source.dies = False, True
    del busy.channel.send
    busy.clock.now += timedelta(hours=1)
    with pytest.raises(Crash):
        busy.run(rules=rules(S.LEDGER_EMAIL))
    busy.source.dies = False
    for _ in range(2):
        busy.clock.now += timedelta(minutes=20)
        busy.run(rules=rules(S.LEDGER_EMAIL))
    assert _ways(busy) == (0, 1, 0)
    [effect] = busy.store.effects(OutboxFilter(states=("uncertain",)))
    assert effect.channel == S.LEDGER_EMAIL


def test_a_customer_who_changes_segment_at_the_last_look_is_planned_anew(bench):
    """The same step goes another way there: no message on the old way, and a task the next time."""
    friendly = Step(name="friendly", tone=Tone.FRIENDLY, after_due=1)
    visited = replace(friendly, channel=StepChannel.TASK)
    policy = builders.policy(
        ladders=(
            Ladder(name="usual", steps=(friendly,)),
            Ladder(name="careful", steps=(visited,)),
        ),
        segments=(Segment(name="key", when=Condition(groups=("key",)), ladder="careful"),),
    )
    bench.owes("I1", "A1", late=3)
    read = bench.source.read_accounts

    def promoted(account_ids):
        account = replace(bench.book.accounts["A1"], groups=("key",))
        bench.book.accounts["A1"] = account
        return read(account_ids)

    bench.source.read_accounts = promoted
    first = bench.ledger(rules=policy)
    assert (first.cancelled, bench.book.mailbox, bench.book.tasks) == (1, [], [])
    second = bench.ledger(rules=policy)
    assert (second.tasks, bench.book.mailbox, len(bench.book.tasks)) == (1, [], 1)
