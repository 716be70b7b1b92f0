"""A plan from day to day: what a list tells of each part, when a word comes, and how far apart."""

from decimal import Decimal
from itertools import pairwise

import pytest

from syncer.model.agreement import Instalment, Terms
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.schedule import Every, instalments
from syncer.policy.agreements.speaking import turns
from syncer.policy.agreements.told import told

from .agreed import covers, plan
from .make import TODAY, days, hold, invoice, snapshot


def states(agreed: Hold, left: str, grace: int = 0) -> list[tuple[str, Decimal]]:
    """The state of each part and what came of it, with so much of I1 still open."""
    facts = snapshot(*([invoice(open=Decimal(left))] if Decimal(left) else []), holds=(agreed,))
    found = told(agreed, facts, Agreements(plan_grace=grace), TODAY)
    return [(part.state, part.paid) for part in found.parts]


@pytest.mark.parametrize(
    ("due", "state"),
    [(1, "to come"), (0, "to come"), (-1, "due"), (-2, "due"), (-3, "missed"), (-9, "missed")],
)
def test_a_part_is_missed_after_its_grace(due: int, state: str) -> None:
    """Through its day it is to come, through the grace it is due, and missed on the day after."""
    agreed = plan((due, "40"), (60, "60"))
    assert states(agreed, "100", grace=2) == [(state, 0), ("to come", 0)]


def test_payments_fill_the_parts_in_their_order() -> None:
    """The oldest first; what is full is paid, and what has begun says so."""
    agreed = plan((5, "40"), (30, "60"))
    assert states(agreed, "60") == [("paid", 40), ("to come", 0)]
    assert states(agreed, "59") == [("paid", 40), ("part paid", 1)]
    assert states(agreed, "0") == [("paid", 40), ("paid", 60)]


def test_of_a_plan_that_was_ended_only_what_came_is_paid() -> None:
    """The rest is ended: neither to come nor missed."""
    parts = (
        Instalment(due_on=TODAY - days(9), amount=Decimal(40)),
        Instalment(due_on=TODAY + days(9), amount=Decimal(60)),
    )
    terms = Terms(covers=covers(I1="100"), instalments=parts, ended=True)
    agreed = plan((-9, "40"), (9, "60"), terms=terms)
    assert states(agreed, "60") == [("paid", 40), ("ended", 0)]
    assert states(agreed, "61") == [("ended", 39), ("ended", 0)]


@pytest.mark.parametrize(
    ("last", "ended", "state"),
    [(0, False, "offered"), (-1, False, "ended"), (5, True, "ended"), (None, False, "offered")],
)
def test_an_offer_ends_after_its_last_day(last: int | None, state: str, *, ended: bool) -> None:
    """Or when a person ends it; each of its parts has the state of the whole."""
    parts = (Instalment(due_on=TODAY + days(9), amount=Decimal(100)),)
    terms = Terms(covers=covers(I1="100"), instalments=parts, offered=True, ended=ended)
    ends_on = None if last is None else TODAY + days(last)
    offer = hold(HoldKind.PLAN, currency="GBP", ends_on=ends_on, terms=terms)
    found = told(offer, snapshot(invoice(), holds=(offer,)), Agreements(), TODAY)
    assert (found.state, [part.state for part in found.parts]) == (state, [state])


def test_a_reminder_of_an_instalment_begins_and_lapses() -> None:
    """So many days before its day, and on the day after it; both are days on which it turns."""
    agreed = plan((10, "40"), (30, "60"))
    facts = snapshot(invoice(), holds=(agreed,))
    rules = Agreements(remind_instalment=3, plan_grace=2)
    found = {(on - TODAY).days for on in turns(facts, rules, TODAY)}
    assert found >= {7, 11, 13}
    silent = {(on - TODAY).days for on in turns(facts, Agreements(plan_grace=2), TODAY)}
    assert silent == {13}


@pytest.mark.parametrize(
    ("every", "apart"), [(Every.WEEK, [7, 7]), (Every.TWO_WEEKS, [14, 14]), (Every.MONTH, [30, 31])]
)
def test_instalments_are_so_far_apart(every: Every, apart: list[int]) -> None:
    """From the tenth of June on: weeks in days, months by the calendar."""
    parts = instalments(Decimal(90), "GBP", count=3, first_on=TODAY, every=every)
    gaps = [(two.due_on - one.due_on).days for one, two in pairwise(parts)]
    assert gaps == apart
