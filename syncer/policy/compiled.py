"""A policy made ready for thousands of accounts: look-ups built once, then shared.

Holds nothing that is not in the policy; a wrong policy fails here with a ConfigError that
names the key, so that the judging code never meets it.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from syncer.errors import ConfigError
from syncer.policy.relationship import asks_for_it
from syncer.policy.rules import Ladder, Policy, Step, policy_version

ANY_CURRENCY = "*"


@dataclass(frozen=True, slots=True, eq=False)
class ReadyLadder:
    """A ladder with its heads-up steps counted and its steps found by name.

    Equal to itself alone, so that it can stand in the key of a cache.
    """

    ladder: Ladder
    steps: tuple[Step, ...]
    heads_up: int  # how many steps at the start come before the due date
    index: dict[str, int]
    repeat: int | None  # days after which the last step is taken again


@dataclass(frozen=True, slots=True)
class ReadyPolicy:
    """The policy and what is derived from it alone."""

    policy: Policy
    version: str
    ladders: dict[str, ReadyLadder]
    minimum: dict[str, Decimal]
    needs_history: bool  # some rule looks at settled invoices
    needs_relationship: bool  # some segment looks at all invoices that are known

    def ladder(self, name: str) -> ReadyLadder:
        """The ladder called ``name``. Raises ConfigError when there is none."""
        try:
            return self.ladders[name]
        except KeyError:
            known = ", ".join(sorted(self.ladders)) or "none"
            raise ConfigError(
                f"policy {self.policy.name!r} names the ladder {name!r}, which does not exist "
                f"(known: {known}); correct default_ladder or the segment's ladder"
            ) from None


@lru_cache(maxsize=64)
def ready(policy: Policy) -> ReadyPolicy:
    """Build the look-ups. Cached by the policy's content; its hash is computed once."""
    return ReadyPolicy(
        policy=policy,
        version=policy.version or policy_version(policy),
        ladders={ladder.name: _ready_ladder(ladder) for ladder in policy.ladders},
        minimum=dict(policy.minimum),
        needs_history=_needs_history(policy),
        needs_relationship=any(asks_for_it(segment.when) for segment in policy.segments),
    )


def _ready_ladder(ladder: Ladder) -> ReadyLadder:
    heads_up = 0
    for step in ladder.steps:
        if step.before_due is None:
            break
        heads_up += 1
    index = {step.name: number for number, step in enumerate(ladder.steps)}
    repeat = ladder.steps[-1].repeat if len(ladder.steps) > heads_up else None
    return ReadyLadder(
        ladder=ladder, steps=ladder.steps, heads_up=heads_up, index=index, repeat=repeat
    )


def _needs_history(policy: Policy) -> bool:
    personal = policy.personal
    if personal.habit_grace_max > 0 or personal.small_share is not None:
        return True
    return any(
        segment.when.turnover_share_at_least is not None
        or segment.when.usual_days_late_at_least is not None
        or segment.when.usual_days_late_below is not None
        for segment in policy.segments
    )
