"""A policy played over the past knows nothing of the future, and forgets nothing of the past."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.agreement import Instalment, Terms
from syncer.model.decision import Action
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.rules import Basis, ChargeRules, FeeRule, InterestRule
from syncer.policy.decide import decide
from syncer.policy.law.rows import Debtor
from syncer.policy.replay.past import PastAccount, PastHold, PastInvoice, Payment, past_of
from syncer.policy.replay.play import Asked, _contact, _context, play
from syncer.policy.replay.tally import Counting
from syncer.policy.rules import Cap, CatchUp, Policy, Restraint, Step, StepChannel, Tone
from syncer.policy.strategy import Eligibility, FirstRun, HandOver, OldDebts

from .make import (
    CUSTOMER,
    FRIENDLY,
    HEADS_UP,
    ORGANISATION,
    TODAY,
    invoice,
    policy,
    settled,
    snapshot,
)

START = date(2026, 1, 5)
LAST = START + timedelta(days=120)
USUAL = policy(restraint=Restraint(min_gap=5, caps=(Cap(contacts=3, days=30),)))


@st.composite
def invoices(draw: st.DrawFn) -> PastInvoice:
    """An invoice of 30 days' term with up to three payments."""
    issued = START + timedelta(days=draw(st.integers(-40, 100)))
    total = Decimal(draw(st.integers(100, 900)))
    days = sorted(draw(st.lists(st.integers(0, 120), max_size=3)))
    share = (total / (len(days) or 1)).quantize(Decimal(1))
    return PastInvoice(
        item_id=f"I{draw(st.integers(0, 10**6))}",
        number="N",
        currency="GBP",
        total=total,
        issued_on=issued,
        due_on=issued + timedelta(days=30),
        payments=tuple(Payment(on=issued + timedelta(days=n), amount=share) for n in days),
    )


@st.composite
def agreements(draw: st.DrawFn) -> tuple[PastHold, date]:
    """A promise, a plan or a dispute about all of the account, perhaps ended before its last day,
    which is given beside it."""
    entered = START + timedelta(days=draw(st.integers(-5, 100)))
    length = draw(st.integers(1, 40))
    last = entered + timedelta(days=length)
    kind = draw(st.sampled_from([HoldKind.PROMISE, HoldKind.PLAN, HoldKind.DISPUTE]))
    part = Instalment(due_on=last, amount=Decimal(100))
    parts = (part,) if kind is HoldKind.PLAN else ()
    early = draw(st.none() | st.integers(0, length))
    ended = early is not None
    known = Hold(
        hold_id=f"H{draw(st.integers(0, 10**6))}",
        kind=kind,
        account_id="A1",
        currency="GBP" if parts else "",
        amount=Decimal(100) if parts else None,
        starts_on=entered,
        ends_on=entered + timedelta(days=early) if early is not None else last,
        reason="said",
        terms=Terms(instalments=parts, ended=ended) if parts or ended else None,
    )
    return PastHold(hold=known, entered_on=entered), last


HELD = st.lists(agreements(), max_size=2, unique_by=lambda one: one[0].hold.hold_id)
HISTORIES = st.lists(invoices(), max_size=5, unique_by=lambda one: one.item_id)
FEES = ChargeRules(
    debtor=Debtor.BUSINESS,
    agreed=True,
    steps=("friendly", "firm", "final"),
    fee=FeeRule(per=FeePer.LETTER, amounts=(("GBP", Decimal("5.00")),)),
    interest=InterestRule(basis=Basis.CONTRACT, percent=Decimal(8)),
)
POLICIES = st.sampled_from(
    [
        USUAL,
        replace(USUAL, charges=FEES),
        policy(HEADS_UP, *USUAL.ladders[0].steps),
        replace(USUAL, catch_up=CatchUp.SKIP),
    ]
)


def account(history: list[PastInvoice], held: Iterable[PastHold] = ()) -> PastAccount:
    """One customer with these invoices and agreements."""
    invoices = tuple(history)
    return PastAccount(ledger="L", account=CUSTOMER, invoices=invoices, holds=tuple(held))


def asked(
    history: list[PastInvoice],
    rules: Policy = USUAL,
    last: date = LAST,
    held: Iterable[PastHold] = (),
) -> list[Asked]:
    """What would have been asked."""
    past = account(history, held)
    return list(play(past, rules, ORGANISATION, first=START, last=last).asked)


def agreed_by(day: date, held: list[tuple[PastHold, date]]) -> Iterator[PastHold]:
    """The agreements as they stood in the morning of a day: later ends are not known."""
    for one, last in held:
        hold = one.hold
        if one.entered_on >= day:
            continue
        if hold.terms is not None and hold.terms.ended and hold.ends_on and hold.ends_on >= day:
            hold = replace(hold, ends_on=last, terms=replace(hold.terms, ended=False))
        yield replace(one, hold=hold)


def known_on(day: date, history: list[PastInvoice]) -> list[PastInvoice]:
    """The history as it stood in the morning of a day: later data deleted."""
    return [
        replace(one, payments=tuple(p for p in one.payments if p.on < day))
        for one in history
        if one.issued_on <= day
    ]


@settings(max_examples=100)
@given(HISTORIES, HELD, POLICIES, st.integers(0, 120))
def test_deleting_the_future_changes_nothing_before_it(
    history: list[PastInvoice],
    held: list[tuple[PastHold, date]],
    rules: Policy,
    offset: int,
) -> None:
    """Without everything after a day the same is asked, and charged, up to that day."""
    day = START + timedelta(days=offset)
    whole = asked(history, rules, held=[one for one, _ in held])
    before = [replace(one, paid_soon=False) for one in whole if one.on <= day]
    again = asked(known_on(day, history), rules, last=day, held=agreed_by(day, held))
    assert [replace(one, paid_soon=False) for one in again] == before


@settings(max_examples=40)
@given(HISTORIES, HELD, POLICIES)
def test_skipping_quiet_days_skips_nothing(
    history: list[PastInvoice], held: list[tuple[PastHold, date]], rules: Policy
) -> None:
    """Looking on every single day finds the very same contacts."""
    agreed = [one for one, _ in held]
    past, contacts, found = account(history, agreed), [], []
    for offset in range(121):
        day = START + timedelta(days=offset)
        for decision in decide(
            past.snapshot(day, contacts), rules, _context("L", ORGANISATION, day, START)
        ):
            if decision.action is Action.CONTACT:
                contacts.append(_contact(decision, rules, day))
                found.append((day, decision.step, decision.position.asked))
    played = asked(history, rules, held=agreed)
    assert [(one.on, one.step, one.amount) for one in played] == found


@given(HISTORIES)
def test_limits_hold_and_only_what_was_open_is_asked(history: list[PastInvoice]) -> None:
    """No contact within the gap, none over the cap, none about what was paid by then."""
    by_id = {one.item_id: one for one in history}
    found = asked(history)
    for before, after in pairwise(found):
        assert (after.on - before.on).days >= 5
    for one in found:
        assert sum(0 <= (one.on - other.on).days < 30 for other in found) <= 3
        assert one.amount == sum(by_id[item].open_on(one.on) for item in one.item_ids)


def test_who_pays_within_two_days_is_told() -> None:
    """An invoice paid on the second day after the contact would have been paid anyway."""
    due = date(2026, 2, 2)
    for days, soon in ((1, True), (2, True), (3, False)):
        paid = Payment(on=due + timedelta(days=7 + days), amount=Decimal(100))
        one = PastInvoice(
            item_id="I1",
            number="N",
            currency="GBP",
            total=Decimal(100),
            issued_on=START,
            due_on=due,
            payments=(paid,),
        )
        [contact] = asked([one])
        assert (contact.on, contact.first, contact.days_late) == (date(2026, 2, 9), True, 7)
        assert contact.paid_soon is soon


def test_the_past_is_made_of_what_is_open_and_what_was_paid() -> None:
    """Part payments lower an open invoice on their days; paid ones come back; credits do not."""
    part = settled("I1", late=0, ago=10, amount="40")
    whole = settled("I9", late=5, ago=20, amount="60")
    now = snapshot(
        invoice("I1", 30, "60.00", total=Decimal("100.00")),
        invoice("C1", None, "5.00", kind=ItemKind.CREDIT_NOTE),
        settled=(part, whole),
    )
    past = past_of(now)
    assert {one.item_id: one.total for one in past.invoices} == {
        "I1": Decimal("100.00"),
        "I9": Decimal(60),
    }
    day = TODAY - timedelta(days=10)
    before, after = past.snapshot(day, ()), past.snapshot(day + timedelta(days=1), ())
    assert [item.open for item in before.items] == [Decimal("100.00")]
    assert [item.open for item in after.items] == [Decimal("60.00")]
    assert {one.item_id for one in after.settled} == {"I1", "I9"}


def unpaid(item_id: str, due: date, amount: int = 100) -> PastInvoice:
    """An invoice that nobody ever pays."""
    return PastInvoice(
        item_id=item_id,
        number=item_id,
        currency="GBP",
        total=Decimal(amount),
        issued_on=START,
        due_on=due,
    )


def test_what_was_agreed_holds_from_the_day_after_it_was_entered() -> None:
    """A dispute entered on the morning of a step cannot stop it; from then on nothing is asked."""
    due = date(2026, 2, 2)
    told = Hold(
        hold_id="H1",
        kind=HoldKind.DISPUTE,
        account_id="A1",
        starts_on=due,
        ends_on=date(2026, 12, 31),
        reason="price",
        created_at=datetime(2026, 2, 9, 8, tzinfo=UTC),
    )
    facts = snapshot(invoice("I1", 30, "60.00"), holds=(told,))
    (hold,) = past_of(facts).holds
    assert hold.entered_on == date(2026, 2, 9)
    assert [one.on for one in asked([unpaid("I1", due)], held=[hold])] == [date(2026, 2, 9)]
    sooner = replace(hold, entered_on=date(2026, 2, 8))
    assert asked([unpaid("I1", due)], held=[sooner]) == []


def test_what_is_overdue_and_what_is_covered_count_each_invoice_once() -> None:
    """Two invoices fall overdue; one is asked for three times, the other is paid before."""
    early = replace(
        unpaid("I2", date(2026, 2, 2), 40),
        payments=(Payment(on=date(2026, 2, 4), amount=Decimal(40)),),
    )
    past = account([unpaid("I1", date(2026, 2, 2)), early])
    counting = Counting()
    counting.take(play(past, USUAL, ORGANISATION, first=START, last=LAST))
    tally = counting.tally(policy="p", version="v")
    assert (tally.contacts, tally.asked) == (3, (("GBP", Decimal(300)),))
    assert tally.overdue == (("GBP", Decimal(140)),)
    assert tally.covered == (("GBP", Decimal(100)),)
    assert (tally.first_lag, tally.first_lag_most) == (7, 7)


def test_a_limit_is_counted_once_for_each_step_it_holds() -> None:
    """A weekend, and a cap for weeks: one each, however often the step is looked at."""
    many = [unpaid(f"I{n}", date(2026, 2, 7) + timedelta(days=n)) for n in range(3)]
    rules = replace(USUAL, restraint=Restraint(min_gap=1, caps=(Cap(contacts=1, days=60),)))
    held = dict(play(account(many), rules, ORGANISATION, first=START, last=LAST).limited)
    assert held == {"cap": 2, "weekend": 1}


def test_a_plan_that_was_ended_later_held_until_then() -> None:
    """Nobody knew in February that a person would end it in March."""
    part = Instalment(due_on=date(2026, 6, 30), amount=Decimal(100))
    plan = Hold(
        hold_id="H1",
        kind=HoldKind.PLAN,
        account_id="A1",
        amount=Decimal(100),
        currency="GBP",
        starts_on=START,
        ends_on=date(2026, 3, 10),
        reason="offered",
        terms=Terms(instalments=(part,), ended=True),
    )
    held = [PastHold(hold=plan, entered_on=START)]
    found = asked([unpaid("I1", date(2026, 2, 2))], held=held)
    assert found[0].on == date(2026, 3, 11)


def test_a_word_that_is_broken_is_seen_on_its_day() -> None:
    """Between two steps a promise is made and broken: the next step comes then, not on its day."""
    due = date(2026, 2, 2)
    last = Step(name="last", tone=Tone.FINAL, after_previous=60)
    rules = policy(FRIENDLY, last, restraint=Restraint(min_gap=5))
    word = Hold(
        hold_id="H1",
        kind=HoldKind.PROMISE,
        account_id="A1",
        starts_on=date(2026, 2, 20),
        ends_on=date(2026, 2, 26),
        reason="said",
    )
    held = [PastHold(hold=word, entered_on=date(2026, 2, 20))]
    assert [one.on for one in asked([unpaid("I1", due)], rules)][1] == date(2026, 4, 10)
    found = [one.on for one in asked([unpaid("I1", due)], rules, held=held)]
    assert found[1] == date(2026, 2, 27)


def test_only_what_was_overdue_on_the_first_day_is_an_old_debt() -> None:
    """The span begins as if the ledger was switched on then; what falls due later is as ever."""
    old = policy(first_run=FirstRun(old_debts=OldDebts.BASELINE))
    due = date(2026, 2, 2)
    assert asked([unpaid("I1", due)], old) == asked([unpaid("I1", due)], policy())
    before = unpaid("I1", START - timedelta(days=10))
    assert [one.step for one in asked([before], policy())] == ["friendly", "firm", "final"]
    assert [one.step for one in asked([before], old)] == ["firm", "final"]


def test_a_contact_of_the_past_went_by_its_steps_own_channel() -> None:
    """A cap on one channel counts it, and a task is no message where a hand-over asks for some."""
    due = date(2026, 2, 2)
    mails = Restraint(min_gap=1, caps=(Cap(contacts=1, days=60, channel="email"),))
    one_mail = asked([unpaid("I1", due)], policy(restraint=mails))
    assert [(one.on, one.step) for one in one_mail][:2] == [
        (date(2026, 2, 9), "friendly"),
        (date(2026, 4, 10), "firm"),
    ]
    call = replace(FRIENDLY, channel=StepChannel.TASK)
    out = Step(
        name="out",
        tone=Tone.FINAL,
        channel=StepChannel.TASK,
        after_due=20,
        hand_over=HandOver.AGENCY,
    )
    for first, steps in ((FRIENDLY, ["friendly", "out"]), (call, ["friendly"])):
        rules = policy(first, out, hand_over=Eligibility(messages_at_least=1))
        assert [one.step for one in asked([unpaid("I1", due)], rules)] == steps
