"""What is read costs no more than a bound, however small the file that asks for more."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.csv_folder.layout import Format
from connectors.csv_folder.tables import rows
from syncer.errors import ConfigError
from syncer.settings.yamltree import parse

from .bombs import CSV_FILES, SHEET, WORKBOOKS, inline, sheet, workbook_with

READ = """
import resource, sys
from pathlib import Path
from connectors.csv_folder.layout import Format
from connectors.csv_folder.tables import rows
from syncer.errors import ContractError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        for row in rows(path, style=Format()):
            assert len(repr(row)) < 1_000_000
        print(path.stem, "was read")
    except ContractError as refused:
        assert str(refused).startswith(path.name), refused
        assert len(str(refused)) < 400
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
print("grown by", grown, "MiB" if grown < 200 else "MiB: too much")
"""
HARMLESS = {  # read without what they ask for; the layers above find no header in them
    "a number of a megabyte",
    "a network address",
    "a style that is not there",
    "elements in elements",
}


@pytest.mark.parametrize(
    ("kind", "files"), [("xlsx", WORKBOOKS), ("csv", CSV_FILES)], ids=["workbooks", "csv"]
)
def test_files_that_ask_for_too_much_are_refused(
    kind: str,
    files: dict[str, Callable[[], bytes]],
    tmp_path: Path,
    limited: Callable[..., str],
) -> None:
    """Each is refused by name, all of them within 200 MiB and a minute."""
    for name, make in files.items():
        (tmp_path / f"{name}.{kind}").write_bytes(make())
    *read, grown = limited(READ, str(tmp_path), mib=1200).splitlines()
    assert {line.removesuffix(" was read") for line in read} <= HARMLESS
    assert not grown.endswith("too much"), grown


def test_the_same_readers_read_what_is_large_and_honest(tmp_path: Path) -> None:
    """The bounds leave room: 60,000 wide rows, and a cell of 30,000 characters."""
    wide = ",".join(["cell"] * 40)
    (tmp_path / "wide.csv").write_text(f"{wide}\n" * 20_000 + "x" * 30_000 + "\n", "utf-8")
    assert sum(1 for _ in rows(tmp_path / "wide.csv", style=Format())) == 20_001
    book = workbook_with(SHEET, sheet(f"<row>{inline('x' * 30_000)}</row>" * 50))
    (tmp_path / "long.xlsx").write_bytes(book)
    assert sum(1 for _ in rows(tmp_path / "long.xlsx", style=Format())) == 50


def test_a_row_may_span_lines_and_the_next_one_starts_anew(tmp_path: Path) -> None:
    """The bound is of one row: many honest rows of several lines each are read."""
    (tmp_path / "lines.csv").write_text('a,"x\ny\nz"\n' * 200_000, "utf-8")
    assert sum(1 for _ in rows(tmp_path / "lines.csv", style=Format())) == 200_000


LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "a: " + "[" * 50_000,
        "a: " + "{b: " * 20_000,
        "- " * 50_000 + "x",
        "a: &a {b: *a}",
        "a: !!python/object/apply:os.system ['true']",
        "a: !!binary " + "A" * 100,
        "a: 1" + "0" * 100_000,
        "a: " + "9" * 5000 + ":59",
        "a: 0x" + "f" * 20_000,
        "a: .inf\n<<: {b: 1}",
        "? [a, b]\n: c",
        "a: 2026-99-99",
        "%YAML 9.9\n---\na: 1",
        "a: \ud800",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_a_configuration_is_read_or_refused_within_bounds(text: str) -> None:
    """References, depth, tags and numbers of any size end as a tree or as an error with a place."""
    try:
        tree = parse(text.encode("utf-8", "surrogatepass"), "syncer.yaml")
    except ConfigError as refused:
        told = str(refused)
    else:
        told = ""
        assert len(repr(tree)) < 2_000_000
    assert not told or "syncer.yaml" in told


@pytest.mark.parametrize("text", [r'a: "x\ud800"', r'"a\udfff": x', r'a: ["\ud83d"]'])
def test_half_a_character_is_refused_where_it_stands(text: str) -> None:
    """An escape can write what no file or database can hold: it is told, and crashes nothing."""
    with pytest.raises(ConfigError, match=r"syncer.yaml:2:.*half of a character"):
        parse(f"first: 1\n{text}".encode(), "syncer.yaml")
