"""Each broken export stops the ledger or holds one account, in exact words."""

from typing import Any

import pytest

from .broken import HOLDS, STOPS, Holds, Stops
from .conftest import PLAIN, Case, collect


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
