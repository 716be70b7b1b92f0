"""The last step of a ladder: a person is to give the debt to an agency or a lawyer."""

from typing import TypedDict

from syncer.flow.desk import Desk
from syncer.flow.fence import Passed
from syncer.policy.handover_file import missing_evidence


class Giving(TypedDict):
    """What the task says about it; nothing for any other task."""

    hand_over: str
    missing: list[str]


def giving_away(desk: Desk, passed: Passed) -> Giving:
    """To whom the debt of a decision goes, and what its file lacks today."""
    decision = passed.decision
    ladder = next(one for one in desk.setup.policy.ladders if one.name == decision.ladder)
    to = ladder.steps[decision.step_index].hand_over
    if to is None:
        return Giving(hand_over="", missing=[])
    missing = missing_evidence(
        passed.snapshot, desk.setup.policy, desk.context, to=to, currency=decision.currency
    )
    return Giving(hand_over=to.value, missing=missing)
