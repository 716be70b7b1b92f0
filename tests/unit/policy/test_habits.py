"""Figures about how somebody pays: exact, told with their depth, and blind to today and later."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Settled
from syncer.policy.agreements.rules import Agreements
from syncer.policy.habits import (
    TREND_LEAST,
    Figure,
    Trend,
    drift,
    paid_invoices,
    share_late,
    trend,
)
from syncer.policy.kept import promises_kept

from .make import TODAY, days, hold, invoice, settled, snapshot

PAST = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(-20, 60), st.integers(-30, 300)), max_size=14
)


def entries(told: list[tuple[str, int, int]]) -> list[Settled]:
    """(Invoice, days late, days ago) of payments; days ago below 1 are today and later."""
    return [settled(name, late, ago) for name, late, ago in told]


def figures(told: list[Settled], today: date = TODAY) -> tuple[object, ...]:
    """All that is said about these payments."""
    paid = paid_invoices(told, today)
    return paid, trend(paid, today), share_late(paid, today)


@given(PAST, st.randoms(use_true_random=False))
def test_order_is_irrelevant(told: list[tuple[str, int, int]], chance: Random) -> None:
    """The list of payments says the same in any order."""
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert figures(entries(told)) == figures(entries(shuffled))


@given(PAST)
def test_no_look_ahead(told: list[tuple[str, int, int]]) -> None:
    """Payments of today and later add nothing: at most they take their own invoice out."""
    later = {name for name, _, ago in told if ago < 1}
    known = [one for one in told if one[0] not in later]
    assert figures(entries(told)) == figures(entries(known))


@given(PAST, st.integers(0, 13), st.integers(1, 30))
def test_the_share_late_never_falls_when_one_pays_later(
    told: list[tuple[str, int, int]], place: int, more: int
) -> None:
    """One invoice paid later than it was: the share paid late stays or rises."""
    each = [(f"{number}", late, abs(ago) + 31) for number, (_, late, ago) in enumerate(told)]
    if not each:
        return
    at = place % len(each)
    name, late, ago = each[at]
    worse = [*each[:at], (name, late + more, ago - more), *each[at + 1 :]]
    before, after = (share_late(paid_invoices(entries(e), TODAY), TODAY) for e in (each, worse))
    assert before is not None
    assert after is not None
    assert after.value >= before.value


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 90))
def test_drift_is_monotone(late: int, more: int, usual: int) -> None:
    """Later now is never a smaller drift, a later habit never a larger one; never below 0."""
    found = drift(late, usual)
    later, used_to = drift(late + more, usual), drift(late, usual + more)
    assert found is not None
    assert later is not None
    assert used_to is not None
    assert used_to <= found <= later
    assert used_to >= 0


def test_drift_needs_a_habit() -> None:
    """Without a habit nothing can be said to differ from it; nothing overdue is no drift."""
    assert (drift(30, None), drift(None, 4), drift(30, 4)) == (None, 0, 26)


def test_trend_compares_90_days_with_before() -> None:
    """Payments of the last 90 days against earlier ones, with both counts; the 90th day is in."""
    told = [settled(f"n{n}", 20, ago) for n, ago in enumerate((1, 45, 90))]
    told += [settled(f"o{n}", late, 91 + n) for n, late in enumerate((2, 4, -30, 10))]
    found = trend(paid_invoices(told, TODAY), TODAY)
    assert found == Trend(value=Decimal(16), lately=3, before=4)


def test_thin_history_has_no_trend() -> None:
    """Fewer than three payments on either side make no trend."""
    told = [settled(f"n{n}", 20, 10) for n in range(TREND_LEAST)]
    told += [settled(f"o{n}", 0, 200) for n in range(TREND_LEAST - 1)]
    assert trend(paid_invoices(told, TODAY), TODAY) is None


def test_share_late_forgives_a_weekend() -> None:
    """Three days late is not late, four is."""
    told = [settled("a", 3), settled("b", 4), settled("c", -5), settled("d", 40)]
    found = share_late(paid_invoices(told, TODAY), TODAY)
    assert found == Figure(value=Decimal("0.5"), depth=4)
    assert share_late((), TODAY) is None


def test_an_invoice_counts_once_with_its_last_payment() -> None:
    """Three payments on one invoice are one observation; one paid in part is none."""
    parts = [settled("a", late, 60 - late) for late in (0, 10, 30)]
    (one,) = paid_invoices(parts, TODAY)
    assert one.paid_on == TODAY - days(30)
    assert paid_invoices(parts, TODAY, still_open={"a"}) == ()


def promised(item: str = "", amount: str | None = None, ended: int = 5, currency: str = "") -> Hold:
    """A promise of 20 days whose last day was ``ended`` days ago."""
    return hold(
        HoldKind.PROMISE,
        hold_id=f"P{item}{amount}{ended}",
        item_id=item,
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        starts_on=TODAY - days(ended + 20),
        ends_on=TODAY - days(ended),
    )


def test_promises_are_judged_by_what_came() -> None:
    """Kept: the invoice was paid off in time, or the amount came in time; a day late is broken."""
    told = [settled("a", 0, 5), settled("b", 0, 4), settled("c", 0, 10, amount="40")]
    cases = {
        promised("a"): True,  # its last day is in time
        promised("b"): False,  # one day late
        promised("c", "40"): True,
        promised("c", "40.01"): False,
        promised("", "140", currency="GBP"): True,  # a and c came within the days
        promised("", "40", currency="EUR"): False,
    }
    for one, kept in cases.items():
        facts = snapshot(holds=(one,), settled=tuple(told))
        found = promises_kept(facts, Agreements(), TODAY)
        assert found == Figure(value=Decimal(int(kept)), depth=1), one
    facts = snapshot(holds=tuple(cases), settled=tuple(told))
    every = promises_kept(facts, Agreements(), TODAY)
    assert every == Figure(value=Decimal("0.5"), depth=6)
    facts = snapshot(invoice("a"), holds=(promised("a"),), settled=tuple(told))
    still = promises_kept(facts, Agreements(), TODAY)
    assert still == Figure(value=Decimal(0), depth=1)


def test_what_cannot_be_judged_is_not_counted() -> None:
    """A promise that still runs, one of nothing in particular, and a dispute are no record."""
    running = promised("a", ended=0)
    vague = promised("")
    dispute = hold(HoldKind.DISPUTE, item_id="a", ends_on=TODAY - timedelta(days=3))
    facts = snapshot(holds=(running, vague, dispute))
    assert promises_kept(facts, Agreements(), TODAY) is None
