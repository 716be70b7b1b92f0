"""Several currencies of one customer: they take turns, and none of them waits for ever."""

from datetime import date, timedelta
from decimal import Decimal

import hypothesis.strategies as st
from hypothesis import given, settings
from msgspec.structs import replace

from syncer.model.decision import Action, Code, Contact, Decision
from syncer.model.ledger import OpenItem
from syncer.policy.decide import decide
from syncer.policy.rules import Cap, Restraint

from .make import (
    FINAL,
    FIRM,
    FRIENDLY,
    HEADS_UP,
    OPEN_ALWAYS,
    TODAY,
    contact,
    context,
    days,
    invoice,
    policy,
    snapshot,
)

CODES = ("AUD", "CHF", "EUR", "GBP", "JPY", "USD")
HORIZON = 150
LADDER = (FRIENDLY, FIRM, FINAL)


def _first(*items: OpenItem, contacts: tuple[Contact, ...]) -> str:
    """The currency that is written in today."""
    made = decide(snapshot(*items, contacts=contacts), policy(HEADS_UP, *LADDER), context())
    (chosen,) = [one.currency for one in made if one.action is Action.CONTACT]
    return chosen


def test_the_currency_that_was_written_in_last_waits() -> None:
    """Equally late: not the larger again, but the one that heard nothing yet, or for longest."""
    pounds, euros = invoice("I1", 40, "900.00"), invoice("I2", 40, "1.00", currency="EUR")
    in_pounds = contact("friendly", 8, "I1")
    in_euros = contact("friendly", 9, "I2", currency="EUR")
    assert _first(pounds, euros, contacts=()) == "GBP"
    assert _first(pounds, euros, contacts=(in_pounds,)) == "EUR"
    assert _first(pounds, euros, contacts=(in_pounds, in_euros)) == "EUR"
    assert _first(pounds, euros, contacts=(replace(in_pounds, on=TODAY - days(10)), in_euros)) == (
        "GBP"
    )


def test_an_older_debt_takes_its_turn_as_well() -> None:
    """Being later is no right to every message: a younger debt that heard nothing comes between."""
    pounds, euros = invoice("I1", 90), invoice("I2", 8, currency="EUR")
    assert _first(pounds, euros, contacts=()) == "GBP"
    assert _first(pounds, euros, contacts=(contact("friendly", 8, "I1"),)) == "EUR"


def test_what_is_late_goes_before_what_only_falls_due() -> None:
    """A heads-up in a currency that heard nothing yet does not push a reminder back."""
    pounds, euros = invoice("I1", 40), invoice("I2", -3, currency="EUR")
    assert _first(pounds, euros, contacts=(contact("friendly", 8, "I1"),)) == "GBP"


@st.composite
def debts(draw: st.DrawFn) -> tuple[OpenItem, ...]:
    """One overdue invoice in each of some currencies, of any amount, for any time."""
    codes = draw(st.lists(st.sampled_from(CODES), min_size=2, max_size=6, unique=True))
    return tuple(
        invoice(
            f"I-{code}",
            draw(st.one_of(st.just(30), st.integers(7, 400))),
            str(Decimal(draw(st.integers(1, 9_000_000))) / 100),
            currency=code,
            rate_to_base=draw(st.sampled_from([None, Decimal("0.01"), Decimal(3)])),
        )
        for code in codes
    )


RESTRAINTS = st.sampled_from(
    [
        OPEN_ALWAYS,
        replace(OPEN_ALWAYS, min_gap=5, caps=(Cap(contacts=4, days=30),)),
        Restraint(min_gap=3, caps=(Cap(contacts=2, days=14),), holidays="GB"),
    ]
)


def _lived(items: tuple[OpenItem, ...], restraint: Restraint) -> list[tuple[date, list[Decision]]]:
    """Every day's decisions; what was sent is remembered, nobody pays."""
    rules, contacts, told = policy(*LADDER, restraint=restraint), list[Contact](), []
    for number in range(HORIZON):
        today = TODAY + timedelta(days=number)
        made = list(decide(snapshot(*items, contacts=tuple(contacts)), rules, context(today)))
        told.append((today, made))
        contacts += [
            contact(
                one.step,
                0,
                *(line.item_id for line in one.lines),
                on=today,
                currency=one.currency,
                step_index=one.step_index,
                episode=one.episode,
                key=one.key,
            )
            for one in made
            if one.action is Action.CONTACT
        ]
    return told


@settings(max_examples=40, deadline=None)
@given(debts(), RESTRAINTS)
def test_no_currency_starves(items: tuple[OpenItem, ...], restraint: Restraint) -> None:
    """N currencies that are always overdue: the first N messages are in N currencies; later too,
    nobody who waits only for another currency has waited longer than that one.
    """
    last: dict[str, date] = {}
    order: list[str] = []
    for today, made in _lived(items, restraint):
        chosen = [one.currency for one in made if one.action is Action.CONTACT]
        waiting = [o.currency for o in made if o.reasons[0].code is Code.OTHER_CURRENCY_FIRST]
        assert len(chosen) <= 1
        for one in chosen:
            mine = last.get(one, date.min)
            assert all(mine <= last.get(other, date.min) for other in waiting)
            last[one] = today
        order += chosen
    assert set(order[: len(items)]) == {item.currency for item in items}
