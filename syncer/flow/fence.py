"""The guard: the last look at an account before something is sent about it.

It reads the account from the ledger, decides again on what it finds, and lets the effect
pass only when the very same step is still due. If the read fails, is too old or is not
whole, nothing goes out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from syncer.flow.desk import Desk
from syncer.flow.thanking import with_closed
from syncer.model.decision import AccountSnapshot, Code, Decision
from syncer.model.effect import Effect, Message
from syncer.model.outcome import Cancelled, Outcome, Retry, Snooze
from syncer.policy.beside import step_taken
from syncer.policy.explain import sentence
from syncer.policy.freshness import standstill
from syncer.policy.guard import still_due
from syncer.policy.rules import Step
from syncer.ports import WroteElsewhereError

READ_AGAIN_AFTER = timedelta(minutes=5)
ANOTHER_TURN_AFTER = timedelta(hours=1)
_ELSEWHERE = (Code.MIN_GAP_ELSEWHERE, Code.CAP_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Passed:
    """The effect may go: with the fresh decision's figures, not the planned ones."""

    decision: Decision
    snapshot: AccountSnapshot
    read_at: datetime  # of the oldest read behind it


@dataclass(frozen=True, slots=True)
class _Look:
    snapshot: AccountSnapshot
    read_at: datetime


def pass_guard(desk: Desk, effect: Effect) -> Passed | Outcome:
    """Read, decide again, compare. Raises what the source raises when the read fails."""
    look = _look(desk, effect.account_id, effect.account_id)
    if not isinstance(look, _Look):
        return look
    read_at = look.read_at
    # Invoices of accounts that were merged into this one count here, and are looked at as well.
    for other in sorted({item.account_id for item in look.snapshot.items} - {effect.account_id}):
        look = _look(desk, other, effect.account_id)
        if not isinstance(look, _Look):
            return look
        read_at = min(read_at, look.read_at)
    return _decide_again(desk, effect, _Look(look.snapshot, read_at))


def step_of(desk: Desk, decision: Decision) -> Step:
    """The step that a contact takes, with what a customer's answer asks of it."""
    step = step_taken(decision, desk.setup.policy)
    if any(reason.code is Code.INVOICES_WANTED for reason in decision.reasons):
        return replace(step, attach_invoices=True)
    return step


def grown_old(desk: Desk, read_at: datetime) -> Retry | None:
    """Nothing leaves on a look older than the configuration allows, whatever the delay was."""
    if desk.clock() - read_at > desk.setup.guard_age_max:
        return Retry(after=READ_AGAIN_AFTER, reason="the fresh read of the account was too old")
    return None


def _look(desk: Desk, account_id: str, target: str) -> _Look | Outcome:
    """Read ``account_id`` again; what is then known of ``target``, or why that is not enough."""
    facts = desk.source.read_accounts((account_id,)).get(account_id)
    if facts is None:
        return Cancelled(reason="account_gone", detail="the ledger no longer knows this account")
    too_old = grown_old(desk, facts.read_at)
    if too_old is not None:
        return too_old
    if facts.quarantined:
        return Cancelled(reason=Code.PARTIAL_FACTS, detail=facts.quarantined[0].problem)
    desk.session.refresh_account(facts)
    fresh = _known(desk, target)
    if fresh is None:
        return Cancelled(reason="nothing_open", detail="nothing is open on the account any more")
    return _Look(fresh, facts.read_at)


def _known(desk: Desk, account_id: str) -> AccountSnapshot | None:
    """What the state knows of an account by now; None = it does not know it."""
    snapshot, today = desk.session.snapshot(account_id), desk.context.today
    if snapshot is None:
        return None
    return with_closed(desk.session.closed_items, snapshot, desk.setup.policy, today)


def expected(desk: Desk, effect: Effect) -> Decision | None:
    """The contact as the guard will find it, unless the account changed since it was read last.

    An effect may be older than that: what it was planned with is no word on what is due today.
    """
    known = _known(desk, effect.account_id)
    if known is None:
        return None
    fresh = _without_own(known, effect)
    verdict = still_due(fresh, effect, desk.setup.policy, desk.context)
    return verdict if isinstance(verdict, Decision) else None


def _without_own(snapshot: AccountSnapshot, effect: Effect) -> AccountSnapshot:
    others = tuple(contact for contact in snapshot.contacts if contact.key != effect.key)
    return replace(snapshot, contacts=others)


def _decide_again(desk: Desk, effect: Effect, look: _Look) -> Passed | Outcome:
    fresh = _without_own(look.snapshot, effect)
    stale = standstill(desk.setup.policy, desk.context)
    verdict = stale or still_due(fresh, effect, desk.setup.policy, desk.context)
    if isinstance(verdict, Decision):
        if step_taken(verdict, desk.setup.policy).channel != effect.channel:
            return Cancelled(reason=Code.STEP_CHANGED, detail="its step goes another way by now")
        passed = Passed(decision=verdict, snapshot=fresh, read_at=look.read_at)
        return _not_as_approved(desk, effect, verdict) or passed
    if verdict.code in _ELSEWHERE:  # wanted as before: it is only another ledger's turn
        return Snooze(until=desk.clock() + ANOTHER_TURN_AFTER, reason=sentence(verdict))
    return Cancelled(reason=verdict.code, detail=sentence(verdict))


def _not_as_approved(desk: Desk, effect: Effect, decision: Decision) -> Cancelled | None:
    """Of a saved plan goes out what was approved, and nothing that changed since it was read."""
    approved = desk.options.approved
    if approved is None:
        return None
    if approved.contacts.get(desk.setup.name, {}).get(effect.key) == decision.digest:
        return None
    return Cancelled(reason="plan_outdated", detail="the customer's account changed meanwhile")


def start_sending(
    desk: Desk, effect: Effect, passed: Passed, message: Message | None, *, text: str = ""
) -> Outcome | None:
    """Commit that it is being sent; an outcome when it may not be sent after all.

    Another ledger of the debtor was quicker, or the look that allowed it is too old by now.
    """
    desk.keep_lease()  # reading may have been slow: nobody may take over while it is sent
    session, elsewhere = desk.session, None
    if desk.setup.debtors.given:
        elsewhere = {contact.key for contact in passed.snapshot.elsewhere}
    try:
        session.start_sending(effect.key, message, desk.clock(), text=text, elsewhere=elsewhere)
    except WroteElsewhereError:
        return _after_another(desk, effect, passed)
    return grown_old(desk, passed.read_at)  # last of all: the commit may have had to wait


def _after_another(desk: Desk, effect: Effect, passed: Passed) -> Outcome:
    """Decide with the other's contact; should that have come to nothing, wait for a turn."""
    fresh = _known(desk, effect.account_id) or passed.snapshot
    verdict = _decide_again(desk, effect, _Look(fresh, passed.read_at))
    if not isinstance(verdict, Passed):
        return verdict
    reason = "another ledger was writing to the same debtor"
    return Snooze(until=desk.clock() + ANOTHER_TURN_AFTER, reason=reason)
