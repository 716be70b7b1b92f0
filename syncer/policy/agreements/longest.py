"""How long a payment plan may last, by the user's policy and by the law pack that it names."""

from datetime import date

from syncer.model.ledger import Account, Record
from syncer.policy.agreements.schedule import INSTALMENTS_MAX
from syncer.policy.calendar import days_after
from syncer.policy.charges.occasion import debtor_of
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.region import concerns
from syncer.policy.law.rows import PlanLimit
from syncer.policy.rules import Policy


class Longest(Record, kw_only=True, frozen=True):
    """The strictest limit: the last day that an instalment may have, and how many there may be."""

    last: date
    parts: int
    source: str  # the setting or the row that sets the day


def longest_plan(policy: Policy, law: LawBook, account: Account, today: date) -> Longest | None:
    """The limit for a plan made ``today`` with this customer; None = there is none."""
    found: list[Longest] = []
    if policy.agreements.plan_max is not None:
        last = days_after(today, policy.agreements.plan_max)
        found.append(Longest(last=last, parts=INSTALMENTS_MAX, source="agreements.plan_max"))
    for row in _rows(policy, law, account, today):
        parts = INSTALMENTS_MAX if row.parts is None else row.parts
        found.append(Longest(last=days_after(today, row.days), parts=parts, source=row.id))
    if not found:
        return None
    strictest = min(found, key=lambda one: (one.last, one.parts))
    fewest = min(one.parts for one in found)
    return Longest(last=strictest.last, parts=fewest, source=strictest.source)


def _rows(policy: Policy, law: LawBook, account: Account, today: date) -> list[PlanLimit]:
    name = policy.charges.law
    if not name:
        return []
    debtor = debtor_of(policy.charges, account.groups)
    return [
        row
        for row in law.rows(name, PlanLimit)
        if row.governs(today)
        and (debtor is None or row.applies_to(debtor))
        and concerns(row.region, account)
    ]
