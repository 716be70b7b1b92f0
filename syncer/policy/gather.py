"""From an account's facts to one case per currency, as every judgement and explanation sees it."""

from syncer.model.decision import AccountSnapshot, LedgerContext
from syncer.policy.agreements.speaking import speaking
from syncer.policy.case import Case, build_case
from syncer.policy.charges.waived import waived
from syncer.policy.compiled import ReadyPolicy
from syncer.policy.first_run import leave_old_debts
from syncer.policy.position import Book, books, nothing_open
from syncer.policy.strategy import OldDebts


def gather(snapshot: AccountSnapshot, rules: ReadyPolicy, context: LedgerContext) -> list[Case]:
    """One case per currency in which anything is open, sorted by currency code.

    And of one in which something was open lately, where the snapshot tells of that.
    """
    policy = rules.policy
    agreed = speaking(snapshot, policy.agreements, context.today)
    holds = (*agreed, *waived(snapshot, policy.charges))
    ledgers = books(snapshot.items, holds, today=context.today, only_sent=policy.only_sent)
    if snapshot.closed:
        ledgers = _with_closed(ledgers, snapshot, context)
    cases = [build_case(snapshot, rules, context, book) for book in ledgers]
    if policy.first_run.old_debts is OldDebts.BASELINE:
        for case in cases:
            leave_old_debts(case)
    return cases


def _with_closed(
    ledgers: list[Book], snapshot: AccountSnapshot, context: LedgerContext
) -> list[Book]:
    there = {book.currency for book in ledgers}
    gone = {item.currency for item in snapshot.closed} - there
    empty = [nothing_open(currency, today=context.today) for currency in gone]
    return sorted([*ledgers, *empty], key=lambda book: book.currency)
