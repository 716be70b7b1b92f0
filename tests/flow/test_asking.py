"""What a run says it asked for: what its messages said, and why the rest did not leave."""

from datetime import time
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from syncer.flow.approval import approve, pending, waiting
from syncer.flow.worker import RunOptions
from syncer.model.run import LedgerResult
from syncer.policy.rules import Ladder, Policy, Step, Tone
from syncer.ports import OutboxFilter, Selection
from syncer.testing import builders

from .conftest import Bench


def rules(**facts: Any) -> Policy:
    """A word three days ahead, and a step two days after due as the test says."""
    ahead = Step(name="ahead", tone=Tone.HEADS_UP, before_due=3)
    step = Step(name="formal", tone=Tone.FORMAL, after_due=2, **facts)
    return builders.policy(ladders=(Ladder(name="usual", steps=(ahead, step)),))


def told(result: LedgerResult) -> set[tuple[str, str, str, Decimal]]:
    """Kind, fate, currency and amount of all that it says of messages."""
    return {(one.what.value, one.fate.value, one.currency, one.amount) for one in result.asks}


def owing(bench: Bench) -> None:
    """Two customers that are late and one that is not yet."""
    bench.owes("I1", "A1", late=9, amount="100.00")
    bench.owes("I2", "A2", late=3, amount="20.50")
    bench.owes("I3", "A3", late=-2, amount="7.00")


def test_a_limit_leaves_the_rest_for_a_later_run(bench: Bench) -> None:
    """What one delivered message asked for is told; the others are planned and not sent."""
    owing(bench)
    first = bench.ledger(RunOptions(sends_max=1), rules=rules())
    later = [one for one in first.asks if one.fate == "later"]
    assert (first.contacted, sum(one.messages for one in first.asks)) == (1, 3)
    assert sum(one.amount for one in first.asks) == Decimal("127.50")
    assert sum(one.messages for one in later) == 2
    rest = bench.ledger(rules=rules())
    assert rest.contacted == 2
    assert {one.fate.value for one in rest.asks} == {"sent"}
    assert sum(one.amount for one in rest.asks) == sum(one.amount for one in later)


def test_what_waits_for_approval_was_not_asked_for(bench: Bench) -> None:
    """Planned, not sent; a plan says so too, until a person said yes."""
    owing(bench)
    asked = rules(approval=True)
    waits = ("reminder", "approval", "GBP", Decimal("120.50"))
    assert told(bench.ledger(rules=asked)) == {waits, ("heads_up", "sent", "GBP", Decimal("7.00"))}
    plan = bench.ledger(RunOptions("plan"), rules=asked)
    assert told(plan) == {("reminder", "would_approval", "GBP", Decimal("120.50"))}
    small = next(one for one in waiting(bench.store, "acme") if one.account_id == "A2")
    approve(bench.worker(rules=asked), small, author="anna", note="")
    plan = bench.ledger(RunOptions("plan"), rules=asked)
    assert ("reminder", "would", "GBP", Decimal("20.50")) in told(plan)
    done = bench.ledger(rules=asked)
    assert told(done) == {
        ("reminder", "sent", "GBP", Decimal("20.50")),
        ("reminder", "approval", "GBP", Decimal("100.00")),
    }


def test_outside_the_sending_hours_it_is_put_off(bench: Bench) -> None:
    """Nothing was asked for in a run at an hour at which nobody writes."""
    owing(bench)
    shut = replace(rules(), restraint=replace(builders.ALWAYS, send_from=time(23, 58)))
    result = bench.ledger(rules=shut)
    assert (result.contacted, result.snoozed) == (0, 3)
    assert {one.fate.value for one in result.asks} == {"put_off"}


def test_a_message_counts_by_what_it_said(bench: Bench) -> None:
    """Planned over 100, part of it paid before the last look: the message asked for 60."""
    bench.owes("I1", "A1", late=9, amount="100.00")
    source = bench.book.items["I1"]

    def pay(_: object) -> None:
        bench.book.items["I1"] = replace(source, open=Decimal("60.00"))

    result = bench.ledger(RunOptions(on_contact=pay), rules=rules())
    assert told(result) == {("reminder", "sent", "GBP", Decimal("60.00"))}


def test_another_customers_waiting_message_is_no_part_of_a_selection(bench: Bench) -> None:
    """A narrowed run speaks of the customers that it was about."""
    owing(bench)
    bench.ledger(RunOptions(sends_max=0), rules=rules())
    chosen = RunOptions(selection=Selection(accounts=("A2",)))
    assert told(bench.ledger(chosen, rules=rules())) == {
        ("reminder", "sent", "GBP", Decimal("20.50"))
    }


def test_whatever_waits_is_counted_however_much_it_is(bench: Bench) -> None:
    """Page after page in the order of keys: each effect once, whichever page it is on."""
    for number in range(7):
        bench.owes(f"I{number}", f"A{number}", late=9, amount="10.00")
        bench.run(RunOptions(sends_max=0))
        bench.next_day()
    keys = sorted(one.key for one in bench.store.effects(OutboxFilter(ledger="acme")))
    assert len(keys) == 7
    for at_once in (1, 3, 7, 8):
        found = pending(bench.store, "acme", at_once=at_once)
        assert [one.key for one in found] == keys
    assert not list(pending(bench.store, "other"))
