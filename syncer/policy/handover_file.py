"""What the file of a debt lacks before it is given to an agency or a lawyer, and since when.

What: which messages did not go out, which documents are unfinished, whether it is known where the
customer is, and what the policy or the law pack asks that is not met. In sentences for people.
Not here: whether the step that hands over is proposed (``policy.handover``).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from syncer.model.decision import AccountSnapshot, Contact, LedgerContext
from syncer.model.ledger import Account, OpenItem
from syncer.policy.calendar import days_after
from syncer.policy.case import Case
from syncer.policy.charges.occasion import debtor_of
from syncer.policy.compiled import ready
from syncer.policy.episode import Stage, stage
from syncer.policy.gather import gather
from syncer.policy.handover import requirements
from syncer.policy.position import days_late, due
from syncer.policy.rules import Ladder, Policy, Step, StepChannel
from syncer.policy.strategy import HandOver


def missing_evidence(
    snapshot: AccountSnapshot,
    policy: Policy,
    context: LedgerContext,
    *,
    to: HandOver | None,
    currency: str = "",
) -> list[str]:
    """What the file of an account's overdue debt lacks, in sentences; empty = complete.

    Of one currency, if given; of several each sentence about a debt names its own.
    """
    cases = [
        case
        for case in gather(snapshot, ready(policy), context)
        if case.book.overdue and currency in ("", case.book.currency)
    ]
    found: dict[str, None] = {}
    for case in cases:
        of = f"{case.book.currency}: " if len(cases) > 1 else ""
        found |= dict.fromkeys(of + said for said in _of_debt(case, to))
    return [*found, *_address_missing(snapshot.account)] if cases else []


def delivered(
    snapshot: AccountSnapshot, policy: Policy, context: LedgerContext
) -> list[tuple[str, date]]:
    """The steps that went out about what is overdue now, with their days, oldest first."""
    found = [
        (contact.step, contact.on)
        for case in gather(snapshot, ready(policy), context)
        for contact in _told_of(case)
        if contact.settled
    ]
    return sorted(found, key=lambda one: (one[1], one[0]))


def _told_of(case: Case) -> Sequence[Contact]:
    """The contacts of the episode that is alive, whatever holds the account today."""
    return _stage(case).contacts if case.book.overdue else ()


def _stage(case: Case) -> Stage:
    return stage(case.contacts, case.ladder, {item.item_id for item in case.book.overdue})


def _of_debt(case: Case, to: HandOver | None) -> Iterator[str]:
    oldest = case.book.overdue[0]
    where = _stage(case)
    yield from _steps_missing(case.ladder.ladder, where.contacts, oldest, case.context.today)
    yield from _documents_missing(case)
    carrier = case.book.carrier or oldest
    episode = where.episode or carrier.item_id
    found = requirements(case, carrier, asked=case.book.asked, episode=episode, to=to)
    for one in found:
        if not one.met:
            yield f"it does not qualify: {one.missing}{_from_then_on(one.until, case)}"
        elif not one.compared:
            yield f"{one.source} asks for {one.needed}, and {one.given}: compare it by hand"
    yield from _enclosures_missing(case, to)


def _from_then_on(until: date | None, case: Case) -> str:
    return f" (met from {until} on)" if until and until > case.context.today else ""


def _steps_missing(
    ladder: Ladder, contacts: Sequence[Contact], oldest: OpenItem, today: date
) -> Iterator[str]:
    """Every step before the one that gives the debt away, with the day on which it was due."""
    known: dict[str, Contact] = {}
    for contact in sorted(contacts, key=lambda one: (one.settled, one.on)):
        known[contact.step] = contact
    before = ""
    for step in _before_giving(ladder):
        tried = known.get(step.name)
        if tried is None:
            yield f"step '{step.name}' was not delivered: {_its_day(step, before, oldest, today)}"
        elif not tried.settled:
            yield (
                f"step '{step.name}' was not delivered for certain: it was tried on {tried.on}; "
                "settle it with `syncer outbox list`"
            )
        before = step.name


def _before_giving(ladder: Ladder) -> list[Step]:
    """The steps that a customer sees: a task at the end of a ladder is the handing over itself."""
    steps = [step for step in ladder.steps if step.before_due is None]
    last = steps[-1] if steps else None
    if last is not None and (last.hand_over is not None or last.channel is StepChannel.TASK):
        return steps[:-1]
    return steps


def _its_day(step: Step, before: str, oldest: OpenItem, today: date) -> str:
    if step.after_due is None:
        return f"it comes {step.after_previous or 0} days after step '{before}'"
    on = days_after(due(oldest), step.after_due)
    return f"it has been due since {on}" if on <= today else f"it is due on {on}"


def _documents_missing(case: Case) -> Iterator[str]:
    for item in case.book.overdue:
        late = f"due since {item.due_on}, {days_late(case.book, item)} days late"
        if not item.number:
            yield f"an invoice ({late}) has no number"
        if item.issued_on is None:
            yield f"invoice {item.number or item.item_id} ({late}) does not say when it was issued"


def _enclosures_missing(case: Case, to: HandOver | None) -> Iterator[str]:
    """Papers that the law wants with the notice: none is sent by this program."""
    policy, account = case.rules.policy, case.snapshot.account
    debtor = debtor_of(policy.charges, account.groups)
    for rule in policy.hand_over_law:
        if rule.enclosures and rule.speaks(account, debtor, to, case.context.today):
            papers = ", ".join(one.value.replace("_", " ") for one in rule.enclosures)
            yield f"{rule.row} wants these with the notice, which is not recorded: {papers}"


def _address_missing(account: Account) -> Iterator[str]:
    if not any(person.email for person in account.people):
        yield "the customer has no address; add one in the ledger"
    if not account.country:
        yield "the customer's country is not known; add it in the ledger"
