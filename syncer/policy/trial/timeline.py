"""A ladder as a timeline: each step's first possible day, counted from the due date."""

from collections.abc import Iterator

from syncer.model.ledger import Record
from syncer.policy.rules import Ladder, Step


class Stop(Record, kw_only=True, frozen=True):
    """One step on the line; ``day`` counts from the due date, negative before it."""

    step: str
    day: int
    tone: str
    channel: str
    rule: str


def timeline(ladder: Ladder, *, min_gap: int) -> Iterator[Stop]:
    """Every step on its first possible day, each step before it taken on its own, gaps kept."""
    last: int | None = None
    for step in ladder.steps:
        day = _first_day(step, last)
        if last is not None:
            day = max(day, last + max(1, min_gap))
        last = day
        yield Stop(step=step.name, day=day, tone=step.tone, channel=step.channel, rule=_rule(step))


def _first_day(step: Step, last: int | None) -> int:
    if step.before_due is not None:
        return -step.before_due
    day = max(1, step.after_due or 0)
    if step.after_previous is None:
        return day
    return max(day, (last or 0) + step.after_previous)


def _rule(step: Step) -> str:
    if step.before_due is not None:
        return f"{step.before_due} days before due"
    parts = []
    if step.after_due is not None:
        parts.append(f"{step.after_due} days after due")
    if step.after_previous is not None:
        days = "days " if step.after_due is None else ""
        parts.append(f"{step.after_previous} {days}after the step before")
    again = "" if step.repeat is None else f", then every {step.repeat}"
    return f"{', '.join(parts)}{again}"
