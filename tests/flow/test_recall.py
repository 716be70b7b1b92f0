"""A state that was lost, or put back from an older copy, sends nothing twice."""

import shutil
from datetime import date

import pytest

from syncer.errors import Interrupted
from syncer.flow.rebuild import rebuild
from syncer.flow.worker import RunOptions
from syncer.model.effect import EffectState
from syncer.model.outcome import Snooze
from syncer.model.run import LedgerStatus
from syncer.ports import Capability, OutboxFilter, Progress
from syncer.store import open_store
from syncer.testing.memory import ALL_CAPABILITIES

NO_NOTES = ALL_CAPABILITIES - {Capability.NOTE_ADD, Capability.NOTE_LOOKUP}
TODAY_AND_AFTER = pytest.mark.parametrize("days", [0, 1, 3])


class Readable:
    """The bench's ledger, with notes that can be read word for word."""

    note_length_max = 400

    def __init__(self, source):
        self._source = source
        self.reads = 0

    def __getattr__(self, name):
        return getattr(self._source, name)

    def own_notes(self, *, account_id, item_ids, marker):
        """As a connector answers: the account's notes that carry the marker."""
        self.reads += 1
        book = self._source.book
        written = (*book.notes, *book.tasks)
        return [text for owner, text in written if owner == account_id and marker in text]


@pytest.fixture
def path(tmp_path):
    """Where ``bench`` keeps its state."""
    return tmp_path / "state.db"


def _lose(bench, path):
    """The state file is deleted; what lies beside it stays."""
    bench.store.close()
    path.unlink()
    bench.store = open_store(f"sqlite:///{path}")


def _steps(bench):
    """Subjects by customer: what each has been sent, in order."""
    return [(mail.to[0].email, mail.subject) for mail in bench.book.mailbox]


def _delivered(bench):
    return bench.store.effects(OutboxFilter(states=(EffectState.DELIVERED,)))


def _start(bench, *, readable):
    """Two customers, both reminded a week ago and one of them a second time today."""
    if readable:
        bench.source = Readable(bench.source)
    bench.owes("I1", "A1", late=10)
    bench.owes("I2", "A2", late=3)
    bench.run()
    bench.next_day(7)
    bench.run()


@TODAY_AND_AFTER
@pytest.mark.parametrize("readable", [True, False], ids=["read", "searched"])
def test_nothing_is_sent_twice_after_the_state_file_was_deleted(bench, path, readable, days):
    """Day by day, the mailbox never holds a step of a customer a second time."""
    _start(bench, readable=readable)
    before = _steps(bench)
    assert before
    _lose(bench, path)
    bench.next_day(days)
    for _ in range(20):
        bench.run()
        bench.next_day()
    after = _steps(bench)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)), after


def test_a_loss_is_told_once_and_not_as_a_second_installation(bench, path):
    """What is found in the notes was to be expected: one sentence says what happened, not two."""
    _start(bench, readable=True)
    _lose(bench, path)
    told = bench.ledger().warnings
    assert ["the state was lost" in one for one in told].count(True) == 1
    assert not [one for one in told if "two installations" in one]


def test_the_ladder_goes_on_where_it_was(make_bench, path):
    """What is sent after a loss is what would have been sent without, on the same days."""
    told = []
    for lost in (False, True):
        bench = make_bench(f"state{lost}")
        _start(bench, readable=True)
        if lost:
            _lose(bench, path.with_name(f"state{lost}.db"))
        for _ in range(30):
            bench.run()
            bench.next_day()
        told.append(_steps(bench))
    assert told[0] == told[1]


@pytest.mark.parametrize("readable", [True, False], ids=["read", "searched"])
def test_nothing_is_sent_twice_after_an_older_state_was_put_back(bench, path, readable):
    """Steps taken after the copy was made are found as notes, and their notes are not doubled."""
    bench.store.close()
    _start(bench, readable=readable)
    bench.store.close()
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    for _ in range(10):
        bench.next_day()
        bench.run()
    before, notes = _steps(bench), len(bench.book.notes)
    bench.store.close()
    shutil.copy(copy, path)
    bench.store = open_store(f"sqlite:///{path}")
    for _ in range(3):
        bench.run()
    assert (_steps(bench), len(bench.book.notes)) == (before, notes)
    for _ in range(20):
        bench.next_day()
        bench.run()
    assert len(_steps(bench)) == len(set(_steps(bench)))


def test_each_message_costs_one_read(bench):
    """From the first start on: another state may have written to the customer a minute ago."""
    source = bench.source = Readable(bench.source)
    for number in range(5):
        bench.owes(f"I{number}", f"A{number}", late=10)
    bench.owes("I9", "A9", late=-20)
    for _ in range(31):
        bench.run()
        bench.next_day()
    assert len(bench.book.mailbox) > 6
    assert source.reads == len(bench.book.mailbox)


def test_a_customer_whose_note_cannot_be_understood_waits_for_a_person(bench):
    """A note of ours that names no known step: nothing is sent, and the outbox says why."""
    bench.source = Readable(bench.source)
    bench.owes("I1", late=10)
    bench.book.notes.append(("A1", f"Something else [rs-{'0' * 32}-note]"))
    bench.run()
    assert bench.book.mailbox == []
    (waiting,) = bench.store.effects(OutboxFilter(states=(EffectState.UNCERTAIN,)))
    assert "earlier state" in waiting.detail


def test_a_note_whose_invoice_is_forgotten_is_believed_by_its_words(bench, path):
    """The invoice that opened the episode was paid: the others that it named are not begun anew."""
    bench.source = Readable(bench.source)
    bench.owes("I1", late=12)
    bench.owes("I2", late=11)
    bench.run()
    sent = _steps(bench)
    bench.book.items.pop("I1")
    _lose(bench, path)
    bench.next_day()
    bench.run()
    assert _steps(bench) == sent
    (found,) = _delivered(bench)
    assert (found.step, found.item_ids, found.planned_on) != ("", (), date(2026, 11, 17))
    assert found.planned_on == date(2026, 11, 16)


@pytest.mark.parametrize("facts", [{"capabilities": NO_NOTES}, {"write_notes": False}])
def test_a_lost_state_without_notes_holds_the_ledger(bench, path, facts):
    """Nothing can prove what was sent: nobody is contacted until a person has said so."""
    bench.owes("I1", late=10)
    bench.run(**facts)
    _lose(bench, path)
    held = bench.ledger(**facts)
    assert held.status is LedgerStatus.HELD
    assert "syncer state trust" in held.error
    assert len(bench.book.mailbox) == 1
    assert bench.store.trust(held.ledger, author="Anna", at=bench.clock())
    assert bench.ledger(**facts).status is LedgerStatus.OK


def test_a_first_start_without_notes_goes_ahead_and_says_so(bench):
    """No state was seen to be lost: it is believed to be the first, with a warning."""
    bench.owes("I1", late=10)
    first = bench.ledger(capabilities=NO_NOTES)
    assert (first.contacted, first.status) == (1, LedgerStatus.OK)
    assert "another state" in " ".join(first.warnings)
    bench.next_day()
    assert bench.ledger(capabilities=NO_NOTES).warnings == ()


def test_a_look_up_that_fails_sends_nothing(bench, path):
    """What cannot be looked up is not contacted; the next run looks again."""
    source = bench.source = Readable(bench.source)
    bench.owes("I1", late=10)
    bench.run()
    _lose(bench, path)
    works = source.own_notes
    source.own_notes = _fails
    assert bench.ledger().status is LedgerStatus.FAILED
    source.own_notes = works
    bench.run()
    assert len(bench.book.mailbox) == 1


def _fails(**_):
    from syncer.errors import Transient

    raise Transient("the ledger does not answer")


def test_without_the_look_back_customers_are_written_to_twice(bench, path):
    """The look-back is what keeps the promise: leave it out, and the mailbox shows it."""
    _start(bench, readable=True)
    _lose(bench, path)
    bench.source.own_notes = lambda **_: []
    bench.run()
    assert len(_steps(bench)) > len(set(_steps(bench)))


@pytest.mark.parametrize("readable", [True, False], ids=["read", "searched"])
def test_an_older_disk_that_shows_in_nothing_sends_nothing_twice(bench, path, readable):
    """State and seal as they were: also where the first in the order was never written to."""
    if readable:
        bench.source = Readable(bench.source)
    bench.owes("I1", "A1", late=10)
    ledger = bench.worker().ledgers[0].name
    bench.run(RunOptions(dry_run=True))
    bench.store.trust(ledger, author="Anna", at=bench.clock())
    bench.store.close()
    seal = path.with_name("state.db.seal")
    kept = [(one, one.with_name(f"{one.name}.kept")) for one in (path, seal)]
    for one, copy in kept:
        shutil.copy2(one, copy)
    bench.run()
    before = _steps(bench)
    bench.store.close()
    for one, copy in kept:
        one.unlink()
        shutil.copy2(copy, one)
    bench.store = open_store(f"sqlite:///{path}")
    assert bench.store.doubt(ledger) is None
    bench.owes("I2", "A2", late=10, amount="90000.00")  # larger: it comes first
    bench.next_day()
    told = bench.ledger()
    assert _steps(bench)[: len(before)] == before
    assert [to for to, _ in _steps(bench)[len(before) :]] == ["a2@customer.example"]
    assert "younger than the ledger" in " ".join(told.warnings)


def test_a_rebuild_that_is_cut_down_goes_on_and_sends_nothing_twice(bench, path):
    """Cut at each customer: what was read stays, the rest is still looked up, then all is known."""
    source = bench.source = Readable(bench.source)
    for number in range(4):
        bench.owes(f"I{number}", f"A{number}", late=10)
    bench.run()
    sent = _steps(bench)
    _lose(bench, path)
    for cut in (1, 2, 3):
        source.reads = 0
        with pytest.raises(Interrupted):
            rebuild(
                bench.worker(),
                bench.worker().ledgers[0],
                progress=Progress(),
                stopping=lambda cut=cut: len(_delivered(bench)) >= cut,
            )
        assert source.reads == 1
        assert bench.store.doubt(bench.worker().ledgers[0].name) is not None
    bench.run()
    assert _steps(bench) == sent
    worker = bench.worker()
    done = rebuild(worker, worker.ledgers[0], progress=Progress(), stopping=lambda: False)
    assert (done.accounts, bench.store.doubt(worker.ledgers[0].name)) == (4, None)
    assert len(_steps(bench)) == len(sent)


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_note_that_was_waiting_when_the_copy_was_made_is_not_written_twice(bench, path, rebuilt):
    """It was written after that: the restored state looks before what it takes for a first try.

    Also behind a rebuild, after which nothing is doubted any more.
    """
    source = bench.source = Readable(bench.source)
    bench.owes("I1", late=10)
    writes = bench.source.add_note
    source.add_note = lambda **_: Snooze(until=bench.clock(), reason="not now")
    bench.run()
    bench.store.close()
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    source.add_note = writes
    bench.next_day()
    bench.run()
    assert len(bench.book.notes) == 1
    bench.store.close()
    shutil.copy(copy, path)
    bench.store = open_store(f"sqlite:///{path}")
    if rebuilt:
        worker = bench.worker()
        rebuild(worker, worker.ledgers[0], progress=Progress(), stopping=lambda: False)
    bench.run()
    assert (len(bench.book.mailbox), len(bench.book.notes)) == (1, 1)
