"""Charges over whole random histories, as a policy played over them would have named them."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from msgspec.structs import replace

from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.rules import Basis, ChargeRules, FeeRule, InterestRule
from syncer.policy.law.rows import Debtor
from syncer.policy.replay.past import PastInvoice
from syncer.policy.replay.play import Asked, play
from syncer.policy.rules import Policy
from tests.unit.charges.sums import verified
from tests.unit.policy.make import ORGANISATION
from tests.unit.policy.test_replay import HISTORIES, LAST, START, USUAL, account

STEPS = ("friendly", "firm", "final")
AGREED = ChargeRules(debtor=Debtor.BUSINESS, steps=STEPS, agreed=True)
FEE = replace(AGREED, fee=FeeRule(per=FeePer.LETTER, amounts=(("GBP", Decimal(5)),)))
INTEREST = replace(AGREED, interest=InterestRule(basis=Basis.CONTRACT, percent=Decimal(12)))
BY_LAW = ChargeRules(
    law="uk", steps=STEPS, compensation=True, interest=InterestRule(basis=Basis.STATUTORY)
)
BOOK = verified()


def named(history: list[PastInvoice], charges: ChargeRules) -> list[Asked]:
    """Every contact of the policy with these charges."""
    rules: Policy = replace(USUAL, charges=charges)
    return list(play(account(history), rules, ORGANISATION, first=START, last=LAST, law=BOOK).asked)


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_charges_change_nothing_that_is_asked(history: list[PastInvoice]) -> None:
    """Announced apart: days, steps and amounts are those of the policy without charges."""
    bare = [replace(one, charged=Decimal(0)) for one in named(history, FEE)]
    assert bare == named(history, ChargeRules())


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_a_letter_costs_its_fee_once_or_nothing(history: list[PastInvoice]) -> None:
    """Never more than one fee in a message, and none on a step that these invoices had."""
    seen: set[tuple[str, str]] = set()
    for one in named(history, FEE):
        keys = {(one.step, item) for item in one.item_ids}
        assert one.charged in (Decimal(0), Decimal(5))
        if one.charged:
            assert not keys <= seen
            seen |= keys


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_interest_of_all_messages_is_never_more_than_the_rate_gives(
    history: list[PastInvoice],
) -> None:
    """Every day bears interest once: in all at most the rate on every late day, rounded up."""
    charged = sum((one.charged for one in named(history, INTEREST)), Decimal(0))
    most = sum((_most(one, LAST) for one in history), Fraction(0))
    assert Fraction(charged) <= most + Fraction(len(history), 100)


def _most(invoice: PastInvoice, last: date) -> Fraction:
    days = max(0, (last - invoice.due_on) // timedelta(days=1))
    return Fraction(invoice.total) * Fraction(12, 100) * Fraction(days, 365)


@given(HISTORIES)
@settings(max_examples=15, deadline=None)
def test_what_the_law_reserves_to_business_is_charged_to_no_consumer(
    history: list[PastInvoice],
) -> None:
    """Statutory interest and compensation of the UK pack: a consumer is charged nothing."""
    assert all(one.charged == 0 for one in named(history, replace(BY_LAW, debtor=Debtor.CONSUMER)))
