"""docs/peers.md: what it says of us is computed here, case by case; of the peers it is recorded."""

import re
from datetime import date
from pathlib import Path

import pytest

from syncer.policy.rules import Policy

from .ours import Told, cell, lived, policy

PAGE = Path(__file__).parents[2] / "docs" / "peers.md"
CASES = {
    "238.00, of which 100.00 is paid": ("part",),
    "200.00, and a credit note of 60.00 not yet matched": ("credit-note",),
    "the same credit note, put on it": ("credit-used",),
    "90.00, and 35.00 came and was put on nothing": ("money",),
    "100.00, and 250.00 came and was put on nothing": ("credit-larger",),
    "paid, credited or cancelled": ("paid", "credited", "cancelled"),
    "over-paid": ("over",),
    "12.00, beside an invoice that is still a draft": ("draft",),
    "600.00, 60 days late when first seen": ("sixty-days",),
    "50.00, 30 days late when first seen": ("plain-0",),
    "60.00, 6 days late when first seen": ("six-days",),
    "three invoices, 8, 25 and 50 days late: 600.00": ("several",),
    "four instalments of 100.00, two of them late": ("instalments",),
    "the same, 150.00 paid": ("instalments-part",),
    "892.50 US dollars": ("dollars",),
    "euros, dollars and yen at one customer": ("three-currencies",),
    "700.00, on which 40 US dollars were put": ("dollars-on-euros",),
    "70.00, five days late on Saturday 21 November": ("weekend",),
    "80.00, five days late on Friday 25 December": ("holiday",),
    "250.00, due on Friday 11 December": ("not-due",),
    "0.01 left": ("cents",),
    "no e-mail address": ("no-mail",),
    "archived customer": ("archived",),
    "two customers merged, 119.00 and 21.00": ("open",),
    "one of two invoices blocked, the other 69.00": ("blocked",),
    "in no procedure, or under *No follow*": ("never-dunned",),
    "90.00, promised until 30 November": ("promise",),
    "one of two invoices disputed (500.00 of 540.00)": ("disputed",),
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The comparison's policy."""
    return policy(tmp_path_factory.mktemp("peers"))


@pytest.fixture(scope="module")
def told(rules: Policy) -> dict[str, Told]:
    """All customers of the book, through its six weeks."""
    return lived(rules)


def _rows(heading: str) -> dict[str, list[str]]:
    """The first table below a heading: its other cells by the first one."""
    (part,) = [text for text in PAGE.read_text().split("\n## ") if text.startswith(heading)]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    cells = [[one.strip() for one in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def test_every_case_of_the_page_is_computed() -> None:
    """No row is typed by hand alone, and none is computed that the page does not show."""
    assert list(_rows("Case by case")) == list(CASES)


@pytest.mark.parametrize("case", CASES)
def test_our_column_is_what_the_policy_does(case: str, told: dict[str, Told]) -> None:
    """The page's cell, but for a remark in brackets at its end."""
    ours = _rows("Case by case")[case][-1]
    assert re.sub(r" \([^()]*\)$", "", ours) == cell(told, *CASES[case])


def test_the_sum_is_what_the_policy_does(told: dict[str, Told]) -> None:
    """So many messages, none of them on a weekend or a holiday, one a day and customer."""
    days = [(key, day) for key, one in told.items() for day, _ in one.contacts]
    (ours,) = [row for first, row in _rows("How it was done").items() if first == "ours on Tryton"]
    assert ours == [str(len(days)), "–", str(len(set(days)))]
    closed = {date(2026, 12, 25), date(2026, 12, 26)}
    assert all(day.weekday() < 5 and day not in closed for _, day in days)


def test_the_small_print_is_true(told: dict[str, Told]) -> None:
    """All three currencies of the one customer are asked for within two weeks."""
    days = [day for day, _ in told["three-currencies"].contacts[:3]]
    asked = {decision.currency for _, decision in told["three-currencies"].contacts[:3]}
    assert asked == {"EUR", "USD", "JPY"}
    assert (days[-1] - days[0]).days == 14
