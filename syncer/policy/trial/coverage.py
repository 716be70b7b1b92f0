"""Which rules of a policy the cases reached, which none reached, and which none can reach."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from syncer.model.decision import Action, Decision
from syncer.model.ledger import Record
from syncer.policy.rules import Condition, Policy, Segment


class Coverage(Record, kw_only=True, frozen=True):
    """Names of rules, in the order in which the policy has them."""

    reached: tuple[str, ...]
    missed: tuple[str, ...]


def coverage(policy: Policy, decisions: Iterable[Decision]) -> Coverage:
    """What ``decisions`` show of ``policy``: steps that were taken, and segments that matched."""
    seen: set[str] = set()
    for one in decisions:
        if one.segment:
            seen.add(f"segment {one.segment}")
        if one.action is Action.CONTACT:
            seen.add(f"step {one.ladder}.{one.step}")
        seen.add(f"ladder {one.ladder}")
    rules = tuple(_rules(policy))
    return Coverage(
        reached=tuple([rule for rule in rules if rule in seen]),
        missed=tuple([rule for rule in rules if rule not in seen]),
    )


def _rules(policy: Policy) -> Iterator[str]:
    for segment in policy.segments:
        yield f"segment {segment.name}"
    for ladder in policy.ladders:
        for step in ladder.steps:
            yield f"step {ladder.name}.{step.name}"


def dead_rules(policy: Policy) -> Iterator[str]:
    """Sentences about rules that can never decide anything."""
    used = {policy.default_ladder, *(one.ladder for one in policy.segments if not one.exclude)}
    for ladder in policy.ladders:
        if ladder.name not in used:
            yield f"ladder {ladder.name}: no segment uses it"
    for earlier, later in combinations(policy.segments, 2):
        if _covers(earlier.when, later.when):
            yield (
                f"segment {later.name}: segment {earlier.name} stands before it and takes every "
                "account that it would take; put it first, or narrow the other"
            )


def overlaps(policy: Policy) -> Iterator[str]:
    """Sentences about segments that share accounts but treat them differently: order decides."""
    for earlier, later in combinations(policy.segments, 2):
        if _treats_alike(earlier, later) or _covers(earlier.when, later.when):
            continue
        if _may_meet(earlier.when, later.when):
            yield (
                f"segments {earlier.name} and {later.name} can both fit one account; "
                f"{earlier.name} wins, because it stands first"
            )


def _treats_alike(one: Segment, other: Segment) -> bool:
    return one.exclude == other.exclude and (one.exclude or one.ladder == other.ladder)


def _covers(wide: Condition, narrow: Condition) -> bool:
    """Whether every account that fits ``narrow`` fits ``wide``."""
    lists = all(
        _contains(getattr(wide, key), getattr(narrow, key))
        for key in ("accounts", "groups", "countries", "currencies")
    )
    least = all(
        _at_least(getattr(wide, key), getattr(narrow, key))
        for key in ("overdue_at_least", "turnover_share_at_least", "usual_days_late_at_least")
    )
    below = wide.overdue_below is None or (
        narrow.overdue_below is not None and narrow.overdue_below <= wide.overdue_below
    )
    first = wide.first_time is None or wide.first_time == narrow.first_time
    return lists and least and below and first


def _contains(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    return not wide or (bool(narrow) and {*map(str.casefold, narrow)} <= {*map(str.casefold, wide)})


def _at_least(wide: object, narrow: object) -> bool:
    return wide is None or (narrow is not None and narrow >= wide)  # type: ignore[operator]


def _may_meet(one: Condition, other: Condition) -> bool:
    """False only where no account can fit both."""
    for key in ("accounts", "countries", "currencies"):
        ours, theirs = set(getattr(one, key)), set(getattr(other, key))
        if ours and theirs and ours.isdisjoint(theirs):
            return False
    if None not in (one.first_time, other.first_time) and one.first_time != other.first_time:
        return False
    return not (_apart(one, other) or _apart(other, one))


def _apart(low: Condition, high: Condition) -> bool:
    below, least = low.overdue_below, high.overdue_at_least
    return below is not None and least is not None and below <= least
