"""Holds from the configuration reach the customer or invoice a person named, and nothing else."""

from datetime import date
from decimal import Decimal

from syncer.model.effect import EffectKind
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.run import LedgerStatus
from syncer.ports import OutboxFilter


def hold(account: str, item: str = "", **facts: object) -> Hold:
    """A dispute as it is written in YAML."""
    return Hold(
        **{
            "hold_id": "config-1",
            "kind": HoldKind.DISPUTE,
            "account_id": account,
            "item_id": item,
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2026, 12, 31),
            "reason": "goods returned",
            "source": HoldSource.CONFIG,
        }
        | facts
    )


def test_a_customer_is_held_by_its_name(bench):
    """A person writes the name on the invoice, not the ledger's id."""
    bench.customer("A1", name="Harbour Roofing")
    bench.owes("I1", "A1", late=3)
    bench.owes("I2", "A2", late=3)
    assert bench.ledger(holds=(hold("Harbour Roofing"),)).contacted == 1
    assert [message.to[0].email for message in bench.book.mailbox] == ["a2@customer.example"]


def test_an_invoice_is_held_by_its_number(bench):
    """An invoice number alone, or beside its customer, holds that invoice and no other."""
    bench.owes("I1", "A1", late=30, number="INV-1", amount="100.00")
    bench.owes("I2", "A1", late=20, number="INV-2", amount="50.00")
    for written in (hold("INV-1"), hold("A1", "INV-1")):
        bench.ledger(holds=(written,))
        [kept] = bench.store.holds("acme")
        assert (kept.account_id, kept.item_id) == ("A1", "I1")
    effects = bench.store.effects(OutboxFilter())
    assert [one.amount for one in effects if one.kind is EffectKind.REMINDER] == [Decimal("50.00")]


def test_a_hold_ends_with_its_invoice(bench):
    """Once the disputed invoice is paid, the customer's other invoices are followed up."""
    bench.owes("I1", "A1", late=30, number="INV-1")
    written = (hold("INV-1"), hold("A1", "INV-1", hold_id="config-2"))
    bench.ledger(holds=written)
    bench.book.pay("I1", bench.clock().date())
    bench.owes("I2", "A1", late=20, number="INV-2")
    bench.next_day()
    result = bench.ledger(holds=written)
    assert (result.status, result.contacted) == (LedgerStatus.OK, 1)


def test_a_number_that_two_customers_use_is_told_apart_by_the_customer(bench):
    """With the customer named, an invoice number need not be unique in the ledger."""
    bench.owes("I1", "A1", late=30, number="7")
    bench.owes("I2", "A2", late=30, number="7")
    assert bench.ledger(holds=(hold("A2", "7"),)).contacted == 1
    [kept] = bench.store.holds("acme")
    assert (kept.account_id, kept.item_id) == ("A2", "I2")


def test_an_invoice_of_somebody_else_stops_the_ledger(bench):
    """A hold that fits nobody would let out a message that somebody forbade."""
    bench.customer("A2", name="Second Ltd")
    bench.owes("I1", "A1", late=30)
    bench.owes("I2", "A2", late=30, number="INV-2")
    result = bench.ledger(holds=(hold("A1", "INV-2", amount=Decimal(5), currency="GBP"),))
    assert (result.status, result.contacted) == (LedgerStatus.FAILED, 0)
    assert "it belongs to Second Ltd" in result.error
