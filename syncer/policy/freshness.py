"""Books that nobody reconciled lately: money may have arrived that the ledger does not show."""

from syncer.model.decision import Code, LedgerContext, Reason
from syncer.policy.rules import Policy


def books_too_old(policy: Policy, context: LedgerContext) -> Reason | None:
    """Why nobody may be contacted on these books, or None when they are fresh enough.

    Age is counted in whole days from the last bank line or reconciliation to today; exactly
    ``books_max_age`` days is still fresh. Where the policy sets a limit and the ledger does
    not say how fresh it is, the books count as too old: silence is no proof.
    """
    limit = policy.freshness.books_max_age
    if limit is None:
        return None
    fresh_on = context.organisation.books_fresh_on
    if fresh_on is None:
        return Reason(code=Code.STALE_BOOKS, args=("", "", str(limit)))
    age = (context.today - fresh_on).days
    if age <= limit:
        return None
    return Reason(code=Code.STALE_BOOKS, args=(fresh_on.isoformat(), str(age), str(limit)))
