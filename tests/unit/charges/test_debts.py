"""What of a decision may bear charges: late invoices, less credits, never a charge of ours."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from msgspec.structs import replace

from syncer.model.charge import ChargeKind, ChargeLine
from syncer.model.ledger import OpenItem, Settled
from syncer.policy.charges.debts import debts_of
from syncer.policy.charges.interest import Paid
from syncer.policy.charges.own import charge_key, is_own, left_behind
from syncer.policy.charges.rules import ChargeRules, Debt, WhenPaid
from syncer.policy.charges.waived import waived
from syncer.policy.rules import Step, Tone
from tests.unit.policy.make import HEADS_UP, TODAY, credit, days, invoice, one, policy, snapshot

AT_ONCE = Step(name="at once", tone=Tone.FRIENDLY, after_due=1)
LINE = ChargeLine(
    kind=ChargeKind.FEE,
    item_id="I1",
    number="INV-I1",
    amount=Decimal(5),
    currency="GBP",
    rows=("contract",),
    working=(),
)
NAME = charge_key("L", LINE, "firm")


def paid_on(ago: int, amount: str, item_id: str = "I1") -> Settled:
    """A payment so many days ago."""
    return Settled(
        item_id=item_id,
        account_id="A1",
        currency="GBP",
        amount=Decimal(amount),
        issued_on=None,
        due_on=TODAY - days(30),
        paid_on=TODAY - days(ago),
    )


def debts(*items: OpenItem, settled: tuple[Settled, ...] = ()) -> dict[str, Debt]:
    """The debts of the decision about these items, by item id in their order."""
    facts = snapshot(*items, settled=settled)
    decision = one(*items, rules=policy(HEADS_UP, AT_ONCE), settled=settled)
    assert decision.action == "contact"
    return {debt.item_id: debt for debt in debts_of(decision, facts)}


def test_a_late_invoice_is_a_debt_from_its_first_day() -> None:
    """One day late is late; what only comes due is not, nor is a credit."""
    assert list(debts(invoice("I1", 1))) == ["I1"]
    assert debts(invoice("I1", -2)) == {}
    assert list(debts(invoice("I1", 1), credit("C1", "5", due_on=TODAY - days(9)))) == ["I1"]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ([], {"I1": 100, "I2": 50}),
        (["30"], {"I1": 70, "I2": 50}),
        (["60", "40"], {"I2": 50}),
        (["110"], {"I2": 40}),
    ],
)
def test_credits_pay_the_oldest_first(notes: list[str], expected: dict[str, int]) -> None:
    """As in the position: what they cover is no debt, and the debts sum to what is asked."""
    credited = [credit(f"C{n}", amount) for n, amount in enumerate(notes)]
    found = debts(invoice("I1", 20, "100"), invoice("I2", 10, "50"), *credited)
    assert {name: debt.principal for name, debt in found.items()} == expected


def test_a_debt_says_what_it_is() -> None:
    """Its number, else its reference; its due date; what is asked of it."""
    numbered = debts(invoice("I1", 20, reference="PO 7"))["I1"]
    assert (numbered.number, numbered.due_on, numbered.principal) == (
        "INV-I1",
        TODAY - days(20),
        Decimal(100),
    )
    assert debts(invoice("I1", 20, number="", reference="PO 7"))["I1"].number == "PO 7"


def test_a_charge_of_ours_bears_none() -> None:
    """An invoice with the name of a charge, as number or as reference, is no debt."""
    items = (invoice("I1", 20), invoice("X", 20, number=NAME), invoice("Y", 20, reference=NAME))
    assert list(debts(*items)) == ["I1"]


@dataclass(frozen=True)
class Payments:
    """Payments (days ago, amount) on an invoice of 100 with something left, and what counts."""

    left: str
    made: tuple[tuple[int, str], ...]
    counted: tuple[tuple[int, str], ...]


@pytest.mark.parametrize(
    "case",
    [
        Payments("70", (), ()),
        Payments("70", ((5, "30"),), ((5, "30"),)),
        Payments("70", ((3, "10"), (9, "20")), ((9, "20"), (3, "10"))),  # the earliest first
        Payments("70", ((9, "20"), (5, "25")), ((9, "20"), (5, "10"))),  # 30 in all
        Payments("70", ((9, "30"), (5, "25")), ((9, "30"),)),
        Payments("70", ((9, "0"), (5, "-4"), (3, "30")), ((3, "30"),)),
        Payments("100", ((9, "30"),), ()),  # taken back: the ledger says that nothing was paid
    ],
)
def test_payments_with_a_day_lower_the_debt_from_then_on(case: Payments) -> None:
    """Up to what the ledger says was paid in all, and of this invoice alone."""
    made = tuple(paid_on(ago, amount) for ago, amount in case.made)
    item = invoice("I1", 20, open=Decimal(case.left))
    found = debts(item, settled=(*made, paid_on(8, "11", "I9")))["I1"]
    expected = tuple(Paid(on=TODAY - days(ago), amount=Decimal(of)) for ago, of in case.counted)
    assert found.paid == expected


@pytest.mark.parametrize(
    ("number", "reference", "own"),
    [(NAME, "", True), ("", NAME, True), (NAME, "PO 7", True), ("INV-1", "PO 7", False)],
)
def test_our_charges_are_known_by_either_name(number: str, reference: str, *, own: bool) -> None:
    """Some ledgers keep our name as the number, some as the reference."""
    assert is_own(number, reference) is own


def test_the_name_of_a_charge_never_changes() -> None:
    """A ledger keeps it for ever; interest of another first day is another charge."""
    assert NAME == "LPC-c2818bc4f5e14225"
    assert charge_key("L", replace(LINE, since=TODAY), "firm") != NAME


def test_a_charge_is_left_behind_when_its_invoice_is_gone() -> None:
    """While the late invoice is open its charge stands; a credit in between changes nothing."""
    charge = invoice("X", 3, "5.00", reference=NAME)
    assert left_behind([charge]) == {"X"}
    assert left_behind([credit("C1", "3"), charge, invoice("I2")]) == {"X"}
    assert left_behind([credit("C1", "3"), charge, invoice("I1")]) == set()
    assert left_behind([credit("C1", "3", reference=NAME)]) == set()


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (ChargeRules(steps=("firm",)), ["X"]),
        (ChargeRules(steps=("firm",), when_paid=WhenPaid.KEEP), []),
        (ChargeRules(), []),
    ],
)
def test_what_is_left_behind_is_waived_where_the_policy_says_so(
    rules: ChargeRules, expected: list[str]
) -> None:
    """Only under a policy that charges and waives; and only while the late invoice is gone."""
    charge = invoice("X", 3, "5.00", reference=NAME)
    assert [hold.item_id for hold in waived(snapshot(charge, invoice("I2")), rules)] == expected
    assert waived(snapshot(charge, invoice("I1")), rules) == ()
