"""What a customer's answer asks of a person is written into the ledger once, and no contact."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from syncer.errors import Transient
from syncer.flow.errands import PREFIX, errand_key
from syncer.flow.rebuild import rebuild
from syncer.flow.worker import Mode, RunOptions
from syncer.model.agreement import Terms, UnpaidCause
from syncer.model.effect import EffectKind, EffectState
from syncer.model.hold import Hold, HoldKind
from syncer.model.outcome import Uncertain
from syncer.policy.agreements.rules import Agreements, Route
from syncer.policy.rules import Restraint
from syncer.ports import Capability, OutboxFilter, Progress
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, Crash

from .conftest import Bench


def answer(bench: Bench, cause: UnpaidCause = UnpaidCause.CANNOT_PAY, **facts: Any) -> Hold:
    """Ms Keeler says so about I1; Anna has a week."""
    today = bench.clock().date()
    values = {
        "hold_id": "reason-1",
        "kind": HoldKind.MANUAL,
        "account_id": "A1",
        "item_id": "I1",
        "starts_on": today,
        "ends_on": today + timedelta(days=7),
        "reason": "says that it cannot pay now: wait for March",
        "terms": Terms(cause=cause, owner="Anna", said_by="Ms Keeler"),
    }
    made = Hold(**(values | facts))
    bench.store.add_hold("acme", made, bench.clock())
    return made


def errands(bench: Bench) -> list[Any]:
    """What the outbox has of them."""
    return [one for one in bench.store.effects(OutboxFilter()) if one.key.startswith(PREFIX)]


def test_an_answer_becomes_one_task_with_what_a_person_needs(bench: Bench) -> None:
    """Who, what was said, how much, by when and what then; later runs add none."""
    bench.customer(phone="020 7946 0018")
    bench.owes("I1", late=9, amount="120.00")
    answer(bench)
    due: list[date] = []
    add = bench.source.add_task
    bench.source.add_task = lambda **given: (due.append(given["due_on"]), add(**given))[1]  # type: ignore[method-assign]
    for _ in range(3):
        result = bench.ledger()
        assert result.contacted == 0
        bench.next_day()
    assert due == [date(2026, 11, 23)]
    ((account_id, text),) = bench.book.tasks
    assert (account_id, bench.book.mailbox) == ("A1", [])
    assert text.splitlines()[:4] == [
        "Customer A1 (account A1) (Ms Keeler) says that it cannot pay now: wait for March.",
        "Phone number: 020 7946 0018.",
        "Invoice INV-I1: 120.00 GBP open, due 2026-11-07.",
        (
            "No reminder goes out until 2026-11-23. To be seen to by Anna. Once it is done: "
            f"syncer reason end reason-1 [{errand_key('acme', 'reason-1')}]"
        ),
    ]
    (effect,) = errands(bench)
    assert (effect.kind, effect.state) == (EffectKind.TASK, EffectState.DELIVERED)
    bench.store.end_hold("acme", "reason-1", on=date(2026, 11, 18), author="a", at=bench.clock())
    assert bench.ledger().contacted == 1  # the task was no contact: the first step comes


def test_a_name_from_the_ledger_is_text_in_one_line(bench: Bench) -> None:
    """No escape, line break or turn of direction of a customer's name reaches the colleague."""
    bench.customer(name="Evil\x1b[2J\u202egnp\r\n#hold\0 <b>", phone="1\x9b31m\u20282")
    bench.owes("I1", late=9)
    answer(bench, item_id="", terms=Terms(cause=UnpaidCause.CANNOT_PAY, said_by="\u2066Eve"))
    bench.ledger()
    ((_, text),) = bench.book.tasks
    lines = text.split("\n")
    assert all(line.isprintable() for line in lines)
    assert lines[0].startswith("Evil [2J gnp #hold <b> (account A1)")


@pytest.mark.parametrize(
    ("cause", "routes", "tasks"),
    [
        (UnpaidCause.WRONG_CONTACT, (), 1),
        (UnpaidCause.OTHER, (), 1),
        (UnpaidCause.OVERLOOKED, (), 0),
        (UnpaidCause.PAID_CLAIM, (), 0),
        (UnpaidCause.OVERLOOKED, ((UnpaidCause.OVERLOOKED, Route.TASK),), 1),
        (UnpaidCause.CANNOT_PAY, ((UnpaidCause.CANNOT_PAY, Route.HOLD),), 0),
    ],
)
def test_the_policys_route_decides(
    bench: Bench, cause: UnpaidCause, routes: Any, tasks: int
) -> None:
    """Only an answer that the policy routes to a person is given to one."""
    bench.owes("I1", late=9)
    answer(bench, cause)
    rules = builders.policy(agreements=Agreements(routes=routes) if routes else Agreements())
    bench.ledger(rules=rules)
    assert len(bench.book.tasks) == tasks


@pytest.mark.parametrize(
    ("taken", "notes", "written"),
    [
        ({Capability.TASK}, 0, 0),  # no tasks: a note
        ({Capability.TASK, Capability.NOTE_ADD}, 0, None),  # neither
        (set[Capability](), 1, 0),
    ],
)
def test_where_a_ledger_has_no_tasks_it_is_a_note(
    bench: Bench, taken: set[Capability], notes: int, written: int | None
) -> None:
    """And where it has neither, the run goes on telling it, and the outbox stays empty."""
    bench.owes("I1", late=9)
    answer(bench)
    result = bench.ledger(capabilities=ALL_CAPABILITIES - taken)
    assert [len(bench.book.tasks), len(bench.book.notes)] == (
        [0, 0] if written is None else [notes, 1 - notes]
    )
    assert "1 answer of customers for somebody to see to" in " ".join(result.warnings)


def test_it_is_written_whatever_the_hour_and_by_no_run_that_only_shows(bench: Bench) -> None:
    """A colleague may read it at night; a plan or a dry run writes nothing outside."""
    bench.owes("I1", late=9)
    answer(bench)
    bench.ledger(mode=Mode.PLAN)
    bench.ledger(RunOptions(dry_run=True))
    assert (bench.book.tasks, errands(bench)) == ([], [])
    closed = Restraint(weekdays=(6,))
    bench.ledger(rules=builders.policy(restraint=closed))
    assert len(bench.book.tasks) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_is_looked_up_before_it_is_written_again(bench: Bench, arrived: bool) -> None:
    """Whether the task arrived or not, in the end there is one."""
    bench.owes("I1", late=9)
    answer(bench)
    add = bench.source.add_task

    def lost(**given: Any) -> Uncertain:
        if arrived:
            add(**given)
        bench.source.add_task = add  # type: ignore[method-assign]
        return Uncertain(evidence="no answer came")

    bench.source.add_task = lost  # type: ignore[method-assign]
    bench.ledger()
    assert errands(bench)[0].state is EffectState.PENDING
    bench.next_day()
    bench.ledger()
    assert errands(bench)[0].state is EffectState.DELIVERED
    assert len(bench.book.tasks) == 1


@pytest.mark.parametrize("after", [True, False])
def test_a_process_that_died_while_writing_leaves_one_task(bench: Bench, after: bool) -> None:
    """The next run looks for it by its marker first."""
    bench.owes("I1", late=9)
    answer(bench)
    add = bench.source.add_task

    def dies(**given: Any) -> None:
        if after:
            add(**given)
        raise Crash

    bench.source.add_task = dies  # type: ignore[assignment, method-assign]
    with pytest.raises(Crash):
        bench.ledger()
    bench.source.add_task = add  # type: ignore[method-assign]
    bench.next_day()
    bench.ledger()
    assert (len(bench.book.tasks), errands(bench)[0].state) == (1, EffectState.DELIVERED)


def test_an_older_state_that_was_rebuilt_writes_no_second_task(
    make_bench: Callable[..., Bench],
) -> None:
    """The copy knows the answer and not its task, and after the rebuild nothing is doubted."""
    first = make_bench("first")
    first.owes("I1", late=9)
    answer(first)
    first.ledger()
    older = make_bench("older", book=first.book, clock=first.clock)
    older.next_day()
    answer(older)
    worker = older.worker()
    rebuild(worker, worker.ledgers[0], progress=Progress(), stopping=lambda: False)
    older.ledger()
    assert (len(older.book.tasks), errands(older)[0].state) == (1, EffectState.DELIVERED)


def test_what_was_seen_to_before_it_was_written_is_dropped(bench: Bench) -> None:
    """Nobody gets a task about an answer that a colleague has ended meanwhile."""
    bench.owes("I1", late=9)
    answer(bench)

    def down(**_: Any) -> None:
        raise Transient("the ledger is down")

    add, bench.source.add_task = bench.source.add_task, down  # type: ignore[assignment, method-assign]
    bench.ledger()
    assert errands(bench)[0].state is EffectState.PENDING
    bench.source.add_task = add  # type: ignore[method-assign]
    yesterday = bench.clock().date() - timedelta(days=1)
    bench.store.end_hold("acme", "reason-1", on=yesterday, author="a", at=bench.clock())
    bench.ledger()
    assert (bench.book.tasks, errands(bench)[0].state) == ([], EffectState.CANCELLED)


def test_one_that_failed_is_no_contact_later_in_the_same_run(bench: Bench) -> None:
    """Its turn is in the next run, however long this one takes."""
    bench.owes("I1", late=9)
    bench.owes("I2", "A2", late=9)
    note, task = bench.source.add_note, bench.source.add_task

    def down(**_: Any) -> None:
        raise Transient("the ledger is down")

    def slow(**given: Any) -> Any:
        bench.clock.now += timedelta(minutes=11)
        return note(**given)

    answer(bench)
    bench.source.add_note = bench.source.add_task = down  # type: ignore[assignment, method-assign]
    bench.ledger()  # its task and the other customer's note are left for later
    bench.next_day()
    bench.source.add_note = slow  # type: ignore[method-assign]
    bench.ledger()
    assert (errands(bench)[0].state, len(bench.book.notes)) == (EffectState.PENDING, 1)
    bench.source.add_task = task  # type: ignore[method-assign]
    bench.next_day()
    bench.ledger()
    assert len(bench.book.tasks) == 1
