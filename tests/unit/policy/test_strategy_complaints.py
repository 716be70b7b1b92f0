"""What users of other programs complained about in segments, steps and the first run, kept here."""

import itertools
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Action, Code, Contact
from syncer.model.hold import HoldKind
from syncer.model.ledger import Account, ItemKind
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.rules import (
    CatchUp,
    Condition,
    Personal,
    Policy,
    Restraint,
    Segment,
    Step,
    Tone,
)
from syncer.policy.strategy import DirectDebit, FirstRun, OldDebts

from .make import (
    CUSTOMER,
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    TODAY,
    contact,
    context,
    credit,
    days,
    hold,
    invoice,
    ladder,
    one,
    policy,
    said,
    settled,
    snapshot,
)

DIGEST = Step(name="digest", tone=Tone.FRIENDLY, after_due=1, repeat=7)


def live(
    facts: AccountSnapshot,
    rules: Policy,
    run_days: list[date],
    *,
    live_since: date | None = None,
) -> list[tuple[date, str]]:
    """The days and steps of the contacts when the policy runs on these days and all goes out."""
    made: list[Contact] = list(facts.contacts)
    sent: list[tuple[date, str]] = []
    last: date | None = None
    gaps: list[tuple[date, date]] = []
    for day in run_days:
        at = context(day, last_run_on=last, gaps=tuple(gaps), live_since=live_since or run_days[0])
        for decision in decide(replace(facts, contacts=tuple(made)), rules, at):
            if decision.action is Action.CONTACT:
                sent.append((day, decision.step))
                made.append(
                    Contact(
                        account_id=decision.account_id,
                        currency=decision.currency,
                        step=decision.step,
                        step_index=decision.step_index,
                        episode=decision.episode,
                        key=decision.key,
                        on=day,
                        channel="smtp",
                        item_ids=tuple(line.item_id for line in decision.lines),
                    )
                )
        if last is not None and (day - last).days > 1:
            gaps.append((last, day))
        last = day
    assert len({contact.key for contact in made}) == len(made), "a key was used twice"
    return sent


def every_day(first: date, count: int) -> list[date]:
    """So many days in a row."""
    return [first + timedelta(days=offset) for offset in range(count)]


def test_complaint_04_payment_on_account_and_pro_forma() -> None:
    """Credit that covers the overdue stops the contact; a document that owes nothing is none.

    Connectors hand over invoices that are owed alone; what owes nothing carries no step.
    """
    covered = one(invoice(late=30), credit("C1", "100.00", kind=ItemKind.PAYMENT))
    assert said(covered) == ("none", "covered_by_credit")
    pro_forma = invoice("P1", late=30, amount="250.00", open=Decimal(0))
    decision = one(pro_forma, invoice("I2", late=0))
    assert said(decision) == ("none", "not_due")
    assert decision.position.open_invoices == Decimal("100.00")


def test_complaint_08_a_digest_repeats_at_its_interval() -> None:
    """A step that repeats every 7 days goes out on days 0, 7 and 14 and on no day between."""
    facts = snapshot(invoice(late=1))
    sent = live(facts, policy(DIGEST), every_day(TODAY, 21))
    assert [(day - TODAY).days for day, _ in sent] == [0, 7, 14]
    assert {step for _, step in sent} == {"digest"}


def test_a_digest_may_follow_a_ladder() -> None:
    """After the last letter of a ladder the statement goes on for as long as something is owed."""
    statement = Step(name="statement", tone=Tone.FIRM, after_previous=14, repeat=14)
    sent = live(snapshot(invoice(late=7)), policy(FRIENDLY, statement), every_day(TODAY, 60))
    assert [(day - TODAY).days for day, _ in sent] == [0, 14, 28, 42, 56]
    assert [step for _, step in sent] == ["friendly"] + ["statement"] * 4


def test_missed_runs_repeat_a_digest_once() -> None:
    """However many of its days passed unseen, a repeating step goes out once for all."""
    run_days = [TODAY, *every_day(TODAY + days(24), 10)]
    for catch_up, expected in (
        (CatchUp.IN_ORDER, [0, 24, 31]),
        (CatchUp.LATEST_ONLY, [0, 24, 31]),
        (CatchUp.SKIP, [0, 28]),
    ):
        rules = policy(DIGEST, catch_up=catch_up)
        sent = live(snapshot(invoice(late=1)), rules, run_days)
        assert [(day - TODAY).days for day, _ in sent] == expected, catch_up


def test_complaint_10_two_segments_two_steps() -> None:
    """Invoices of one age get different steps where their customers are in different segments."""
    gentle = ladder(replace(FRIENDLY, after_due=20), name="gentle")
    vip = Segment(name="vip", when=Condition(groups=("VIP",)), ladder="gentle")
    rules = policy(ladders=(ladder(), gentle), segments=(vip,))
    usual = one(invoice(late=9), rules=rules)
    other = one(invoice(late=9), rules=rules, account=replace(CUSTOMER, groups=("vip",)))
    assert (said(usual)[1], said(other)[1]) == ("step_due", "between_steps")
    assert (usual.ladder, other.ladder, other.segment) == ("usual", "gentle", "vip")


@pytest.mark.parametrize(("past", "action"), [(-1, "hold"), (0, "hold"), (1, "contact")])
def test_complaint_11_an_exclusion_ends(past: int, action: str) -> None:
    """An excluded customer is left alone up to the last day and written to the day after.

    That a reason is required is proven with the settings (tests/unit/settings/broken).
    """
    excluded = hold(HoldKind.EXCLUDE, starts_on=TODAY - days(50), ends_on=TODAY - days(past))
    decision = one(invoice(late=9), holds=(excluded,))
    assert decision.action.value == action
    if action == "hold":
        assert decision.reasons[0].code is Code.EXCLUDED
        assert "said on the phone" in decision.reasons[0].args


def old(mode: OldDebts, **facts: object) -> Policy:
    """The usual ladder with a rule for old debts."""
    return policy(first_run=FirstRun(old_debts=mode, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize("late", [1, 7, 8, 14, 30, 400])
def test_complaint_12_baseline_sends_nothing_at_first(late: int) -> None:
    """On the first run nobody is written to about what was overdue already, however long."""
    decision = one(invoice(late=late), rules=old(OldDebts.BASELINE), at=context(last_run_on=None))
    assert said(decision) == ("hold", "old_debt")
    assert decision.position.asked == 0
    assert decision.outcomes[0].code is Code.OLD_DEBT


def test_complaint_12_baseline_goes_on_with_the_next_step() -> None:
    """An old debt is taken up on the day of the next step that its age reaches, and not before."""
    sent = live(snapshot(invoice(late=8)), old(OldDebts.BASELINE), every_day(TODAY, 20))
    assert sent == [(TODAY + days(6), "firm"), (TODAY + days(16), "final")]
    first = one(invoice(late=8), rules=old(OldDebts.BASELINE), at=context(last_run_on=None))
    assert first.next_look_on == TODAY + days(6)


def test_complaint_12_baseline_does_not_hide_new_debts() -> None:
    """What falls overdue later starts at the first step, and the old debt is not asked for."""
    rules = old(OldDebts.BASELINE)
    at = context(live_since=TODAY - days(30))
    new = one(invoice("OLD", late=400), invoice("NEW", late=8, amount="30.00"), rules=rules, at=at)
    assert said(new) == ("contact", "step_due")
    assert (new.step, new.position.asked) == ("friendly", Decimal("30.00"))
    assert {o.item_id: o.code.value for o in new.outcomes} == {"OLD": "old_debt", "NEW": "step_due"}


def test_complaint_12_baseline_until_a_declared_day() -> None:
    """With a declared day old debts wait for it, and then start as any debt does."""
    rules = old(OldDebts.BASELINE, from_day=TODAY + days(5))
    sent = live(snapshot(invoice(late=100)), rules, every_day(TODAY, 8))
    assert sent == [(TODAY + days(5), "friendly")]


def test_complaint_12_catch_up_takes_the_fitting_step_once() -> None:
    """Under catch_up an old debt begins at the step its age has reached, once per account."""
    facts = snapshot(invoice("I1", late=20), invoice("I2", late=9))
    sent = live(facts, old(OldDebts.CATCH_UP), every_day(TODAY, 9))
    assert sent == [(TODAY, "firm")]
    young = live(snapshot(invoice(late=3)), old(OldDebts.CATCH_UP), every_day(TODAY, 6))
    assert young == [(TODAY + days(4), "friendly")]


def test_a_debt_that_was_spoken_about_is_no_old_debt() -> None:
    """A message about the invoice, known from before, lets the ladder go on."""
    before = contact("friendly", 9, "I1")
    decision = one(invoice(late=20), rules=old(OldDebts.BASELINE), contacts=(before,))
    assert said(decision) == ("contact", "step_due")
    assert decision.step == "firm"


@pytest.mark.parametrize("old_debts", list(OldDebts))
def test_a_word_before_the_due_date_makes_a_debt_no_old_one(old_debts: OldDebts) -> None:
    """As any other: it begins at the first step, and none is passed over for its age."""
    steps = (HEADS_UP, FRIENDLY, FIRM, FINAL)
    rules = policy(*steps, first_run=FirstRun(old_debts=old_debts))
    before = contact("soon", 22, "I1", channel="ledger_email")
    decision = one(invoice(late=20), rules=rules, contacts=(before,))
    assert (*said(decision), decision.step) == ("contact", "step_due", "friendly")


def test_a_digest_takes_up_old_debts_on_its_next_day() -> None:
    """Where the only step repeats, an old debt joins its rhythm after the switch-on."""
    rules = policy(DIGEST, first_run=FirstRun(old_debts=OldDebts.BASELINE))
    sent = live(snapshot(invoice(late=10)), rules, every_day(TODAY, 14))
    assert [(day - TODAY).days for day, _ in sent] == [5, 12]


def test_complaint_13_five_missed_days_lose_nothing() -> None:
    """A step whose day passed while nothing ran still happens, once."""
    facts = snapshot(invoice(late=5))
    run_days = [TODAY, *every_day(TODAY + days(6), 5)]
    assert live(facts, policy(FRIENDLY), run_days) == [(TODAY + days(6), "friendly")]


@pytest.mark.parametrize("gap", [1, 2, 5, 13, 31, 60])
def test_complaint_14_gaps_lose_and_double_no_step(gap: int) -> None:
    """Whatever the days between two runs, each step of the ladder is taken once and in order."""
    run_days = [TODAY + days(gap * n) for n in range(60 // gap + 3)]
    sent = live(snapshot(invoice(late=1)), policy(), run_days)
    assert [step for _, step in sent] == ["friendly", "firm", "final"]


@pytest.mark.parametrize(("late", "step"), [(59, "none"), (60, "contact"), (61, "contact")])
def test_complaint_15_after_due_is_never_before_due(late: int, step: str) -> None:
    """``after_due: 60d`` never writes before 60 days past due; a minus sign is a settings error."""
    rules = policy(Step(name="late", tone=Tone.FIRM, after_due=60))
    assert one(invoice(late=late), rules=rules).action.value == step
    early = [one(invoice(late=n), rules=rules).action for n in range(-70, 60)]
    assert set(early) == {Action.NONE}


@pytest.mark.parametrize("step_count", [1, 2, 3])
def test_complaint_29_the_rule_that_chose_the_step_is_told(step_count: int) -> None:
    """Each level's decision names its step with its figures, and explain the day it is due from."""
    taken = [contact("friendly", 30, "I1"), contact("firm", 15, "I1", step_index=1)]
    facts = snapshot(invoice(late=40), contacts=tuple(taken[: step_count - 1]))
    (decision,) = decide(facts, policy(), context())
    name = ("friendly", "firm", "final")[step_count - 1]
    assert decision.reasons[0].args[0] == decision.step == name
    rules = {finding.rule for finding in explain(decision, facts, policy(), context())}
    assert {"episode", "step day"} <= rules


@pytest.mark.parametrize("seed", range(25))
def test_complaint_30_random_payments_leave_no_hole(seed: int) -> None:
    """While an episode lives its steps follow each other without a hole, whatever gets paid."""
    chance = random.Random(seed)
    rules = policy(restraint=Restraint(min_gap=2, caps=(), weekdays=tuple(range(7))))
    items = [invoice(f"I{n}", late=chance.randint(-20, 25)) for n in range(5)]
    contacts: tuple[Contact, ...] = ()
    steps: dict[str, list[int]] = {}
    for day in every_day(TODAY, 70):
        if items and chance.random() < 0.08:
            items.remove(chance.choice(items))
        decisions = decide(snapshot(*items, contacts=contacts), rules, context(day))
        written = [one for one in decisions if one.action is Action.CONTACT]
        assert len(written) <= 1
        for decision in written:
            steps.setdefault(decision.episode, []).append(decision.step_index)
            contacts += (
                contact(
                    decision.step,
                    0,
                    *(line.item_id for line in decision.lines),
                    episode=decision.episode,
                    step_index=decision.step_index,
                    key=decision.key,
                    on=day,
                ),
            )
    assert steps
    for taken in steps.values():
        assert taken == list(range(len(taken)))


def test_complaint_36_one_account_in_trouble_stops_no_other() -> None:
    """Among 100 accounts one whose facts are broken is held; the 99 others are decided.

    That a message that cannot be built counts as an error and stops no other is proven with the
    flow (tests/flow).
    """
    decided = []
    for number in range(100):
        quarantined = 1 if number == 50 else 0
        account = replace(CUSTOMER, account_id=f"A{number}")
        facts = replace(snapshot(invoice(late=9), quarantined=quarantined), account=account)
        decided.append(decide(facts, policy(), context())[0].action)
    assert decided.count(Action.CONTACT) == 99
    assert decided[50] is Action.HOLD


DEBIT = policy(direct_debit=DirectDebit(groups=("Direct debit",), failed_groups=("Failed",)))


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (replace(CUSTOMER, direct_debit=True), "direct_debit"),
        (replace(CUSTOMER, groups=("direct DEBIT",)), "direct_debit"),
        (replace(CUSTOMER, groups=("Trade",), direct_debit=True), "direct_debit"),
        (replace(CUSTOMER, groups=("Direct debit", "failed")), "step_due"),
        (replace(CUSTOMER, direct_debit=True, groups=("Failed",)), "step_due"),
        (replace(CUSTOMER, groups=("Trade",)), "step_due"),
        (CUSTOMER, "step_due"),
    ],
)
def test_complaint_38_an_active_mandate_is_skipped(account: Account, code: str) -> None:
    """Who pays by direct debit is skipped with its own code; a failed mandate is as none."""
    decision = one(invoice(late=9), rules=DEBIT, account=account)
    assert decision.reasons[0].code.value == code
    assert (decision.action is Action.CONTACT) == (code == "step_due")


def test_complaint_42_an_edited_invoice_keeps_its_schedule() -> None:
    """Another amount, number, reference or address changes the message and never which step is due.

    Only the due date sets days; it is the schedule.
    """
    taken = (contact("friendly", 10, "I1"),)
    before = one(invoice(late=20), contacts=taken)
    edited = invoice(late=20, amount="180.00", number="X-9", reference="changed", sent=True)
    moved = replace(CUSTOMER, name="Customer Ltd", people=(CUSTOMER.people[0],) * 2)
    after = one(edited, contacts=taken, account=moved)
    assert (before.step, before.key, said(before)) == (after.step, after.key, said(after))
    assert after.position.asked == Decimal("180.00")


def test_complaint_44_a_lowered_minimum_counts_at_once() -> None:
    """Nothing about the minimum is remembered: lowered, it includes the invoice the next time."""
    high = policy(minimum=(("GBP", Decimal(150)),))
    low = policy(minimum=(("GBP", Decimal(50)),))
    assert said(one(invoice(late=9), rules=high)) == ("none", "below_minimum")
    assert said(one(invoice(late=9), rules=low)) == ("contact", "step_due")


def test_complaint_45_the_same_invoice_and_two_histories() -> None:
    """A steady late payer is given its usual days, a punctual one is written to; both explained."""
    rules = policy(personal=Personal(habit_grace_max=10, habit_min_settled=3))
    slow = tuple(settled(f"S{n}", late=12, ago=30 * n) for n in range(1, 5))
    prompt = tuple(settled(f"S{n}", late=0, ago=30 * n) for n in range(1, 5))
    patient = snapshot(invoice(late=8), settled=slow)
    strict = snapshot(invoice(late=8), settled=prompt)
    (kind,), (firm,) = decide(patient, rules, context()), decide(strict, rules, context())
    assert (said(kind), said(firm)) == (("none", "usual_lateness"), ("contact", "step_due"))
    for facts, decision in ((patient, kind), (strict, firm)):
        found = {f.rule: f for f in explain(decision, facts, rules, context())}
        assert "usually" in found["habit"].input


def test_at_most_one_step_a_day_in_any_currency() -> None:
    """Two currencies that are due on one day are written about on two days."""
    items = (invoice("I1", late=9), invoice("I2", late=9, currency="EUR"))
    sent = live(snapshot(*items), policy(FRIENDLY, FIRM, FINAL), every_day(TODAY, 40))
    assert len(sent) == 6
    assert all(later > earlier for (earlier, _), (later, _) in itertools.pairwise(sent))
