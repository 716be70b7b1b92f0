"""Law packs: what ships is sourced and unverified, and a mistake in one's own is placed."""

from pathlib import Path

import pytest

from syncer.policy.law.lawbook import Checked, LawBook, NoLaw
from syncer.policy.law.rows import Debtor, FeeScale, FixedSum, Rate, Status, Term
from syncer.settings.lawpacks import SHIPPED, read_pack, shipped_packs, with_own
from syncer.settings.problems import InvalidSettings
from tests.unit.charges.sums import CHECK_DAY, day, verified

OWN = """\
name: uk
title: ours
country: "GB"
currency: GBP
version: "1"
review_by: "2027-06-30"
rows:
  - id: uk.rate.2024h2
    kind: rate
    debtors: [business]
    valid_from: "2024-07-01"
    valid_to: "2024-12-31"
    percent: "13.25"
    mode: lock_at_start
    source: "Bank of England"
    evidence: official
    status: active
    checked_on: "2026-11-01"
"""


def written(tmp_path: Path, text: str) -> Path:
    """A pack of the user's own on disk."""
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_row_that_ships_names_its_source_and_is_unverified() -> None:
    """Nothing that ships carries a claim before a person has compared it."""
    packs = shipped_packs()
    assert tuple(pack.name for pack in packs) == SHIPPED
    for pack in packs:
        for row in pack.rows:
            assert row.source, row.id
            assert row.checked_on is None, row.id
            assert row.status in (Status.UNVERIFIED, Status.BILL), row.id


def test_an_unverified_row_carries_no_claim() -> None:
    """Without a check the row is refused by name; a preview may use it."""
    packs = shipped_packs()
    asked = {"on": day("2026-01-01"), "debtor": Debtor.BUSINESS}
    with pytest.raises(NoLaw, match=r"uk\.compensation is not verified"):
        LawBook(packs).row("uk", FixedSum, **asked)
    assert LawBook(packs, preview=True).row("uk", FixedSum, **asked).id == "uk.compensation"


def test_a_checked_row_says_who_and_when() -> None:
    """The check that a person wrote down travels with the row."""
    book = LawBook(shipped_packs(), [Checked(row="uk.compensation", on=CHECK_DAY, by="Anna")])
    row = book.row("uk", FixedSum, on=day("2026-01-01"), debtor=Debtor.BUSINESS)
    assert (row.status, row.checked_on, row.checked_by) == (Status.ACTIVE, CHECK_DAY, "Anna")


def test_a_bill_is_no_law_whoever_checked_it() -> None:
    """What is not in force governs nothing."""
    assert all(row.status is not Status.BILL for row in verified().rows("uk", Term))


@pytest.mark.parametrize("pack", ["uk", "eu"])
def test_nothing_reserved_to_business_is_charged_to_consumers(pack: str) -> None:
    """Compensation and statutory interest are refused for a consumer."""
    book = verified()
    with pytest.raises(NoLaw, match="consumer"):
        book.row(pack, FixedSum, on=day("2023-01-01"), debtor=Debtor.CONSUMER)
    with pytest.raises(NoLaw, match="consumer"):
        book.statutory_rate(pack, debtor=Debtor.CONSUMER)(day("2023-01-01"))


def test_a_german_consumer_pays_five_points_and_a_business_nine() -> None:
    """The uplift follows the debtor; without the reference rate there is still no claim."""
    book = verified()
    for debtor in (Debtor.CONSUMER, Debtor.BUSINESS):
        with pytest.raises(NoLaw, match="de_basiszinssatz"):
            book.statutory_rate("de", debtor=debtor)(day("2026-01-01"))


def test_rows_of_ones_own_fill_what_is_missing(tmp_path: Path) -> None:
    """A pack of the same name adds its rows; the shipped halves stay."""
    packs = with_own(shipped_packs(), [read_pack(written(tmp_path, OWN))])
    rate = LawBook(packs).statutory_rate("uk", debtor=Debtor.BUSINESS)
    assert rate(day("2024-07-01")).source == "uk.rate.2024h2"
    [uk] = [pack for pack in packs if pack.name == "uk"]
    assert sum(isinstance(row, Rate) for row in uk.rows) == 12


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('percent: "13.25"', "percent: much", 13, "percent"),
        ("kind: rate", "kind: rates", 9, "rates"),
        ("    mode: lock_at_start\n", "", 8, "mode"),
        ('valid_to: "2024-12-31"', 'valid_to: "2023-12-31"', 8, "ends before it begins"),
        ("evidence: official", "evidence: official\n    percnt: 1", 8, "percnt"),
    ],
)
def test_a_mistake_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    """What is wrong in a pack is placed by file and line."""
    assert old in OWN
    path = written(tmp_path, OWN.replace(old, new))
    with pytest.raises(InvalidSettings) as caught:
        read_pack(path)
    [problem] = caught.value.problems
    assert said in str(problem)
    assert problem.mark.line == line, str(problem)


def test_two_rates_for_one_day_are_refused(tmp_path: Path) -> None:
    """Overlapping periods would leave it open which figure holds."""
    twice = OWN + OWN[OWN.index("  - id") :].replace("uk.rate.2024h2", "uk.rate.again")
    with pytest.raises(InvalidSettings, match="as well"):
        read_pack(written(tmp_path, twice))


SCALE = """\
name: nl
title: Netherlands, our additions
country: "NL"
currency: EUR
version: "1"
review_by: "2027-06-30"
rows:
  - id: nl.collection_costs
    kind: fee_scale
    currency: EUR
    percent: "15"
    least: "40.00"
    up_to: "1000"
    bands: [{up_to: "2000", percent: "10"}, {percent: "1"}]
    source: "the decree"
    evidence: official
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('up_to: "2000"', 'up_to: "1000"'),
        ('    up_to: "1000"\n', ""),
        ('up_to: "2000", ', ""),
    ],
)
def test_the_bands_of_a_scale_rise_and_only_the_last_has_no_end(
    tmp_path: Path, old: str, new: str
) -> None:
    """Bands that do not follow each other would leave it open what is charged."""
    [row] = read_pack(written(tmp_path, SCALE)).rows
    assert isinstance(row, FeeScale)
    assert len(row.bands) == 2
    assert old in SCALE
    with pytest.raises(InvalidSettings, match="do not rise"):
        read_pack(written(tmp_path, SCALE.replace(old, new)))
