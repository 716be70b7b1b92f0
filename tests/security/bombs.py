"""Files made to cost their reader more than they weigh."""

import io
import struct
import zipfile
from collections.abc import Callable

import openpyxl

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MIB = 1 << 20


def plain_workbook() -> bytes:
    """A harmless workbook of two cells."""
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    buffer = io.BytesIO()
    book.save(buffer)
    book.close()
    return buffer.getvalue()


def workbook_with(name: str, content: bytes, *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The harmless workbook with one of its parts replaced."""
    buffer = io.BytesIO()
    good = zipfile.ZipFile(io.BytesIO(plain_workbook()))
    with good, zipfile.ZipFile(buffer, "w", packing) as bad:
        for part in good.infolist():
            if part.filename != name:
                bad.writestr(part.filename, good.read(part))
        bad.writestr(name, content)
    return buffer.getvalue()


def sheet(rows: str, *, before: str = "") -> bytes:
    """A sheet whose rows are given as XML."""
    head = f'<?xml version="1.0"?>{before}<worksheet xmlns="{NAMESPACE}"><sheetData>'
    return f"{head}{rows}</sheetData></worksheet>".encode()


def inline(value: str) -> str:
    """A cell with a text of its own."""
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def _lying() -> bytes:
    """30 MB of rows whose directory says that they are 300 bytes."""
    bomb = bytearray(workbook_with(SHEET, sheet(f"<row>{inline('x' * 1000)}</row>" * 30_000)))
    with zipfile.ZipFile(io.BytesIO(bytes(bomb))) as archive:
        size = archive.getinfo(SHEET).file_size
    true, said = struct.pack("<L", size), struct.pack("<L", 300)
    return bytes(bomb).replace(true, said)


def _many_parts() -> bytes:
    buffer = io.BytesIO(plain_workbook())
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"xl/media/{number}", b"")
    return buffer.getvalue()


def _laughs(levels: int = 20) -> str:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, levels)
    )
    return f"<!DOCTYPE x [{entities}]>"


WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "one sheet of 60 MB": lambda: workbook_with(SHEET, bytes(60 * 10**6)),
    "a directory that lies": _lying,
    "many parts": _many_parts,
    "a list of texts of 101 MB": lambda: workbook_with(
        STRINGS, b"x" * (101 * 10**6), packing=zipfile.ZIP_STORED
    ),
    "entities in entities": lambda: workbook_with(
        SHEET, sheet(f"<row>{inline('&a19;')}</row>", before=_laughs())
    ),
    "a file from outside": lambda: workbook_with(
        SHEET,
        sheet(
            f"<row>{inline('&x;')}</row>",
            before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
    ),
    "a network address": lambda: workbook_with(
        SHEET, sheet("", before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')
    ),
    "elements in elements": lambda: workbook_with(SHEET, sheet("<a>" * 60_000 + "</a>" * 60_000)),
    "a row number in milliards": lambda: workbook_with(
        SHEET, sheet(f'<row r="1">{inline("a")}</row><row r="9000000000">{inline("b")}</row>')
    ),
    "a column far out": lambda: workbook_with(
        SHEET, sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>')
    ),
    "a column beyond any": lambda: workbook_with(
        SHEET, sheet('<row r="1"><c r="ZZZZZZZZZZ1"><v>1</v></c></row>')
    ),
    "a cell of 3 MB": lambda: workbook_with(SHEET, sheet(f"<row>{inline('x' * 3 * MIB)}</row>")),
    "a style that is not there": lambda: workbook_with(
        SHEET, sheet('<row r="1"><c r="A1" s="4000000000"><v>1</v></c></row>')
    ),
    "a text that is not there": lambda: workbook_with(
        SHEET, sheet('<row r="1"><c r="A1" t="s"><v>4000000000</v></c></row>')
    ),
    "a number of a megabyte": lambda: workbook_with(
        SHEET, sheet(f'<row r="1"><c r="A1"><v>{"9" * MIB}</v></c></row>')
    ),
    "a workbook in a workbook": lambda: workbook_with(SHEET, plain_workbook()),
}

CSV_FILES: dict[str, Callable[[], bytes]] = {
    "one line of 60 MB": lambda: b"x" * (60 * MIB),
    "cells without end": lambda: b"," * (20 * MIB),
    "one cell over many lines": lambda: b'"' + b"x\n" * (10 * MIB),
    "many cells over many lines": lambda: b'"\n",' * (5 * MIB),
    "a cell of 200 kB": lambda: b"a," + b"x" * 200_000 + b"\n",
    "501 cells": lambda: b"," * 501 + b"\n",
    "quotes only": lambda: b'"' * (5 * MIB),
    "a zip": plain_workbook,
    "zeros": lambda: bytes(MIB),
    "no end of blanks": lambda: b" " * (5 * MIB),
}
