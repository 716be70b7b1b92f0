"""Reads law packs: those that ship with the program, and files of the user's own.

What: YAML to ``policy.law`` records, each mistake with its file, line and key; a pack of the user's
own adds rows to the shipped one of the same name, or replaces rows by their id.
Not here: what the rows mean (``policy.law.lawbook``).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

import msgspec

from syncer.errors import ConfigError
from syncer.policy.law.rows import FeeScale, FixedSum, Pack, Rate, ReferenceRate, Row
from syncer.settings.problems import InvalidSettings, Problems, placed
from syncer.settings.tree import plain
from syncer.settings.yamltree import parse

SHIPPED = ("au", "ca", "de", "dk", "eu", "fi", "fr", "nl", "uk", "us")


@lru_cache(maxsize=1)
def shipped_packs() -> tuple[Pack, ...]:
    """Every pack that ships, in the order of their names."""
    folder = resources.files("syncer.policy.law")
    return tuple(
        [
            _read(folder.joinpath(f"{name}.yaml").read_bytes(), f"law pack {name}")
            for name in SHIPPED
        ]
    )


def read_pack(path: Path) -> Pack:
    """A pack of the user's own. Raises InvalidSettings with every line that is wrong."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"law pack {path} cannot be read ({error.strerror}); correct law.packs"
        ) from None
    return _read(data, str(path))


def packs_with(paths: Sequence[Path]) -> tuple[Pack, ...]:
    """The packs that ship, with the files at ``paths`` laid over them. Raises as ``read_pack``."""
    return with_own(shipped_packs(), [read_pack(path) for path in paths])


def with_own(shipped: Sequence[Pack], own: Sequence[Pack]) -> tuple[Pack, ...]:
    """``shipped`` with the rows of ``own`` laid over them, by pack name and row id."""
    packs = {pack.name: pack for pack in shipped}
    for pack in own:
        below = packs.get(pack.name)
        packs[pack.name] = pack if below is None else _merged(below, pack)
    return tuple(packs.values())


def _merged(below: Pack, above: Pack) -> Pack:
    ids = {row.id for row in above.rows}
    kept = tuple([row for row in below.rows if row.id not in ids])
    return msgspec.structs.replace(
        above,
        rows=kept + above.rows,
        extends=above.extends or below.extends,
        basis=above.basis or below.basis,
    )


def _read(data: bytes, origin: str) -> Pack:
    root = parse(data, origin)
    problems = Problems(root)
    try:
        pack = msgspec.convert(plain(root), Pack)
    except msgspec.ValidationError as error:
        problems.add(*placed(str(error), hint="correct it as docs/law.md says"))
        raise InvalidSettings(problems.found) from None
    for place, text in _doubts(pack):
        problems.add(("rows", place), text)
    problems.raise_if_any()
    return pack


def _doubts(pack: Pack) -> Iterator[tuple[int, str]]:
    """What is well written and cannot be meant."""
    seen: set[str] = set()
    for place, row in enumerate(pack.rows):
        if row.id in seen:
            yield place, f"a second row is called '{row.id}'; give each its own id"
        seen.add(row.id)
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            yield place, f"row '{row.id}' ends before it begins; exchange its days"
        if isinstance(row, FixedSum) and not _rising(row):
            yield place, f"the bands of '{row.id}' do not rise; order them by principal_from"
        if isinstance(row, FeeScale) and not _bounded(row):
            yield place, f"the bands of '{row.id}' do not rise from its up_to; order them by up_to"
        if _overlaps(pack.rows[:place], row):
            yield place, f"row '{row.id}' governs days that a row before it governs as well"


def _rising(row: FixedSum) -> bool:
    return all(low.principal_from < high.principal_from for low, high in pairwise(row.bands))


def _bounded(row: FeeScale) -> bool:
    """Each band but the last ends, above the one before."""
    ends = [row.up_to, *(band.up_to for band in row.bands)]
    return len(ends) == 1 or all(
        low is not None and (high is None or low < high) for low, high in pairwise(ends)
    )


def _overlaps(before: Sequence[Row], row: Row) -> bool:
    """Only rates must not overlap: two figures for one day would leave it open which holds."""
    if isinstance(row, Rate):
        rivals = [one for one in before if isinstance(one, Rate) and one.debtors == row.debtors]
        return any(_meet(one, row) for one in rivals)
    if isinstance(row, ReferenceRate):
        series = [
            one for one in before if isinstance(one, ReferenceRate) and one.series == row.series
        ]
        return any(_meet(one, row) for one in series)
    return False


def _meet(one: Row, other: Row) -> bool:
    return _not_after(one.valid_from, other.valid_to) and _not_after(other.valid_from, one.valid_to)


def _not_after(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start <= end
