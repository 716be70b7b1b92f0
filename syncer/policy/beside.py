"""Messages beside the ladder: a thank-you, and a word before an instalment of a payment plan.

Neither takes a step nor counts as one. Their names have a space in them, which no step of a
ladder can have, so that a contact says for ever which of the two it was.
"""

from datetime import date

from syncer.model.counts import count_text
from syncer.model.decision import Contact, Decision
from syncer.policy.rules import Policy, Step, Tone

THANK_YOU = Step(name="thank you", tone=Tone.FRIENDLY, template="thank_you")
INSTALMENT = Step(name="instalment due", tone=Tone.HEADS_UP, template="instalment")

BESIDE = {step.name: step for step in (THANK_YOU, INSTALMENT)}
"""By name. Their number is below that of every step of a ladder."""

NUMBER = -1


def said_beside(policy: Policy) -> tuple[str, ...]:
    """The messages beside its ladders that a policy sends, one sentence each."""
    within, ahead = policy.thank_you.within, policy.agreements.remind_instalment
    return (
        *(() if ahead is None else (f"Instalment of a plan: {_days(ahead)} before its day.",)),
        *(() if within is None else (f"Thank-you: within {_days(within)} of the last payment.",)),
    )


def _days(count: int) -> str:
    return count_text(count, "day")


def is_thanks(made: Contact | Decision) -> bool:
    """Whether this is a thank-you, planned or sent."""
    return made.step == THANK_YOU.name


def occasion(due_on: date) -> str:
    """What stands for the step in the key: one reminder for each instalment of a plan."""
    return f"{INSTALMENT.name} {due_on.isoformat()}"


def step_taken(decision: Decision, policy: Policy) -> Step:
    """The step that a contact takes: of its ladder, or beside it."""
    if decision.step in BESIDE:
        return BESIDE[decision.step]
    ladder = next(ladder for ladder in policy.ladders if ladder.name == decision.ladder)
    return ladder.steps[decision.step_index]
