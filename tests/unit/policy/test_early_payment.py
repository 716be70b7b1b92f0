"""Offers for paying early: told while they hold, on invoices asked for whole, never reckoned."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.hold import HoldKind
from syncer.model.ledger import EarlyPayment, OpenItem
from syncer.policy.decide import decide
from syncer.policy.explain import explain
from tests.unit.policy.make import (
    FIRM,
    FRIENDLY,
    HEADS_UP,
    TODAY,
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

RULES = policy(HEADS_UP, FRIENDLY, FIRM)


def _offer(ahead: int = 3, amount: str = "2.00") -> EarlyPayment:
    return EarlyPayment(until=TODAY + days(ahead), amount=Decimal(amount))


def test_a_heads_up_tells_the_offer_and_asks_in_full() -> None:
    """The line has the offer; every amount is as it would be without one."""
    plain = one(invoice(late=-3), rules=RULES)
    offered = one(invoice(late=-3, early_payment=_offer()), rules=RULES)
    assert said(offered) == ("contact", "heads_up")
    assert offered.lines[0].early_payment == _offer()
    assert offered.position == plain.position
    assert offered.outcomes == plain.outcomes
    assert offered.lines[0].asked == plain.lines[0].asked == Decimal("100.00")
    assert offered.key == plain.key


@pytest.mark.parametrize(("ahead", "told"), [(1, True), (0, True), (-1, False)])
def test_the_last_day_counts(ahead: int, *, told: bool) -> None:
    """On its last day an offer holds; the day after it is not told."""
    line = one(invoice(early_payment=_offer(ahead)), rules=RULES).lines[0]
    assert (line.early_payment is not None) is told


@pytest.mark.parametrize(
    "facts",
    [
        {"early_payment": _offer(amount="100.00")},  # nothing would be left
        {"early_payment": _offer(amount="0.00")},
        {"early_payment": _offer(amount="-1.00")},
        {"early_payment": _offer(), "open": Decimal("1.50")},  # more than is left
    ],
)
def test_an_offer_that_cannot_be_is_not_told(facts: dict[str, Any]) -> None:
    """Something comes off and something is left to pay, or nothing is said."""
    assert one(invoice(**facts), rules=RULES).lines[0].early_payment is None


def test_nothing_is_offered_on_an_invoice_held_in_part() -> None:
    """What is left after a dispute is not what the ledger reckoned its discount on."""
    part = hold(HoldKind.DISPUTE, item_id="I1", amount=Decimal("40.00"), currency="GBP")
    decision = one(invoice(early_payment=_offer()), rules=RULES, holds=(part,))
    assert decision.lines[0].held == Decimal("40.00")
    assert decision.lines[0].early_payment is None


@given(
    amount=st.decimals("1.00", "500.00", places=2),
    off=st.decimals("0.01", "600.00", places=2),
    ahead=st.integers(-40, 40),
    late=st.integers(-5, 40),
    unused=st.decimals("0.00", "200.00", places=2),
)
def test_an_offer_changes_no_decision(
    amount: Decimal, off: Decimal, ahead: int, late: int, unused: Decimal
) -> None:
    """With an offer as without one: the same action, step, key and amounts; and it is told of
    only on days that do not come after it.
    """
    owed = invoice(late=late, amount=str(amount))
    others = (credit("C", str(unused)),) if unused else ()
    offer = EarlyPayment(until=TODAY + days(ahead), amount=off)
    plain = one(owed, *others, rules=RULES)
    offered = one(replace(owed, early_payment=offer), *others, rules=RULES)
    bare = [replace(line, early_payment=None) for line in offered.lines]
    assert replace(offered, lines=tuple(bare), digest="") == replace(plain, digest="")
    told = [line.early_payment for line in offered.lines if line.early_payment is not None]
    assert all(each.until >= TODAY and each.amount < amount for each in told)


@pytest.mark.parametrize(
    "facts", [{"early_payment": _offer()}, {"site": "Leeds"}, {"early_payment": _offer(9)}]
)
def test_the_digest_covers_what_a_message_tells(facts: dict[str, Any]) -> None:
    """A plan that was approved with another offer or site is not the same plan."""
    digests = [one(invoice(**given)).digest for given in ({}, facts, {"early_payment": _offer(1)})]
    assert len(set(digests)) == 3


def test_facts_without_them_are_kept_as_before() -> None:
    """An item without an offer and a site is written without either, so it reads as unchanged."""
    body = msgspec.json.encode(invoice())
    assert b"early" not in body
    assert b"site" not in body
    item = invoice(early_payment=_offer(), site="Leeds")
    kept = msgspec.json.Encoder(decimal_format="string").encode(item)
    assert msgspec.json.decode(kept, type=OpenItem) == item


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(0, "told in messages; asked in full"), (-1, "not told any more")]
)
def test_the_explanation_shows_an_offer(ahead: int, verdict: str) -> None:
    """Amount off, last day, and whether messages tell it."""
    facts = snapshot(invoice(early_payment=_offer(ahead)))
    (decision,) = decide(facts, RULES, context())
    found = {each.rule: each for each in explain(decision, facts, RULES, context())}
    finding = found["early payment"]
    assert finding.input == "invoice INV-I1: 2.00 GBP off"
    until = TODAY + days(ahead)
    assert finding.comparison == f"until {until}, on an invoice that is asked for whole"
    assert finding.verdict == verdict


def test_without_an_offer_nothing_is_explained() -> None:
    """The rule is listed only where there is something to say."""
    facts = snapshot(invoice())
    (decision,) = decide(facts, RULES, context())
    assert "early payment" not in {each.rule for each in explain(decision, facts, RULES, context())}
