"""Payments: applied, unapplied, with credits, changed and taken back; what is owed in all."""

import json
from decimal import Decimal
from typing import Any

import pytest

from syncer.sandbox import people
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.world import World
from tests.sandbox.calling import make_invoice, plain_world
from tests.sandbox.quickbooks.calling import Caller, caller_for, money, sale


def balance(call: Caller, number: str, entity: str = "invoice") -> Any:
    """What is open of a document."""
    (row,) = (v for k, v in call.get(f"/{entity}/{number}").items() if k != "time")
    return row["Balance"]


def new_invoice(call: Caller, customer: str, amount: str) -> str:
    """The Id of a new invoice."""
    return str(call.post("/invoice", sale(customer, amount))["Invoice"]["Id"])


def test_one_payment_for_several_invoices(call: Caller, world: World, customer: str) -> None:
    """Each line lowers its invoice; what no line names is unapplied and counts as credit."""
    one, two = new_invoice(call, customer, "100"), new_invoice(call, customer, "50")
    body = money(customer, "170", ("Invoice", one, "100"), ("Invoice", two, "20"))
    paid = call.post("/payment", body)["Payment"]
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (170, 50)
    assert paid["Line"] == [
        {"Amount": 100, "LinkedTxn": [{"TxnId": one, "TxnType": "Invoice"}]},
        {"Amount": 20, "LinkedTxn": [{"TxnId": two, "TxnType": "Invoice"}]},
    ]
    assert (balance(call, one), balance(call, two)) == (0, 30)
    assert call.get(f"/customer/{customer}")["Customer"]["Balance"] == -20
    assert world.totals()[world.main.org.org_id] == {"USD": Decimal(-20)}


def test_more_than_an_invoice_owes_becomes_unapplied(call: Caller, customer: str) -> None:
    """The vendor takes overpayments."""
    one = new_invoice(call, customer, "100")
    paid = call.post("/payment", money(customer, "130", ("Invoice", one, "130")))["Payment"]
    assert (balance(call, one), paid["UnappliedAmt"]) == (0, 30)


def test_a_credit_is_applied_by_a_payment_of_nothing(call: Caller, customer: str) -> None:
    """TotalAmt 0, two lines: the invoice and the credit memo."""
    one = new_invoice(call, customer, "100")
    memo = call.post("/creditmemo", sale(customer, "30"))["CreditMemo"]
    assert (memo["Balance"], memo["RemainingCredit"]) == (30, 30)
    links = (("Invoice", one, "30"), ("CreditMemo", memo["Id"], "30"))
    paid = call.post("/payment", money(customer, "0", *links))["Payment"]
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (0, 0)
    kinds = {line["LinkedTxn"][0]["TxnType"] for line in paid["Line"]}
    assert kinds == {"Invoice", "CreditMemo"}
    assert (balance(call, one), balance(call, memo["Id"], "creditmemo")) == (70, 0)


def test_lines_are_changed_all_or_none(call: Caller, customer: str) -> None:
    """A sparse update without Line keeps them, with Line it applies the money anew."""
    one, two = new_invoice(call, customer, "100"), new_invoice(call, customer, "50")
    paid = call.post("/payment", money(customer, "60", ("Invoice", one, "60")))["Payment"]
    head = {"Id": paid["Id"], "sparse": True}
    noted = call.post("/payment", head | {"SyncToken": paid["SyncToken"], "PrivateNote": "ok"})
    assert (noted["Payment"]["Line"], noted["Payment"]["PrivateNote"]) == (paid["Line"], "ok")
    moved = {"SyncToken": noted["Payment"]["SyncToken"]}
    moved |= {"Line": money(customer, "", ("Invoice", two, "40"))["Line"]}
    changed = call.post("/payment", head | moved)["Payment"]
    assert (balance(call, one), balance(call, two), changed["UnappliedAmt"]) == (100, 10, 20)
    assert changed["PrivateNote"] == "ok"
    more = call.post("/payment", head | {"SyncToken": changed["SyncToken"], "TotalAmt": "65"})[
        "Payment"
    ]
    assert (more["UnappliedAmt"], int(more["SyncToken"]) > int(changed["SyncToken"])) == (25, True)


def test_void_and_delete_take_the_money_back(call: Caller, customer: str) -> None:
    """A voided payment stays with nothing in it; a deleted one is gone; the invoice is open."""
    one = new_invoice(call, customer, "100")
    for params in ({"operation": "update", "include": "void"}, {"operation": "delete"}):
        paid = call.post("/payment", money(customer, "100", ("Invoice", one, "100")))["Payment"]
        assert balance(call, one) == 0
        head = {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True}
        answer = call.post("/payment", head, **params)["Payment"]
        assert balance(call, one) == 100
        if "include" in params:
            assert (answer["TotalAmt"], answer["Line"], answer["PrivateNote"]) == (0, [], "Voided")
        else:
            assert answer == {"domain": "QBO", "status": "Deleted", "Id": paid["Id"]}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CustomerRef": None}, "6560"),
        ({"CustomerRef": {"value": "9"}}, "6250"),
        ({"TotalAmt": None}, "2020"),
        ({"TotalAmt": "much"}, "2080"),
        ({"TotalAmt": "99"}, "6000"),
        ({"TotalAmt": "-1", "Line": []}, "6000"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnType": "Bill", "TxnId": "1"}]}]}, "2500"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"PaymentRefNum": "x" * 22}, "2050"),
    ],
)
def test_bad_payments_are_refused_and_change_nothing(
    call: Caller, customer: str, change: Any, code: str
) -> None:
    """Each with its code; the invoice stays as it was."""
    one = new_invoice(call, customer, "100")
    body = money(customer, "100", ("Invoice", one, "100")) | change
    answer = call.raw("POST", "/payment", body=json.dumps(body).encode())
    assert (answer.status, call.code(json.loads(answer.body))) == (400, code)
    assert balance(call, one) == 100


def test_money_stays_in_the_family(call: Caller, customer: str) -> None:
    """A parent may pay for its sub-customer; a stranger may not (620)."""
    child = {"DisplayName": "Site", "Job": True, "ParentRef": {"value": customer}}
    site = call.post("/customer", child)["Customer"]["Id"]
    stranger = call.post("/customer", {"DisplayName": "Stranger"})["Customer"]["Id"]
    one = new_invoice(call, site, "100")
    memo = call.post("/creditmemo", sale(customer, "30"))["CreditMemo"]["Id"]
    alien = call.post("/payment", money(stranger, "100", ("Invoice", one, "100")))
    assert call.code(alien) == "620"
    links = (("Invoice", one, "100"), ("CreditMemo", memo, "30"))
    paid = call.post("/payment", money(customer, "70", *links))["Payment"]
    assert (balance(call, one), paid["UnappliedAmt"]) == (0, 0)


def test_what_people_do_elsewhere_shows_as_payments(call: Caller, world: World) -> None:
    """Payments, overpayments, prepayments and allocations of the world are all Payment here."""
    ledger = world.main
    contact = people.add_contact(ledger, "Buyer")
    bill = make_invoice(ledger, contact, "100", currency="USD")
    ledger.pay(bill, Decimal(10))
    note = make_invoice(ledger, contact, "20", kind=Kind.CREDIT_NOTE, currency="USD")
    over = make_invoice(ledger, contact, "30", kind=Kind.OVERPAYMENT, currency="USD")
    ledger.allocate(note, bill, Decimal(20))
    ledger.allocate(over, bill, Decimal(5))
    rows = call.query("SELECT * FROM Payment")["Payment"]
    assert sorted((row["TotalAmt"], row["UnappliedAmt"]) for row in rows) == [
        (0, 0),
        (10, 0),
        (30, 25),
    ]
    seen = call.get("/invoice/1")["Invoice"]
    assert seen["Balance"] == 65
    assert {link["TxnId"] for link in seen["LinkedTxn"]} == {row["Id"] for row in rows}
    for row in rows:
        head = {"Id": row["Id"], "SyncToken": row["SyncToken"]}
        assert "Fault" not in call.post("/payment", head, operation="delete")
    assert (balance(call, "1"), note.left, over.status) == (100, 20, Status.DELETED)


def test_foreign_money_is_shown_in_both_currencies() -> None:
    """Balance in the customer's currency, HomeBalance in the company's, at the rate of the day."""
    world = plain_world()
    call = caller_for(world)
    contact = people.add_contact(world.main, "Buyer", currency="EUR")
    make_invoice(world.main, contact, "100", currency="EUR", rate=Decimal("0.5"))
    row = call.get("/invoice/1")["Invoice"]
    assert (row["CurrencyRef"], row["ExchangeRate"]) == ({"value": "EUR"}, 2)
    assert (row["Balance"], row["HomeBalance"], row["HomeTotalAmt"]) == (100, 200, 200)
    paid = call.post("/payment", money("1", "40", ("Invoice", "1", "40")))["Payment"]
    assert paid["CurrencyRef"] == {"value": "EUR"}
    assert call.get("/customer/1")["Customer"]["Balance"] == 60
