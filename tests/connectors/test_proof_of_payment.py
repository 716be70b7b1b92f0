"""What each ledger proves about how an invoice was closed: only money is thanked for."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from connectors.quickbooks import wire as quickbooks
from connectors.quickbooks.delta import PaidDays
from connectors.xero import facts, wire


@pytest.mark.parametrize(
    ("paid", "credited"),
    [
        ("100.00", Decimal(0)),
        ("60.00", Decimal("40.00")),
        ("0.00", Decimal("100.00")),
        (None, None),
    ],
)
def test_xero_tells_what_no_payment_closed(paid: str | None, credited: Decimal | None) -> None:
    """PAID is said of credited invoices, too: what was paid says how much of it was money."""
    row: dict[str, Any] = {
        "Type": "ACCREC",
        "Status": "PAID",
        "InvoiceID": "I1",
        "Contact": {"ContactID": "A1"},
        "CurrencyCode": "GBP",
        "Total": 100.00,
        "AmountDue": 0,
        "FullyPaidOnDate": "/Date(1791936000000+0000)/",
    }
    if paid is not None:
        row["AmountPaid"] = float(paid)
    found = facts.settled(msgspec.json.decode(msgspec.json.encode(row), type=wire.PaidInvoice))
    assert found is not None
    assert found.credited == credited


def _payment(*lines: tuple[float | None, str, str]) -> quickbooks.Payment:
    row = {
        "Id": "9",
        "SyncToken": "0",
        "TotalAmt": 0,
        "CustomerRef": {"value": "1"},
        "TxnDate": "2026-11-20",
        "Line": [
            {"Amount": amount, "LinkedTxn": [{"TxnId": number, "TxnType": kind}]}
            for amount, number, kind in lines
        ],
    }
    return msgspec.json.decode(msgspec.json.encode(row), type=quickbooks.Payment)


def test_quickbooks_adds_up_the_money_of_all_payments() -> None:
    """Two payments that pay an invoice are together what was paid on it."""
    paid = PaidDays()
    paid.note(_payment((60.0, "I1", "Invoice"), (5.0, "I2", "Invoice")))
    paid.note(_payment((40.0, "I1", "Invoice")))
    assert (paid.money_on("I1"), paid.money_on("I2"), paid.money_on("I3")) == (100, 5, None)


@pytest.mark.parametrize("kind", ["CreditMemo", "JournalEntry"])
def test_quickbooks_payment_that_uses_credit_proves_nothing(kind: str) -> None:
    """It may hold no money at all, and a later payment does not make up for that."""
    paid = PaidDays()
    paid.note(_payment((80.0, "I1", "Invoice"), (80.0, "C1", kind)))
    assert paid.money_on("I1") is None
    paid.note(_payment((20.0, "I1", "Invoice")))
    assert paid.money_on("I1") is None


def test_quickbooks_payment_without_an_amount_proves_nothing() -> None:
    """What is not said is not taken for money."""
    paid = PaidDays()
    paid.note(_payment((None, "I1", "Invoice")))
    assert paid.money_on("I1") is None
