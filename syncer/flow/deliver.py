"""Works through the outbox of one ledger: waiting notes first, then contacts by priority."""

from collections.abc import Iterator

from syncer.flow.charging import give_up, raise_charge
from syncer.flow.desk import Budget, Desk
from syncer.flow.errands import is_errand
from syncer.flow.pull import local_time
from syncer.flow.remind import remind
from syncer.flow.write_back import write_note
from syncer.model.effect import Effect, EffectKind
from syncer.model.outcome import AlreadyThere, Delivered, Uncertain
from syncer.policy.calendar import send_window_open
from syncer.policy.quiet import by_debtor, may_write

EFFECTS_PER_LOOK = 100
EFFECTS_MAX = 1_000_000  # when only some are wanted, they are picked out in one look
_CONTACTS = (EffectKind.REMINDER, EffectKind.TASK)


def deliver(desk: Desk) -> None:
    """Deliver until nothing is ready, the budget is spent or a stop was asked for.

    Raises what ends the whole ledger: RateLimited, AuthError, Transient, ContractError.
    """
    give_up(desk)
    give_errands(desk)
    write_back(desk)
    desk.tally.snoozed += desk.session.put_off(desk.clock(), _CONTACTS)
    if not _window_open(desk):
        quiet = [one.key for one in _ready(desk, _CONTACTS, look_once=True)]
        desk.tally.snoozed += len(quiet)
        desk.tally.put_off.update(quiet)
        return
    for contact in _ready(desk, _CONTACTS):
        if is_errand(contact):
            continue  # was tried already; it counts as no contact
        if _quiet(desk, contact):
            desk.tally.snoozed += 1
            desk.tally.put_off.add(contact.key)
            continue
        if not _window_open(desk) or not _take(desk.budgets):
            return
        used = False
        try:
            outcome = remind(desk, contact)
            used = isinstance(outcome, Delivered | AlreadyThere | Uncertain)
        finally:
            if not used:
                _give_back(desk.budgets)
        desk.tally.count(contact, outcome)
        if isinstance(outcome, Delivered | AlreadyThere):
            write_back(desk)  # right behind its reminder, while the quota lasts


def give_errands(desk: Desk) -> None:
    """Give people what customers' answers ask of them, at whatever hour it is."""
    for errand in _ready(desk, (EffectKind.TASK,), look_once=True):
        if is_errand(errand):
            desk.tally.count(errand, write_note(desk, errand))


def write_back(desk: Desk) -> None:
    """Write every note that is waiting, then raise every charge."""
    for note in _ready(desk, (EffectKind.NOTE,)):
        desk.tally.count(note, write_note(desk, note))
    for charge in _ready(desk, (EffectKind.CHARGE,)):
        desk.tally.count(charge, raise_charge(desk, charge))


def _ready(
    desk: Desk, kinds: tuple[EffectKind, ...], *, look_once: bool = False
) -> Iterator[Effect]:
    """Pending effects in order, each at most once.

    Ready is what was ready when the looking began: one that is put off for a quarter of an
    hour does not come back in the same run, however long the run takes.
    """
    seen: set[str] = set()
    began = desk.clock()
    look_once = look_once or desk.wanted is not None
    limit = EFFECTS_MAX if look_once else EFFECTS_PER_LOOK
    while batch := [e for e in desk.session.pending(began, limit, kinds) if e.key not in seen]:
        for effect in batch:
            if desk.options.stopping():
                return
            seen.add(effect.key)
            desk.keep_lease()
            if desk.wanted is None or desk.wanted(effect):
                yield effect
        if look_once:
            return


def _window_open(desk: Desk) -> bool:
    """The ledger's own window; where the debtors' hours count, each contact is asked alone."""
    policy = desk.setup.policy
    if by_debtor(policy.restraint):
        return True
    return send_window_open(policy, local_time(desk.context.organisation, desk.clock))


def _quiet(desk: Desk, contact: Effect) -> bool:
    """Whether it is no hour for a message where the debtor is; the contact then simply waits."""
    policy = desk.setup.policy
    if not by_debtor(policy.restraint):
        return False
    known = desk.session.snapshot(contact.account_id)
    where = (known.account.country, known.account.region) if known is not None else ("", "")
    return not may_write(policy, local_time(desk.context.organisation, desk.clock), *where)


def _take(budgets: tuple[Budget, ...]) -> bool:
    taken: list[Budget] = []
    for budget in budgets:
        if not budget.take():
            _give_back(tuple(taken))
            return False
        taken.append(budget)
    return True


def _give_back(budgets: tuple[Budget, ...]) -> None:
    for budget in budgets:
        budget.give_back()
