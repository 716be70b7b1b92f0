"""Ready policies and country presets: what each sets, over every base, and that pages are true."""

import re
from datetime import date, time
from pathlib import Path

import pytest

from syncer.policy.check import problems
from syncer.policy.law.rows import ContactCap
from syncer.policy.limits import breach_of
from syncer.policy.rules import Cap, Policy
from syncer.policy.trial.timeline import timeline
from syncer.settings import InvalidSettings
from syncer.settings.lawpacks import shipped_packs
from syncer.settings.ready import PRESETS, READY

ROOT = Path(__file__).parents[3]
COPIES = ROOT / "config" / "policies"
SHIPPED = ROOT / "syncer" / "defaults"
PAGES = ROOT / "docs" / "policies"
HOLIDAYS = {"uk": "GB-ENG", "de": "DE", "fr": "FR", "nl": "NL", "us": "US", "au": "AU", "ca": "CA"}
SEVERAL_ZONES = {"us", "au", "ca"}
EVERY_PAIR = [(preset, base) for preset in PRESETS for base in READY]


def main(load, minimal: str, keys: str) -> Policy:
    """The policy ``main`` of these keys."""
    settings = load(f"{minimal}\npolicies:\n  main: {{{keys}}}\n")
    return settings.policy("main")


@pytest.mark.parametrize(("preset", "base"), EVERY_PAIR)
def test_a_preset_lies_over_each_base(load, minimal, preset: str, base: str) -> None:
    """Law, holidays and hours are the country's; ladders, minimum and caps stay the base's."""
    plain = main(load, minimal, f"use: {base}")
    laid = main(load, minimal, f"use: {base}, preset: {preset}")
    assert laid.restraint.holidays == HOLIDAYS[preset]
    assert (laid.restraint.send_from, laid.restraint.send_until) == (time(9), time(17))
    assert laid.restraint.debtor_hours is (preset in SEVERAL_ZONES)
    assert laid.restraint.debtor_holidays
    assert laid.restraint.weekdays == plain.restraint.weekdays
    assert (laid.ladders, laid.minimum) == (plain.ladders, plain.minimum)
    assert laid.restraint.caps[: len(plain.restraint.caps)] == plain.restraint.caps
    assert problems(laid) == []


@pytest.mark.parametrize(("preset", "base"), EVERY_PAIR)
def test_no_limit_of_the_law_can_be_passed(load, minimal, preset: str, base: str) -> None:
    """Over 400 days no window has more contacts than the pack allows, collectors' rows included."""
    laid = main(load, minimal, f"use: {base}, preset: {preset}")
    rows = [
        row
        for pack in shipped_packs()
        if pack.name == preset
        for row in pack.rows
        if isinstance(row, ContactCap)
    ]
    for row in rows:
        limit = Cap(contacts=row.contacts, days=row.days)
        assert breach_of(laid.restraint, limit, date(2026, 1, 1)) is None
    assert bool(rows) is (preset in SEVERAL_ZONES)


def test_own_keys_go_before_the_preset(load, minimal) -> None:
    """What the user writes wins; what he leaves out is the preset's, then the base's."""
    own = "use: gentle, preset: uk, restraint: {holidays: GB-SCT, debtor_holidays: false}"
    laid = main(load, minimal, own)
    assert (laid.restraint.holidays, laid.restraint.debtor_holidays) == ("GB-SCT", False)
    assert laid.restraint.send_until == time(17)
    assert laid.restraint.min_gap == 10


def test_a_preset_of_the_used_policy_lies_below(load, minimal) -> None:
    """A policy built on one with a preset inherits it, and its own preset goes before that."""
    text = (
        f"{minimal}\npolicies:\n  house: {{use: standard, preset: uk, minimum: '5.00'}}\n"
        "  main: {use: house}\n  berlin: {use: house, preset: de}\n"
    )
    settings = load(text)
    assert settings.policy("main").restraint.holidays == "GB-ENG"
    assert settings.policy("berlin").restraint.holidays == "DE"
    assert settings.policy("berlin").minimum == settings.policy("main").minimum


@pytest.mark.parametrize("name", ["gb", "UK", "5", "[uk]"])
def test_a_wrong_preset_is_told(load, minimal, name: str) -> None:
    """What is no preset is named, with those that there are."""
    with pytest.raises(InvalidSettings, match="not a preset; use one of: au, ca, de"):
        load(f"{minimal}\npolicies:\n  main: {{use: standard, preset: {name}}}\n")


@pytest.mark.parametrize(
    ("kind", "name"), [*(("policy", name) for name in READY), *(("preset", n) for n in PRESETS)]
)
def test_the_copies_to_read_are_equal(kind: str, name: str) -> None:
    """config/policies shows what the program uses, below one line that says so."""
    head, _, copy = (COPIES / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")
    assert copy == (SHIPPED / f"{kind}-{name}.yaml").read_text(encoding="utf-8")
    assert head.endswith(f"Named as: {kind}: {name}")


def test_nothing_else_stands_there() -> None:
    """Every copy and every page belongs to a ready policy or a preset, and none is missing."""
    names = {*READY, *PRESETS}
    assert {path.stem for path in COPIES.iterdir()} == names
    assert {path.stem for path in PAGES.iterdir()} == names


@pytest.mark.parametrize("name", READY)
def test_the_page_tells_the_days_and_limits(load, minimal, name: str) -> None:
    """Days, gap, caps, hours and minimum on a policy's page are those of the policy."""
    rules = main(load, minimal, f"use: {name}")
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    ladder = next(one for one in rules.ladders if one.name == name)
    shown = [int(day) for day in re.findall(r"^\| (\d+)", page, re.MULTILINE)]
    assert shown == [abs(step.before_due or step.after_due or 0) for step in ladder.steps]
    assert len(list(timeline(ladder, min_gap=rules.restraint.min_gap))) == len(shown)
    assert f"within {rules.restraint.min_gap} days of the last message" in page
    words = {2: "two messages already", 4: ("four messages already", "the fifth")}
    [cap] = rules.restraint.caps
    said = words[cap.contacts]
    assert any(word in page for word in ([said] if isinstance(said, str) else said))
    assert f"{cap.days} days" in page
    for hour in (rules.restraint.send_from, rules.restraint.send_until):
        assert f"{hour.hour}:{hour.minute:02d}" in page
    [(_, amount)] = rules.minimum
    assert f"elow {amount}" in page


@pytest.mark.parametrize("name", PRESETS)
def test_the_page_of_a_preset_tells_what_it_sets(name: str) -> None:
    """Law pack, holidays and hours stand on the page, and that it is no advice."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"preset: {name}" in page
    assert f"`{HOLIDAYS[name]}`" in page
    assert "9:00 to 17:00" in page
    assert ("every time zone" in page) is (name in SEVERAL_ZONES)
    assert "no legal advice" in page
