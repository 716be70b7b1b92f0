"""Whom a step charges, and when: all that an assessment needs besides rules and law."""

from collections.abc import Iterable
from datetime import date

from syncer.model.ledger import Record
from syncer.policy.charges.rules import ChargeRules, Earlier
from syncer.policy.law.rows import Debtor


class Occasion(Record, kw_only=True, frozen=True, gc=True):
    """Whom, when and on which step: all that an assessment needs besides rules and law."""

    currency: str
    step: str
    today: date
    groups: tuple[str, ...] = ()  # of the account, in the ledger
    notices: tuple[date, ...] = ()  # messages that went out about these debts
    earlier: tuple[Earlier, ...] = ()
    unknown: tuple[str, ...] = ()  # items of messages that may have charged, whose text is lost


def debtor_of(rules: ChargeRules, groups: Iterable[str]) -> Debtor | None:
    """What kind of debtor the account is: by the first of the policy's groups that it is in."""
    own = {group.casefold() for group in groups}
    for name, debtor in rules.groups:
        if name.casefold() in own:
            return debtor
    return rules.debtor
