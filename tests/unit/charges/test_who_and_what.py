"""What an assessment leaves out, limits and says: item by item, under a pack of a few rows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from syncer.model.charge import ChargeKind
from syncer.policy.charges.allocation import PRINCIPAL_FIRST
from syncer.policy.charges.assess import assess
from syncer.policy.charges.fees import FeePer, collection_costs
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.occasion import Occasion
from syncer.policy.charges.rules import (
    Assessment,
    Basis,
    Booking,
    ChargeRules,
    Debt,
    Earlier,
    FeeRule,
    InterestRule,
)
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import (
    Allocation,
    AnyRow,
    Band,
    Debtor,
    Evidence,
    FeeCap,
    FeeScale,
    FixedSum,
    Pack,
    Part,
    Rate,
    RateMode,
    ShareBand,
    Status,
    TextDuty,
    TextRule,
    YearlyCostCap,
)
from tests.unit.charges.sums import day

TODAY = day("2026-07-20")
COSTS_FIRST = (Part.COSTS, Part.INTEREST, Part.PRINCIPAL)
ACTIVE: dict[str, Any] = {
    "source": "an act",
    "evidence": Evidence.OFFICIAL,
    "status": Status.ACTIVE,
}
FIRST = Debt(item_id="I1", number="INV-1", due_on=day("2026-06-20"), principal=Decimal(1000))
SECOND = replace(FIRST, item_id="I2", number="INV-2")
ON = Occasion(currency="EUR", step="firm", today=TODAY)
CONTRACT = InterestRule(basis=Basis.CONTRACT, percent=Decimal(10))
STATUTORY = InterestRule(basis=Basis.STATUTORY)
SUM = FixedSum(
    id="x.sum",
    currency="EUR",
    bands=(
        Band(principal_from=Decimal(0), amount=Decimal(40)),
        Band(principal_from=Decimal(1000), amount=Decimal(70)),
    ),
    **ACTIVE,
)
SCALE = FeeScale(
    id="x.scale",
    currency="EUR",
    percent=Decimal(15),
    least=Decimal(40),
    up_to=Decimal(2000),
    **ACTIVE,
)
FEE_CAP = FeeCap(id="x.cap", currency="EUR", most=Decimal(9), count=1, **ACTIVE)
FEE = FeeRule(per=FeePer.INVOICE, amounts=(("EUR", Decimal(5)),))


def rules(**facts: Any) -> ChargeRules:
    """What a policy charges a business on the step firm."""
    return ChargeRules(**({"debtor": Debtor.BUSINESS, "steps": ("firm",)} | facts))


def law(*rows: AnyRow, basis: str = "the Act") -> LawBook:
    """A book of one pack x with these rows."""
    pack = Pack(
        name="x",
        title="X",
        country="",
        currency="EUR",
        version="1",
        review_by=day("2030-01-01"),
        rows=rows,
        basis=basis,
    )
    return LawBook([pack])


def before(kind: ChargeKind, amount: str, item_id: str = "I1", **facts: Any) -> Earlier:
    """A charge that an earlier message named."""
    values = {"step": "friendly", "on": day("2026-07-01"), "until": None}
    values |= facts
    return Earlier(kind=kind, item_id=item_id, amount=Decimal(amount), **values)  # type: ignore[arg-type]


def amounts(found: Assessment) -> list[tuple[str, str, Decimal]]:
    """Kind, invoice and amount of each line."""
    return [(line.kind.value, line.item_id, line.amount) for line in found.lines]


def fees(*earlier: Earlier, book: LawBook | None = None, **facts: Any) -> dict[str, Decimal]:
    """The fee of each of two invoices."""
    charged = rules(**({"fee": FEE, "law": "x" if book else ""} | facts))
    found = assess([FIRST, SECOND], charged, book or law(), replace(ON, earlier=earlier))
    return {line.item_id: line.amount for line in found.lines}


@pytest.mark.parametrize(("principal", "lines"), [("0", 0), ("0.01", 1)])
def test_nothing_is_charged_for_nothing(principal: str, lines: int) -> None:
    """A debt of which nothing is asked any more costs no fixed sum."""
    debt = replace(FIRST, principal=Decimal(principal))
    found = assess([debt], rules(law="x", compensation=True), law(SUM), ON)
    assert len(found.lines) == lines


def test_the_law_is_named_where_a_line_rests_on_it() -> None:
    """The basis stands with a sum of the law, and not with what the contract alone grants."""
    by_law = assess([FIRST], rules(law="x", compensation=True), law(SUM), ON)
    agreed = assess([FIRST], rules(law="x", interest=CONTRACT), law(SUM), ON)
    alone = assess([FIRST], rules(interest=CONTRACT), law(SUM), ON)
    assert [(one.basis, one.pack) for one in (by_law, agreed, alone)] == [
        ("the Act", "x 1"),
        ("", "x 1"),
        ("", ""),
    ]


def test_an_invoice_with_a_lost_message_is_left_out() -> None:
    """Nobody knows what was charged on it; the other one is charged as ever."""
    found = assess([FIRST, SECOND], rules(fee=FEE), law(), replace(ON, unknown=("I1",)))
    assert amounts(found) == [("fee", "I2", Decimal(5))]
    assert "nothing on INV-1" in found.refused[0]


@pytest.mark.parametrize(
    ("own", "pack", "expected"),
    [
        ((), "x", COSTS_FIRST),
        (PRINCIPAL_FIRST, "x", PRINCIPAL_FIRST),
        ((), "", PRINCIPAL_FIRST),
        (COSTS_FIRST, "", COSTS_FIRST),
        ((), "empty", PRINCIPAL_FIRST),
    ],
)
def test_the_order_is_the_policys_then_the_packs(
    own: tuple[Part, ...], pack: str, expected: tuple[Part, ...]
) -> None:
    """Principal first where neither says anything that can be relied on."""
    book = law(Allocation(id="x.order", order=COSTS_FIRST, **ACTIVE)) if pack == "x" else law()
    found = assess([FIRST], rules(law=pack and "x", allocation=own, fee=FEE), book, ON)
    assert found.order == expected


@pytest.mark.parametrize(
    ("rule", "agreed", "lines"),
    [
        (TextRule.AGREED_FIRST, False, 0),
        (TextRule.AGREED_FIRST, True, 1),
        (TextRule.NO_PROMOTION, False, 1),
    ],
)
def test_only_the_duty_to_agree_forbids(rule: TextRule, agreed: bool, lines: int) -> None:
    """Other duties of a pack are about words; where it is one to agree, nothing is charged."""
    book = law(TextDuty(id="x.text", rule=rule, **ACTIVE))
    found = assess([FIRST], rules(law="x", interest=CONTRACT, agreed=agreed), book, ON)
    assert len(found.lines) == lines
    assert bool(found.refused) is (lines == 0)


def test_a_preview_tells_which_rows_nobody_checked() -> None:
    """Those and no others; a line that rests on checked rows is not marked."""
    unchecked = replace(SUM, status=Status.UNVERIFIED)
    both = rules(law="x", compensation=True, interest=CONTRACT)
    seen = assess([FIRST], both, law(unchecked).previewing(), ON)
    assert {line.kind.value: line.unverified for line in seen.lines} == {
        "interest": (),
        "compensation": ("x.sum",),
    }
    sure = assess([FIRST], both, law(SUM), ON)
    assert [line.unverified for line in sure.lines] == [(), ()]


def test_interest_goes_on_where_this_invoices_interest_ended() -> None:
    """What other invoices or other kinds were charged until another day moves nothing."""
    earlier = (
        before(ChargeKind.INTEREST, "1.00", until=day("2026-07-01")),
        before(ChargeKind.INTEREST, "2.00", "I2", until=day("2026-07-10")),
        before(ChargeKind.FEE, "5.00", until=day("2026-07-12")),
        before(ChargeKind.FEE, "5.00", "I2", until=day("2026-07-14")),
    )
    (line,) = assess([FIRST], rules(interest=CONTRACT), law(), replace(ON, earlier=earlier)).lines
    assert (line.since, line.until) == (day("2026-07-02"), TODAY)
    assert line.amount == Decimal("8.22") - 1  # 30 days of 10 % on 1,000, less what was named
    assert line.working[-1] == "less 1.00 EUR charged until 2026-07-01"
    (first,) = assess([FIRST], rules(interest=CONTRACT), law(), ON).lines
    assert first.since == day("2026-06-21")
    assert not any("less" in told for told in first.working)


@pytest.mark.parametrize(
    ("booking", "until_payment"),
    [(Booking.ANNOUNCE, "1,000.00"), (Booking.DRAFT, "1,000.00"), (Booking.BOOK, "1,000.00")],
)
def test_what_was_booked_is_paid_in_the_ledger(booking: Booking, until_payment: str) -> None:
    """A payment goes to announced costs first where the order says so; booked ones are invoices."""
    debt = replace(
        FIRST, principal=Decimal(900), paid=(Paid(on=day("2026-07-05"), amount=Decimal(100)),)
    )
    earlier = (before(ChargeKind.FEE, "60.00"),)
    charged = rules(interest=CONTRACT, allocation=COSTS_FIRST, booking=booking)
    (line,) = assess([debt], charged, law(), replace(ON, earlier=earlier)).lines
    balances = [told for told in line.working if told.startswith("2026-")]
    assert f"on {until_payment} EUR" in balances[0]
    left = "960.00" if booking is Booking.ANNOUNCE else "900.00"
    assert f"on {left} EUR" in balances[1]


@pytest.mark.parametrize(
    ("mode", "percents"),
    [(RateMode.LOCK_AT_START, (8,)), (RateMode.FLOAT_PER_SEMESTER, (8, 9))],
)
def test_a_rate_is_locked_where_the_law_locks_it(mode: RateMode, percents: tuple[int]) -> None:
    """Over the turn of a half-year one keeps its rate, the other follows."""
    june = Rate(id="x.h1", percent=Decimal(8), mode=mode, valid_to=day("2026-06-30"), **ACTIVE)
    july = Rate(id="x.h2", percent=Decimal(9), mode=mode, valid_from=day("2026-07-01"), **ACTIVE)
    (line,) = assess([FIRST], rules(law="x", interest=STATUTORY), law(june, july), ON).lines
    assert line.percents == percents


@pytest.mark.parametrize(
    ("paid_on", "sum_", "costs"),
    [("2026-06-01", 40, 135), ("2026-06-20", 40, 135), ("2026-06-21", 70, 165)],
)
def test_a_fixed_sum_is_that_of_the_first_day_late(paid_on: str, sum_: int, costs: int) -> None:
    """The row of the day after the due date; the band of what had not been paid by the due date."""
    old = replace(SUM, id="x.old", valid_to=day("2026-06-20"))
    new = replace(SUM, id="x.new", valid_from=day("2026-06-21"))
    paid = (Paid(on=day(paid_on), amount=Decimal(200)),)
    debt = replace(FIRST, principal=Decimal(900), paid=paid)
    both = rules(law="x", compensation=True, collection_costs=True)
    found = assess([debt], both, law(old, new, SCALE), ON)
    assert found.lines[0].rows == ("x.new",)
    assert [line.amount for line in found.lines] == [sum_, costs]


def test_each_sum_comes_once_in_the_life_of_an_invoice() -> None:
    """Only the same kind on the same invoice was had before."""
    both = rules(law="x", compensation=True, collection_costs=True)
    book = law(SUM, SCALE)
    whole = [("compensation", "I1", Decimal(70)), ("collection_costs", "I1", Decimal(150))]
    assert amounts(assess([FIRST], both, book, ON)) == whole
    others = (before(ChargeKind.FEE, "5"), before(ChargeKind.COMPENSATION, "70", "I2"))
    assert amounts(assess([FIRST], both, book, replace(ON, earlier=others))) == whole
    had = (before(ChargeKind.COMPENSATION, "70"),)
    assert amounts(assess([FIRST], both, book, replace(ON, earlier=had))) == whole[1:]
    had = (before(ChargeKind.COLLECTION_COSTS, "150"),)
    assert amounts(assess([FIRST], both, book, replace(ON, earlier=had))) == whole[:1]


TEN = ShareBand(percent=Decimal(10), up_to=Decimal(5000))
ONE = ShareBand(percent=Decimal(1))


@pytest.mark.parametrize(
    ("facts", "principal", "costs"),
    [
        ({}, "2000.00", "300.00"),
        ({"bands": (TEN,)}, "2000.01", "300.00"),
        ({"bands": (TEN,)}, "5000.00", "600.00"),
        ({"bands": (TEN, ONE)}, "6000.00", "610.00"),
        ({"bands": (TEN, ONE), "most": Decimal(605)}, "6000.00", "605.00"),
        ({"bands": (TEN, ONE), "most": Decimal(605)}, "10.00", "40.00"),
    ],
)
def test_each_band_of_a_scale_bears_its_own_share(facts: Any, principal: str, costs: str) -> None:
    """The percent of a band are of the part of the principal that lies in it."""
    assert collection_costs(replace(SCALE, **facts), Decimal(principal)) == Decimal(costs)


@pytest.mark.parametrize(
    ("facts", "principal", "why"),
    [
        ({}, "2000.01", "x.scale names no figure above 2,000.00 EUR, the claim is 2,000.01 EUR"),
        ({"bands": (TEN,)}, "5000.01", "x.scale names no figure above 5,000.00 EUR"),
        ({"up_to": None}, "1.00", "x.scale does not say up to which amount its 15 % hold"),
    ],
)
def test_above_its_bands_a_scale_charges_nothing_and_says_so(
    facts: Any, principal: str, why: str
) -> None:
    """No figure is guessed where the row names none: nothing is charged, and why is told."""
    debt = replace(FIRST, principal=Decimal(principal))
    charged = rules(law="x", collection_costs=True)
    found = assess([debt], charged, law(replace(SCALE, **facts)), ON)
    assert found.lines == ()
    assert found.refused[0].startswith(f"no fixed sum for {FIRST.number}: {why}")
    assert found.refused[0].endswith("give its bands in a pack of your own")


def test_a_percentage_is_of_the_letter_or_of_the_invoice() -> None:
    """One fee on the sum of all, or one on each."""
    share = FeeRule(per=FeePer.INVOICE, percent=Decimal(1))
    assert fees(fee=share) == {"I1": 10, "I2": 10}
    assert fees(fee=replace(share, per=FeePer.LETTER)) == {"I1": 20}


def test_a_step_costs_an_invoice_one_fee() -> None:
    """This very step's fee on this invoice; not another step's, kind's or invoice's."""
    had = before(ChargeKind.FEE, "5", step="firm")
    assert fees(had) == {"I2": 5}
    assert fees(before(ChargeKind.FEE, "5")) == {"I1": 5, "I2": 5}
    assert fees(before(ChargeKind.INTEREST, "5", step="firm")) == {"I1": 5, "I2": 5}
    letter = replace(FEE, per=FeePer.LETTER)
    assert fees(replace(had, item_id="I2"), fee=letter) == {}
    assert fees(replace(had, item_id="I9"), fee=letter) == {"I1": 5}


@pytest.mark.parametrize(("per", "named"), [(FeePer.LETTER, {}), (FeePer.INVOICE, {"I2": 5})])
def test_a_letters_fee_was_for_all_that_it_named(per: FeePer, named: dict[str, int]) -> None:
    """It stands on one invoice; once that is paid, the others have had the step and the count."""
    fee = replace(FEE, per=per)
    letter = before(ChargeKind.FEE, "5", step="firm", letter=("I1", "I2"))
    for book, earlier in ((law(), letter), (law(FEE_CAP), replace(letter, step="friendly"))):
        charged = rules(fee=fee, law="x")
        found = assess([SECOND], charged, book, replace(ON, earlier=(earlier,)))
        assert {line.item_id: line.amount for line in found.lines} == named


def test_a_fee_of_nothing_is_no_line() -> None:
    """A policy may name zero for a currency."""
    assert fees(fee=replace(FEE, amounts=(("EUR", Decimal(0)),))) == {}


def test_the_count_of_a_cap_is_of_this_invoices_fees() -> None:
    """Interest is no fee, and another invoice's fees are its own."""
    book = law(FEE_CAP)
    assert fees(before(ChargeKind.FEE, "5"), book=book) == {"I2": 5}
    assert fees(before(ChargeKind.INTEREST, "5"), book=book) == {"I1": 5, "I2": 5}
    assert fees(before(ChargeKind.FEE, "5", "I9"), book=book) == {"I1": 5, "I2": 5}


def test_a_cap_holds_in_its_time_for_its_debtors() -> None:
    """Another debtor's cap, or one of another time, limits nothing and hides none behind it."""
    for aside in (
        replace(FEE_CAP, most=Decimal(1), debtors=(Debtor.CONSUMER,)),
        replace(FEE_CAP, most=Decimal(1), valid_to=day("2026-01-01")),
    ):
        assert fees(book=law(aside)) == {"I1": 5, "I2": 5}
        assert fees(book=law(aside, replace(FEE_CAP, most=Decimal(3)))) == {"I1": 3, "I2": 3}


def test_a_cap_in_another_currency_allows_no_fee() -> None:
    """Nobody can say whether 5 euros are within a limit in kroner."""
    found = assess(
        [FIRST],
        rules(law="x", fee=FEE),
        law(replace(FEE_CAP, currency="DKK", most=Decimal(99))),
        ON,
    )
    assert (found.lines, found.refused) == ((), ("fee for INV-1: x.cap is a limit in DKK",))


@pytest.mark.parametrize(("item_id", "expected"), [("I1", []), ("I2", ["I1"])])
def test_the_cost_of_a_year_is_each_invoices_own(item_id: str, expected: list[str]) -> None:
    """What was charged on another invoice leaves this one its room: here 30 days of 12.17 %."""
    book = law(YearlyCostCap(id="x.year", percent=Decimal("12.17"), **ACTIVE))
    spent = replace(ON, earlier=(before(ChargeKind.FEE, "6.00", item_id),))
    found = assess([FIRST], rules(law="x", fee=FEE), book, spent)
    assert [line.item_id for line in found.lines] == expected


def test_the_day_of_today_is_the_last_day_of_interest() -> None:
    """Both the day after the due date and today bear interest."""
    (line,) = assess(
        [FIRST], rules(interest=CONTRACT), law(), replace(ON, today=date(2026, 6, 21))
    ).lines
    assert (line.since, line.until, line.amount) == (
        date(2026, 6, 21),
        date(2026, 6, 21),
        Decimal("0.27"),
    )
