"""A message waits for the debtor's own hours, is counted as put off, and leaves when they come."""

from datetime import UTC, datetime, time, timedelta

from msgspec.structs import replace

from syncer.model.effect import EffectState
from syncer.policy.rules import Restraint
from syncer.ports import OutboxFilter
from syncer.testing import builders

from .conftest import MONDAY, Bench

HOURS = Restraint(
    min_gap=1,
    caps=(),
    weekdays=tuple(range(7)),
    send_from=time(8),
    send_until=time(18),
    debtor_hours=True,
)
RULES = builders.policy(restraint=HOURS)


def at(bench: Bench, hour: int, minute: int = 0) -> None:
    """The same Monday at an hour of UTC."""
    bench.clock.now = datetime.combine(MONDAY, time(hour, minute), tzinfo=UTC)


def lives_in(bench: Bench, account_id: str, country: str) -> None:
    """The account's country, as its ledger says."""
    bench.book.accounts[account_id] = replace(bench.book.accounts[account_id], country=country)


def test_a_message_waits_for_the_debtors_morning(bench: Bench) -> None:
    """At home it leaves at nine; the American's waits until Hawaii and the Aleutians are up."""
    bench.owes("I1", "A1", late=8)
    bench.owes("I2", "A2", late=8)
    lives_in(bench, "A1", "")
    lives_in(bench, "A2", "US")
    at(bench, 9)
    first = bench.ledger(rules=RULES)
    assert (first.contacted, first.snoozed) == (1, 1)
    [waits] = bench.store.effects(OutboxFilter(states=(EffectState.PENDING,)))
    assert waits.account_id == "A2"
    at(bench, 17, 59)
    assert bench.ledger(rules=RULES).contacted == 0
    at(bench, 18)
    assert bench.ledger(rules=RULES).contacted == 1
    assert len(bench.book.mailbox) == 2


def test_it_leaves_when_all_zones_are_up(bench: Bench) -> None:
    """Where only one zone counts, the message leaves within both windows."""
    bench.owes(late=8)
    lives_in(bench, "A1", "BR")
    at(bench, 9)
    assert bench.ledger(rules=RULES).contacted == 0
    at(bench, 14)
    assert bench.ledger(rules=RULES).contacted == 1


def test_without_a_shared_hour_the_debtors_alone_counts(bench: Bench) -> None:
    """Auckland sleeps while the ledger works: its message leaves in its own morning."""
    bench.owes(late=8)
    lives_in(bench, "A1", "NZ")
    at(bench, 10)
    assert bench.ledger(rules=RULES).contacted == 0
    at(bench, 22)
    assert bench.ledger(rules=RULES).contacted == 1


def test_who_sleeps_holds_up_nobody_else(bench: Bench) -> None:
    """The first in the queue waits for its morning; those behind it are written to."""
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=8)
    bench.owes("I3", "A3", late=8)
    lives_in(bench, "A1", "US")
    at(bench, 9)
    result = bench.ledger(rules=RULES)
    assert (result.contacted, result.snoozed) == (2, 1)
    asleep = {
        effect.account_id for effect in bench.store.effects(OutboxFilter(states=("pending",)))
    }
    assert asleep == {"A1"}


def test_the_hours_may_end_while_a_run_is_at_work(bench: Bench) -> None:
    """What has not left by then waits for the next morning."""
    rules = builders.policy(restraint=replace(HOURS, debtor_hours=False))
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=8)
    at(bench, 17, 59)

    def slowly(_: object) -> None:
        bench.clock.now += timedelta(minutes=2)

    bench.channel.before_send = slowly
    assert bench.ledger(rules=rules).contacted == 1
    assert len(bench.book.mailbox) == 1
    bench.clock.now += timedelta(hours=14)
    assert bench.ledger(rules=rules).contacted == 1
