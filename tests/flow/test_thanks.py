"""Thanks for what was paid, and a word before an instalment, through whole runs."""

from contextlib import nullcontext
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from shutil import copyfile

import pytest
from msgspec.structs import replace

from syncer.channels.render import TemplateRenderer
from syncer.flow.agreements import remembering
from syncer.flow.compare import compare
from syncer.flow.cycle import run_cycle
from syncer.flow.planfile import PlanFile, approved, entry_of, read, written
from syncer.flow.rebuild import rebuild
from syncer.flow.worker import Mode, RunOptions
from syncer.model.agreement import Instalment, Terms
from syncer.model.effect import EffectKind, EffectState
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.beside import THANK_YOU
from syncer.policy.rules import Cap, Policy
from syncer.policy.strategy import ThankYou
from syncer.ports import OutboxFilter, Progress, Selection
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, BookSource, Crash, Tripped, Tripwire

MOVES = frozenset({"start_sending", "settle"})
SUBJECT = "Thank you for paying invoice INV-I1"
THANKFUL = builders.policy(thank_you=ThankYou(within=5))


def _today(bench) -> date:
    return bench.clock().date()


def _subjects(bench) -> list[str]:
    return [message.subject for message in bench.book.mailbox]


def _reminded(bench, *items: str) -> None:
    """These invoices are late and reminded of, on a day that is then over."""
    for item in items or ("I1",):
        bench.owes(item, late=3)
    assert bench.ledger(rules=THANKFUL).contacted == 1
    bench.book.mailbox.clear()
    bench.next_day()


def _thanks(bench) -> list:
    found = bench.store.effects(OutboxFilter(ledger="acme"))
    return [one for one in found if one.step == THANK_YOU.name and one.kind is EffectKind.REMINDER]


def test_who_pays_after_a_reminder_is_thanked_once(bench):
    """One mail that names the invoice and asks nothing; its note; then nothing for ever."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    result = bench.ledger(rules=THANKFUL)
    assert (result.planned, result.contacted, result.notes) == (1, 1, 1)
    (mail,) = bench.book.mailbox
    assert mail.subject == SUBJECT
    for body in (mail.text, mail.html):
        assert "INV-I1" in body
        assert not {"£", "100.00", "0.00", "To be paid", "Bank"} & set(body.split())
        assert "Statement" not in body
    account, note = bench.book.notes[-1]
    assert (account, "Thanks sent" in note, "Nothing was asked for" in note) == ("A1", True, True)
    for days in (1, 4, 5):
        bench.next_day(days)
        assert bench.ledger(rules=THANKFUL).planned == 0
    assert (len(bench.book.mailbox), len(_thanks(bench))) == (1, 1)
    assert not bench.store.verify_journal()


def test_nobody_is_thanked_unless_the_policy_says_so(bench):
    """Off by default: a payment ends the follow-up in silence, as it always did."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    assert bench.ledger().planned == 0
    assert bench.book.mailbox == []


def test_a_second_run_of_the_day_says_nothing_more(bench):
    """What one run said stands, also for an account with nothing open."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    assert bench.ledger(rules=THANKFUL).contacted == 1
    assert bench.ledger(rules=THANKFUL).planned == 0
    assert len(bench.book.mailbox) == 1


def test_with_something_else_open_that_is_not_due_thanks_go_out_all_the_same(bench):
    """And the open invoice keeps its own outcome: the totals still add up to the ledger."""
    _reminded(bench)
    bench.owes("I2", late=-20)
    bench.book.pay("I1", _today(bench))
    result = bench.ledger(rules=THANKFUL)
    assert result.contacted == 1
    assert [(one.code, one.items) for one in result.outcomes] == [("not_due", 1)]
    assert dict(result.open_totals) == {"GBP": Decimal(100)}
    assert bench.ledger(rules=THANKFUL).planned == 0


@pytest.mark.parametrize("other_late", [2, 40])
def test_nobody_is_thanked_while_anything_is_overdue(bench, other_late):
    """What is late is followed up instead, and later thanks are for nothing but all of it."""
    _reminded(bench)
    bench.owes("I2", late=other_late)
    bench.book.pay("I1", _today(bench))
    bench.ledger(rules=THANKFUL)
    assert not any("Thank" in subject for subject in _subjects(bench))
    assert _thanks(bench) == []


def test_a_payment_taken_back_before_the_last_look_is_not_thanked_for(bench):
    """The guard reads the account again: what is open again was not paid."""
    _reminded(bench)
    item = bench.book.items["I1"]
    bench.book.pay("I1", _today(bench))
    assert bench.ledger(RunOptions(sends_max=0), rules=THANKFUL).planned == 1
    read = bench.source.read_accounts

    def taken_back(account_ids):
        bench.book.items["I1"] = item
        return read(account_ids)

    bench.source.read_accounts = taken_back
    result = bench.ledger(rules=THANKFUL)
    assert (result.contacted, result.cancelled, bench.book.mailbox) == (0, 1, [])
    assert [one.state for one in _thanks(bench)] == [EffectState.CANCELLED]


def test_a_payment_taken_back_and_then_credited_is_not_thanked_for(bench):
    """What paid it is forgotten once the invoice is seen open again, whatever closes it then."""
    _reminded(bench)
    item = bench.book.items["I1"]
    bench.book.pay("I1", _today(bench))
    paid = bench.book.settled.copy()
    bench.ledger(RunOptions(sends_max=0), rules=THANKFUL)
    bench.book.items["I1"] = item
    bench.book.settled.clear()
    bench.ledger(RunOptions(sends_max=0), rules=THANKFUL, mode=Mode.PLAN)
    del bench.book.items["I1"]  # void: the ledger tells of no payment, and takes none back
    assert paid
    assert bench.ledger(rules=THANKFUL).planned == 0
    assert bench.book.mailbox == []


def test_what_was_credited_or_voided_is_not_thanked_for(bench):
    """The run says nothing, and the reason why is kept."""
    _reminded(bench, "I1", "I2")
    bench.book.pay("I1", _today(bench))
    del bench.book.items["I2"]
    assert bench.ledger(rules=THANKFUL).planned == 0
    (decision,) = bench.store.latest_decisions("acme", "A1")
    assert [one.code.value for one in decision.reasons] == ["nothing_open", "payment_unproven"]


def test_a_payment_that_was_part_credit_is_not_thanked_for(bench):
    """What no money paid was not paid by the customer."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    bench.book.settled[0] = replace(bench.book.settled[0], credited=Decimal("0.01"))
    assert bench.ledger(rules=THANKFUL).planned == 0


def test_a_policy_that_would_thank_is_told_apart_from_one_that_would_not(bench):
    """`policy diff` finds the account although nothing is open on it."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    bench.ledger(mode=Mode.PLAN)
    worker = bench.worker()
    (change,) = compare(worker, worker.ledgers[0], THANKFUL, today=_today(bench))
    assert (change.account_id, change.before.step, change.after.step) == ("A1", "", THANK_YOU.name)
    assert not list(compare(worker, worker.ledgers[0], builders.policy(), today=_today(bench)))


def test_stale_thanks_are_not_sent(bench):
    """Held for days by a full cap, they lapse with their window."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    held = builders.policy(
        thank_you=ThankYou(within=5),
        restraint=replace(builders.ALWAYS, caps=(Cap(contacts=1, days=8),)),
    )
    for days in (4, 1, 3, 1):
        assert bench.ledger(rules=held).planned == 0
        bench.next_day(days)
    assert bench.book.mailbox == []


def test_a_saved_plan_thanks_whom_it_names(bench):
    """A plan shows the thanks, and applying it sends them unchanged."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    seen = []
    bench.ledger(RunOptions(command="plan", on_contact=seen.append), rules=THANKFUL)
    (contact,) = seen
    assert (contact.effect.step, contact.effect.amount) == (THANK_YOU.name, 0)
    plan = PlanFile(
        made_at=bench.clock(),
        run_id="r1",
        config_digest="test",
        policy_version="p",
        days=(("acme", _today(bench)),),
        entries=(entry_of(contact),),
    )
    allowed = approved(read(written(plan), name="plan.json"), bench.worker(rules=THANKFUL))
    applied = RunOptions(command="apply", approved=allowed)
    assert bench.ledger(applied, rules=THANKFUL).contacted == 1


def test_a_narrowed_run_thanks_only_whom_it_is_about(bench):
    """An account with nothing open is found by its id or its name, too."""
    _reminded(bench)
    bench.book.pay("I1", _today(bench))
    for accounts, planned in ((("A2",), 0), (("A1",), 1), (("Customer A1",), 1)):
        chosen = RunOptions(command="plan", selection=Selection(accounts=accounts))
        assert bench.ledger(chosen, rules=THANKFUL).planned == planned


def test_a_state_that_was_lost_knows_thanks_by_their_note(make_bench):
    """They count as sent, are no step, and leave nothing for a person to settle."""
    first = make_bench("first")
    _reminded(first)
    first.book.pay("I1", _today(first))
    assert first.ledger(rules=THANKFUL).contacted == 1
    other = make_bench("other", book=first.book, clock=first.clock)
    other.next_day(9)
    other.owes("I2", late=3)
    result = other.ledger(rules=THANKFUL)
    assert (result.uncertain, result.waiting) == (0, 0)
    known = other.store.peek("acme", "A1")
    assert [
        (c.step, c.step_index, c.settled) for c in known.contacts if c.step == THANK_YOU.name
    ] == [(THANK_YOU.name, -1, True)]


@pytest.mark.parametrize("rebuilt", [False, True])
def test_an_older_state_put_back_thanks_nobody_again(make_bench, tmp_path, rebuilt):
    """P2: who has nothing open is looked up as well, before a first contact and by a rebuild."""
    before = make_bench("state")
    for number in "12":
        before.owes(f"I{number}", f"A{number}", late=3)
    assert before.ledger(rules=THANKFUL).contacted == 2
    before.store.close()
    copyfile(tmp_path / "state.db", tmp_path / "copy.db")
    after = make_bench("state", book=before.book, clock=before.clock)
    after.next_day()
    for number in "12":
        after.book.pay(f"I{number}", _today(after))
    assert after.ledger(rules=THANKFUL).contacted == 2
    after.store.close()
    copyfile(tmp_path / "copy.db", tmp_path / "state.db")
    restored = make_bench("state", book=before.book, clock=before.clock)
    restored.next_day()
    restored.owes("I0", "A0", late=3)  # is written to first, and tells nothing of the others
    restored.book.mailbox.clear()
    worker = restored.worker(rules=THANKFUL)
    if rebuilt:
        rebuild(worker, worker.ledgers[0], progress=Progress(), stopping=lambda: False)
    restored.ledger(rules=THANKFUL)
    assert _subjects(restored) == ["Reminder: invoice INV-I0, £100.00"]


def test_killed_at_every_point_thanks_are_said_once(make_bench, tmp_path):
    """P2: whatever a run is cut behind, the run after it leaves one mail and one note.

    Before a point the world is as it was behind the one before.
    """
    paid = make_bench("paid", proves=True)
    _reminded(paid)
    paid.book.pay("I1", _today(paid))
    paid.store.close()
    sending = ["read_accounts", "start_sending", "send", "settle"]
    names = [*sending, "start_sending", "add_note", "settle"]
    for cut, name in enumerate([*names, ""]):
        copyfile(tmp_path / "paid.db", tmp_path / f"cut-{cut}.db")
        bench = make_bench(f"cut-{cut}", proves=True)
        bench.book = deepcopy(paid.book)
        bench.source.book = bench.channel.book = bench.book
        bench.clock.now = paid.clock.now
        wire = Tripwire(cut_at=cut, after=True)
        with pytest.raises(Crash) if name else nullcontext():
            _cut(bench, wire)
        assert [*wire.calls, name][cut] == name
        bench.next_day()
        bench.ledger(rules=THANKFUL)
        assert [mail.subject for mail in bench.book.mailbox] == [SUBJECT], name
        assert sum("Thanks sent" in text for _, text in bench.book.notes) == 1, name
        assert [one.state for one in _thanks(bench)] == [EffectState.DELIVERED], name


class _Cuttable(Tripped):
    """A store whose sessions can be cut behind what moves an effect."""

    def take_lease(self, *args, **kwargs):
        """A session on the wire."""
        session = self._target.take_lease(*args, **kwargs)
        return Tripped(session, self._wire, only=MOVES)


def _cut(bench, wire: Tripwire) -> Tripwire:
    """A run that thanks, with every move of an effect and every call on the wire."""
    wired = _Wired(bench.book, bench.clock, wire)
    channel = Tripped(bench.channel, wire, only=frozenset({"send"}))
    store = _Cuttable(bench.store, wire, only=frozenset({"nothing"}))
    worker = builders.worker(
        store=store,
        source=wired,
        channel=channel,
        renderer=TemplateRenderer(None),
        clock=bench.clock,
        capabilities=ALL_CAPABILITIES,
        rules=THANKFUL,
    )
    run_cycle(worker, now=bench.clock(), options=RunOptions())
    return wire


class _Wired(BookSource):
    """A source whose calls can be the last thing a process does."""

    def __init__(self, book, clock, wire):
        super().__init__(book, clock)
        self.wire = wire

    def read_accounts(self, account_ids):
        """The guard's read."""
        return self.wire.pull("read_accounts", lambda: BookSource.read_accounts(self, account_ids))

    def add_note(self, **note):
        """The note's write."""
        return self.wire.pull("add_note", lambda: BookSource.add_note(self, **note))


# --- a word before an instalment


def _planned(bench, *days: int, remind: int | None = 3, late: int = 20) -> Policy:
    """An invoice of 300.00, late, and a plan of so many parts of it, in so many days from now."""
    bench.owes("I1", late=late, amount="300.00")
    rules = builders.policy(agreements=Agreements(remind_instalment=remind, plan_grace=2))
    bench.ledger(rules=rules, mode=Mode.PLAN)
    amount = Decimal(300) / len(days)
    parts = tuple(Instalment(due_on=_today(bench) + timedelta(days=d), amount=amount) for d in days)
    plan = Hold(
        hold_id="P1",
        kind=HoldKind.PLAN,
        account_id="A1",
        currency="GBP",
        starts_on=_today(bench),
        ends_on=parts[-1].due_on,
        reason="agreed",
        terms=Terms(instalments=parts),
    )
    bench.store.add_hold("acme", remembering(bench.store, "acme", plan), bench.clock())
    return rules


def test_each_instalment_is_announced_once_and_alone(bench):
    """A mail a few days ahead for each: its day and its amount, and the rest is not asked for."""
    rules = _planned(bench, 5, 35)
    mails = []
    day = 0
    for ahead in (1, 1, 1, 2, 26, 1, 1):
        day += ahead
        bench.next_day(ahead)
        if day == 5:
            bench.book.pay_part("I1", Decimal(150))
        if bench.ledger(rules=rules).contacted:
            mails.append(day)
    assert mails == [2, 32]
    first, second = bench.book.mailbox
    assert first.subject == "Your instalment of £150.00 is due on November 21, 2026"
    assert "To be paid: £150.00" in first.text
    assert "To be paid: £150.00" in second.text
    assert "late" not in first.text + second.text
    assert "announced for" in bench.book.notes[0][1]


@pytest.mark.parametrize("late", [3, -20])
def test_an_older_state_put_back_announces_no_instalment_again(make_bench, tmp_path, late):
    """P2: also where the invoice of the plan is itself not due for weeks."""
    before = make_bench("state")
    rules = _planned(before, 5, 35, late=late)
    before.store.close()
    copyfile(tmp_path / "state.db", tmp_path / "copy.db")
    after = make_bench("state", book=before.book, clock=before.clock)
    after.next_day(2)
    assert after.ledger(rules=rules).contacted == 1
    after.store.close()
    copyfile(tmp_path / "copy.db", tmp_path / "state.db")
    restored = make_bench("state", book=before.book, clock=before.clock)
    restored.next_day()
    restored.owes("I0", "A0", late=3)
    restored.book.mailbox.clear()
    restored.ledger(rules=rules)
    assert _subjects(restored) == ["Reminder: invoice INV-I0, £100.00"]


def test_what_came_for_the_instalment_is_not_asked_for(bench):
    """A part of it: the rest is named. All of it, whether allocated or not: nothing is said."""
    rules = _planned(bench, 5, 35)
    bench.next_day(2)
    bench.book.pay_part("I1", Decimal(40))
    assert bench.ledger(rules=rules).contacted == 1
    assert "To be paid: £110.00" in bench.book.mailbox[0].text


@pytest.mark.parametrize("allocated", [True, False])
def test_an_instalment_that_came_early_is_not_announced(bench, allocated):
    """The money is there, on the invoice or beside it: nobody is reminded of it."""
    rules = _planned(bench, 5, 35)
    bench.next_day(1)
    if allocated:
        bench.book.pay_part("I1", Decimal(150))
    else:
        paid = builders.credit("C1", amount="150.00", issued_on=_today(bench))
        bench.book.items["C1"] = paid
    for days in (1, 3):
        bench.next_day(days)
        assert bench.ledger(rules=rules).contacted == 0


def test_a_payment_between_plan_and_send_stops_the_word(bench):
    """The last look finds the instalment paid."""
    rules = _planned(bench, 3, 33)
    assert bench.ledger(RunOptions(sends_max=0), rules=rules).planned == 1
    read = bench.source.read_accounts

    def paid(account_ids):
        bench.book.pay_part("I1", Decimal(150))
        return read(account_ids)

    bench.source.read_accounts = paid
    result = bench.ledger(rules=rules)
    assert (result.contacted, result.cancelled, bench.book.mailbox) == (0, 1, [])


def test_a_missed_instalment_asks_for_the_whole_rest_as_ever(bench):
    """The word ahead is no step: once the instalment is missed the first step comes at once."""
    rules = _planned(bench, 3, 33)
    said, start = [], bench.clock.now
    for day in (0, 1, 4, 5, 6, 7):
        bench.clock.now = start + timedelta(days=day)
        if bench.ledger(rules=rules).contacted:
            said.append((day, bench.book.mailbox[-1].subject))
    assert said == [
        (0, "Your instalment of £150.00 is due on November 19, 2026"),
        (6, "Reminder: invoice INV-I1, £300.00"),
    ]


def test_no_word_of_instalments_unless_the_policy_says_so(bench):
    """Off by default: a plan that is kept is left in peace."""
    rules = _planned(bench, 3, 33, remind=None)
    for days in (1, 2):
        assert bench.ledger(rules=rules).planned == 0
        bench.next_day(days)
