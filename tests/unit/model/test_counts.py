"""Counts in sentences: one is one, and two are several."""

import re
from pathlib import Path

from syncer.model.counts import count_text

ROOT = Path(__file__).parents[3]
# A number put in front of a plural, as in f"{n} contacts": it reads "1 contacts" one day.
BY_HAND = re.compile(
    r"\{(?:len\([^{}]*\)|[a-z_.]*(?:count|number|days|age|errors|items|contacts)[a-z_]*)\} "
    r"(?:new |open |planned )?"
    r"(?:contacts|records|customers|items|invoices|days|ledgers|messages|notes|tasks|errors|seconds"
    r"|reminders|problems|warnings)\b"
)
CHECKED_BY_CHECK = "syncer/policy/check.py"  # speaks of what cannot be one


def test_one_is_singular_and_everything_else_plural() -> None:
    """Zero is plural in English, thousands are grouped, and a plural of its own is taken."""
    said = [count_text(number, "contact") for number in (0, 1, 2, 1200)]
    assert said == ["0 contacts", "1 contact", "2 contacts", "1,200 contacts"]
    assert count_text(2, "message or note", "messages or notes") == "2 messages or notes"


def test_no_sentence_counts_by_hand() -> None:
    """Whoever counts in a sentence goes by count_text, so that none says "1 contacts"."""
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for folder in ("syncer/cli", "syncer/report", "syncer/log", "syncer/flow", "syncer/policy")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) != CHECKED_BY_CHECK
        for hit in BY_HAND.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
