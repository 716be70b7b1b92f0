"""Handing over, as an explanation tells it: every condition with what was found and the outcome."""

from syncer.policy.case import Case, Verdict
from syncer.policy.finding import PASSES, Finding
from syncer.policy.handover import Requirement, living_episode, requirements


def hand_over_findings(case: Case, verdict: Verdict) -> list[Finding]:
    """One line for each condition and one for all; nothing where the ladder hands nothing over."""
    step = case.ladder.steps[-1]
    if step.hand_over is None or not case.book.overdue:
        return []
    carrier = case.book.carrier or case.book.overdue[0]  # held as a whole, it has none
    episode = verdict.episode or living_episode(case) or carrier.item_id
    found = requirements(case, carrier, asked=case.book.asked, episode=episode, to=step.hand_over)
    unmet = sum(not one.met for one in found)
    said = "qualifies" if not unmet else f"does not qualify: {unmet} of {len(found)} not met"
    whole = Finding(
        rule="hand-over",
        input=f'step "{step.name}" to {step.hand_over.value}, next step: {verdict.step or "none"}',
        comparison="every condition of hand_over and of the law pack",
        verdict=said,
    )
    return [*[_line(case, one) for one in found], whole]


def _line(case: Case, one: Requirement) -> Finding:
    outcome = PASSES
    if not one.compared:
        outcome = "cannot be compared; a person has to look"
    elif not one.met:
        again = one.until if one.until and one.until > case.context.today else None
        outcome = f"not before {again}" if again else "not met"
    by = f" ({one.source})" if one.source else ""
    return Finding(
        rule=f"hand-over: {one.rule}",
        input=one.given,
        comparison=f"{one.needed}{by}",
        verdict=outcome,
    )
