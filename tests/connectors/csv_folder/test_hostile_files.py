"""Whatever bytes lie in the folder, the answer is a list or an error in words."""

import io
import zipfile
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import ConfigError, ContractError

from .conftest import PLAIN, Case, plain_csv

QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
ROW = "1,C1,Ann,2026-02-01,2026-03-03,100.00,100.00,EUR"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row><c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""


def workbook() -> bytes:
    """A good workbook in the plain layout."""
    book = openpyxl.Workbook()
    for line in plain_csv(ROW, ROW.replace("1,", "2,", 1)).splitlines():
        book.active.append(line.split(","))
    buffer = io.BytesIO()
    book.save(buffer)
    book.close()
    return buffer.getvalue()


WORKBOOK = workbook()


@QUICK
@given(data=st.binary(max_size=200), encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_any_bytes_are_a_known_error(case: Case, data: bytes, encoding: str) -> None:
    """Random bytes never crash the reader and are never an empty list."""
    case.write("x.csv", data)
    with pytest.raises((ContractError, ConfigError)):
        case.pull({"file": "x.csv", "layout": PLAIN, "format": {"encoding": encoding}})


@QUICK
@given(tail=st.text(st.characters(blacklist_categories=("Cs",)), max_size=80))
def test_any_text_after_a_good_row_is_read_or_refused(case: Case, tail: str) -> None:
    """What follows a good row is read, held, or stops the file."""
    case.write("x.csv", plain_csv(ROW) + tail)
    with suppress(ContractError, ConfigError):
        pulled = case.pull({"file": "x.csv", "layout": PLAIN})
        assert "1" in {item.number for item in pulled.items}


@QUICK
@given(at=st.integers(0, len(WORKBOOK) - 1), to=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(case: Case, at: int, to: int) -> None:
    """One wrong byte anywhere in a workbook never crashes the reader."""
    damaged = WORKBOOK[:at] + bytes([to]) + WORKBOOK[at + 1 :]
    case.write("x.xlsx", damaged)
    with suppress(ContractError, ConfigError):
        assert case.pull({"file": "x.xlsx", "layout": PLAIN}).ends


@pytest.mark.parametrize("size", range(0, len(WORKBOOK), 97))
def test_a_workbook_cut_off_is_refused(case: Case, size: int) -> None:
    """Half a workbook is no list."""
    case.write("x.xlsx", WORKBOOK[:size])
    with pytest.raises(ContractError):
        case.pull({"file": "x.xlsx", "layout": PLAIN})


def test_entities_are_not_expanded(case: Case) -> None:
    """XML that defines entities is refused, not expanded."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as good, zipfile.ZipFile(buffer, "w") as bad:
        for entry in good.infolist():
            is_sheet = entry.filename.startswith("xl/worksheets/")
            bad.writestr(entry.filename, LAUGHS if is_sheet else good.read(entry))
    case.write("x.xlsx", buffer.getvalue())
    with pytest.raises(ContractError, match=r"^x.xlsx is no readable workbook"):
        case.pull({"file": "x.xlsx", "layout": PLAIN})


def test_empty_cells_at_the_end_of_a_workbook_row_are_no_damage(case: Case) -> None:
    """A workbook does not store them, so the row is not shorter than its header."""
    layout = {"columns": {**PLAIN["columns"], "reference": "Ref"}}
    header = [*plain_csv().strip().split(","), "Ref"]
    case.workbook("x.xlsx", {"A": [header, ROW.split(",")]})
    pulled = case.pull({"file": "x.xlsx", "layout": layout})
    assert ([item.number for item in pulled.items], pulled.quarantined) == (["1"], [])
