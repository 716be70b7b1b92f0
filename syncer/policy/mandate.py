"""Who pays by direct debit: the ledger's own word, or the groups that the policy names.

A customer whose money is collected is not asked for it. Where the mandate failed the ledger no
longer says so, or a group tells it, and the customer is contacted as anybody else.
"""

from functools import lru_cache

from syncer.model.ledger import Account
from syncer.policy.strategy import DirectDebit


def pays_by_debit(account: Account, rules: DirectDebit) -> bool:
    """Whether a mandate is active for the account."""
    if not account.groups:
        return account.direct_debit
    if rules.failed_groups and _named(account.groups, rules.failed_groups):
        return False
    if account.direct_debit:
        return True
    return bool(rules.groups) and _named(account.groups, rules.groups)


@lru_cache(maxsize=4096)
def _named(groups: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    folded = {name.casefold() for name in wanted}
    return any(name.casefold() in folded for name in groups)
