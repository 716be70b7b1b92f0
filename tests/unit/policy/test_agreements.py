"""Promises, plans, disputes, claims and notes: what they hold, and what follows a broken word."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.agreement import Covered, Terms, UnpaidCause
from syncer.model.decision import Action, Code, Contact
from syncer.model.effect import Effect, EffectKind
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Account, ItemKind, OpenItem
from syncer.policy.agreements.rules import Agreements, DisputeOverdue
from syncer.policy.agreements.told import told
from syncer.policy.guard import still_due
from syncer.policy.habits import Figure
from syncer.policy.kept import promises_kept
from syncer.policy.rules import Personal, Restraint

from .agreed import covers, plan, played, promise, rules
from .make import (
    CUSTOMER,
    TODAY,
    contact,
    context,
    credit,
    days,
    hold,
    invoice,
    one,
    policy,
    said,
    settled,
    snapshot,
)

WAITS = contact("friendly", 3)  # with I1 16 days late, firm is due in two days


@pytest.mark.parametrize(("last", "held"), [(0, True), (-2, True), (-3, False)])
def test_a_promise_holds_through_its_grace(last: int, held: bool) -> None:
    """Money takes a day or two to be seen: the promise counts as broken only after that."""
    made = one(invoice(late=30), holds=(promise(last),), rules=rules(promise_grace=2))
    assert (said(made) == ("hold", "promise")) is held
    if held:
        assert made.next_look_on == TODAY + days(last + 3)


def test_a_broken_promise_brings_the_next_step_at_once_and_says_why() -> None:
    """The step that would have waited is due; without the promise it waits."""
    item = invoice(late=16)
    assert said(one(item, contacts=(WAITS,))) == ("none", "between_steps")
    made = one(item, contacts=(WAITS,), holds=(promise(-1),))
    assert (*said(made), made.step) == ("contact", "promise_broken", "firm")
    assert made.reasons[0].args == ("", "", (TODAY - days(1)).isoformat())
    assert made.position.asked == Decimal("100.00")


def test_a_broken_promise_brings_one_step_only() -> None:
    """Once a step has answered it, the ladder goes on as ever; another promise is another word."""
    item, since = invoice(late=16), contact("friendly", 1)
    assert said(one(item, contacts=(since,), holds=(promise(-2),))) == ("none", "between_steps")
    again = (promise(-2), promise(-1, hold_id="second", starts_on=TODAY - days(2)))
    assert said(one(item, contacts=(since,), holds=again))[1] == "promise_broken"


def test_complaint_75_a_broken_promise_never_raises_twice_however_long_it_lasts() -> None:
    """Over half a year one contact names the broken promise, the others their own days."""
    facts = snapshot(invoice(late=16), holds=(promise(4),), contacts=(WAITS,))
    contacts = [made for _, made in played(facts, policy(), 180) if made.action is Action.CONTACT]
    codes = [[reason.code for reason in made.reasons] for made in contacts]
    assert [made.step for made in contacts] == ["firm", "final"]
    assert [Code.PROMISE_BROKEN in found for found in codes] == [True, False]


def test_the_first_step_comes_at_once_too_and_never_passes_another_over() -> None:
    """A promise broken before any contact brings the first step, not a harsher one."""
    made = one(invoice(late=2), holds=(promise(-1),))
    assert (*said(made), made.step) == ("contact", "promise_broken", "friendly")


def test_a_part_kept_promise_leaves_the_rest_to_the_ladder() -> None:
    """Who paid something has not broken the word: the rest is asked for on its own day."""
    part = promise(-1, terms=Terms(covers=covers(I1="150.00")))
    made = one(invoice(late=16), contacts=(WAITS,), holds=(part,))
    assert (*said(made), made.position.asked) == ("none", "between_steps", Decimal("100.00"))
    assert said(one(invoice(late=16), contacts=(contact(ago=5),), holds=(part,)))[0] == "contact"


def test_what_came_of_a_promised_part_is_not_held_again() -> None:
    """Of 60 promised 60 came: nothing of the rest is held, and nothing is broken afterwards."""
    kept = promise(5, amount=Decimal(60), currency="GBP", terms=Terms(covers=covers(I1="100.00")))
    before = one(invoice(late=20), holds=(kept,))
    after = one(invoice(late=20, open=Decimal("40.00")), holds=(kept,))
    assert [made.position.asked for made in (before, after)] == [Decimal("40.00")] * 2
    assert after.position.held == 0


def test_money_that_waits_for_an_invoice_keeps_a_promise() -> None:
    """The bookkeeper's delay is not the customer's broken word."""
    part = promise(-1, amount=Decimal(60), currency="GBP", terms=Terms(covers=covers(I1="100.00")))
    came = credit("P1", "60.00", kind=ItemKind.PAYMENT, issued_on=TODAY - days(2))
    old = credit("P1", "60.00", kind=ItemKind.PAYMENT, issued_on=TODAY - days(90))
    late = invoice(late=16)
    assert said(one(late, came, contacts=(WAITS,), holds=(part,)))[1] == "between_steps"
    assert said(one(late, old, contacts=(WAITS,), holds=(part,)))[1] == "promise_broken"


def test_a_promise_that_a_person_ended_is_not_broken() -> None:
    """The customer may have taken the goods back: nobody broke a word."""
    ended = promise(-1, terms=Terms(ended=True))
    assert said(one(invoice(late=16), contacts=(WAITS,), holds=(ended,)))[1] == "between_steps"


def test_a_day_entered_in_the_ledger_is_a_promise_like_any_other() -> None:
    """It holds through the grace, and once passed unpaid it brings the next step, once."""
    item = invoice(late=16, expected_on=TODAY - days(2))
    at = rules(promise_grace=2)
    assert said(one(item, contacts=(WAITS,), rules=at)) == ("hold", "expected_date")
    assert said(one(item, contacts=(WAITS,), rules=rules(promise_grace=1)))[1] == "promise_broken"
    answered = contact("friendly", 0)
    assert said(one(item, contacts=(answered,)))[1] == "between_steps"


def test_a_day_expected_before_the_due_date_promises_no_delay() -> None:
    """A forecast of early payment that did not come true makes nobody's debt more pressing."""
    item = invoice(late=2, expected_on=TODAY - days(3))
    assert said(one(item)) == ("none", "between_steps")


def test_a_broken_promise_waits_for_gap_and_calendar_like_any_step() -> None:
    """Restraint comes before everything a customer did."""
    gap = policy(restraint=Restraint(min_gap=5))
    made = one(invoice(late=16), contacts=(WAITS,), holds=(promise(-1),), rules=gap)
    assert (made.action, made.reasons[0].code, made.reasons[1].code) == (
        Action.HOLD,
        Code.MIN_GAP,
        Code.PROMISE_BROKEN,
    )
    assert made.next_look_on == TODAY + days(2)


def test_a_small_debt_waits_no_longer_once_a_word_is_broken() -> None:
    """The patience for good payers is for those who kept their word."""
    small = policy(personal=Personal(small_share=Decimal("0.5")))
    history = (settled("S1", 0, amount="1000"),)
    item = invoice(late=10)
    assert said(one(item, settled=history, rules=small))[1] == "rides_statement"
    made = one(item, settled=history, rules=small, holds=(promise(-1),))
    assert said(made)[0] == "contact"


MONTHLY = ((-3, "40.00"), (0, "30.00"), (30, "30.00"))


@pytest.mark.parametrize(
    ("left", "reason", "look"),
    [
        ("60.00", "plan", 3),  # the first came: the second is due today, and has its grace
        ("30.00", "plan", 33),
        ("100.00", "instalment_missed", None),
        ("70.00", "instalment_missed", None),  # ten short of the first
    ],
)
def test_a_plan_holds_all_of_it_until_an_instalment_is_missed(
    left: str, reason: str, look: int | None
) -> None:
    """Payments fill the oldest instalment first; then the whole rest is asked for."""
    item = invoice(late=40, amount="100.00", open=Decimal(left))
    steps = (contact("firm", 5, step_index=1),)  # so that the next one is five days off
    made = one(item, holds=(plan(*MONTHLY),), contacts=steps, rules=rules(plan_grace=2))
    assert made.reasons[0].code == reason
    if look is None:
        assert (made.action, made.position.asked) == (Action.CONTACT, Decimal(left))
    else:
        assert (made.position.asked, made.next_look_on) == (Decimal(0), TODAY + days(look))


def test_who_catches_up_is_on_the_plan_again() -> None:
    """A missed instalment that came after all leaves nothing missed."""
    plan_ = plan((-10, "50.00"), (20, "50.00"))
    facts = snapshot(invoice(late=40), holds=(plan_,))
    plays = [(on, made) for on, made in played(facts, policy(), 25, [(1, "I1", "50.00")])]
    assert said(plays[0][1]) == ("contact", "step_due")
    assert {said(made) for on, made in plays if 1 <= (on - TODAY).days <= 20} == {("hold", "plan")}
    missed = [on for on, made in plays if Code.INSTALMENT_MISSED in {r.code for r in made.reasons}]
    assert [(on - TODAY).days for on in missed] == [0, 21]


def test_a_plan_speaks_of_its_own_invoices_alone() -> None:
    """What came after the agreement is followed up as ever."""
    made = one(invoice(late=60), invoice("I2", 8), holds=(plan((5, "100.00")),))
    outcomes = {outcome.item_id: outcome.code for outcome in made.outcomes}
    assert outcomes == {"I1": Code.PLAN, "I2": Code.STEP_DUE}
    assert made.position.asked == Decimal("100.00")


@pytest.mark.parametrize("mode", list(DisputeOverdue))
def test_a_dispute_past_its_day_resumes_or_stays(mode: DisputeOverdue) -> None:
    """The policy says which; while it stays, its sentence says that it is overdue."""
    part = hold(amount=Decimal(40), ends_on=TODAY - days(1))
    made = one(invoice(late=20), holds=(part,), rules=rules(dispute_overdue=mode))
    stays = mode is DisputeOverdue.HOLD
    assert made.position.asked == Decimal(60 if stays else 100)
    whole = hold(ends_on=TODAY - days(1))
    held = one(invoice(late=20), holds=(whole,), rules=rules(dispute_overdue=mode))
    assert held.reasons[0].code == (Code.DISPUTE_OVERDUE if stays else Code.STEP_DUE)
    settled_ = hold(ends_on=TODAY - days(1), terms=Terms(ended=True))
    made = one(invoice(late=20), holds=(settled_,), rules=rules(dispute_overdue=mode))
    assert made.reasons[0].code is Code.STEP_DUE


def test_the_undisputed_rest_goes_on_and_the_dispute_is_counted() -> None:
    """The customer is asked for the rest; what is disputed stands apart in the position."""
    made = one(invoice(), invoice("I2", 9), holds=(hold(item_id="I1"),))
    assert (said(made)[0], made.position.asked, made.position.held) == (
        "contact",
        Decimal(100),
        Decimal(100),
    )
    assert {o.item_id: (o.code, o.amount) for o in made.outcomes}["I1"] == (
        Code.DISPUTE,
        Decimal(100),
    )
    assert [line.held for line in made.lines] == [Decimal(0), Decimal(100)]


def claim(**facts: object) -> Hold:
    """The customer says that it has paid I1."""
    values = {
        "item_id": "I1",
        "terms": Terms(cause=UnpaidCause.PAID_CLAIM, covers=covers(I1="100.00")),
    }
    return hold(HoldKind.MANUAL, **(values | facts))


def test_a_paid_claim_pauses_the_account_until_the_money_is_seen() -> None:
    """Whatever else is overdue waits too; the money ends the pause, wherever it stands."""
    both = (invoice(late=20), invoice("I2", 9))
    assert said(one(*both, holds=(claim(),))) == ("hold", "paid_claim")
    assert said(one(both[1], holds=(claim(),)))[0] == "contact"
    came = credit("P1", "100.00", kind=ItemKind.PAYMENT, issued_on=TODAY)
    made = one(*both, came, holds=(claim(),))
    assert (said(made)[0], made.position.asked) == ("contact", Decimal(100))
    short = credit("P1", "99.00", kind=ItemKind.PAYMENT, issued_on=TODAY)
    assert said(one(*both, short, holds=(claim(),)))[1] == "paid_claim"


@pytest.mark.parametrize(
    ("note", "code", "until"),
    [
        ("#hold until 2026-06-10 credit note follows", Code.MANUAL, "2026-06-10"),
        ("#HOLD  until  2026-06-10", Code.MANUAL, "2026-06-10"),
        ("#hold until 2026-06-09 over", Code.STEP_DUE, None),
        ("#hold until 10.06.2026", Code.MARKER_UNREADABLE, ""),
        ("#hold until 2026-02-30 no such day", Code.MARKER_UNREADABLE, ""),
        ("#hold", Code.MARKER_UNREADABLE, ""),
        ("#hold until 2026-06-10no blank", Code.MARKER_UNREADABLE, ""),
        ("#holding until 2026-06-10", Code.STEP_DUE, None),
        ("please #hold until 2026-06-10", Code.STEP_DUE, None),
    ],
)
def test_a_note_that_begins_with_the_marker_holds(note: str, code: Code, until: str | None) -> None:
    """On an invoice or an account; through its day; strictly read, and unreadable ones hold too."""
    at = rules(hold_marker="#hold")
    for made in (
        one(invoice(note=note), rules=at),
        one(invoice(), account=noted(note), rules=at),
    ):
        assert made.reasons[0].code is code
        if until is not None:
            assert made.reasons[0].args[1] == until
    assert said(one(invoice(note=note)))[0] == "contact"  # without the setting notes say nothing


def noted(note: str) -> Account:
    """The customer with a note."""
    return replace(CUSTOMER, note=note)


def test_an_unreadable_note_is_an_outcome_before_anything_is_due() -> None:
    """A run can tell of it at once, and not only when a reminder would have gone out."""
    made = one(invoice(late=-9, note="#hold till May"), rules=rules(hold_marker="#hold"))
    assert [outcome.code for outcome in made.outcomes] == [Code.MARKER_UNREADABLE]
    assert made.position.asked == 0


def test_complaint_26_a_credit_note_drops_the_action_and_closes_the_episode() -> None:
    """What was planned goes nowhere once a credit note covers it, and the next debt starts anew."""
    planned = _contact_planned()
    credited = snapshot(invoice(late=20), credit("C1", "100.00"), contacts=(contact(ago=9),))
    refused = still_due(credited, planned, policy(), context())
    assert getattr(refused, "code", None) is Code.COVERED_BY_CREDIT
    assert still_due(snapshot(), planned, policy(), context()).code is Code.NOTHING_OPEN
    later = one(invoice("I2", 8), contacts=(contact("firm", 2, step_index=1),))
    assert (later.step, later.episode) == ("friendly", "I2")


def _contact_planned() -> Effect:
    made = one(invoice(late=20), contacts=(contact(ago=9),))
    assert (made.action, made.step) == (Action.CONTACT, "firm")
    return Effect(
        key=made.key,
        ledger="L",
        kind=EffectKind.REMINDER,
        account_id="A1",
        currency="GBP",
        channel="email",
        step=made.step,
        planned_on=TODAY,
        run_id="r",
    )


@pytest.mark.parametrize("kind", [HoldKind.MANUAL, HoldKind.PROMISE])
def test_complaint_28_not_before_the_end_of_the_month_and_on_the_day_after(kind: HoldKind) -> None:
    """Nobody nags on any day up to its end; contact resumes the day after, and the reason stays."""
    last = TODAY + days(20)
    asked = hold(kind, ends_on=last, reason="cannot pay before the 30th", author="anna")
    facts = snapshot(invoice(late=20), holds=(asked,))
    days_told = dict(played(facts, policy(), 21))
    assert {on for on, made in days_told.items() if made.action is Action.CONTACT} == {
        last + days(1)
    }
    assert all(
        made.reasons[0].args[0] == "cannot pay before the 30th"
        for on, made in days_told.items()
        if on <= last
    )
    assert days_told[TODAY].next_look_on == last + days(1)


@pytest.mark.parametrize("kind", list(HoldKind))
def test_complaint_39_an_account_with_only_held_entries_is_like_any_other(kind: HoldKind) -> None:
    """Each held invoice is treated alike, whether the account has others or not."""
    held = hold(kind, item_id="I1", ends_on=TODAY)
    alone = one(invoice(late=20), holds=(held,))
    beside = one(invoice(late=20), invoice("I2", 8), holds=(held,))
    assert alone.outcomes[0] == beside.outcomes[0]
    assert (alone.action, alone.position.held, alone.position.asked) == (Action.HOLD, 100, 0)
    assert beside.position.held == alone.position.held
    after = [
        one(*items, holds=(held,), at=context(TODAY + days(1)))
        for items in ([invoice(late=20)], [invoice(late=20), invoice("I2", 8)])
    ]
    assert [said(made)[0] for made in after] == ["contact", "contact"]
    assert {made.outcomes[0].amount for made in after} == {Decimal(100)}


def test_contacts_elsewhere_in_the_book_answer_nothing() -> None:
    """A step that named other invoices alone leaves the broken word to be answered."""
    other: Contact = contact("friendly", 1, "I9")
    made = one(invoice(late=5), contacts=(other,), holds=(promise(-2),))
    assert said(made)[1] == "promise_broken"


def test_who_never_got_the_invoice_gets_it_with_the_next_message_alone() -> None:
    """The answer holds nothing; once a message went out on a later day, it was answered."""
    never = hold(
        HoldKind.MANUAL,
        amount=Decimal(0),
        starts_on=TODAY - days(4),
        terms=Terms(cause=UnpaidCause.NOT_RECEIVED),
    )
    before, since = contact("friendly", 9), contact("friendly", 3)
    first = one(invoice(late=30), contacts=(before,), holds=(never,))
    assert (first.position.asked, first.reasons[-1].code) == (Decimal(100), Code.INVOICES_WANTED)
    later = one(invoice(late=30), contacts=(before, contact("firm", 1)), holds=(never,))
    assert Code.INVOICES_WANTED not in {reason.code for reason in later.reasons}
    again = one(invoice(late=40), contacts=(since,), holds=(never,), at=context(TODAY + days(9)))
    assert again.action is Action.CONTACT
    assert Code.INVOICES_WANTED not in {reason.code for reason in again.reasons}


def test_the_share_of_promises_kept_counts_what_can_be_told() -> None:
    """Kept in full and in time, of those whose day and grace have passed; ended ones are none."""
    words = (
        promise(-9, hold_id="kept", item_id="P1", terms=Terms(covers=covers(P1="10.00"))),
        promise(-9, hold_id="late", item_id="P2", terms=Terms(covers=covers(P2="10.00"))),
        promise(-9, hold_id="part", terms=Terms(covers=covers(I1="150.00"))),
        promise(-9, hold_id="ended", terms=Terms(ended=True)),
        promise(9, hold_id="open", terms=Terms(covers=covers(I1="150.00"))),
    )
    paid = (settled("P1", 5, ago=9), settled("P2", 9, ago=2))
    facts = snapshot(
        invoice(late=30), invoice("I2", 30, expected_on=TODAY - days(5)), holds=words, settled=paid
    )
    found = promises_kept(facts, Agreements(promise_grace=2), TODAY)
    assert found == Figure(value=Decimal("0.25"), depth=4)
    assert promises_kept(snapshot(), Agreements(), TODAY) is None


def test_a_dispute_is_not_overdue_on_its_last_day() -> None:
    """The last day is still a day to settle it on."""
    last = rules(dispute_overdue=DisputeOverdue.HOLD)
    held = one(invoice(late=20), holds=(hold(ends_on=TODAY),), rules=last)
    assert (said(held), held.reasons[0].args[1]) == (("hold", "dispute"), TODAY.isoformat())


def test_a_list_calls_kept_what_came_and_waits_for_its_invoice() -> None:
    """The same states as the steps go by, with what came; an open dispute is told by its day."""
    part = promise(-1, terms=Terms(covers=covers(I1="100.00")))
    came = credit("P1", "100.00", kind=ItemKind.PAYMENT, issued_on=TODAY)
    facts = snapshot(invoice(late=30), came, holds=(part,))
    found = told(part, facts, Agreements(), TODAY)
    assert (found.state, found.paid, found.currency) == ("kept", Decimal(100), "GBP")
    states = [
        told(one_, facts, Agreements(), TODAY).state
        for one_ in (
            hold(ends_on=TODAY),
            hold(ends_on=TODAY - days(1)),
            hold(item_id="I9", ends_on=TODAY - days(1)),
            hold(ends_on=TODAY, terms=Terms(ended=True)),
            hold(HoldKind.EXCLUDE),
        )
    ]
    assert states == ["open", "overdue", "settled", "ended", ""]


def test_two_currencies_are_never_added_up() -> None:
    """A word about both is kept when both came; of the two the one that is kept least counts."""
    both = (*covers(I1="100.00"), Covered(item_id="I2", open=Decimal(100), currency="EUR"))
    both = (replace(both[0], currency="GBP"), both[1])
    word = promise(-1, item_id="", terms=Terms(covers=both))
    pounds, euros = invoice("I1", 30), invoice("I2", 30, currency="EUR")

    def state(*items: OpenItem) -> str:
        return told(word, snapshot(*items), Agreements(), TODAY).state

    assert [state(pounds, euros), state(euros), state()] == ["broken", "broken", "kept"]
    money = credit("P1", "200.00", kind=ItemKind.PAYMENT, currency="EUR", issued_on=TODAY)
    assert state(pounds, euros, money) == "broken"
