"""notes.csv and tasks.csv: durable, found again, and harmless in a spreadsheet."""

import csv
import os
import re
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.csv_folder.notebook import Notebook, harmless
from connectors.csv_folder.source import FolderSource
from syncer.errors import ContractError
from syncer.model.outcome import AlreadyThere, Delivered, Rejected, Retry

from .conftest import PLAIN, Case, plain_csv

COLUMNS = ("account_id", "text", "key")


def rows(path: Path) -> list[dict[str, str]]:
    """The records as a spreadsheet shows them."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def source(case: Case) -> FolderSource:
    """A connector over one small export."""
    case.write("plain.csv", plain_csv("1,C1,Ann,2026-02-01,2026-03-03,1.00,1.00,EUR"))
    return case.source({"file": "plain.csv", "layout": PLAIN})


def test_a_note_is_written_once_and_found(case: Case, source: FolderSource) -> None:
    """The key makes a note unique; the marker finds it on its own account only."""
    note = {
        "account_id": "C1",
        "item_ids": ["1", "2"],
        "text": "Asked for 5.00 [ar:9f]",
        "key": "k1",
    }
    assert isinstance(source.add_note(**note), Delivered)
    assert isinstance(source.add_note(**note), AlreadyThere)
    assert source.find_note(account_id="C1", item_ids=["1"], marker="[ar:9f]")
    assert not source.find_note(account_id="C2", item_ids=["1"], marker="[ar:9f]")
    assert not source.find_note(account_id="C1", item_ids=["1"], marker="[ar:00]")
    assert rows(case.data_dir / "notes/books/notes.csv") == [
        {
            "written_at": "2026-04-03T09:00:00+00:00",
            "account_id": "C1",
            "items": "1 2",
            "text": "Asked for 5.00 [ar:9f]",
            "key": "k1",
        }
    ]


def test_notes_that_cannot_be_read_are_said_in_words(case: Case, source: FolderSource) -> None:
    """Whether a note is there is then not known: an error with its file, and no bug of ours."""
    (case.data_dir / "notes/books/notes.csv").mkdir(parents=True)
    with pytest.raises(ContractError, match=r"notes\.csv: Is a directory; check the notes folder"):
        source.find_note(account_id="C1", item_ids=["1"], marker="[ar:9f]")


def test_a_task_is_written_once_and_found(case: Case, source: FolderSource) -> None:
    """Tasks have a file and a due day of their own."""
    task = {"account_id": "C1", "item_ids": ["1"], "text": "Call Ann [ar:7]", "key": "t1"}
    assert isinstance(source.add_task(**task, due_on=date(2026, 4, 5)), Delivered)
    assert isinstance(source.add_task(**task, due_on=date(2026, 4, 5)), AlreadyThere)
    assert source.find_note(account_id="C1", item_ids=["1"], marker="[ar:7]")
    (row,) = rows(case.data_dir / "notes/books/tasks.csv")
    assert row["due_on"] == "2026-04-05"


def test_nothing_is_found_before_anything_is_written(source: FolderSource) -> None:
    """A missing file holds no notes, and looking does not create it."""
    assert not source.find_note(account_id="C1", item_ids=["1"], marker="x")


@given(raw=st.text(st.characters(blacklist_categories=("Cs",)), max_size=30))
def test_no_cell_starts_a_formula(raw: str) -> None:
    """Whatever is written, a spreadsheet sees text on one line."""
    cell = harmless(raw)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    assert not {"\n", "\r", "\0"} & set(cell)
    assert not cell.startswith("\t")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＋", "－", "＠"])
def test_formulas_get_an_apostrophe(tmp_path: Path, start: str) -> None:
    """The known starts are defused in every column, and such a record is found again."""
    book = Notebook(tmp_path / "n.csv", COLUMNS)
    hostile = f"{start}HYPERLINK(1)"
    book.add({"account_id": hostile, "text": f"{hostile} [m]", "key": hostile})
    (row,) = rows(tmp_path / "n.csv")
    assert all(value.startswith("'") for value in row.values())
    assert book.find(account_id=hostile, marker="[m]")
    assert isinstance(book.add({"account_id": "x", "text": "", "key": hostile}), AlreadyThere)


@given(cells=st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6))
def test_records_stay_apart(tmp_path_factory: pytest.TempPathFactory, cells: list) -> None:
    """Quotes, commas and line breaks in a text never make another record."""
    path = tmp_path_factory.mktemp("n") / "n.csv"
    book = Notebook(path, COLUMNS)
    for number, (account, text) in enumerate(cells):
        clean = (account + text).encode("utf-8", "ignore").decode()
        outcome = book.add({"account_id": clean, "text": clean, "key": f"k{number}"})
        assert isinstance(outcome, Delivered)
    keys = [row["key"] for row in rows(path)] if cells else []
    assert keys == [f"k{number}" for number in range(len(cells))]


@pytest.mark.parametrize(
    "hostile", ["A;=HYPERLINK(1);B", "A|+1", 'A;" =1', "A\t@SUM(1)", "A;\u00a0-1", "A;;＝1"]
)
def test_no_other_reader_finds_a_formula_inside_a_cell(hostile: str) -> None:
    """Semicolons part cells in half of Europe: what stands behind one is no formula either."""
    cells = [cell.lstrip(' "\u00a0') for cell in re.split(r"[;|\t]", f"1,{harmless(hostile)}")]
    assert len(cells) > 1
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@＝＋－＠")]


def test_no_cell_moves_a_terminal() -> None:
    """Escapes, line separators and turns of direction are blanks in what people page through."""
    assert harmless("a\x1b]52;c;x\x07\x9b31m\u2028b\u202ec\u2066") == "a ]52;c;x  31m b c "


@pytest.mark.parametrize("plant", [os.mkfifo, lambda path: path.symlink_to(path.parent / "victim")])
def test_nothing_is_written_or_read_through_what_somebody_planted(
    plant: Callable[[Path], None], tmp_path: Path
) -> None:
    """A link in the place of the file leads to no other file, and a pipe holds nobody up."""
    (tmp_path / "victim").write_text("kept\nas it was")
    plant(tmp_path / "n.csv")
    book = Notebook(tmp_path / "n.csv", COLUMNS)
    outcome = book.add({"account_id": "a", "text": "t", "key": "k"})
    assert isinstance(outcome, Retry)
    assert "it is " in outcome.reason
    with pytest.raises(ContractError, match="it is "):
        book.find(account_id="a", marker="t")
    assert (tmp_path / "victim").read_text() == "kept\nas it was"


def test_a_record_cut_off_by_a_crash_is_removed(tmp_path: Path) -> None:
    """At every byte of a torn last record: it is not found, and the next write is whole."""
    book = Notebook(tmp_path / "n.csv", COLUMNS)
    book.add({"account_id": "a", "text": "first", "key": "k1"})
    before = (tmp_path / "n.csv").read_bytes()
    book.add({"account_id": "b", "text": 'second, "quoted"', "key": "k2"})
    after = (tmp_path / "n.csv").read_bytes()
    for size in range(len(before), len(after)):
        (tmp_path / "n.csv").write_bytes(after[:size])
        assert not book.find(account_id="b", marker="second")
        assert isinstance(book.add({"account_id": "b", "text": "2", "key": "k2"}), Delivered)
        assert [row["key"] for row in rows(tmp_path / "n.csv")] == ["k1", "k2"]


def test_writers_do_not_mix(tmp_path: Path) -> None:
    """Two ledgers or runs that share a file write whole records."""

    def write(name: str) -> None:
        book = Notebook(tmp_path / "n.csv", COLUMNS)
        for number in range(25):
            book.add({"account_id": name, "text": "t" * 200, "key": f"{name}{number}"})

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row["key"] for row in rows(tmp_path / "n.csv")}) == 75
    assert (tmp_path / "n.csv").read_text().count("account_id") == 1


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A wrong path is a refusal for a person, not an exception and not a loss."""
    (tmp_path / "file").write_text("")
    outcome = Notebook(tmp_path / "file" / "n.csv", COLUMNS).add(
        {"account_id": "a", "text": "t", "key": "k"}
    )
    assert isinstance(outcome, Rejected)
    assert outcome.reason in {
        "n.csv: Not a directory; check the notes folder",
        "n.csv: File exists; check the notes folder",
    }
    assert os.listdir(tmp_path) == ["file"]


class Counting(Notebook):
    """Counts how often the file was read."""

    reads = 0

    def _read(self, mark: tuple[int, int, int]) -> Any:
        self.reads += 1
        return super()._read(mark)


def test_a_look_up_reads_the_file_only_when_somebody_else_changed_it(tmp_path: Path) -> None:
    """However many notes there are; what another one wrote, or took away, is seen at once."""
    path = tmp_path / "n.csv"
    book, other = Counting(path, COLUMNS), Notebook(path, COLUMNS)
    for number in range(20):
        book.add({"account_id": f"=a{number}", "text": f"t{number}", "key": f"k{number}"})
        assert book.texts(account_id=f"=a{number}", marker="t") == [f"t{number}"]
    assert book.reads == 1
    other.add({"account_id": "=a3", "text": "t of another", "key": "k"})
    assert book.texts(account_id="=a3", marker="t") == ["t3", "t of another"]
    assert isinstance(book.add({"account_id": "b", "text": "", "key": "k"}), AlreadyThere)
    assert book.reads == 2
    path.write_text("key,account_id,text\nkept,b,turned about\n")  # by somebody's spreadsheet
    assert book.texts(account_id="b", marker="turned") == ["turned about"]
    assert isinstance(book.add({"account_id": "b", "text": "t", "key": "k1"}), Delivered)
    assert rows(path)[1] == {"key": "k1", "account_id": "b", "text": "t"}
    path.unlink()
    assert book.texts(account_id="b", marker="t") == []
