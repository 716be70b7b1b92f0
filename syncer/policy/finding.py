"""One rule as it was applied, for an explanation: the words that its parts share."""

from syncer.model.counts import count_text
from syncer.model.decision import Reason
from syncer.model.ledger import Record
from syncer.policy.sentences import english

PASSES = "passes"


class Finding(Record, frozen=True, kw_only=True):
    """One rule as it was applied: plain words, ready to print in four columns."""

    rule: str
    input: str
    comparison: str
    verdict: str


def told(rule: str, given: str, comparison: str, reason: Reason | None) -> Finding:
    """A finding whose verdict is a reason, or that it passes."""
    said = PASSES if reason is None else english(reason)
    return Finding(rule=rule, input=given, comparison=comparison, verdict=said)


def days(number: int) -> str:
    """ "1 day", "5 days"."""
    return count_text(number, "day")
