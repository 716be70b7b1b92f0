"""What ``lint`` says where a policy would hand debts over sooner than its law pack lets it.

The pack's conditions are kept all the same: the stricter counts. It is told so that nobody waits
for a step that never comes.
"""

from collections.abc import Iterator

from syncer.model.money import money_text
from syncer.policy.law.giving import HandOverRule
from syncer.policy.rules import Ladder, Policy, StepChannel, Tone
from syncer.settings.tree import Path

_FORMAL = (Tone.FORMAL, Tone.FINAL)


def laxer_than_law(policy: Policy) -> Iterator[tuple[Path, str]]:
    """A sentence, with its place, for each condition of the pack that the policy does not state."""
    giving = [one for one in policy.ladders if one.steps[-1].hand_over is not None]
    tos = {one.steps[-1].hand_over for one in giving}
    for rule in policy.hand_over_law:
        if rule.to is not None and rule.to not in tos:
            continue
        if giving:
            yield from _laxer(policy, rule)
        for ladder in giving:
            if rule.to in (None, ladder.steps[-1].hand_over):
                for text in _never(ladder, rule):
                    yield ("ladders", ladder.name), text


def _laxer(policy: Policy, rule: HandOverRule) -> Iterator[tuple[Path, str]]:
    own, kept = policy.hand_over, f"which is laxer than {rule.row}"
    if rule.least > own.amount_at_least:
        least = money_text(rule.least, rule.currency) if rule.currency else str(rule.least)
        said = f'{kept}: debts below {least} wait; write amount_at_least: "{rule.least}"'
        yield ("hand_over",), f"amount_at_least is {own.amount_at_least}, {said}"
    if rule.days_late > own.late_at_least:
        said = f"{kept}: debts wait until then; write late_at_least: {rule.days_late}d"
        yield ("hand_over",), f"late_at_least is {own.late_at_least}d, {said}"
    if rule.years_old_below is not None and own.late_below is None:
        days = rule.years_old_below * 365
        said = f"debts of {rule.years_old_below} years and more wait; write late_below: {days}d"
        yield ("hand_over",), f"late_below is empty, {kept}: {said}"
    if rule.undisputed and not own.undisputed:
        said = f"{kept}: disputed debts wait; write undisputed: true"
        yield ("hand_over",), f"undisputed is false, {said}"
    if rule.notices > own.messages_at_least:
        said = f"{kept}; write messages_at_least: {rule.notices}"
        yield ("hand_over",), f"messages_at_least is {own.messages_at_least}, {said}"


def _never(ladder: Ladder, rule: HandOverRule) -> Iterator[str]:
    """Where the step cannot come at all, since nothing before it is what the row asks for."""
    whom = ", ".join(debtor.value.replace("_", " ") for debtor in rule.debtors) or "any customer"
    where = f" in {rule.region}" if rule.region else ""
    last = ladder.steps[-1].name
    if rule.forbidden:
        yield f"{rule.row} forbids it, so step '{last}' never comes for {whom}{where}"
        return
    before = [step for step in ladder.steps[:-1] if step.channel is not StepChannel.TASK]
    if rule.letter and not any(
        step.channel is StepChannel.LETTER and (not rule.formal_notice or step.tone in _FORMAL)
        for step in before
    ):
        yield (
            f"{rule.row} wants a notice by letter, and no step before '{last}' is one: it never "
            f"comes for {whom}{where}; give a step channel: letter"
        )
    elif rule.formal_notice and not any(step.tone in _FORMAL for step in before):
        yield (
            f"{rule.row} wants a formal notice, and no step before '{last}' is formal or final: it "
            f"never comes for {whom}{where}; give a step tone: formal"
        )
    if len(before) < rule.notices:
        yield (
            f"{rule.row} wants {rule.notices} messages before, and the ladder has {len(before)}: "
            f"step '{last}' never comes for {whom}{where}"
        )
