"""why-not answers for every open item once, and its sums are those of the ledger."""

from collections import defaultdict
from decimal import Decimal

import pytest

from .conftest import DAY

WORDS = ("why-not", "--as-of", DAY)


def test_every_open_item_has_one_line_and_the_sums_are_the_ledger_s(office) -> None:
    """Five rows of the exports, five answers, and their amounts to the cent."""
    found = {one["ledger"]: one for one in office(*WORDS, "--json").data["ledgers"]}
    north = found["north"]["items"]
    assert [one["number"] for one in north] == ["INV-1", "INV-2", "INV-3", "INV-4"]
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for total in found["north"]["totals"]:
        sums[total["currency"]] += Decimal(total["amount"])
    assert sums == {"GBP": Decimal("90900.00")}
    [quay] = found["south"]["items"]
    assert (quay["amount"], quay["account"]) == ("5000.00", "Quayside Studios")


def test_the_table_says_code_and_sentence_and_ends_with_the_totals(office) -> None:
    """Silence is explained line by line, and every currency is added up."""
    told = office(*WORDS, "--ledger", "north").out
    [later] = [line for line in told.splitlines() if "INV-2" in line]
    assert later.split("  ")[-1].strip() == "It is due on 2026-12-01."
    assert "not_due" in later
    [total] = [line for line in told.splitlines() if line.startswith("all in GBP")]
    assert total.split() == ["all", "in", "GBP", "4", "90,900.00", "GBP"]


def test_select_narrows_to_a_customer_or_one_invoice(office) -> None:
    """A customer brings all that is open on it, an invoice itself alone."""
    customer = office(*WORDS, "--select", "customer:Harbour Roofing", "--json").data["ledgers"]
    assert [one["number"] for one in customer[0]["items"]] == ["INV-1", "INV-2"]
    invoice = office(*WORDS, "--select", "invoice:INV-2", "--json").data["ledgers"]
    assert [one["number"] for one in invoice[0]["items"]] == ["INV-2"]
    assert invoice[1]["items"] == []


def test_a_held_invoice_carries_the_reason_of_the_person(office) -> None:
    """What was said on the phone stands in the line of the invoice that it is about."""
    words = ("--until", "2999-12-31", "--from", "2026-01-01", "--reason", "Wrong goods")
    assert office("dispute", "add", "INV-1", *words).code == 0
    told = office(*WORDS, "--select", "invoice:INV-1", "--json").data["ledgers"][0]["items"]
    assert [one["code"] for one in told] == ["dispute"]
    assert "Wrong goods" in told[0]["sentence"]


@pytest.mark.parametrize("verb", ["run", "plan"])
def test_a_selection_of_nobody_ends_with_2_and_the_nearest_name(office, verb) -> None:
    """A misspelt customer is no success: it is said which name fits nobody, and which is near."""
    done = office(verb, "--select", "customer:Harbor Roofing")
    assert done.code == 2
    assert (
        "there is no 'Harbor Roofing' in north, south; did you mean 'Harbour Roofing'" in done.err
    )
    assert "Nothing in it was selected." in done.out
    assert "exit code 2 (the command line or the configuration is wrong)" in done.out
