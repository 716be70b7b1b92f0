"""Faults 19 and 20: answers that are too large, too deep, or of the wrong kind."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from syncer.model.run import LedgerStatus

from .house import House
from .sides import ALL, SOME, Side, each

MEGABYTE = 1 << 20
CAP = 64 * MEGABYTE  # of an answer
ODD = "77.77"  # what the customer with the odd record owes
Row = dict[str, Any]
Change = Callable[[Row], None]


def _house(house: Callable[..., House], connector: str) -> House:
    """Customer 1 is as usual; the record of customer 2 is odd."""
    made = house(connector)
    made.side.late(1)
    made.side.late(2, ODD)
    return made


def _altered(side: Side, change: Change, literal: str = "") -> Callable[[str, bytes], bytes]:
    """Every answer with the odd invoice in it, changed; "LITERAL" becomes ``literal``."""

    def alter(_: str, body: bytes) -> bytes:
        if b"77.77" not in body:
            return body
        answer = json.loads(body)
        for row in _rows(side, answer):
            if any(str(row.get(name)) == ODD for name in AMOUNTS):
                change(row)
        return json.dumps(answer).replace('"LITERAL"', literal or '"LITERAL"').encode()

    return alter


def _rows(side: Side, answer: dict[str, Any]) -> list[Row]:
    match side.connector:
        case "xero":
            return answer.get("Invoices", [])
        case "quickbooks":
            return answer.get("QueryResponse", {}).get("Invoice", [])
    return answer.get("records", []) if isinstance(answer, dict) else []


def _lines(row: Row) -> None:
    line = {"Description": "x" * 100, "LineAmount": 1.0, "Quantity": 1, "Id": "1"}
    row["LineItems"] = row["Line"] = row["line_ids"] = [line] * 10_000


@pytest.mark.parametrize("connector", SOME)
def test_fault_19_ten_thousand_lines_on_one_invoice(house, connector: str) -> None:
    """A huge invoice is read like any other, in bounded memory; everybody gets their message."""
    made = _house(house, connector)
    made.side.alter = _altered(made.side, _lines)
    assert made.run().exit_code == 0
    assert len(made.keys()) == 2
    made.finish()


@pytest.mark.parametrize("connector", SOME)
def test_fault_19_an_answer_of_sixty_megabytes(house, connector: str) -> None:
    """Sixty megabytes under the cap are read once and kept nowhere: 128 MB are enough for them."""
    made = _house(house, connector)
    made.run()
    made.pass_time(days=1)
    spare, padded = b" " * (60 * MEGABYTE), list[str]()

    def alter(path: str, body: bytes) -> bytes:
        if padded or "token" in path or not body.endswith(b"}"):
            return body
        padded.append(path)
        return body[:-1] + spare + b"}"

    made.side.alter = alter
    tracemalloc.start()
    try:
        result = made.run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.exit_code == 0
    assert len(spare) < peak < len(spare) + 128 * MEGABYTE  # the sandbox's own copy is the first


@pytest.mark.parametrize("connector", SOME)
def test_fault_19_an_answer_over_the_cap(house, connector: str) -> None:
    """An answer over 64 MB is refused loudly: nothing is closed, nobody is contacted."""
    made = _house(house, connector)
    huge = b" " * (CAP + 1)
    lists = ("/Invoices", "/query", "/account.move.line/web_search_read")
    made.side.alter = lambda path, body: huge if path.endswith(lists) else body
    result = made.run()
    told = result.ledgers[0]
    assert (result.exit_code, told.error_kind, told.closed) == (1, "ContractError", 0)
    assert "larger than" in told.error
    assert made.keys() == []
    made.side.alter = None
    made.finish()
    assert len(made.keys()) == 2


@pytest.mark.parametrize("connector", ALL)
def test_fault_19_nesting_without_end(house, connector: str) -> None:
    """An answer nested without end is no crash: loud, nothing closed, nobody contacted."""
    made = _house(house, connector)
    deep = "[" * 100_000 + "]" * 100_000
    made.side.alter = _altered(made.side, lambda row: row.update(Deep="LITERAL"), deep)
    result = made.run()
    told = result.ledgers[0]
    assert (result.exit_code, told.error_kind, told.closed) == (1, "ContractError", 0)
    assert made.keys() == []
    made.side.alter = None
    made.finish()
    assert len(made.keys()) == 2


AMOUNTS = ("AmountDue", "Balance", "amount_residual_currency")
WRONG: dict[str, tuple[Change, str]] = {
    "amount as text": (lambda row: row.update(_amounts(row, "seventy")), ""),
    "amount null": (lambda row: row.update(_amounts(row, None)), ""),
    "amount 1e400": (lambda row: row.update(_amounts(row, "LITERAL")), "1e400"),
    "due date a list": (
        lambda row: row.update(DueDate=[], DueDateString=[], date_maturity=[]),
        "",
    ),
    "currency a list": (
        lambda row: row.update(CurrencyCode=[7], CurrencyRef=[7], currency_id=[7]),
        "",
    ),
}


def _amounts(row: Row, value: object) -> Row:
    return {name: value for name in AMOUNTS if name in row}


@pytest.mark.parametrize(("connector", "what"), each(WRONG))
def test_fault_20_one_record_of_the_wrong_kind(house, connector: str, what: str) -> None:
    """One unreadable record is kept apart with its reason and holds its customer, nobody else."""
    made = _house(house, connector)
    change, literal = WRONG[what]
    made.side.alter = _altered(made.side, change, literal)
    result = made.run()
    told = result.ledgers[0]
    assert (result.exit_code, told.status, told.quarantined) == (1, LedgerStatus.PARTIAL, 1)
    assert made.recipients() == [made.side.customer(1).email]
    with made.store() as store:
        [kept] = store.quarantine(made.side.name)
    assert kept.problem
    made.side.alter = None
    made.pass_time(days=1)
    made.finish()
    assert made.side.customer(2).email in made.recipients()


@pytest.mark.parametrize("connector", SOME)
def test_fault_20_no_due_date(house, connector: str) -> None:
    """An invoice without a due date is never overdue: no reminder for it, and others go on."""
    made = _house(house, connector)

    def change(row: Row) -> None:
        row.pop("DueDateString", None)
        row["DueDate"], row["date_maturity"] = None, False

    made.side.alter = _altered(made.side, change)
    made.run()
    assert made.recipients() == [made.side.customer(1).email]


@pytest.mark.parametrize("connector", ALL)
def test_fault_20_a_record_of_nobody(house, connector: str) -> None:
    """A record that does not say whose it is could be anybody's: nobody is contacted (exit 3)."""
    made = _house(house, connector)

    def change(row: Row) -> None:
        row.pop("Contact", None)
        row.pop("CustomerRef", None)
        row.pop("partner_id", None)

    made.side.alter = _altered(made.side, change)
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (3, LedgerStatus.HELD)
    assert made.keys() == []


@pytest.mark.parametrize("connector", ALL)
def test_fault_20_not_a_number(house, connector: str) -> None:
    """NaN is no JSON: the page cannot be told into records, so its ledger stops loudly."""
    made = _house(house, connector)
    made.side.alter = _altered(made.side, lambda row: row.update(_amounts(row, "LITERAL")), "NaN")
    result = made.run()
    assert (result.exit_code, result.ledgers[0].error_kind) == (1, "ContractError")
    assert made.keys() == []
