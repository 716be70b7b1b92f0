"""Charges from the decision to the ledger: named once, raised once, given up when waived."""

from contextlib import suppress
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.flow.planfile import PlanEntry, PlanFile, approved, entry_of, read, written
from syncer.flow.resolve import resolve
from syncer.flow.worker import Approved, RunOptions
from syncer.model.charge import Charge
from syncer.model.ledger import Settled
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Snooze,
    Uncertain,
)
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.rules import (
    Basis,
    Booking,
    ChargeRules,
    FeeRule,
    InterestRule,
    WhenPaid,
)
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import Debtor
from syncer.policy.rules import StepChannel
from syncer.ports import Capability, OutboxFilter
from syncer.settings.lawpacks import shipped_packs
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, BookSource, Crash
from tests.unit.charges.sums import verified

MONDAY = date(2026, 11, 16)
CAN_ALL = ALL_CAPABILITIES | {Capability.DRAFT_CHARGE, Capability.BOOK_CHARGE}
FEE = ChargeRules(
    debtor=Debtor.BUSINESS,
    steps=("friendly", "firm"),
    agreed=True,
    fee=FeeRule(per=FeePer.LETTER, amounts=(("GBP", Decimal("5.00")),)),
)
INTEREST = replace(
    FEE,
    fee=None,
    interest=InterestRule(basis=Basis.CONTRACT, percent=Decimal("7.3")),  # 2 pence a day on 100
)


@dataclass
class ChargingSource(BookSource):
    """A ledger in memory that takes charges: drafts stay outside its open items."""

    book: Any
    clock: Any
    page_size: int = 100
    failure: Any = None
    raised: dict[str, Charge] = field(default_factory=dict)
    answers: list[Any] = field(default_factory=list)  # of the next calls, instead of doing it
    calls: int = 0

    def add_charge(self, charge: Charge) -> Outcome:
        """Find it by its reference, else make it."""
        self.calls += 1
        if charge.reference in self.raised:
            return AlreadyThere(remote_id=charge.reference)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Crash):
            self._make(charge)
            raise answer
        if isinstance(answer, Uncertain):
            self._make(charge)
        if answer is not None:
            return answer
        self._make(charge)
        return Delivered(remote_id=charge.reference)

    def _make(self, charge: Charge) -> None:
        self.raised[charge.reference] = charge
        if charge.booked:
            self.book.items[charge.reference] = replace(
                builders.invoice(charge.reference, charge.account_id, due=charge.on),
                total=charge.amount,
                open=charge.amount,
                reference=charge.reference,
            )


@pytest.fixture
def desk(bench):
    """A bench whose ledger takes charges."""
    bench.source = ChargingSource(bench.book, bench.clock)
    return bench


def charged(desk, rules: ChargeRules, **setup: Any) -> Any:
    """One run under these rules."""
    return desk.ledger(capabilities=CAN_ALL, rules=builders.policy(charges=rules), **setup)


def named(desk) -> list[tuple[Decimal, ...]]:
    """What each message charged, in the order of sending."""
    return [tuple(line.amount for line in one.charges) for one in desk.book.mailbox]


@pytest.mark.parametrize("booking", list(Booking))
def test_complaint_20_a_day_of_hourly_runs_charges_one_fee(desk, booking):
    """24 hourly runs on one day name and raise one fee."""
    desk.owes(late=3)
    for _ in range(24):
        charged(desk, replace(FEE, booking=booking))
        desk.clock.now += timedelta(minutes=20)
    assert named(desk) == [(Decimal("5.00"),)]
    assert len(desk.source.raised) == (0 if booking is Booking.ANNOUNCE else 1)


def test_complaint_21_the_total_of_the_message_is_the_balance_of_the_ledger_after_the_fee(desk):
    """Asked and charges together are what the ledger shows once the fee is booked."""
    desk.owes(late=3)
    charged(desk, replace(FEE, booking=Booking.BOOK))
    (message,) = desk.book.mailbox
    assert desk.book.owed("A1", "GBP") == Decimal("105.00")
    assert "£105.00" in message.text
    assert "£105.00" in message.html
    assert "To be paid: £100.00" in message.text


@pytest.mark.parametrize(
    ("when_paid", "asked"), [(WhenPaid.WAIVE, []), (WhenPaid.KEEP, [Decimal("5.00")])]
)
def test_complaint_22_what_is_paid_alone_waives_or_keeps_the_charge(desk, when_paid, asked):
    """Only the invoice is paid: a waived charge is asked of nobody and a person is told, a kept
    one is followed up without a charge on it."""
    rules = replace(FEE, booking=Booking.BOOK, when_paid=when_paid)
    desk.owes(late=3)
    charged(desk, rules)
    desk.book.pay("I1", MONDAY)
    for _ in range(10):
        desk.next_day()
        charged(desk, rules)
    later = desk.book.mailbox[1:]
    effects = desk.store.effects(OutboxFilter())
    told = [one for one in effects if one.key.endswith("-void")]
    assert [one.amount for one in effects if one.kind == "reminder"][:-1] == asked * len(later)
    assert bool(later) is (when_paid is WhenPaid.KEEP)
    assert named(desk)[1:] == [()] * len(later)
    assert len(told) == (1 if when_paid is WhenPaid.WAIVE else 0)
    assert all("Void that invoice" in one.text for one in told)
    assert sum("Void that invoice" in text for _, text in desk.book.notes) == len(told)


def test_complaint_23_charges_are_announced_and_written_nowhere_by_default(desk):
    """Without a word about booking nothing is written into the ledger."""
    desk.owes(late=3)
    charged(desk, FEE)
    assert named(desk) == [(Decimal("5.00"),)]
    assert (desk.source.calls, desk.source.raised) == (0, {})
    assert "Charges named beside it: GBP 5.00." in desk.book.notes[0][1]


def test_complaint_40_a_hundred_and_fifty_fees_under_a_limit_finish_or_are_listed(desk):
    """Of 150 fees some are refused and a limit cuts in: each is raised once or listed."""
    rules = replace(FEE, booking=Booking.DRAFT)
    for number in range(150):
        desk.owes(f"I{number}", f"A{number}", late=3)
    later = desk.clock.now + timedelta(minutes=1)
    desk.source.answers = [
        Rejected(reason="locked period")
        if number in (7, 90)
        else Snooze(until=later, reason="60 a minute are used up")
        if number >= 60
        else None
        for number in range(150)
    ]
    first = charged(desk, rules)
    assert (first.contacted, first.charges, first.rejected) == (150, 59, 2)
    desk.clock.now += timedelta(minutes=2)
    charged(desk, rules)
    refused = [one for one in desk.store.effects(OutboxFilter()) if one.state == "rejected"]
    assert len(desk.source.raised) + len(refused) == 150
    assert {one.kind for one in refused} == {"charge"}


@pytest.mark.parametrize("lost", [Uncertain(evidence="no answer"), Crash("killed")])
def test_a_charge_whose_answer_was_lost_is_found_by_its_reference(desk, lost):
    """It was made and nobody heard of it: the next runs find it and make no second."""
    desk.owes(late=3)
    desk.source.answers = [lost]
    rules = replace(FEE, booking=Booking.DRAFT)
    with suppress(Crash):
        charged(desk, rules)
    desk.clock.now += timedelta(hours=1)
    charged(desk, rules)
    (effect,) = [one for one in desk.store.effects(OutboxFilter()) if one.kind == "charge"]
    assert (effect.state, len(desk.source.raised)) == ("delivered", 1)


def test_a_charge_is_born_with_the_delivery_and_not_before(desk):
    """A message that is refused raises nothing; the person who confirms a doubtful one does."""
    desk.owes(late=3)
    rules = replace(FEE, booking=Booking.DRAFT)
    desk.channel.send = lambda message: Uncertain(evidence="the line broke")
    charged(desk, rules)
    assert desk.source.raised == {}
    (reminder,) = [one for one in desk.store.effects(OutboxFilter()) if one.kind == "reminder"]
    worker = desk.worker(capabilities=CAN_ALL, rules=builders.policy(charges=rules))
    resolve(worker, reminder, delivered=True, author="Anna", note="it is in the mailbox")
    charged(desk, rules)
    assert [one.amount for one in desk.source.raised.values()] == [Decimal("5.00")]


def test_a_run_that_died_behind_the_delivery_raises_its_charge_later(make_bench):
    """Killed between the send and its record: the next run finds the message and its charge."""
    desk = make_bench(proves=True)
    desk.source = ChargingSource(desk.book, desk.clock)
    desk.owes(late=3)
    rules = replace(FEE, booking=Booking.DRAFT)
    send = desk.channel.send

    def die(message):
        send(message)
        raise Crash("killed behind the send")

    desk.channel.send = die
    with suppress(Crash):
        charged(desk, rules)
    desk.channel.send = send
    assert desk.source.raised == {}
    desk.clock.now += timedelta(hours=1)
    charged(desk, rules)
    assert [one.amount for one in desk.source.raised.values()] == [Decimal("5.00")]
    assert named(desk) == [(Decimal("5.00"),)]


def test_interest_goes_on_where_the_last_message_ended(desk):
    """Two messages five days apart charge the days between them once, and say what was before."""
    desk.owes(late=3)
    for _ in range(6):
        charged(desk, INTEREST)
        desk.next_day()
    assert named(desk) == [(Decimal("0.06"),), (Decimal("0.10"),)]
    last = desk.book.mailbox[-1]
    assert "Charges named in earlier messages: £0.06" in last.text
    assert "£100.16" in last.text
    (line,) = last.charges
    assert (line.since, line.until) == (date(2026, 11, 17), date(2026, 11, 21))


def test_complaint_59_a_part_payment_splits_the_interest(desk):
    """Days before a payment bear interest on what was owed then, days after on the rest."""
    desk.owes(late=10)
    item = desk.book.items["I1"]
    desk.book.items["I1"] = replace(item, open=Decimal("40.00"))
    desk.book.settled.append(
        Settled(
            item_id="I1",
            account_id="A1",
            currency="GBP",
            amount=Decimal("60.00"),
            issued_on=None,
            due_on=item.due_on,
            paid_on=MONDAY - timedelta(days=5),
        )
    )
    charged(desk, INTEREST)
    (line,) = desk.book.mailbox[0].charges
    assert line.amount == Decimal("0.14")  # 5 days on 100 and 5 on 40, not 10 on 40
    assert len(line.working) == 3


def test_complaint_60_percentages_are_taken_of_the_principal_alone(desk):
    """10 % of 100, twice: 120 in all and not 121, with the booked fee open in the ledger."""
    fee = FeeRule(per=FeePer.INVOICE, percent=Decimal(10))
    desk.owes(late=3)
    for _ in range(7):
        charged(desk, replace(FEE, fee=fee, booking=Booking.BOOK))
        desk.next_day()
    assert named(desk)[:2] == [(Decimal("10.00"),), (Decimal("10.00"),)]


def test_an_unverified_row_claims_nothing(desk):
    """The shipped packs as they are: no message names a statutory charge."""
    rules = ChargeRules(
        law="uk",
        debtor=Debtor.BUSINESS,
        steps=("friendly",),
        compensation=True,
        interest=InterestRule(basis=Basis.STATUTORY),
    )
    desk.owes(late=3)
    charged(desk, rules, law=LawBook(shipped_packs()))
    assert named(desk) == [()]


def test_a_verified_row_is_named_with_its_law(desk):
    """Compensation of a checked pack, and the law that grants it."""
    rules = ChargeRules(law="uk", debtor=Debtor.BUSINESS, steps=("friendly",), compensation=True)
    desk.owes(late=3)
    charged(desk, rules, law=verified())
    (message,) = desk.book.mailbox
    assert named(desk) == [(Decimal("40.00"),)]
    assert "Legal basis: Late Payment of Commercial Debts (Interest) Act 1998." in message.text


def test_what_a_lost_state_charged_is_not_charged_again(desk, make_bench):
    """A reminder that is only known from the ledger's notes may have charged: nothing is."""
    desk.owes(late=3)
    charged(desk, FEE)
    other = make_bench("other")
    other.book, other.clock = desk.book, desk.clock
    other.source, other.channel = desk.source, desk.channel
    for _ in range(7):
        other.next_day()
        charged(other, FEE)
    assert named(desk) == [(Decimal("5.00"),), ()]


def test_a_charge_that_waits_is_given_up_when_its_invoice_is_paid(desk):
    """Put off by the ledger, and paid meanwhile: under waive it is never raised."""
    desk.owes(late=3)
    rules = replace(FEE, booking=Booking.DRAFT)
    later = desk.clock.now + timedelta(minutes=1)
    desk.source.answers = [Snooze(until=later, reason="quota")]
    charged(desk, rules)
    desk.book.pay("I1", MONDAY)
    desk.next_day()
    charged(desk, rules)
    assert desk.source.raised == {}


def planned(desk, rules: ChargeRules) -> tuple[Any, Approved]:
    """What a plan says, and what applying it may do."""
    entries: list[PlanEntry] = []
    options = RunOptions("plan", on_contact=lambda one: entries.append(entry_of(one)))
    result = charged(desk, rules, options=options)
    worker = desk.worker(capabilities=CAN_ALL, rules=builders.policy(charges=rules))
    made = PlanFile(
        made_at=desk.clock(),
        run_id="r",
        config_digest=worker.config_digest,
        policy_version="p",
        days=((result.ledger, MONDAY),),
        entries=tuple(entries),
    )
    return (result, entries), approved(read(written(made), name="plan"), worker)


@pytest.mark.parametrize(
    ("booking", "hows"),
    [
        (Booking.ANNOUNCE, ["announced"]),
        (Booking.DRAFT, ["announced", "drafted"]),
        (Booking.BOOK, ["announced", "booked"]),
    ],
)
def test_a_plan_says_what_the_run_then_charges(desk, booking, hows):
    """Line by line and in sum; the plan itself names and raises nothing."""
    rules = replace(INTEREST, fee=FEE.fee, booking=booking)
    desk.owes(late=10)
    (told, (entry,)), _ = planned(desk, rules)
    assert (named(desk), desk.source.raised) == ([], {})
    assert {line.kind: line.amount for line in entry.charges} == {
        "interest": Decimal("0.20"),
        "fee": Decimal("5.00"),
    }
    assert (entry.booking, entry.charged_before) == (booking, Decimal(0))
    assert [(one.how, one.lines, one.amount) for one in told.charged] == [
        (how, 2, Decimal("5.20")) for how in hows
    ]
    done = charged(desk, rules)
    assert sum(named(desk)[0]) == Decimal("5.20")
    assert done.charged == told.charged


def test_a_plan_is_applied_with_its_own_charges_or_not_at_all(desk):
    """The same charges go out; had they changed since, the message waits for a new plan."""
    desk.owes(late=10)
    _, permit = planned(desk, INTEREST)
    other = replaced(permit, claims={"acme": dict.fromkeys(permit.claims["acme"], "other")})
    stopped = charged(desk, INTEREST, options=RunOptions("apply", approved=other))
    assert (stopped.cancelled, named(desk), stopped.charged) == (1, [], ())
    (effect,) = desk.store.effects(OutboxFilter())
    assert "no longer those of the plan" in effect.detail
    _, again = planned(desk, INTEREST)
    charged(desk, INTEREST, options=RunOptions("apply", approved=again))
    assert named(desk) == [(Decimal("0.20"),)]


def test_a_task_names_no_charge(desk):
    """Only messages in words of ours do: a plan shows none for a phone call."""
    steps = (replace(builders.policy().ladders[0].steps[0], channel=StepChannel.TASK),)
    ladder = replace(builders.policy().ladders[0], steps=steps)
    desk.owes(late=10)
    found: list[Any] = []
    desk.ledger(
        RunOptions("plan", on_contact=found.append),
        rules=builders.policy(charges=FEE, ladders=(ladder,)),
    )
    assert [(one.claim.lines, one.booking) for one in found] == [((), "")]
