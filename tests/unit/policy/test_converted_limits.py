"""Limits of segments and of handing over are in the base currency: other debts are converted."""

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from syncer.model.decision import Decision
from syncer.policy.explain import explain
from syncer.policy.finding import Finding
from syncer.policy.rules import Condition, Policy, Segment, Step, StepChannel, Tone
from syncer.policy.strategy import Eligibility, HandOver

from .make import FRIENDLY, contact, context, invoice, ladder, one, policy, snapshot

AT_LEAST, BELOW = ("overdue_at_least", "net_at_least"), ("overdue_below", "net_below")
AMOUNTS = st.decimals("0.01", "10000", places=2)
RATES = st.decimals("0.001", "1000", places=3)


def segmented(**when: Any) -> Policy:
    """A policy whose one segment moves who fits to the other ladder."""
    segment = Segment(name="s", when=Condition(**when), ladder="other")
    return policy(ladders=(ladder(), ladder(name="other")), segments=(segment,))


def yen(amount: Decimal | str = "5000", rate: str | Decimal | None = "0.005") -> Any:
    """An overdue invoice in yen; the ledger keeps its books in pounds."""
    known = None if rate is None else Decimal(rate)
    return invoice(amount=str(amount), currency="JPY", rate_to_base=known)


def fits(item: Any, **when: Any) -> bool:
    """Whether the account is in the segment."""
    return one(item, rules=segmented(**when)).segment == "s"


def findings(item: Any, rules: Policy, **facts: Any) -> dict[str, Finding]:
    """What ``explain`` says, by rule."""
    seen = snapshot(item, **facts)
    decision: Decision = one(item, rules=rules, **facts)
    return {found.rule: found for found in explain(decision, seen, rules, context())}


@pytest.mark.parametrize(
    ("key", "limit", "rate", "expected"),
    [
        *[(key, "5000", "0.005", False) for key in AT_LEAST],
        *[(key, "25", "0.005", True) for key in AT_LEAST],
        *[(key, "25.01", "0.005", False) for key in AT_LEAST],
        *[(key, "5000", "0.005", True) for key in BELOW],
        *[(key, "25", "0.005", False) for key in BELOW],
        *[(key, "25.01", "0.005", True) for key in BELOW],
        *[(key, "25", None, False) for key in (*AT_LEAST, *BELOW)],
    ],
)
def test_complaint_56_a_segment_limit_is_converted(
    key: str, limit: str, rate: str | None, expected: bool
) -> None:
    """5,000 JPY at 0.005 are 25 GBP: no segment of 5,000 takes them; without a rate none fits."""
    assert fits(yen(rate=rate), **{key: Decimal(limit)}) is expected


@given(AMOUNTS, AMOUNTS, AMOUNTS, RATES)
def test_a_larger_debt_never_falls_below_a_limit(
    small: Decimal, more: Decimal, limit: Decimal, rate: Decimal
) -> None:
    """At any rate: who fits from an amount on fits with more, and the other side is the rest."""
    for from_on, below in zip(AT_LEAST, BELOW, strict=True):
        before, after = (
            fits(yen(amount, rate), **{from_on: limit}) for amount in (small, small + more)
        )
        assert before <= after
        assert before is (small * rate >= limit)
        assert fits(yen(small, rate), **{below: limit}) is not before


@given(AMOUNTS, AMOUNTS, st.none() | RATES)
def test_in_the_base_currency_no_rate_counts(
    amount: Decimal, limit: Decimal, rate: Decimal | None
) -> None:
    """A debt in the ledger's own currency is compared as it stands, whatever its rate says."""
    pounds = invoice(amount=str(amount), rate_to_base=rate)
    for from_on, below in zip(AT_LEAST, BELOW, strict=True):
        assert fits(pounds, **{from_on: limit}) is (amount >= limit)
        assert fits(pounds, **{below: limit}) is (amount < limit)


def test_the_converted_amounts_of_segments_are_explained() -> None:
    """Both figures are named, or that there is no rate; in the base currency nothing is said."""
    rules = segmented(overdue_at_least=Decimal(5000))
    told = findings(yen(), rules)["segment amounts"]
    assert told.input == "overdue 5,000 JPY, net 5,000 JPY"
    assert told.comparison == "limits of segments are in GBP"
    assert told.verdict == "by the ledger's rate 25.00 GBP, 25.00 GBP"
    without = findings(yen(rate=None), rules)["segment amounts"]
    assert without.verdict == (
        "the ledger gives no rate, so a segment that names an amount does not fit"
    )
    assert "segment amounts" not in findings(invoice(), rules)
    assert "segment amounts" not in findings(yen(), segmented(first_time=True))


@pytest.mark.parametrize(
    ("limit", "rate", "expected", "said"),
    [
        ("25.00", "0.005", "step_due", "25.00 GBP asked"),
        ("25.01", "0.005", "hand_over_not_yet", "25.00 GBP asked"),
        ("25.01", None, "step_due", "5,000 JPY asked, without a rate to GBP"),
    ],
)
def test_the_amount_of_handing_over_is_converted(
    limit: str, rate: str | None, expected: str, said: str
) -> None:
    """The policy's least amount is in pounds; without a rate a person has to look."""
    last = Step(
        name="agency",
        tone=Tone.FINAL,
        after_due=30,
        channel=StepChannel.TASK,
        hand_over=HandOver.AGENCY,
    )
    rules = policy(FRIENDLY, last, hand_over=Eligibility(amount_at_least=Decimal(limit)))
    known = None if rate is None else Decimal(rate)
    item = invoice(late=40, amount="5000", currency="JPY", rate_to_base=known)
    taken = (contact("friendly", 20, "I1", currency="JPY"),)
    assert one(item, rules=rules, contacts=taken).reasons[0].code == expected
    assert findings(item, rules, contacts=taken)["hand-over: amount"].input == said
