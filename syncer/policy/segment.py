"""Which segment an account belongs to: the first whose every condition holds."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from syncer.model.ledger import Account
from syncer.policy.behaviour import Behaviour
from syncer.policy.mandate import pays_by_debit
from syncer.policy.relationship import Relationship, fits
from syncer.policy.rules import Condition, Segment
from syncer.policy.strategy import DirectDebit


def first_match(
    segments: tuple[Segment, ...],
    *,
    account: Account,
    currency: str,
    asked: Decimal | None,
    net: Decimal | None,
    history: Behaviour,
    turnover: Mapping[str, Decimal],
    known: Relationship | None,
    today: date,
    direct_debit: DirectDebit,
) -> Segment | None:
    """The first segment that fits, or None for the default ladder.

    ``asked`` is the overdue net of held parts and credits, ``net`` the whole net position, both
    in the ledger's base currency; None where no rate is known, which fits no limit of an amount.
    ``turnover`` is the whole ledger's of the last 365 days, by currency.
    ``known`` may be None where no segment asks for it.
    """
    for segment in segments:
        when = segment.when
        if (
            _who(when, account, currency)
            and _how_much(when, asked, net)
            and _history(when, history, turnover.get(currency))
            and (known is None or fits(when, known, today))
            and when.direct_debit in (None, pays_by_debit(account, direct_debit))
        ):
            return segment
    return None


def _who(when: Condition, account: Account, currency: str) -> bool:
    accounts = when.accounts
    if accounts and account.account_id not in accounts and account.name not in accounts:
        return False
    if when.groups and _folded(when.groups).isdisjoint(_folded(account.groups)):
        return False
    if when.countries and account.country not in when.countries:
        return False
    if when.languages and not _speaks(account.language, when.languages):
        return False
    return not when.currencies or currency in when.currencies


def _speaks(language: str, wanted: tuple[str, ...]) -> bool:
    """``de`` takes ``de`` and ``de-CH``; ``de-CH`` takes only itself."""
    spoken = language.casefold().replace("_", "-")
    return any(spoken == tag or spoken.startswith(f"{tag}-") for tag in _folded(wanted))


def _how_much(when: Condition, asked: Decimal | None, net: Decimal | None) -> bool:
    return _within(asked, when.overdue_at_least, when.overdue_below) and _within(
        net, when.net_at_least, when.net_below
    )


def _within(amount: Decimal | None, least: Decimal | None, below: Decimal | None) -> bool:
    if least is None and below is None:
        return True
    if amount is None:
        return False
    return (least is None or amount >= least) and (below is None or amount < below)


def names_amounts(when: Condition) -> bool:
    """Whether the condition asks how much is owed."""
    limits = (when.overdue_at_least, when.overdue_below, when.net_at_least, when.net_below)
    return any(limit is not None for limit in limits)


def _history(when: Condition, history: Behaviour, ledger_turnover: Decimal | None) -> bool:
    if when.first_time is not None and when.first_time != history.first_time:
        return False
    least = when.usual_days_late_at_least
    if least is not None and (history.usual_late is None or history.usual_late < least):
        return False
    most = when.usual_days_late_below
    if most is not None and (history.usual_late is None or history.usual_late >= most):
        return False
    share = when.turnover_share_at_least
    if share is None:
        return True
    return bool(ledger_turnover) and history.turnover >= share * (ledger_turnover or 0)


@lru_cache(maxsize=4096)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
