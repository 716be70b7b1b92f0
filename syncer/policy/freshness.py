"""Books that nobody reconciled lately: money may have arrived that the ledger does not show.

How old they may be is ``books_max_age``; what follows when they are older is ``when_stale``:
nobody is contacted (hold), only friendly words go out and say that a payment may have crossed
them (soften), or everything goes out and the run says so (warn).
"""

from msgspec.structs import replace

from syncer.model.counts import count_text
from syncer.model.decision import Code, LedgerContext, Reason
from syncer.model.ledger import BooksBy, Organisation
from syncer.policy.rules import Policy, StaleBooks, Step, StepChannel, Tone
from syncer.policy.sentences import english
from syncer.policy.text import day_text

ACCOUNT_NAME_MAX = 60
_SOFT = (Tone.HEADS_UP, Tone.FRIENDLY)


def books_too_old(policy: Policy, context: LedgerContext) -> Reason | None:
    """Why these books do not say who paid, or None when they are fresh enough.

    Age is counted in whole days from the last bank line, reconciliation or export to today;
    exactly ``books_max_age`` days is still fresh. Where the policy sets a limit and the ledger
    does not say how fresh it is, the books count as too old: silence is no proof.
    """
    limit = policy.freshness.books_max_age
    if limit is None:
        return None
    owner = context.organisation
    if owner.books_fresh_on is None:
        return Reason(code=Code.STALE_BOOKS, args=("", "", str(limit)))
    age = (context.today - owner.books_fresh_on).days
    if age <= limit:
        return None
    named = (owner.books_by.value, account_name(owner.bank_account))
    args = (owner.books_fresh_on.isoformat(), str(age), str(limit))
    plain = owner.books_by is BooksBy.BANK and not owner.bank_account
    return Reason(code=Code.STALE_BOOKS, args=args if plain else (*args, *named))


def books_seen(owner: Organisation) -> str:
    """What the ledger says of its age: the day, what it is the day of, and of which account."""
    what = "export of" if owner.books_by is BooksBy.EXPORT else "last reconciled"
    name = f" ({account_name(owner.bank_account)})" if owner.bank_account else ""
    return f"{what} {day_text(owner.books_fresh_on) or 'unknown'}{name}"


def books_allowed(policy: Policy) -> str:
    """What the policy allows, and what it does with older books where that is not to hold."""
    limit, mode = policy.freshness.books_max_age, policy.freshness.when_stale
    if limit is None:
        return "no limit"
    said = f"at most {count_text(limit, 'day')} ago"
    return said if mode is StaleBooks.HOLD else f"{said}, else {mode.value}"


def account_name(text: str) -> str:
    """A bank account's name as it may be shown: on one line and bounded."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())[:ACCOUNT_NAME_MAX]


def standstill(policy: Policy, context: LedgerContext) -> Reason | None:
    """Why nobody at all may be contacted because of the books; None = somebody may."""
    whole = policy.freshness.when_stale is StaleBooks.HOLD
    return books_too_old(policy, context) if whole else None


def stale_for(
    policy: Policy, context: LedgerContext, step: Step
) -> tuple[Reason | None, Reason | None]:
    """What old books do to this step: why it is held, or why its words are softened.

    The ledger's own e-mail cannot say that a payment may have crossed it, so soft words are
    not possible there.
    """
    stale = books_too_old(policy, context)
    if stale is None or policy.freshness.when_stale is StaleBooks.WARN:
        return None, None
    soft = step.tone in _SOFT and step.channel is not StepChannel.LEDGER_EMAIL
    if policy.freshness.when_stale is StaleBooks.SOFTEN and soft:
        return None, replace(stale, code=Code.STALE_SOFTENED)
    return stale, None


def books_line(
    policy: Policy, context: LedgerContext, *, held: int, contacts: int
) -> tuple[str, StaleBooks] | None:
    """The one line of a run about old books, and what they do; None when they are fresh enough.

    ``held`` customers would be contacted but for the books, ``contacts`` are contacted.
    """
    stale = books_too_old(policy, context)
    if stale is None:
        return None
    mode = policy.freshness.when_stale
    kept = f"{count_text(held, 'customer is', 'customers are')} held"
    others = count_text(contacts, "customer is", "customers are")
    match mode:
        case StaleBooks.HOLD:
            said = f"nobody is contacted, {kept} for that alone"
        case StaleBooks.SOFTEN:
            said = f"{kept}, {others} written to in friendly words that say so"
        case StaleBooks.WARN:
            said = f"{others} contacted all the same (when_stale: warn)"
    return f"{english(stale)} {said[0].upper()}{said[1:]}", mode
