"""When each step is due, and in which order steps follow each other."""

from datetime import date

import pytest
from msgspec.structs import replace

from syncer.policy.ladder import contact_key
from syncer.policy.rules import CatchUp, Restraint, Step, StepChannel, Tone

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
)

AFTER_ONE = Step(name="friendly", tone=Tone.FRIENDLY, after_due=1)


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-1, ("none", "not_due")),
        (0, ("none", "not_due")),
        (1, ("contact", "step_due")),
    ],
)
def test_due_today_is_not_overdue(late: int, expected: tuple[str, str]) -> None:
    """An invoice is overdue from the day after its due date on."""
    assert said(one(invoice(late=late), rules=policy(AFTER_ONE))) == expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (6, ("none", "between_steps")),
        (7, ("contact", "step_due")),
        (8, ("contact", "step_due")),
        (400, ("contact", "step_due")),
    ],
)
def test_a_step_is_due_on_or_after_its_day(late: int, expected: tuple[str, str]) -> None:
    """A step waits for its day and stays due until it is taken."""
    decision = one(invoice(late=late))
    assert said(decision) == expected
    assert decision.step == "friendly"


def test_an_after_due_of_nothing_still_waits_for_the_day_after() -> None:
    """No step can be due on the due date itself."""
    rules = policy(Step(name="friendly", tone=Tone.FRIENDLY, after_due=0))
    assert one(invoice(late=0), rules=rules).next_look_on == TODAY + days(1)


@pytest.mark.parametrize(
    ("late", "ago", "expected"),
    [
        (14, 4, "between_steps"),
        (13, 5, "between_steps"),
        (14, 5, "step_due"),
        (30, 4, "between_steps"),
    ],
)
def test_both_days_must_be_reached(late: int, ago: int, expected: str) -> None:
    """With after_due and after_previous the later of the two decides."""
    decision = one(invoice(late=late), contacts=(contact(ago=ago),))
    assert (decision.step, decision.reasons[0].code) == ("firm", expected)


def test_steps_follow_one_by_one_and_then_end() -> None:
    """After the last step nothing more is sent: a person decides."""
    made = [contact("friendly", 40), contact("firm", 30, step_index=1)]
    assert one(invoice(late=60), contacts=tuple(made)).step == "final"
    made.append(contact("final", 15, step_index=2))
    assert said(one(invoice(late=60), contacts=tuple(made))) == ("none", "ladder_done")


def test_an_old_debt_starts_gently() -> None:
    """Without allow_skip even a very old debt gets the first step first."""
    assert one(invoice(late=300)).step == "friendly"


def test_allow_skip_enters_at_the_highest_step_reached() -> None:
    """With allow_skip an old debt enters where its own lateness has carried it."""
    formal = Step(name="formal", tone=Tone.FORMAL, after_due=30)
    steps = (FRIENDLY, Step(name="firm", tone=Tone.FIRM, after_due=14), formal, FINAL)
    rules = policy(ladders=(ladder(*steps, allow_skip=True),))
    assert one(invoice(late=29), rules=rules).step == "firm"
    assert one(invoice(late=30), rules=rules).step == "formal"
    assert one(invoice(late=90), rules=rules).step == "formal"
    taken = contact("friendly", 9)
    assert one(invoice(late=90), rules=rules, contacts=(taken,)).step == "firm"
    only = policy(ladders=(ladder(FRIENDLY, allow_skip=True),))
    assert one(invoice(late=90), rules=only).step == "friendly"


def test_paying_some_invoices_neither_skips_nor_repeats_a_step() -> None:
    """The episode goes on while one invoice it named is overdue; days count from the oldest."""
    made = contact("friendly", 10, "I1", "I2")
    decision = one(invoice("I2", 13), invoice("I3", 12), contacts=(made,))
    assert (decision.step, decision.episode) == ("firm", "I1")
    assert decision.next_look_on == TODAY + days(1)


def test_a_new_episode_begins_when_all_named_invoices_are_gone() -> None:
    """An invoice never spoken about starts at the first step, under its own name."""
    made = contact("firm", 10, "I1", step_index=1)
    decision = one(invoice("I3", 12), contacts=(made,))
    assert (decision.step, decision.episode, said(decision)[0]) == ("friendly", "I3", "contact")


def test_of_two_living_episodes_the_furthest_counts() -> None:
    """Where two episodes live, the one that went further goes on."""
    made = (contact("friendly", 8, "I1"), contact("firm", 20, "I2", step_index=1))
    decision = one(invoice("I1", 40), invoice("I2", 39), contacts=made)
    assert (decision.step, decision.episode) == ("final", "I2")


def test_another_ladder_goes_on_from_the_same_number() -> None:
    """A step unknown to the ladder counts by its number, so nobody falls back to friendly."""
    made = contact("old name", 20, step_index=0)
    assert one(invoice(late=40), contacts=(made,)).step == "firm"


def test_an_unsettled_contact_stops_the_episode() -> None:
    """While a message may or may not have gone out, no other follows."""
    made = contact("friendly", 20, settled=False)
    assert said(one(invoice(late=40), contacts=(made,))) == ("hold", "in_flight")
    gone = contact("friendly", 20, "I9", settled=False)
    assert said(one(invoice(late=40), contacts=(gone,))) == ("contact", "step_due")


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-4, ("none", "not_due")),
        (-3, ("contact", "heads_up")),
        (0, ("contact", "heads_up")),
        (1, ("none", "between_steps")),
    ],
)
def test_heads_up_window(late: int, expected: tuple[str, str]) -> None:
    """A heads-up is due from before_due days on and lapses after the due date."""
    decision = one(invoice(late=late), rules=policy(HEADS_UP, FRIENDLY))
    assert said(decision) == expected
    assert decision.position.asked == (0 if late == -4 else 100)


def test_heads_up_only_when_nothing_overdue_is_left_to_ask() -> None:
    """Overdue debts come first; held ones do not silence the heads-up for the rest."""
    rules = policy(HEADS_UP, FRIENDLY)
    items = (invoice("I1", 2), invoice("I2", -2, "40"))
    assert said(one(*items, rules=rules)) == ("none", "between_steps")
    decision = one(*items, rules=rules, holds=(hold(item_id="I1"),))
    assert said(decision) == ("contact", "heads_up")
    assert [line.asked for line in decision.lines] == [0, 40]


def test_heads_up_once_per_invoice_and_together() -> None:
    """One heads-up names all invoices in the window; each gets it once."""
    rules = policy(HEADS_UP, FRIENDLY)
    first, second = invoice("I1", -2, "10"), invoice("I2", -3, "20")
    both = one(first, second, rules=rules)
    assert [line.item_id for line in both.lines] == ["I1", "I2"]
    told = contact("soon", 1, "I1", "I2")
    assert said(one(first, second, rules=rules, contacts=(told,))) == ("none", "not_due")
    other = one(first, second, invoice("I3", -3), rules=rules, contacts=(told,))
    assert (other.episode, other.step) == ("I3", "soon")


def test_a_ladder_of_heads_ups_alone_is_done_once_overdue() -> None:
    """Without an overdue step nothing follows the due date."""
    assert said(one(invoice(late=-1), rules=policy(HEADS_UP)))[1] == "heads_up"
    assert said(one(invoice(late=1), rules=policy(HEADS_UP)))[1] == "ladder_done"


def test_heads_up_is_net_of_credit() -> None:
    """What a credit covers is not announced; part cover lowers the amount."""
    rules = policy(HEADS_UP, FRIENDLY)
    covered = one(invoice(late=-2), credit("C1", "100"), rules=rules)
    assert said(covered) == ("none", "not_due")
    part = one(invoice("I0", 5, "30"), invoice(late=-2), credit("C1", "50"), rules=rules)
    assert said(part) == ("contact", "heads_up")
    assert part.position.asked == sum(line.asked for line in part.lines) == 80


def test_heads_up_respects_minimum_flight_and_account_state() -> None:
    """A heads-up obeys the same brakes as any other step."""
    rules = policy(HEADS_UP, FRIENDLY, minimum=(("GBP", 200),))
    assert said(one(invoice(late=-2), rules=rules)) == ("none", "below_minimum")
    rules = policy(HEADS_UP, Step(name="last", tone=Tone.HEADS_UP, before_due=1), FRIENDLY)
    flight = contact("soon", 2, settled=False)
    assert said(one(invoice(late=-1), rules=rules, contacts=(flight,))) == ("hold", "in_flight")


def test_first_step_after_a_heads_up_counts_from_it() -> None:
    """The step before the first overdue step is the heads-up, if one was given."""
    chase = Step(name="chase", tone=Tone.FRIENDLY, after_due=1, after_previous=10)
    rules = policy(HEADS_UP, chase)
    told = contact("soon", 5)
    decision = one(invoice(late=2), rules=rules, contacts=(told,))
    assert decision.next_look_on == TODAY + days(5)
    assert one(invoice(late=10), rules=rules).action == "contact"


def test_task_steps_need_no_address_and_mail_steps_do() -> None:
    """Without an address only a step done by a person of ours can be taken."""
    nobody = replace(CUSTOMER, people=())
    assert said(one(invoice(), account=nobody)) == ("hold", "no_address")
    phone = Step(name="phone", tone=Tone.FIRM, after_due=7, channel=StepChannel.TASK)
    assert said(one(invoice(), account=nobody, rules=policy(phone)))[0] == "contact"
    escalate = Step(name="up", tone=Tone.FINAL, after_due=7, recipients=("escalation",))
    assert said(one(invoice(), rules=policy(escalate))) == ("hold", "no_address")
    ledger = Step(name="up", tone=Tone.FINAL, after_due=7, channel=StepChannel.LEDGER_EMAIL)
    assert said(one(invoice(), rules=policy(ledger)))[0] == "contact"
    assert said(one(invoice(), account=nobody, rules=policy(ledger)))[1] == "no_address"


GAP = context(last_run_on=TODAY - days(20))
TIMED = (
    FRIENDLY,
    Step(name="firm", tone=Tone.FIRM, after_due=14),
    Step(name="final", tone=Tone.FINAL, after_due=30),
)


@pytest.mark.parametrize(
    ("catch_up", "late", "expected"),
    [
        (CatchUp.IN_ORDER, 20, ("contact", "friendly")),
        (CatchUp.LATEST_ONLY, 13, ("contact", "friendly")),
        (CatchUp.LATEST_ONLY, 14, ("contact", "firm")),
        (CatchUp.LATEST_ONLY, 20, ("contact", "firm")),
        (CatchUp.LATEST_ONLY, 30, ("contact", "friendly")),  # friendly's day had its run
        (CatchUp.LATEST_ONLY, 300, ("contact", "friendly")),
        (CatchUp.SKIP, 7, ("contact", "friendly")),
        (CatchUp.SKIP, 8, ("none", "firm")),
        (CatchUp.SKIP, 14, ("contact", "firm")),
        (CatchUp.SKIP, 15, ("none", "final")),
        (CatchUp.SKIP, 26, ("none", "final")),
        (CatchUp.SKIP, 27, ("contact", "friendly")),  # its day had a run, and is still open
    ],
)
def test_catch_up_after_twenty_days_without_a_run(
    catch_up: CatchUp, late: int, expected: tuple[str, str]
) -> None:
    """In order takes each step; latest only the highest reached; skip lets missed ones go."""
    decision = one(invoice(late=late), rules=policy(*TIMED, catch_up=catch_up), at=GAP)
    assert (decision.action, decision.step) == expected


def test_a_skipped_step_stays_skipped_when_the_gap_is_known() -> None:
    """The days after a missed stretch remember it, so a skipped step does not come back."""
    rules = policy(*TIMED, catch_up=CatchUp.SKIP)
    gap = (TODAY - days(9), TODAY - days(1))
    later = one(invoice(late=10), rules=rules, at=context(gaps=(gap,)))
    assert said(later) == ("none", "missed_skipped")
    assert later.next_look_on == TODAY + days(4)
    ended = one(invoice(late=10), rules=policy(FRIENDLY, catch_up=CatchUp.SKIP), at=GAP)
    assert (said(ended), ended.next_look_on) == (("none", "missed_skipped"), None)


def test_a_weekend_is_no_missed_run() -> None:
    """A step that fell on a closed day moves to the next open one before it can be missed."""
    monday = date(2026, 6, 15)
    rules = policy(*TIMED, catch_up=CatchUp.SKIP, restraint=Restraint(min_gap=1))
    due = invoice(late=None, due_on=date(2026, 6, 6))  # friendly's day is Saturday 13 June
    decision = one(due, rules=rules, at=context(monday, last_run_on=date(2026, 6, 12)))
    assert said(decision) == ("contact", "step_due")


def test_before_the_first_run_nothing_was_missed() -> None:
    """A ledger that was never run starts every debt at the first step."""
    rules = policy(*TIMED, catch_up=CatchUp.LATEST_ONLY)
    assert one(invoice(late=300), rules=rules, at=context(last_run_on=None)).step == "friendly"


def test_contact_keys_are_short_stable_and_distinct() -> None:
    """The key never changes between versions, fits a marker and tells contacts apart."""
    parts = {"ledger": "L", "account_id": "A1", "currency": "GBP", "episode": "I1"}
    key = contact_key(**parts, step="friendly")
    assert key == "rs-f621a16f4c98a6bcafd1c5f1a0d7862e"
    assert len(key) <= 40
    assert contact_key(**(parts | {"account_id": "A1G", "currency": "BP"}), step="friendly") != key


def test_firm_is_the_same_step_under_every_policy() -> None:
    """The key depends on the step's name, not on its place in the ladder."""
    early = one(invoice(late=14), rules=policy(FIRM))
    made = contact("friendly", 9)
    late = one(invoice(late=14), contacts=(made,))
    assert early.key == late.key != ""
