"""Thanks for what was paid: to whom, when, and above all when not."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.agreement import Covered, Terms, UnpaidCause
from syncer.model.decision import AccountSnapshot, Action, Decision
from syncer.model.hold import HoldKind
from syncer.model.ledger import OpenItem, Organisation, Person
from syncer.policy.agreements.answers import invoices_wanted
from syncer.policy.beside import THANK_YOU
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from syncer.policy.false_chase import false_chases
from syncer.policy.handover import messages
from syncer.policy.rules import Cap, Condition, Freshness, Policy, Segment, StaleBooks
from syncer.policy.strategy import DirectDebit, HandOver, ThankYou
from syncer.policy.thanks import closed_wanted

from .make import (
    CUSTOMER,
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
    one,
    policy,
    settled,
    snapshot,
)

NOTHING = Decimal(0)
RULES = policy(thank_you=ThankYou(within=5))
CLOSED = (invoice("I1", late=20),)


def paid(item_id: str = "I1", ago: int = 1, **facts: Any) -> Any:
    """An invoice that money paid, so many days ago."""
    return settled(item_id, 10, ago, **({"credited": NOTHING} | facts))


def facts(*items: OpenItem, **changes: Any) -> AccountSnapshot:
    """Reminded of I1 six days ago; it was paid yesterday. ``items`` are open."""
    values: dict[str, Any] = {
        "contacts": (contact(),),
        "settled": (paid(),),
        "closed": CLOSED,
    }
    return snapshot(*items, **(values | changes))


def decided(*items: OpenItem, rules: Policy = RULES, at: Any = None, **changes: Any) -> Decision:
    """The only decision about it."""
    (made,) = decide(facts(*items, **changes), rules, at or context())
    return made


def codes(made: Decision) -> tuple[str, ...]:
    """What was done, and why."""
    return made.action.value, *(reason.code.value for reason in made.reasons)


def test_thanks_ask_for_nothing_and_name_what_was_paid() -> None:
    """A contact of its own: no amount, no step of the ladder, the paid invoice on its lines."""
    made = decided()
    assert codes(made) == ("contact", "thank_you")
    assert (made.step, made.step_index, made.episode) == (THANK_YOU.name, -1, "I1")
    assert (made.position.asked, made.position.net, made.outcomes) == (0, 0, ())
    assert [(line.number, line.asked, line.open) for line in made.lines] == [("INV-I1", 0, 0)]
    assert made.key.startswith("rs-")


def test_off_is_the_default() -> None:
    """A policy that says nothing of thanks decides as it always did."""
    assert decide(facts(), policy(), context())[0].action is Action.NONE
    assert policy().thank_you.within is None


def test_closed_invoices_are_only_looked_up_where_somebody_may_be_thanked() -> None:
    """Nobody without a late payment, a message about it and the setting costs a look."""
    account = facts(closed=())
    assert closed_wanted(account, RULES, TODAY) == {"I1"}
    assert closed_wanted(account, policy(), TODAY) == frozenset()
    assert closed_wanted(replace(account, settled=()), RULES, TODAY) == frozenset()
    assert closed_wanted(replace(account, settled=(paid(ago=6),)), RULES, TODAY) == frozenset()
    assert closed_wanted(replace(account, settled=(paid(ago=6),)), RULES, TODAY, told=1) == {"I1"}
    assert closed_wanted(replace(account, contacts=()), RULES, TODAY) == frozenset()
    assert closed_wanted(replace(account, items=(invoice("I1"),)), RULES, TODAY) == frozenset()
    covers = (Covered(item_id="I1", open=Decimal(100)),)
    for ended, wanted in ((False, {"I1"}), (True, frozenset())):
        word = hold(HoldKind.PROMISE, terms=Terms(covers=covers, ended=ended))
        promised = replace(account, contacts=(), holds=(word,))
        assert closed_wanted(promised, RULES, TODAY) == wanted


@pytest.mark.parametrize(
    ("ago", "code"), [(0, "thank_you"), (5, "thank_you"), (6, "thanks_too_late")]
)
def test_thanks_are_said_within_the_window_or_not_at_all(ago: int, code: str) -> None:
    """The last day of the window still counts; the day after it does not."""
    assert (
        decided(settled=(paid(ago=ago),), contacts=(contact("friendly", 8),)).reasons[-1].code
        == code
    )


def test_the_last_payment_counts() -> None:
    """An instalment of long ago does not make it late, nor unasked."""
    made = decided(settled=(paid(ago=30), paid(ago=1)))
    assert (codes(made)[-1], made.reasons[0].args[1]) == ("thank_you", "2026-06-09")


def test_who_paid_before_it_was_reminded_is_not_thanked() -> None:
    """The payment was no answer to a message; the day of the first message still is one."""
    assert codes(decided(contacts=(contact("friendly", 1),)))[-1] == "thank_you"
    assert codes(decided(contacts=(contact("friendly", 0),)))[-1] == "paid_unasked"
    early = (contact("friendly", 6), contact("firm", 0, step_index=1))
    assert codes(decided(contacts=early, at=context(TODAY + days(1))))[-1] == "thank_you"


@pytest.mark.parametrize(
    ("rows", "closed"),
    [
        ((), CLOSED),
        ((paid(credited=None),), CLOSED),
        ((paid(credited=Decimal("0.01")),), CLOSED),
        ((paid(credited=Decimal(100)),), CLOSED),
        ((paid(), paid(ago=2, credited=None)), CLOSED),
        ((paid(), paid(ago=2, credited=Decimal(1))), CLOSED),
        ((paid("I2"),), CLOSED),
        ((paid(),), (invoice("I9", late=20),)),
        ((paid(ago=-1),), CLOSED),
    ],
    ids=[
        "void",
        "unknown",
        "coin",
        "credit",
        "one unknown",
        "one credit",
        "another",
        "not known",
        "to come",
    ],
)
def test_nobody_is_thanked_for_what_no_money_is_proven_to_have_closed(
    rows: tuple[Any, ...], closed: tuple[OpenItem, ...]
) -> None:
    """Credited, written off, voided, or closed by who knows what: no thanks, and a reason."""
    made = decided(settled=rows, closed=closed)
    assert codes(made) == ("none", "nothing_open", "payment_unproven")


def test_while_it_is_open_there_is_nothing_to_thank_for() -> None:
    """A later due date is no payment, and no reason to tell of one."""
    later = decided(invoice("I1", late=-9), closed=(invoice("I0", late=30),))
    assert codes(later) == ("none", "not_due")


def test_every_invoice_that_was_asked_for_must_be_paid() -> None:
    """One of two that was credited is enough for silence."""
    two = (contact("friendly", 6, "I1", "I2"),)
    closed = (*CLOSED, invoice("I2", late=12))
    assert codes(decided(contacts=two, closed=closed))[-1] == "payment_unproven"
    assert codes(decided(contacts=two))[-1] == "payment_unproven"  # of the other nothing is known
    both = (paid(), paid("I2", 3))
    made = decided(contacts=two, closed=closed, settled=both)
    assert (codes(made)[-1], len(made.lines)) == ("thank_you", 2)
    assert made.reasons[0].args == ("INV-I1, INV-I2", "2026-06-09")


@pytest.mark.parametrize(("credited", "code"), [("30", "thank_you"), ("30.01", "payment_unproven")])
def test_credit_that_the_message_had_deducted_may_pay_its_part(credited: str, code: str) -> None:
    """Asked was 70 of 100, and 70 came: the customer paid what it was asked for."""
    asked = (contact("friendly", 6, "I1", "C1"),)
    closed = (*CLOSED, credit("C1", "30"))
    rows = (paid(credited=Decimal(credited)),)
    assert codes(decided(contacts=asked, closed=closed, settled=rows))[-1] == code


@pytest.mark.parametrize("late", [1, 90])
def test_nobody_is_thanked_while_anything_is_overdue(late: int) -> None:
    """In any currency, covered by credit, held or asked for: what is late comes first."""
    for other in (
        [invoice("I2", late=late)],
        [invoice("I2", late=late), credit("C2", "500")],
        [invoice("I2", late=late, currency="EUR")],
    ):
        for made in decide(facts(*other), RULES, context()):
            assert made.step != THANK_YOU.name


def test_an_open_invoice_that_is_not_due_is_no_hindrance() -> None:
    """And it keeps its own outcome."""
    made = decided(invoice("I2", late=-9))
    assert codes(made) == ("contact", "thank_you")
    assert [(each.item_id, each.code, each.amount) for each in made.outcomes] == [
        ("I2", "not_due", Decimal(100))
    ]
    assert made.position.net == 100


def test_a_heads_up_of_the_day_goes_first() -> None:
    """One message a day: thanks then wait until tomorrow."""
    rules = policy(HEADS_UP, FRIENDLY, thank_you=ThankYou(within=5))
    asked = (contact("friendly", 6, step_index=1),)
    assert codes(decided(invoice("I2", late=-2), rules=rules, contacts=asked))[-1] == "heads_up"
    both = (*asked, contact("soon", 0, "I2"))
    waits = decided(invoice("I2", late=-2), rules=rules, contacts=both)
    assert codes(waits) == ("hold", "min_gap", "thank_you")
    tomorrow = context(TODAY + days(1))
    again = decided(invoice("I2", late=-2), rules=rules, contacts=both, at=tomorrow)
    assert codes(again) == ("contact", "thank_you")


def test_a_heads_up_alone_reminded_nobody() -> None:
    """Who was told ahead of time and paid in time did nothing to be thanked for."""
    rules = policy(HEADS_UP, FRIENDLY, thank_you=ThankYou(within=5))
    assert codes(decided(rules=rules, contacts=(contact("soon", 6),))) == ("none", "nothing_open")


@pytest.mark.parametrize("ended", [False, True])
def test_a_kept_promise_is_thanked_for_without_any_reminder(ended: bool) -> None:
    """A word that was kept is worth one; one that a person took back is not."""
    covers = (Covered(item_id="I1", open=Decimal(100), currency="GBP"),)
    word = hold(
        HoldKind.PROMISE,
        item_id="I1",
        starts_on=TODAY - days(4),
        ends_on=TODAY + days(2),
        terms=Terms(covers=covers, ended=ended),
    )
    made = decided(contacts=(), holds=(word,))
    assert codes(made)[-1] == ("nothing_open" if ended else "thank_you")
    assert made.episode == ("" if ended else "I1")


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        (HoldKind.DISPUTE, None),
        (HoldKind.MANUAL, None),
        (HoldKind.EXCLUDE, None),
        (HoldKind.EXCLUDE, Terms(handed_to="agency")),
    ],
)
@pytest.mark.parametrize("item_id", ["", "I1", "I9"])
def test_nobody_who_is_held_is_thanked(kind: HoldKind, terms: Terms | None, item_id: str) -> None:
    """Disputed, on hold, excluded or handed over: left alone, and the reason is told."""
    made = decided(holds=(hold(kind, item_id=item_id, terms=terms),))
    assert made.action is Action.NONE
    assert made.reasons[-1].code.value in ("dispute", "manual", "excluded", "handed_over")
    over = hold(
        kind, item_id=item_id, terms=terms, ends_on=TODAY - days(1), starts_on=TODAY - days(9)
    )
    assert codes(decided(holds=(over,)))[-1] == "thank_you"


def test_of_several_holds_the_same_one_is_told_in_any_order() -> None:
    """What holds all before a part, then by kind: as where something is asked for."""
    part = hold(HoldKind.DISPUTE, item_id="I2", amount=Decimal(20))
    several = (part, hold(HoldKind.PROMISE), hold(HoldKind.MANUAL))
    for holds in (several, several[::-1]):
        assert codes(decided(holds=holds))[-1] == "manual"


def test_an_answer_that_holds_nothing_is_no_hindrance() -> None:
    """That an invoice never came is kept, and asks for nothing of whoever has paid it."""
    said = hold(HoldKind.MANUAL, amount=NOTHING, terms=Terms(cause=UnpaidCause.NOT_RECEIVED))
    assert codes(decided(holds=(said,)))[-1] == "thank_you"


def test_a_debt_that_was_given_away_is_not_thanked_for() -> None:
    """The last message said that a person hands it over: others collected it."""
    give = replace(FIRM, hand_over=HandOver.AGENCY, channel="task")
    rules = policy(FRIENDLY, give, thank_you=ThankYou(within=5))
    made = (contact("friendly", 20), contact("firm", 6, step_index=1))
    assert codes(decided(rules=rules, contacts=made)) == ("none", "nothing_open")


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ({"archived": True}, "archived"),
        ({"merged_into": "A2"}, "merged"),
        ({"do_not_chase": True}, "do_not_chase"),
        ({"groups": ("Debit",)}, "direct_debit"),
        ({"country": "FR"}, "excluded"),
        ({"people": ()}, "no_address"),
        ({"people": (Person(email="x@c.example", role="escalation"),)}, "no_address"),
    ],
)
def test_accounts_that_are_left_alone_are_not_thanked(account: dict[str, Any], code: str) -> None:
    """What keeps a reminder away keeps thanks away, too."""
    france = Segment(
        name="fr", when=Condition(countries=("FR",)), ladder="usual", exclude=True, reason="no"
    )
    rules = policy(
        thank_you=ThankYou(within=5),
        direct_debit=DirectDebit(groups=("Debit",)),
        segments=(france,),
    )
    made = decided(rules=rules, account=replace(CUSTOMER, **account))
    assert codes(made) == ("none", "nothing_open", code)


def test_nothing_is_said_on_partial_facts() -> None:
    """A record that could not be read may be the payment's own."""
    assert codes(decided(quarantined=1)) == ("hold", "partial_facts")


def test_a_message_in_doubt_comes_first() -> None:
    """Until a person has settled it nothing more is said about the matter."""
    doubt = contact("firm", 5, settled=False, step_index=1)
    assert codes(decided(contacts=(contact(), doubt)))[-1] == "in_flight"
    assert codes(decided(contacts=(contact(settled=False),))) == ("none", "nothing_open")


def test_once_for_an_episode_whatever_becomes_of_it() -> None:
    """Also when the invoice came back and was paid again."""
    before = contact(THANK_YOU.name, 3, step_index=-1)
    assert codes(decided(contacts=(contact(), before))) == ("none", "nothing_open", "thanked")
    again = (contact(), before, contact("firm", 2, step_index=1))
    assert codes(decided(contacts=again))[-1] == "thanked"
    other = (contact("friendly", 30, "I0"), contact(THANK_YOU.name, 29, "I0", step_index=-1))
    assert codes(decided(contacts=(*other, contact())))[-1] == "thank_you"


def test_thanks_keep_to_a_message_a_day_and_to_the_caps() -> None:
    """They do not wait for the gap, but whatever asks waits for its gap behind them."""
    gap = replace(RULES.restraint, min_gap=10)
    rules = policy(thank_you=ThankYou(within=5), restraint=gap)
    assert codes(decided(rules=rules, contacts=(contact("friendly", 1),)))[-1] == "thank_you"
    spent = replace(gap, caps=(Cap(contacts=1, days=7),))
    full = policy(thank_you=ThankYou(within=5), restraint=spent)
    assert codes(decided(rules=full, contacts=(contact("friendly", 6),))) == (
        *("hold", "cap", "thank_you"),
    )
    behind = one(
        invoice("I2", late=8),
        rules=rules,
        contacts=(contact(THANK_YOU.name, 1, step_index=-1),),
    )
    assert codes(behind)[:2] == ("hold", "min_gap")


@pytest.mark.parametrize("mode", StaleBooks)
def test_on_old_books_nobody_is_thanked_unless_they_only_warn(mode: StaleBooks) -> None:
    """Words that soften a reminder would take thanks back."""
    rules = policy(
        thank_you=ThankYou(within=5), freshness=Freshness(books_max_age=3, when_stale=mode)
    )
    old = Organisation(
        name="Acme", time_zone="Europe/London", currency="GBP", books_fresh_on=TODAY - days(4)
    )
    made = decided(rules=rules, at=context(organisation=old))
    assert (made.action is Action.CONTACT) is (mode is StaleBooks.WARN)


def test_of_two_currencies_one_is_thanked_for_a_day() -> None:
    """Each has an episode of its own, and a customer gets one message a day."""
    other = contact("friendly", 6, "I2", currency="EUR", key="k2")
    account = facts(
        contacts=(contact(), other),
        settled=(paid(), paid("I2", currency="EUR")),
        closed=(*CLOSED, invoice("I2", late=20, currency="EUR")),
    )
    euro, pound = decide(account, RULES, context())
    assert (codes(euro), codes(pound)) == (
        ("contact", "thank_you"),
        ("hold", "other_currency_first", "thank_you"),
    )


def test_weekends_and_caps_are_told_with_the_day_on_which_it_may_go() -> None:
    """Held for the day, not given up."""
    shut = replace(RULES.restraint, weekdays=(0, 1, 3, 4))
    made = decided(rules=policy(thank_you=ThankYou(within=5), restraint=shut))
    assert codes(made) == ("hold", "weekend", "thank_you")
    assert made.next_look_on == TODAY + days(1)


def test_thanks_are_no_step_and_no_reminder() -> None:
    """An invoice that comes back goes on where it was, and thanks are no false chase."""
    made = (contact("friendly", 9), contact(THANK_YOU.name, 1, step_index=-1))
    back = one(invoice("I1", late=30), contacts=made, rules=RULES)
    assert (back.step, back.episode) == ("firm", "I1")
    known = snapshot(contacts=made, settled=(paid(ago=4),))
    assert false_chases(known, {made[1].key}) == (0, 0)


def test_thanks_are_no_message_about_a_debt() -> None:
    """They count nothing towards handing over, and bring no invoices."""
    said = (contact("friendly", 9), contact(THANK_YOU.name, 1, step_index=-1))
    assert [one.step for one in messages(said, "I1")] == ["friendly"]
    never_came = hold(
        HoldKind.MANUAL,
        amount=NOTHING,
        starts_on=TODAY - days(5),
        terms=Terms(cause=UnpaidCause.NOT_RECEIVED),
    )
    assert invoices_wanted((never_came,), said, TODAY) is not None
    assert invoices_wanted((never_came,), (*said, contact("firm", 2)), TODAY) is None


def test_explain_tells_why_thanks_go_out_and_why_not() -> None:
    """One finding with the setting and the payment; none where nobody has paid."""
    for change, verdict in (({}, "is due"), ({"settled": (paid(credited=None),)}, "no thanks")):
        account = facts(**change)
        (made,) = decide(account, RULES, context())
        found = [one for one in explain(made, account, RULES, context()) if one.rule == "thanks"]
        assert [one.verdict for one in found] == [verdict]
        assert "5 days" in found[0].comparison
    account = facts(invoice("I2", late=9))
    (made,) = decide(account, RULES, context())
    assert not [one for one in explain(made, account, RULES, context()) if one.rule == "thanks"]


def rarely(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Mostly the usual; each of the others now and then."""
    return st.sampled_from([usual] * 15 + list(others))


@st.composite
def histories(draw: st.DrawFn) -> AccountSnapshot:
    """Invoices that were reminded of, most of them paid since; now and then anything else."""
    ids = ["I1", "I2", "I3"]
    there = {one for one in ids if draw(rarely(one == "I3", one != "I3"))}
    currency = {one: draw(rarely("GBP", "EUR")) for one in ids}
    late = {one: draw(rarely(-9, 0, 1, 30)) if one in there else 20 for one in ids}
    items = [invoice(one, late[one], currency=currency[one]) for one in ids]
    rows = [
        paid(one, draw(st.integers(-1, 5)), currency=currency[one], credited=credited)
        for one in ids
        if one not in there
        for credited in draw(rarely([NOTHING], [None], [Decimal(1)], [], [NOTHING, None]))
    ]
    steps = st.tuples(
        rarely(("friendly", 0), ("firm", 1), (THANK_YOU.name, -1)),
        rarely(6, 0, 1, 2, 30),
        rarely(("I1",), ("I1", "I2"), ("I2",), ("I3",)),
        rarely(True, False),
    )
    made = [
        contact(step, ago, *named, step_index=index, settled=arrived, currency=currency[named[0]])
        for (step, index), ago, named, arrived in draw(st.lists(steps, min_size=1, max_size=3))
    ]
    return snapshot(
        *(item for item in items if item.item_id in there),
        contacts=tuple(replace(one, key=f"k{place}") for place, one in enumerate(made)),
        settled=tuple(rows),
        holds=tuple(
            hold(kind) for kind in draw(rarely((), (HoldKind.DISPUTE,), (HoldKind.MANUAL,)))
        ),
        closed=tuple(item for item in items if item.item_id not in there),
    )


@settings(deadline=None, max_examples=250)
@given(histories(), st.integers(0, 6), st.integers(0, 3))
def test_thanks_are_never_out_of_place(account: AccountSnapshot, within: int, ahead: int) -> None:
    """Whatever the history: nothing asked, nothing overdue or held, all paid, once, one a day."""
    today = TODAY + days(ahead)
    cap = Cap(contacts=2, days=6)
    rules = policy(
        thank_you=ThankYou(within=within),
        restraint=replace(RULES.restraint, caps=(cap,)),
    )
    made = [d for d in decide(account, rules, context(today)) if d.action is Action.CONTACT]
    assert len(made) <= 1
    for thanks in (d for d in made if d.step == THANK_YOU.name):
        assert (thanks.position.asked, thanks.lines != ()) == (0, True)
        assert not any(line.asked or line.open for line in thanks.lines)
        assert all(item.due_on is None or item.due_on >= today for item in account.items)
        assert account.holds == ()
        open_ids = {item.item_id for item in account.items}
        for line in thanks.lines:
            rows = [row for row in account.settled if row.item_id == line.item_id]
            assert rows
            assert all(row.credited == 0 for row in rows)
            assert line.item_id not in open_ids
        last = max(row.paid_on for row in account.settled)
        assert last >= today - days(within)
        assert not any(contact.on == today for contact in account.contacts)
        lately = [c for c in account.contacts if c.on > today - days(cap.days)]
        assert len(lately) < cap.contacts
        again = contact(THANK_YOU.name, 0, *(line.item_id for line in thanks.lines), step_index=-1)
        sent = replace(again, currency=thanks.currency, episode=thanks.episode, on=today)
        after = replace(account, contacts=(*account.contacts, sent))
        for later in range(3):
            for each in decide(after, rules, context(today + days(later))):
                assert each.step != THANK_YOU.name or each.currency != thanks.currency


@settings(deadline=None, max_examples=80)
@given(histories())
def test_what_is_closed_changes_no_decision_that_asks(account: AccountSnapshot) -> None:
    """With thanks switched on, whoever is asked for money is asked as before, word for word."""
    plain = policy()

    def asking(rules: Policy, known: AccountSnapshot) -> list[Any]:
        found = decide(known, rules, context())
        return [
            (d.currency, d.key, d.position, d.reasons, d.outcomes)
            for d in found
            if d.action is Action.CONTACT and d.step != THANK_YOU.name
        ]

    assert asking(RULES, account) == asking(plain, replace(account, closed=()))


def test_paid_on_is_a_day_of_the_calendar() -> None:
    """The furthest day that a ledger may state is no fault."""
    far = paid(paid_on=date.max)
    assert codes(decided(settled=(far,)))[-1] == "payment_unproven"
