"""Rates per month beside none per year, and messages that name nobody, are told where law minds."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncer.policy.law.periodic import without_yearly, yearly_effective, yearly_nominal
from syncer.policy.law.rows import Creditor, Status, TextRule
from syncer.settings import Settings, lint
from syncer.settings.lawpacks import shipped_packs
from syncer.settings.wording import duties

TODAY = date(2026, 11, 22)


@pytest.fixture
def told(load: Callable[..., Settings], minimal: str) -> Callable[..., list[str]]:
    """What lint says of words, of a configuration whose policy uses a law pack."""

    def warnings(law: str, **mail: str) -> list[str]:
        own = "".join(f"  {key}: {text!r}\n" for key, text in mail.items())
        text = minimal.replace("  channels:", f"{own}  channels:")
        text += f"    policy: p\npolicies:\n  p: {{use: standard, law: {law}}}\n"
        found = [f"{one.path}: {one.text}" for one in lint(load(text), today=TODAY)]
        return [one for one in found if " wants " in one]

    return warnings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Interest of 2 % per month applies", ["2 % per month"]),
        ("1,5% monthly", ["1.5% monthly"]),
        ("0.05 percent a day\n\n10 % a year", ["0.05 percent a day"]),
        ("2 % par mois", ["2 % par mois"]),
        ("one line\n\n1 %/week", ["1 %/week"]),
        ("Interest of 2 % per month (24 % per year)", []),
        ("Interest of 2 % per month,\nthat is 26.82 % annually", []),
        ("2 % par mois, soit 24 % par an", []),
        ("2 % if you pay within a month", []),
        ("12 % per annum", []),
    ],
)
def test_e8_a_rate_per_month_needs_the_yearly_one(text: str, found: list[str]) -> None:
    """A rate per part of a year is found unless its own paragraph states one per year."""
    assert [one.words.replace(",", ".") for one in without_yearly(text)] == found


def test_a_periodic_rate_is_placed() -> None:
    """With the line on which it begins, counted from one."""
    (one,) = without_yearly("Hello\n\nyou owe us\n2 % a month on top")
    assert (one.line, str(one.percent), one.times) == (4, "2", 12)


def test_d10_two_percent_a_month_is_24_or_nearly_27() -> None:
    """Added up and with interest on interest, both are told; which one counts is for a person."""
    (one,) = without_yearly("2 % per month")
    assert (str(one.nominal), str(one.effective)) == ("24", "26.82")
    assert yearly_nominal(one.percent, 12) == one.nominal
    assert str(yearly_effective(one.percent, 1)) == "2.00"


def test_e8_lint_names_the_text_for_a_canadian_policy(told: Callable[..., list[str]]) -> None:
    """Signature and row by name, with both figures; no other country's pack minds."""
    said = {"from_name": "North Ltd", "signature": "Late: 2 % per month"}
    (found,) = told("ca", **said)
    assert found.startswith("mail.signature: '2 % per month' states no rate per year, and ca.year")
    assert "24 % a year added up, 26.82 % with interest on interest" in found
    assert told("us", **said) == []
    assert told("ca", **said | {"signature": "2 % per month, 24 % per year"}) == []


def test_e8_lint_names_the_template_and_its_line(
    load: Callable[..., Settings], minimal: str, tmp_path: Path
) -> None:
    """A template of one's own is placed by file and line."""
    (tmp_path / "words" / "en").mkdir(parents=True)
    (tmp_path / "words" / "en" / "final.j2").write_text("Pay\nor 3 % monthly\n", encoding="utf-8")
    text = minimal.replace("  channels:", "  templates: words\n  channels:")
    text += "    policy: p\npolicies:\n  p: {use: standard, law: ca}\n"
    said = [one.text for one in lint(load(text), today=TODAY) if one.path == "mail.templates"]
    assert [one.partition(" states")[0] for one in said] == ["en/final.j2:2: '3 % monthly'"]


def test_a_message_that_names_nobody_is_told_where_law_minds(
    told: Callable[..., list[str]],
) -> None:
    """Canada wants the sender's name and a block below the message; each is asked for by key."""
    assert [one.partition(": write ")[2].partition(",")[0] for one in told("ca")] == [
        "from_name",
        "signature",
    ]
    assert told("ca", from_name="North Ltd", signature="North Ltd, 1 Main St") == []
    assert told("uk") == []


def test_only_ledgers_under_that_law_are_asked_for_a_name(
    load: Callable[..., Settings], minimal: str
) -> None:
    """A ledger under another law is left alone; what a ledger writes goes before ``mail``."""
    minimal = minimal.replace("  channels:", "  signature: Anna\n  channels:")
    second = minimal[minimal.index("  - name") :].replace("north", "south")
    own = 'mail: {from_name: North Ltd, signature: ""}'
    text = f"{minimal}    policy: p\n    {own}\n{second}    policy: q\n"
    text += "policies:\n  p: {use: standard, law: ca}\n  q: {use: standard, law: uk}\n"
    found = [one for one in lint(load(text), today=TODAY) if "ca.identify" in one.text]
    assert [one.path for one in found] == ["ledgers[north].mail"]
    assert "write signature" in found[0].text


@pytest.mark.parametrize(
    ("changed", "bound"),
    [
        ({}, True),
        ({"status": Status.ACTIVE}, True),
        ({"status": Status.BILL}, False),
        ({"status": Status.SUPERSEDED}, False),
        ({"creditor": Creditor.OWN}, True),
        ({"creditor": Creditor.COLLECTOR}, False),
    ],
)
def test_a_duty_binds_whom_it_speaks_of(changed: dict[str, object], bound: bool) -> None:
    """A bill, what was replaced, and a collector's duty ask nothing of one's own claims."""
    (pack,) = [one for one in shipped_packs() if one.name == "ca"]
    rows = tuple([replace(row, **changed) for row in pack.rows if row.id == "ca.yearly_rate"])
    found = duties(replace(pack, rows=rows), TextRule.YEARLY_RATE)
    assert found == (("ca.yearly_rate",) if bound else ())
