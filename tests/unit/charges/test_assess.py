"""What a step charges: every claim is worked out, and what stands against one is said."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.charge import ChargeKind
from syncer.policy.charges.assess import assess
from syncer.policy.charges.fees import FeePer
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.occasion import Occasion, debtor_of
from syncer.policy.charges.rules import (
    Assessment,
    Basis,
    ChargeRules,
    Debt,
    Earlier,
    FeeRule,
    InterestRule,
)
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import Debtor
from syncer.settings.lawpacks import shipped_packs
from tests.unit.charges.sums import day, verified

BOOK = verified()
UK = ChargeRules(
    law="uk",
    debtor=Debtor.BUSINESS,
    steps=("firm", "final"),
    interest=InterestRule(basis=Basis.STATUTORY),
    compensation=True,
)
DEBT = Debt(item_id="I1", number="INV-1", due_on=day("2023-06-30"), principal=Decimal("2500.00"))
FIRM = Occasion(currency="GBP", step="firm", today=day("2023-07-31"))
DANISH = ChargeRules(
    law="dk",
    debtor=Debtor.CONSUMER,
    steps=("one", "two", "three", "four"),
    fee=FeeRule(per=FeePer.LETTER, amounts=(("DKK", Decimal(150)),)),
)


def charged(found: Assessment) -> dict[ChargeKind, Decimal]:
    """Sum by kind."""
    sums: dict[ChargeKind, Decimal] = {}
    for line in found.lines:
        sums[line.kind] = sums.get(line.kind, Decimal(0)) + line.amount
    return sums


def after(found: Assessment, step: str, on: date) -> tuple[Earlier, ...]:
    """What an assessment leaves behind."""
    return tuple(
        Earlier(
            kind=line.kind,
            item_id=line.item_id,
            step=step,
            on=on,
            amount=line.amount,
            until=line.until,
        )
        for line in found.lines
    )


def test_a_late_invoice_between_businesses() -> None:
    """Statutory interest at the locked rate and the fixed sum, each with its working and row."""
    found = assess([DEBT], UK, BOOK, FIRM)
    assert charged(found) == {
        ChargeKind.INTEREST: Decimal("27.60"),
        ChargeKind.COMPENSATION: Decimal("70.00"),
    }
    assert found.total == Decimal("97.60")
    assert (found.refused, found.pack) == ((), "uk 2026.11")
    interest = found.lines[0]
    assert interest.rows == ("uk.rate.2023h2",)
    assert interest.working[0] == (
        "2023-07-01 to 2023-07-31: 31 days on 2,500.00 GBP at 13.00 % a year (uk.rate.2023h2) "
        "= 27.6027…"
    )


def test_a_payment_with_its_day_splits_the_interest() -> None:
    """What is asked today and what was paid before give the balance of each day."""
    paid = (Paid(on=day("2023-07-15"), amount=Decimal("1000.00")),)
    debt = replace(DEBT, principal=Decimal("1500.00"), paid=paid)
    assert charged(assess([debt], UK, BOOK, FIRM))[ChargeKind.INTEREST] == Decimal("21.90")


@pytest.mark.parametrize("step", ["friendly", ""])
def test_a_step_that_is_not_named_charges_nothing(step: str) -> None:
    """Charges are asked for by step, never by default."""
    assert assess([DEBT], UK, BOOK, replace(FIRM, step=step)) == Assessment(currency="GBP")


def test_due_today_is_not_late() -> None:
    """On the due date nothing is charged, the day after it is."""
    on_due = replace(FIRM, today=DEBT.due_on)
    assert assess([DEBT], UK, BOOK, on_due).lines == ()
    assert assess([DEBT], UK, BOOK, replace(FIRM, today=DEBT.due_on + timedelta(days=1))).lines


def test_nobody_said_who_owes() -> None:
    """Without a debtor's kind there is no claim, and the reason says what to set."""
    found = assess([DEBT], replace(UK, debtor=None), BOOK, FIRM)
    assert found.lines == ()
    assert "charges.debtor" in found.refused[0]


def test_a_group_of_the_ledger_says_who_owes() -> None:
    """The first group that the account is in decides, whatever its case; else the default."""
    rules = replace(UK, groups=(("Private", Debtor.CONSUMER),))
    assert debtor_of(rules, ["PRIVATE"]) is Debtor.CONSUMER
    assert debtor_of(rules, ["Trade"]) is Debtor.BUSINESS
    found = assess([DEBT], rules, BOOK, replace(FIRM, groups=("private",)))
    assert found.lines == ()
    assert len(found.refused) == 2


def test_unverified_rows_charge_nothing() -> None:
    """With the packs as they ship there is no claim at all."""
    found = assess([DEBT], UK, LawBook(shipped_packs()), FIRM)
    assert found.lines == ()
    assert all("not verified" in why for why in found.refused)


def test_a_missing_half_year_costs_the_interest_alone() -> None:
    """Without a published rate the fixed sum still stands."""
    debt = replace(DEBT, due_on=day("2025-01-10"))
    found = assess([debt], UK, BOOK, replace(FIRM, today=day("2025-03-01")))
    assert set(charged(found)) == {ChargeKind.COMPENSATION}
    assert "2025-01-11" in found.refused[0]


def test_a_sum_in_another_currency_is_not_converted() -> None:
    """British compensation is not claimed on a debt in euros."""
    found = assess([DEBT], UK, BOOK, replace(FIRM, currency="EUR"))
    assert set(charged(found)) == {ChargeKind.INTEREST}


def test_a_contract_rate_takes_the_laws_place() -> None:
    """With a contract's rate interest follows it; without the figure there is none."""
    contract = InterestRule(basis=Basis.CONTRACT, percent=Decimal(6))
    rules = replace(UK, interest=contract, compensation=False)
    found = assess([DEBT], rules, BOOK, FIRM)
    assert charged(found) == {ChargeKind.INTEREST: Decimal("12.74")}
    assert found.lines[0].rows == ("contract",)
    rules = replace(rules, interest=replace(contract, percent=None))
    assert assess([DEBT], rules, BOOK, FIRM).lines == ()


@pytest.mark.parametrize("pack", ["us", "ca"])
def test_what_has_to_be_agreed_is_not_charged_unasked(pack: str) -> None:
    """Where charges have to stand in the contract, the policy must say that they do."""
    contract = InterestRule(basis=Basis.CONTRACT, percent=Decimal(6))
    rules = ChargeRules(
        law=pack, debtor=Debtor.BUSINESS, steps=("firm",), interest=contract, agreed=False
    )
    assert "agreed" in assess([DEBT], rules, BOOK, FIRM).refused[0]
    assert assess([DEBT], replace(rules, agreed=True), BOOK, FIRM).lines


def test_nothing_is_charged_twice() -> None:
    """The same step again charges nothing; a later one charges what grew since."""
    first = assess([DEBT], UK, BOOK, FIRM)
    again = replace(FIRM, earlier=after(first, "firm", FIRM.today))
    assert assess([DEBT], UK, BOOK, again).lines == ()
    later = replace(again, step="final", today=day("2023-08-31"))
    grown = assess([DEBT], UK, BOOK, later)
    whole = assess([DEBT], UK, BOOK, replace(later, earlier=()))
    assert charged(grown) == {ChargeKind.INTEREST: whole.lines[0].amount - Decimal("27.60")}
    assert grown.lines[0].since == day("2023-08-01")


def test_a_letter_costs_once_whatever_it_lists() -> None:
    """One fee per letter, or one per invoice, as the policy says."""
    debts = [DEBT, replace(DEBT, item_id="I2", number="INV-2")]
    fee = FeeRule(per=FeePer.LETTER, amounts=(("GBP", Decimal(5)),))
    rules = ChargeRules(debtor=Debtor.BUSINESS, steps=("firm",), fee=fee)
    assert assess(debts, rules, BOOK, FIRM).total == 5
    rules = replace(rules, fee=replace(fee, per=FeePer.INVOICE))
    assert assess(debts, rules, BOOK, FIRM).total == 10
    assert "no fee" in assess(debts, rules, BOOK, replace(FIRM, currency="JPY")).refused[0]


def test_a_percentage_never_compounds() -> None:
    """Three steps of 10 % on 100 charge 30."""
    fee = FeeRule(per=FeePer.INVOICE, percent=Decimal(10))
    rules = ChargeRules(debtor=Debtor.BUSINESS, steps=("a", "b", "c"), fee=fee)
    debt, occasion = replace(DEBT, principal=Decimal(100)), FIRM
    for step in rules.steps:
        occasion = replace(occasion, step=step)
        found = assess([debt], rules, BOOK, occasion)
        occasion = replace(occasion, earlier=(*occasion.earlier, *after(found, step, FIRM.today)))
    assert sum(one.amount for one in occasion.earlier) == 30


@given(st.lists(st.integers(1, 30), min_size=4, max_size=4))
def test_danish_fees_stay_within_their_limits(gaps: list[int]) -> None:
    """Whatever the days between them: at most 100 each, three in all, ten days apart."""
    debt, today = replace(DEBT, principal=Decimal(900)), day("2023-07-05")
    notices: tuple[date, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    for step, gap in zip(DANISH.steps, gaps, strict=True):
        today += timedelta(days=gap)
        occasion = Occasion(
            currency="DKK", step=step, today=today, notices=notices, earlier=earlier
        )
        found = assess([debt], DANISH, BOOK, occasion)
        assert found.lines or found.refused
        if notices and (today - notices[-1]).days < 10:
            assert found.total == 0
        notices, earlier = (*notices, today), (*earlier, *after(found, step, today))
    assert sum(one.amount for one in earlier) <= 300
    assert all(one.amount <= 100 for one in earlier)


@given(st.decimals("10", "5000", places=2), st.integers(1, 900), st.decimals("1", "60", places=1))
def test_canadian_costs_stay_under_35_percent_a_year(
    principal: Decimal, late: int, percent: Decimal
) -> None:
    """Interest and fees together never pass the cap, whatever was agreed."""
    rules = ChargeRules(
        law="ca",
        debtor=Debtor.BUSINESS,
        steps=("firm",),
        agreed=True,
        interest=InterestRule(basis=Basis.CONTRACT, percent=percent),
        fee=FeeRule(per=FeePer.INVOICE, amounts=(("CAD", Decimal(25)),)),
    )
    debt = replace(DEBT, principal=principal, due_on=day("2025-06-01"))
    today = debt.due_on + timedelta(days=late)
    found = assess([debt], rules, BOOK, Occasion(currency="CAD", step="firm", today=today))
    assert found.total * 365 <= principal * Decimal("0.35") * late
    assert len(found.lines) == 2 or found.refused


def test_a_disputed_part_bears_no_interest() -> None:
    """Only what is asked today counts: what a dispute holds costs nothing until it is settled."""
    half = replace(DEBT, principal=Decimal("1250.00"))
    assert charged(assess([half], UK, BOOK, FIRM))[ChargeKind.INTEREST] == Decimal("13.80")
