"""Which rules of a policy the cases reached, which none reached, and which none can reach."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations

from syncer.model.decision import Action, Decision
from syncer.model.ledger import Record
from syncer.policy.covering import covers, may_meet
from syncer.policy.rules import Policy, Segment
from syncer.policy.trial.reach import unreached


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
        if covers(earlier.when, later.when):
            yield (
                f"segment {later.name}: segment {earlier.name} stands before it and takes every "
                "account that it would take; put it first, or narrow the other"
            )


def never_decides(policy: Policy, *, base: str, today: date) -> Iterator[str]:
    """The same, and what no debt reaches that is tried out on ``today``, each rule once."""
    said = list(dead_rules(policy))
    yield from said
    rules = {sentence.partition(":")[0] for sentence in said}
    for sentence in unreached(policy, base=base, today=today):
        if sentence.partition(":")[0] not in rules:
            yield sentence


def overlaps(policy: Policy) -> Iterator[str]:
    """Sentences about segments that share accounts but treat them differently: order decides."""
    shared: dict[str, list[str]] = {}
    for earlier, later in combinations(policy.segments, 2):
        if _treats_alike(earlier, later) or covers(earlier.when, later.when):
            continue
        if may_meet(earlier.when, later.when):
            shared.setdefault(later.name, []).append(earlier.name)
    for later_name, names in shared.items():
        win = "stands" if len(names) == 1 else "stand"
        yield (
            f"segment {later_name}: an account that it fits can fit {' or '.join(names)}, too, "
            f"which {win} before it and {'wins' if len(names) == 1 else 'win'}"
        )


def _treats_alike(one: Segment, other: Segment) -> bool:
    return one.exclude == other.exclude and (one.exclude or one.ladder == other.ladder)
