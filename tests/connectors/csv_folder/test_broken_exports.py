"""Each broken export stops the ledger or holds one account, in exact words."""

from typing import Any

import pytest

from syncer.errors import ContractError

from .broken import HOLDS, STOPS, Holds, Stops
from .conftest import PLAIN, Case, collect, plain_csv


def placed(value: Any, folder: str) -> Any:
    """``value`` with the folder's path filled in."""
    if isinstance(value, str):
        return value.replace("{folder}", folder)
    if isinstance(value, dict):
        return {key: placed(entry, folder) for key, entry in value.items()}
    return value


@pytest.mark.parametrize("broken", STOPS, ids=lambda broken: broken.name)
def test_a_broken_file_stops_the_ledger_in_exact_words(case: Case, broken: Stops) -> None:
    """What is wrong with the file as a whole is an error with its file and what to do."""
    if broken.file != "gone.csv":
        case.write(broken.file, broken.content)
        case.write("other.csv", "Z\n")
    folder = str(case.folder)
    open_items = {"file": broken.file, "layout": PLAIN, **placed(broken.open_items, folder)}
    with pytest.raises(broken.error) as caught:
        collect(case.source(open_items, **placed(broken.settings, folder)))
    assert str(caught.value) == placed(broken.message, folder)
    assert type(caught.value) is broken.error


@pytest.mark.parametrize("broken", HOLDS, ids=lambda broken: broken.name)
def test_a_broken_row_holds_its_account_in_exact_words(case: Case, broken: Holds) -> None:
    """One bad row is quarantined with file, row and column; the other rows are read."""
    pulled = case.plain(
        "1,C1,Ann,2026-02-01,2026-03-03,100.00,100.00,EUR", broken.row, **broken.open_items
    )
    (bad,) = pulled.quarantined
    assert (bad.where, bad.problem) == (broken.where, broken.problem)
    assert (bad.account_id, bad.record_id) == (broken.account_id, broken.record_id)
    assert [item.number for item in pulled.items] == ["1"]


def test_there_are_enough_broken_exports() -> None:
    """At least forty kinds of damage have their exact message."""
    assert len(STOPS) + len(HOLDS) >= 40


def test_an_export_taken_away_while_it_is_read_is_said_in_words(case: Case) -> None:
    """Gone between its header and its rows: no bug of the program's, and nobody has paid."""
    case.write("plain.csv", plain_csv("1,C1,Ann,2026-02-01,2026-03-03,1.00,1.00,EUR"))
    parts = case.source({"file": "plain.csv", "layout": PLAIN}).pull({})
    next(parts)
    (case.folder / "plain.csv").unlink()
    with pytest.raises(ContractError, match=r"plain\.csv: No such file or directory; put a read"):
        next(parts)


CONTACTS = {"file": "people.csv", "columns": {"account": "Cust", "email": "Mail", "note": "Note"}}
HALF = "C1,ann@customer.exam"


@pytest.mark.parametrize(("content", "whole"), [(HALF, False), (f"{HALF}\n", True)])
def test_half_an_address_is_nobodys(case: Case, content: str, whole: bool) -> None:
    """A last row that breaks off stops the ledger; one that is short, as some write, counts."""
    case.write("plain.csv", plain_csv("1,C1,Ann,2026-02-01,2026-03-03,1.00,1.00,EUR"))
    case.write("people.csv", f"Cust,Mail,Note\n{content}")
    source = case.source({"file": "plain.csv", "layout": PLAIN}, contacts=CONTACTS)
    if whole:
        assert collect(source).accounts[0].people[0].email == "ann@customer.exam"
        return
    with pytest.raises(ContractError, match=r"people\.csv, row 2: the row breaks off"):
        collect(source)
