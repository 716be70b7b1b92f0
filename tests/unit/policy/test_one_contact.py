"""What a decision says of its contact and of every item: one contact, one key, one code each."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Action, Code, Contact
from syncer.model.ledger import OpenItem
from syncer.policy.combine import STATEMENT, template_for
from syncer.policy.decide import decide
from syncer.policy.false_chase import false_chases
from syncer.policy.position import books
from syncer.policy.replay.play import Asked, Played
from syncer.policy.replay.tally import Counting
from syncer.policy.rules import Condition, Restraint, Segment, Step, Tone
from syncer.policy.treatment import priority
from syncer.policy.undecided import undecided

from .make import (
    HEADS_UP,
    TODAY,
    contact,
    context,
    credit,
    days,
    invoice,
    one,
    policy,
    said,
    settled,
    snapshot,
)

AT_ONCE = Step(name="at once", tone=Tone.FRIENDLY, after_due=1)


def codes(*items: OpenItem) -> dict[str, str]:
    """The outcome of each item."""
    return {found.item_id: found.code.value for found in one(*items).outcomes}


def first(*items: OpenItem, contacts: tuple[Contact, ...] = ()) -> str:
    """The currency that is written in today."""
    made = decide(snapshot(*items, contacts=contacts), policy(HEADS_UP, AT_ONCE), context())
    (chosen,) = [found.currency for found in made if found.action is Action.CONTACT]
    return chosen


def test_a_day_late_goes_before_what_only_falls_due() -> None:
    """However large that is, and however long nothing was heard about it."""
    late, coming = invoice("I1", 1, "1.00"), invoice("I2", -3, "9000.00", currency="EUR")
    assert first(late, coming) == "GBP"
    long_ago = contact("at once", 60, "I9")
    assert first(late, coming, contacts=(long_ago,)) == "GBP"


def test_only_a_contact_has_a_key_and_a_place_in_the_queue() -> None:
    """What waits, is held or needs nothing has neither."""
    sent = one(invoice(late=7))
    assert (sent.key != "", sent.priority > 0) == (True, True)
    gap = policy(restraint=Restraint(min_gap=5, weekdays=tuple(range(7))))
    for quiet in (
        one(invoice(late=3)),
        one(invoice(late=7), rules=gap, contacts=(contact("x", 1, "I9"),)),
        one(invoice(late=-3)),
        one(credit("C1", "5")),
    ):
        assert (quiet.key, quiet.priority) == ("", 0)


@pytest.mark.parametrize(
    ("amount", "late", "large", "rank"),
    [
        ("0.50", 7, False, 1_007),
        ("9.99", 7, False, 1_007),
        ("10.00", 7, False, 2_007),
        ("99999.99", 0, False, 5_000),
        ("10.00", 998, False, 2_998),
        ("10.00", 5_000, False, 2_999),
        ("10.00", 7, True, 1_002_007),
    ],
)
def test_the_queue_goes_by_digits_then_by_days(
    amount: str, late: int, rank: int, *, large: bool
) -> None:
    """A digit more goes before any lateness, and a large first debt before any digit."""
    (book,) = books([invoice(amount=amount)], (), today=TODAY, only_sent=False)
    given = {"late": late, "large_first": large, "base": "GBP"}
    assert priority(book, Decimal(amount), **given) == rank  # type: ignore[arg-type]


def test_an_item_has_the_code_that_decided() -> None:
    """Of several reasons the first: what held the step back, and not the step behind it."""
    gap = policy(restraint=Restraint(min_gap=5, weekdays=tuple(range(7))))
    held = one(invoice(late=7), rules=gap, contacts=(contact("x", 1, "I9"),))
    assert [reason.code for reason in held.reasons] == [Code.MIN_GAP, Code.STEP_DUE]
    assert [found.code for found in held.outcomes] == [Code.MIN_GAP]


def test_a_credit_is_used_to_its_last_penny() -> None:
    """All of them lower what is asked; where nothing is asked, those that paid for something."""
    asked = codes(invoice("I1", 9), credit("C1", "30.00"), credit("C2", "0.50"))
    assert (asked["C1"], asked["C2"]) == ("netted", "netted")
    old, new = TODAY - days(50), TODAY - days(40)
    covered = codes(
        invoice("I1", 9, "50.00"),
        credit("C1", "50.00", issued_on=old),
        credit("C2", "30.00", issued_on=new),
    )
    assert (covered["C1"], covered["C2"]) == ("netted", "unused_credit")
    nearly = codes(
        invoice("I1", 9, "50.00"),
        credit("C1", "49.50", issued_on=old),
        credit("C2", "30.00", issued_on=new),
    )
    assert (nearly["C1"], nearly["C2"]) == ("netted", "netted")


def test_an_account_that_others_move_has_another_digest() -> None:
    """The turnover of the ledger counts where it puts the account into another segment."""
    large = Segment(
        name="large", when=Condition(turnover_share_at_least=Decimal("0.5")), ladder="usual"
    )
    paid = (settled("S1", 0, amount="100"),)
    digests = {
        turnover: one(
            invoice(),
            rules=policy(segments=(large,)),
            settled=paid,
            at=context(turnover=(("GBP", Decimal(turnover)),)),
        ).digest
        for turnover in ("150", "200", "201", "900")
    }
    assert digests["150"] == digests["200"] != digests["201"] == digests["900"]


def test_the_later_of_two_living_episodes_goes_on() -> None:
    """Both got their first step: the one that was written about last has the next."""
    items = (invoice("Z1", 40), invoice("A1", 40))
    made = (contact("friendly", 9, "Z1"), contact("friendly", 3, "A1"))
    assert one(*items, contacts=made).episode == "A1"
    assert one(*items, contacts=(replace(made[0], on=TODAY - days(2)), made[1])).episode == "Z1"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (contact("friendly", 3, "I1", settled=False), "in_flight"),
        (contact("friendly", 3, "I9", item_ids=("I9", "I1"), settled=False), "in_flight"),
        (contact("friendly", 3, "I1", item_ids=("I9",), settled=False), "in_flight"),
        (contact("friendly", 3, "I9", settled=False), "step_due"),
        (contact("friendly", 8, "I1"), "step_due"),
    ],
)
def test_an_open_message_about_it_holds(made: Contact, expected: str) -> None:
    """One of its episode, or one that named any of its invoices; of any other, no."""
    assert said(one(invoice(late=30), contacts=(made,)))[1] == expected


def test_a_heads_up_that_named_it_holds_its_first_step() -> None:
    """It was given for another invoice and named this one: until it is settled nothing follows."""
    given = contact("soon", 9, "I9", item_ids=("I9", "I1"), settled=False)
    rules = policy(HEADS_UP, AT_ONCE)
    assert said(one(invoice(late=7), rules=rules, contacts=(given,)))[1] == "in_flight"


def test_an_open_message_of_the_episode_holds_all_of_it() -> None:
    """It named only what is paid by now; the episode goes on with what is not."""
    made = (
        contact("friendly", 9, "I9", item_ids=("I9", "I1")),
        contact("firm", 3, "I9", item_ids=("I9",), settled=False),
    )
    assert said(one(invoice(late=40), contacts=made))[1] == "in_flight"


def test_an_item_that_is_not_asked_for_says_why() -> None:
    """Nothing left, due today or to come, or paid for by a credit."""
    found = codes(
        invoice("I1", 9, "50.00"),
        invoice("I2", 9, open=Decimal(0)),
        invoice("I3", 0),
        invoice("I4", -5),
        credit("C1", "50.00"),
    )
    assert found == {
        "I1": "covered_by_credit",
        "I2": "nothing_open",
        "I3": "not_due",
        "I4": "not_due",
        "C1": "netted",
    }


def test_what_the_rules_failed_on_still_adds_up() -> None:
    """Each currency is held whole: invoices count up, credits down, to the last penny."""
    found = undecided(
        snapshot(
            invoice("I2", 9, "0.40"),
            invoice("I1", 9, "0.50"),
            credit("C1", "0.30"),
            invoice("I3", 9, "7.00", currency="EUR"),
            invoice("I4", 9, open=Decimal(0)),
        )
    )
    assert [(one_.currency, one_.action.value) for one_ in found] == [
        ("EUR", "hold"),
        ("GBP", "hold"),
    ]
    pounds = found[1]
    assert [(part.item_id, part.amount) for part in pounds.outcomes] == [
        ("C1", Decimal("-0.30")),
        ("I1", Decimal("0.50")),
        ("I2", Decimal("0.40")),
        ("I4", Decimal(0)),
    ]
    assert (pounds.position.open_invoices, pounds.position.held, pounds.position.credits) == (
        Decimal("0.90"),
        Decimal("0.90"),
        Decimal("0.30"),
    )
    assert (pounds.position.net, pounds.position.asked) == (Decimal("-0.30"), 0)
    assert {part.code for one_ in found for part in one_.outcomes} == {Code.UNDECIDED}


@pytest.mark.parametrize(
    ("over", "tone", "own", "expected"),
    [
        (1, Tone.FRIENDLY, "", STATEMENT),
        (2, Tone.FRIENDLY, "", ""),
        (None, Tone.FRIENDLY, "", ""),
        (1, Tone.FIRM, "", STATEMENT),
        (1, Tone.FINAL, "", ""),
        (1, Tone.FRIENDLY, "mine", "mine"),
    ],
)
def test_many_invoices_make_a_statement(
    over: int | None, tone: Tone, own: str, expected: str
) -> None:
    """More invoices than the limit, credits not counted; a step's own template goes before."""
    step = Step(name="friendly", tone=tone, after_due=7, template=own)
    rules = policy(step, combine_over=over)
    items = (invoice("I1", 9), invoice("I2", 9, "0.60"), credit("C1", "0.50"))
    decision = one(*items, rules=rules)
    assert template_for(rules, step, decision) == expected


@pytest.mark.parametrize(
    ("paid_ago", "false"), [((7,), 1), ((6,), 0), ((5,), 0), ((9, 5), 0), ((5, 9), 0), ((), 0)]
)
def test_a_chase_is_false_when_all_was_paid_before_it(
    paid_ago: tuple[int, ...], false: int
) -> None:
    """By the last payment on a closed invoice; one of the very day proves nothing."""
    paid = tuple(settled("I1", 5, ago) for ago in paid_ago)
    made = (contact("friendly", 6, "I1"), contact("firm", 2, "I2"))
    facts: AccountSnapshot = snapshot(invoice("I2"), contacts=made, settled=paid)
    keys = {one_.key for one_ in made}
    assert false_chases(facts, keys) == (2, false)
    assert false_chases(facts, {made[1].key}) == (1, 0)
    still = replace(facts, items=(invoice("I1"),))
    assert false_chases(still, keys) == (2, 0)


def asked(on: date, account: str, step: str, **facts: object) -> Asked:
    """A contact that a policy would have made about I1."""
    values: dict[str, object] = {
        "currency": "GBP",
        "amount": Decimal(10),
        "item_ids": ("I1",),
        "days_late": 7,
        "first": True,
        "newly": Decimal(4),
        "paid_soon": False,
    }
    return Asked(on=on, account_id=account, step=step, **(values | facts))  # type: ignore[arg-type]


def test_a_tally_is_the_sum_of_its_accounts() -> None:
    """Contacts by step, day and account, amounts by currency; who heard nothing is counted too."""
    counting = Counting()
    monday, tuesday = TODAY - days(2), TODAY - days(1)
    counting.take(
        Played(
            account_id="B",
            asked=(
                asked(monday, "B", "friendly", charged=Decimal(2), paid_soon=True),
                asked(tuesday, "B", "firm", first=False, item_ids=("I1", "I2")),
            ),
            limited=(("cap", 2),),
            overdue=(("GBP", Decimal(30)),),
        )
    )
    counting.take(
        Played(
            account_id="A",
            asked=(
                asked(tuesday, "A", "friendly", charged=Decimal(3), days_late=9),
                asked(tuesday, "A", "friendly", currency="EUR", days_late=30),
            ),
            limited=(("cap", 1), ("weekend", 1)),
            overdue=(("GBP", Decimal(5)),),
        )
    )
    counting.take(
        Played(account_id="D", asked=(asked(TODAY, "D", "soon", days_late=0),), limited=())
    )
    counting.take(Played(account_id="C", asked=(), limited=()))
    found = counting.tally(policy="p", version="1", order=("friendly", "firm"))
    assert (found.accounts, found.contacted, found.contacts, found.invoices) == (4, 3, 5, 4)
    assert [(one_.step, one_.contacts, one_.paid_soon) for one_ in found.steps] == [
        ("friendly", 3, 1),
        ("firm", 1, 0),
        ("soon", 1, 0),
    ]
    assert found.paid_soon == 1
    assert found.asked == (("EUR", Decimal(10)), ("GBP", Decimal(40)))
    assert found.covered == (("EUR", Decimal(4)), ("GBP", Decimal(16)))
    assert found.charged == (("GBP", Decimal(5)),)
    assert found.overdue == (("GBP", Decimal(35)),)
    assert found.busiest == ((tuesday, 3), (monday, 1), (TODAY, 1))
    assert [count for _, count in found.weekdays] == [1, 3, 1, 0, 0, 0, 0]
    assert (found.first_lag, found.first_lag_most) == (9, 30)
    assert dict(found.limited) == {"cap": 3, "weekend": 1}
    assert [(one_.account_id, one_.contacts, one_.steps) for one_ in found.by_account] == [
        ("A", 2, (("friendly", 2),)),
        ("B", 2, (("firm", 1), ("friendly", 1))),
        ("D", 1, (("soon", 1),)),
    ]
