"""What is asked: open, less held, less credits, per currency, and what becomes of each item."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.model.decision import Action, Code, Decision
from syncer.model.hold import HoldKind
from syncer.model.ledger import ItemKind, Stop
from syncer.policy.decide import decide

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
    snapshot,
)


def codes(decision: Decision) -> dict[str, str]:
    """Outcome code by item."""
    return {outcome.item_id: outcome.code.value for outcome in decision.outcomes}


def test_only_overdue_invoices_are_asked_for() -> None:
    """What is not due stays out of the statement and of the amount."""
    decision = one(invoice("I1", 7, "100"), invoice("I2", 0, "50"), invoice("I3", None, "25"))
    assert decision.position.asked == 100
    assert (decision.position.open_invoices, decision.position.net) == (175, 175)
    assert [line.item_id for line in decision.lines] == ["I1"]
    assert codes(decision) == {"I1": "step_due", "I2": "not_due", "I3": "no_due_date"}


@pytest.mark.parametrize("kind", [kind for kind in ItemKind if kind is not ItemKind.INVOICE])
def test_every_kind_of_credit_lowers_the_ask(kind: ItemKind) -> None:
    """Credit notes, over- and prepayments and unallocated payments all count."""
    decision = one(invoice(late=9), credit("C1", "30", kind=kind))
    assert decision.position.asked == 70
    assert [line.asked for line in decision.lines] == [100, -30]
    assert codes(decision)["C1"] == "netted"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("99.99", ("contact", "step_due")), ("100", ("none", "covered_by_credit"))],
)
def test_a_credit_of_the_whole_amount_ends_the_chase(
    amount: str, expected: tuple[str, str]
) -> None:
    """Nobody is asked for what a credit covers, to the cent."""
    assert said(one(invoice(late=9), credit("C1", amount))) == expected


def test_credits_pay_the_oldest_debt_first() -> None:
    """A debt covered by credit carries no step: the younger one sets the days."""
    decision = one(invoice("I1", 90), invoice("I2", 8, "500"), credit("C1", "100"))
    assert codes(decision) == {"I1": "covered_by_credit", "I2": "step_due", "C1": "netted"}
    assert (decision.episode, decision.position.asked) == ("I2", 500)


def test_the_oldest_credit_is_used_first() -> None:
    """A credit that pays for nothing overdue is reported as unused."""
    older = credit("C2", "60", issued_on=TODAY - days(9))
    newer = credit("C1", "60", issued_on=TODAY - days(3))
    decision = one(invoice(late=9, amount="50"), newer, older)
    assert codes(decision) == {"I1": "covered_by_credit", "C2": "netted", "C1": "unused_credit"}


def test_only_credits_open() -> None:
    """An account that only has credit is left alone, with the credit reported."""
    decision = one(credit("C1", "60"))
    assert said(decision) == ("none", "unused_credit")
    assert decision.position.net == -60


def test_invoices_without_due_date_are_reported_and_never_chased() -> None:
    """No due date means never overdue."""
    assert said(one(invoice(late=None))) == ("none", "no_due_date")


def test_an_item_with_nothing_left_is_no_debt() -> None:
    """A paid item still listed by the ledger is neither asked for nor lost."""
    decision = one(invoice(amount="0"))
    assert (said(decision), codes(decision)) == (("none", "nothing_open"), {"I1": "nothing_open"})


def test_an_amount_below_zero_stops_the_account() -> None:
    """Facts that make no sense are treated like facts that could not be read."""
    decision = one(invoice(), invoice("I2", 9, "-50"))
    assert said(decision) == ("hold", "partial_facts")
    assert decision.position.asked == 0
    assert sum(outcome.amount for outcome in decision.outcomes) == 50


def test_unreadable_records_hold_the_account_whatever_else_is_true() -> None:
    """Nothing is decided on partial facts, not even that nothing is due."""
    for item in (invoice(), invoice(late=-5)):
        decision = one(item, quarantined=1)
        assert (said(decision), codes(decision)["I1"]) == (
            ("hold", "partial_facts"),
            "partial_facts",
        )


def test_a_dispute_on_a_part_lets_the_rest_go_on() -> None:
    """The undisputed part is asked for; the statement shows the held part."""
    disputed = hold(item_id="I1", amount=Decimal(40))
    decision = one(invoice(), holds=(disputed,))
    assert (decision.position.asked, decision.position.held) == (60, 40)
    assert (decision.lines[0].held, decision.lines[0].asked) == (40, 60)


def test_held_parts_never_exceed_the_invoice() -> None:
    """Two holds on one invoice hold all of it at most."""
    parts = (
        hold(item_id="I1", amount=Decimal(70)),
        hold(HoldKind.PROMISE, item_id="I1", amount=Decimal(70)),
        hold(HoldKind.PLAN, item_id="I1", amount=Decimal(-5)),
    )
    decision = one(invoice(), holds=parts)
    assert decision.position.held == 100
    assert (said(decision), codes(decision)) == (("hold", "dispute"), {"I1": "dispute"})


@pytest.mark.parametrize("kind", list(HoldKind))
def test_a_hold_on_the_account_holds_all_of_it(kind: HoldKind) -> None:
    """Every kind of hold without an item takes the whole account out."""
    expected = "excluded" if kind is HoldKind.EXCLUDE else kind.value
    assert said(one(invoice(), invoice("I2", 20), holds=(hold(kind),))) == ("hold", expected)


@pytest.mark.parametrize(
    ("start", "end", "action"),
    [(1, None, "contact"), (0, 0, "hold"), (-5, 0, "hold"), (-5, -1, "contact"), (-5, 1, "hold")],
)
def test_a_hold_speaks_on_its_first_and_last_day(start: int, end: int | None, action: str) -> None:
    """Both days belong to the hold; contact resumes the day after."""
    ends_on = None if end is None else TODAY + days(end)
    promise = hold(HoldKind.PROMISE, starts_on=TODAY + days(start), ends_on=ends_on)
    decision = one(invoice(), holds=(promise,))
    assert decision.action == action
    if action == "hold" and ends_on is not None:
        assert decision.next_look_on == ends_on + days(1)


def test_a_hold_that_is_still_to_come_is_a_day_to_look_again() -> None:
    """A hold speaks from its first day on; until then it only marks the calendar."""
    later = hold(starts_on=TODAY + days(2), ends_on=TODAY + days(9))
    decision = one(invoice(late=1), holds=(later,))
    assert (said(decision)[1], decision.next_look_on) == ("between_steps", TODAY + days(2))


def test_the_ledgers_expected_date_is_a_promise() -> None:
    """Until the expected date, that day included, the invoice is not asked for."""
    for ahead, action in ((0, "hold"), (1, "hold"), (-1, "contact")):
        decision = one(invoice(expected_on=TODAY + days(ahead)))
        assert decision.action == action
    held = one(invoice("I1", expected_on=TODAY), invoice("I2", 8, "5"))
    assert codes(held) == {"I1": "expected_date", "I2": "step_due"}


def test_a_hold_in_another_currency_holds_more_not_less() -> None:
    """A part that cannot be compared with its invoice holds all of the invoice."""
    odd = hold(item_id="I1", amount=Decimal(1), currency="EUR")
    assert said(one(invoice(), holds=(odd,))) == ("hold", "dispute")
    elsewhere = hold(amount=Decimal(50), currency="EUR")
    assert one(invoice(), holds=(elsewhere,)).position.asked == 100


def test_an_account_part_takes_the_oldest_first() -> None:
    """A disputed sum without invoice is taken from the oldest debts."""
    part = hold(amount=Decimal(130), currency="GBP")
    decision = one(invoice("I1", 20), invoice("I2", 9), invoice("I3", 8), holds=(part,))
    assert [line.held for line in decision.lines] == [100, 30, 0]
    assert (decision.episode, decision.position.asked) == ("I2", 170)


def test_only_sent_leaves_unsent_invoices_out() -> None:
    """With only_sent an invoice must be marked as sent; unknown is not sent."""
    rules = policy(only_sent=True)
    for sent, expected in ((True, "step_due"), (False, "not_sent_yet"), (None, "not_sent_yet")):
        assert said(one(invoice(sent=sent), rules=rules))[1] == expected
    assert said(one(invoice(sent=False)))[1] == "step_due"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"archived": True}, "archived"),
        ({"merged_into": "A2", "archived": True}, "merged"),
        ({"do_not_chase": True}, "do_not_chase"),
    ],
)
def test_accounts_that_are_never_contacted(change: dict[str, object], code: str) -> None:
    """Archived, merged and do-not-chase accounts are held with that reason."""
    account = replace(CUSTOMER, **change)
    assert said(one(invoice(), account=account)) == ("hold", code)


@pytest.mark.parametrize(
    ("amount", "rules", "expected"),
    [
        ("19.99", (("GBP", "20"),), "below_minimum"),
        ("20.00", (("GBP", "20"),), "step_due"),
        ("19.99", (("*", "20"),), "below_minimum"),
        ("20.00", (("*", "20"), ("EUR", "500")), "step_due"),
    ],
)
def test_minimum_in_the_base_currency(
    amount: str, rules: tuple[tuple[str, str], ...], expected: str
) -> None:
    """A contact needs at least the minimum of its currency."""
    limits = tuple((currency, Decimal(value)) for currency, value in rules)
    decision = one(invoice(amount=amount), rules=policy(minimum=limits))
    assert decision.reasons[0].code == expected


@pytest.mark.parametrize(
    ("rate", "expected"),
    [("0.5", "below_minimum"), ("2", "step_due"), (None, "step_due"), ("0", "step_due")],
)
def test_the_base_minimum_is_converted_by_the_ledgers_rate(rate: str | None, expected: str) -> None:
    """30 euro are 15 or 60 pounds by the rate; without a rate the limit is not applied."""
    euro = invoice(amount="30", currency="EUR", rate_to_base=Decimal(rate) if rate else None)
    decision = one(euro, rules=policy(minimum=(("*", Decimal(20)),)))
    assert decision.reasons[0].code == expected
    if expected == "below_minimum":
        assert decision.reasons[0].args == ("30", "EUR", "20", "GBP", "15.0")


def test_one_contact_a_day_across_currencies() -> None:
    """The currency with the oldest debt goes first, the others wait and say so."""
    euro = invoice("I2", 20, currency="EUR")
    decisions = decide(snapshot(invoice("I1", 9), euro), policy(), context())
    assert [(d.currency, *said(d)) for d in decisions] == [
        ("EUR", "contact", "step_due"),
        ("GBP", "hold", "other_currency_first"),
    ]
    assert decisions[1].next_look_on == TODAY + days(1)
    larger = invoice("I2", 9, "101", currency="EUR")
    decisions = decide(snapshot(invoice("I1", 9), larger), policy(), context())
    assert [d.action for d in decisions] == ["contact", "hold"]
    weak = invoice("I2", 9, "101", currency="EUR", rate_to_base=Decimal("0.5"))
    decisions = decide(snapshot(invoice("I1", 9), weak), policy(), context())
    assert [d.action for d in decisions] == ["hold", "contact"]


def test_currencies_never_mix() -> None:
    """A credit in one currency does not touch the debt in another."""
    euro = credit("C1", "1000", currency="EUR")
    eur, gbp = decide(snapshot(invoice(), euro), policy(), context())
    assert (eur.position.credits, gbp.position.asked) == (1000, 100)
    assert {line.item_id for line in gbp.lines} == {"I1"}


def test_an_unknown_ladder_is_a_configuration_error() -> None:
    """A policy that names no ladder fails with the key to correct."""
    with pytest.raises(ConfigError, match="default_ladder"):
        one(invoice(), rules=policy(default_ladder="nowhere"))


def test_the_digest_ignores_what_nobody_decides_on() -> None:
    """Touching a phone number or the time of change keeps a plan valid; a payment does not."""
    base = one(invoice()).digest
    assert one(invoice(), account=replace(CUSTOMER, phone="1", tax_number="2")).digest == base
    others_paid = replace(context(), turnover=(("GBP", Decimal("5000.00")),))
    assert one(invoice(), at=others_paid).digest == base
    assert one(invoice(open=Decimal("99.99"))).digest != base
    assert one(invoice(), contacts=(contact(),)).digest != base
    assert one(invoice(), rules=policy(only_sent=False, name="other")).digest != base
    assert one(invoice(), at=context(TODAY + days(1))).digest != base
    assert one(invoice(), at=context(last_run_on=TODAY)).digest == base
    assert one(invoice(), at=context(last_run_on=TODAY - days(2))).digest != base


@pytest.mark.parametrize(
    ("stop", "code"),
    [
        (Stop.DISPUTED, Code.DISPUTE),
        (Stop.PAYMENT_HELD, Code.MANUAL),
        (Stop.BLOCKED, Code.MANUAL),
        (Stop.OTHER_CURRENCY, Code.MANUAL),
    ],
)
def test_a_stop_in_the_ledger_holds_its_invoice_alone(stop: Stop, code: Code) -> None:
    """What the ledger marks is not asked for, in whole; the undisputed rest goes on."""
    decision = one(invoice("I1", 20, stop=stop), invoice("I2", 8, "5"))
    assert (decision.position.asked, decision.position.held) == (Decimal(5), Decimal(100))
    codes = {outcome.item_id: outcome.code for outcome in decision.outcomes}
    assert codes["I1"] is code
    assert decision.action is Action.CONTACT
    alone = one(invoice("I1", 20, stop=stop))
    assert (alone.action, alone.reasons[0].code) == (Action.HOLD, code)
    assert alone.digest != one(invoice("I1", 20)).digest
