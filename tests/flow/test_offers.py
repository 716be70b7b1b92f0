"""Offered plans in a run: accepted by the ledger's expected date, once, and told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.flow.offers import accept_offers, open_offers, read_now
from syncer.flow.worker import RunOptions
from syncer.model.agreement import Instalment, Terms
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import Quarantined
from syncer.policy.agreements.kept import covering
from syncer.policy.agreements.offers import plan_of

from .conftest import MONDAY, Bench

FIRST = MONDAY + timedelta(days=14)


def offered(bench: Bench, **facts: Any) -> Hold:
    """Keep an offer of two instalments for I1, made today."""
    parts = (
        Instalment(due_on=FIRST, amount=Decimal("60.00")),
        Instalment(due_on=FIRST + timedelta(days=30), amount=Decimal("40.00")),
    )
    terms = Terms(covers=covering([bench.book.items["I1"]]), instalments=parts, offered=True)
    made = Hold(
        **{
            "hold_id": "offer-1",
            "kind": HoldKind.MANUAL,
            "account_id": "A1",
            "amount": Decimal(0),
            "currency": "GBP",
            "starts_on": bench.clock().date(),
            "ends_on": FIRST,
            "reason": "2 instalments offered",
            "terms": terms,
        }
        | facts
    )
    bench.store.add_hold("acme", made, bench.clock())
    return made


def expect(bench: Bench, on: date | None) -> None:
    """Somebody enters the day on which the ledger expects payment."""
    bench.book.items["I1"] = replace(bench.book.items["I1"], expected_on=on)


def plans(bench: Bench) -> list[Hold]:
    """The payment plans that are kept."""
    return [one for one in bench.store.holds("acme") if one.kind is HoldKind.PLAN]


def test_the_ledgers_expected_date_makes_a_plan_once(bench: Bench) -> None:
    """Kept with its source and told once; later runs, also after the plan was ended, add none."""
    bench.owes("I1", late=9)
    assert bench.ledger().contacted == 1
    offered(bench)
    bench.next_day(1)
    assert plans(bench) == []
    expect(bench, FIRST)
    told = " ".join(bench.ledger().warnings)
    assert "payment plan of 2 instalments is kept (plan-1)" in told
    (plan,) = plans(bench)
    assert (plan.source, plan.author) == (HoldSource.LEDGER, "the ledger")
    assert plan.terms is not None
    assert [part.amount for part in plan.terms.instalments] == [Decimal("60.00"), Decimal("40.00")]
    assert not plan.terms.offered
    assert list(open_offers(bench.store, "acme", bench.clock().date())) == []
    bench.next_day(9)
    again = bench.ledger()
    assert (again.contacted, "payment plan" in " ".join(again.warnings)) == (0, False)
    assert len(plans(bench)) == 1


def test_a_day_that_stood_there_before_the_offer_accepts_nothing(bench: Bench) -> None:
    """By chance the ledger expected payment on the very day that was offered later."""
    bench.owes("I1", late=9)
    expect(bench, FIRST)
    bench.ledger()
    offered(bench)
    for _ in range(3):
        bench.next_day()
        bench.ledger()
    assert plans(bench) == []


def test_an_offer_lapses_with_its_first_day(bench: Bench) -> None:
    """Accepted in the ledger after the first day offered is past: somebody has to agree anew."""
    bench.owes("I1", late=9)
    bench.ledger()
    offered(bench)
    bench.next_day(15)
    expect(bench, FIRST)
    bench.ledger()
    assert plans(bench) == []


def test_a_run_that_died_between_plan_and_offer_is_completed(bench: Bench) -> None:
    """The plan has the offer's own id: the next run only ends the offer."""
    bench.owes("I1", late=9)
    bench.ledger()
    offer = offered(bench)
    expect(bench, FIRST)
    bench.ledger(RunOptions("plan", dry_run=True))
    assert plans(bench) == []  # a dry run keeps nothing
    now = bench.clock()
    plan = plan_of(offer, today=now.date(), reason="r", author="a", source=HoldSource.LEDGER)
    bench.store.add_hold("acme", plan, now)
    assert accept_offers(bench.store, "acme", today=now.date(), at=now) == []
    assert list(open_offers(bench.store, "acme", now.date())) == []


def test_an_offer_goes_by_what_the_ledger_says_now(bench: Bench) -> None:
    """Not by the last run; a customer who is gone, or cannot be read, is offered nothing."""
    bench.owes("I1", late=9, amount="100.00")
    bench.ledger()
    bench.book.pay_part("I1", Decimal("30.00"))
    setup = bench.worker().ledgers[0]
    assert read_now(setup, "A1").items[0].open == Decimal("70.00")
    with pytest.raises(ConfigError, match="no longer knows"):
        read_now(setup, "A9")
    bad = Quarantined(record_id="I9", account_id="A1", where="here", problem="no amount")
    facts = replace(read_now(setup, "A1"), quarantined=(bad,))
    bench.source.read_accounts = lambda _: {"A1": facts}  # type: ignore[method-assign]
    with pytest.raises(ConfigError, match="no amount"):
        read_now(setup, "A1")
