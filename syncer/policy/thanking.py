"""Lets a thank-you go out, or says why it does not, once nothing else is to be said to an account.

It is a contact as any other: one a day, within the caps, on open days, and messages that ask wait
for their gap behind it. Only itself it does not wait for the gap: late thanks are none.
"""

from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from syncer.model.decision import Action, Reason
from syncer.model.money import ZERO
from syncer.policy.beside import NUMBER, THANK_YOU
from syncer.policy.case import Case, Verdict
from syncer.policy.finding import Finding, days
from syncer.policy.freshness import books_too_old
from syncer.policy.judge import no_address, standing_reason
from syncer.policy.restraint import pauses
from syncer.policy.rules import StaleBooks
from syncer.policy.sentences import english
from syncer.policy.thanks import Thanks, lines, not_now, thanks


def thank(judged: Sequence[tuple[Case, Verdict]]) -> None:
    """Turn the verdict on a currency into a thank-you where one is due; else say why it is not."""
    cases = [case for case, _ in judged]
    for case, verdict in judged:
        if verdict.action is not Action.NONE:
            continue
        found = thanks(case, cases)
        if isinstance(found, Thanks):
            _say(case, verdict, found)
        elif found is not None:
            verdict.reasons = [*verdict.reasons, found]


def thanks_told(case: Case, cases: Sequence[Case]) -> list[Finding]:
    """What there is to thank for, as a finding; none where nobody was reminded or has paid."""
    found, within = thanks(case, cases), case.rules.policy.thank_you.within
    if found is None or within is None:
        return []
    due = isinstance(found, Thanks)
    reason = found.reason if isinstance(found, Thanks) else found
    return [
        Finding(
            rule="thanks",
            input=english(reason),
            comparison=f"once, within {days(within)} of the payment, nothing overdue",
            verdict="is due" if due else "no thanks",
        )
    ]


def _say(case: Case, verdict: Verdict, found: Thanks) -> None:
    standing = standing_reason(case) or not_now(case, found) or no_address(case, THANK_YOU)
    if standing is not None:
        verdict.reasons = [*verdict.reasons, standing]
        return
    paused, until = _paused(case)
    verdict.step, verdict.step_index, verdict.episode = THANK_YOU.name, NUMBER, found.episode
    verdict.asked, verdict.targets, verdict.coming = ZERO, {}, []
    if paused:
        verdict.action, verdict.reasons = Action.HOLD, [*paused, found.reason]
        verdict.next_look_on = until
        return
    verdict.action, verdict.reasons = Action.CONTACT, [found.reason]
    verdict.lines = lines(found.paid)


def _paused(case: Case) -> tuple[list[Reason], date | None]:
    """Why not today. Soft words for old books would take the thanks back: then it waits."""
    policy, today = case.rules.policy, case.context.today
    stale = books_too_old(policy, case.context)
    restraint = replace(policy.restraint, min_gap=1, count_invoice_mail=False)
    paused, until = pauses(restraint, case.snapshot, today, channel=THANK_YOU.channel)
    if stale is not None and policy.freshness.when_stale is not StaleBooks.WARN:
        return [stale, *paused], None
    return paused, until
