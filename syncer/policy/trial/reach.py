"""What nothing reaches: segments that take nobody, and steps that are never taken.

What: customers of every segment (``samples``) with an invoice that nobody ever pays, followed from
before its due date for more than a year, under all rules of the policy.
Why: a heads-up too close behind another, a step for debts that left their segment long ago, a hand
over for amounts that the segment excludes: each reads well, and nothing ever happens.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from syncer.model.decision import Action, Contact, Decision
from syncer.policy.decide import decide
from syncer.policy.rules import Policy
from syncer.policy.trial.samples import LEDGER, Sample, samples_in

FOLLOWED = 500  # days
_DAY = timedelta(days=1)


class Life(NamedTuple):
    """One debt: the steps that were taken, as ladder and name, and what was said at its end."""

    taken: frozenset[tuple[str, str]]
    last: Decision


def unreached(policy: Policy, *, base: str, today: date) -> Iterator[str]:
    """Sentences about segments and steps that no customer reaches, as far as was tried."""
    taken: set[tuple[str, str]] = set()
    said: dict[str, Decision] = {}
    ladders = {one.name: one.ladder for one in policy.segments if not one.exclude}
    for name, used in {"": policy.default_ladder, **ladders}.items():
        found = list(samples_in(policy, name, base=base, today=today))
        if not found and name:
            yield (
                f"segment {name}: no customer that was tried falls into it; what stands before it "
                "takes all that it would take"
            )
        for sample in _ends(found):
            life = follow(sample, policy, today)
            taken |= life.taken
            said.setdefault(used, life.last)
    for ladder in policy.ladders:
        for step in ladder.steps:
            if ladder.name in said and (ladder.name, step.name) not in taken:
                yield _sentence(ladder.name, step.name, said[ladder.name])


def _sentence(ladder: str, step: str, last: Decision) -> str:
    end = f"the last word on one was {last.reasons[0].code}"
    if last.ladder != ladder:
        end += f", on ladder {last.ladder}"
    return f"step {ladder}.{step}: no debt that was tried reaches it in {FOLLOWED} days; {end}"


def _ends(found: list[Sample]) -> list[Sample]:
    """The largest and the smallest debt; where history decides, also one of another customer."""
    ends = [*found[:1], *found[-1:], *found[len(found) // 2 : len(found) // 2 + 1]]
    return list(dict.fromkeys(ends))


def follow(sample: Sample, policy: Policy, today: date) -> Life:
    """A debt that nobody pays, looked at on each day on which the answer can have changed."""
    ahead = max([step.before_due or 0 for one in policy.ladders for step in one.steps], default=0)
    due_on = today + (ahead + 1) * _DAY
    contacts: list[Contact] = []
    taken: set[tuple[str, str]] = set()
    day, end = today, due_on + FOLLOWED * _DAY
    while True:
        facts = sample.snapshot(day, due_on, contacts, began=today)
        said = decide(facts, policy, sample.context(day))[0]
        if said.action is Action.CONTACT:
            step = (said.ladder, said.step)
            if step in taken and _repeats(policy, said):
                return Life(taken=frozenset(taken), last=said)
            taken.add(step)
            contacts.append(_contact(said, policy, day))
        day = day + _DAY if contacts and contacts[-1].on == day else said.next_look_on or end
        if day >= end:
            return Life(taken=frozenset(taken), last=said)


def _repeats(policy: Policy, said: Decision) -> bool:
    ladder = next(one for one in policy.ladders if one.name == said.ladder)
    return ladder.steps[said.step_index].repeat is not None


def _contact(said: Decision, policy: Policy, on: date) -> Contact:
    ladder = next(one for one in policy.ladders if one.name == said.ladder)
    return Contact(
        account_id=said.account_id,
        currency=said.currency,
        step=said.step,
        step_index=said.step_index,
        episode=said.episode,
        key=f"{LEDGER}-{on.isoformat()}-{said.step}",
        on=on,
        channel=ladder.steps[said.step_index].channel,
        item_ids=tuple([line.item_id for line in said.lines]),
    )
