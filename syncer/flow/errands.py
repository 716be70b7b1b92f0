"""What a customer's answer asks of a person, given to that person inside the ledger.

What: an answer whose route is ``task`` becomes a task in the ledger, or a note where the ledger
knows no tasks: once for each answer, through the outbox, under a key made of the answer's own id.
It goes to a colleague and not to the customer, so no step, quiet hour or limit has a say in it.
Where the ledger takes neither, every run names the answer, as it does anyway.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

from syncer.flow.desk import Desk
from syncer.flow.worker import LedgerSetup
from syncer.model.agreement import Terms
from syncer.model.decision import AccountSnapshot, LedgerContext
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.hold import Hold
from syncer.model.ledger import ItemKind
from syncer.model.money import ZERO, money_text
from syncer.model.outcome import Cancelled
from syncer.policy.agreements.answers import is_for_person
from syncer.policy.calendar import days_after
from syncer.policy.decide import decide
from syncer.policy.holding import active
from syncer.ports import Capability, LedgerSession, OutboxFilter, Store

PREFIX = "todo-"
"""How the key of such a task begins: no contact's does, so that none is taken for one."""

LATELY = 60  # days in which a ledger that could not be written to is back
SEEN_TO = "the answer was seen to before it was written"
_KEY_DIGITS = 32
_TEXT_MAX = 500  # characters of what somebody typed
_NAMED_MAX = 10  # invoices


def is_errand(effect: Effect) -> bool:
    """Whether it is a task of this kind, and no step of a ladder."""
    return effect.kind is EffectKind.TASK and not effect.step


def errand_key(ledger: str, hold_id: str) -> str:
    """The identity of an answer's task for ever."""
    text = f"{len(ledger)}:{ledger}{len(hold_id)}:{hold_id}"
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def plan_errands(
    store: Store,
    session: LedgerSession,
    setup: LedgerSetup,
    context: LedgerContext,
    *,
    run_id: str,
    at: datetime,
) -> int:
    """Enqueue what new answers ask for: how many. Nothing where the ledger has no place for it.

    What was seen to before it was written is dropped.
    """
    channel = _channel(setup)
    if channel is None:
        return 0
    new: list[Effect] = []
    for hold in _lately(store, setup, context.today):
        key = errand_key(setup.name, hold.hold_id)
        known = store.effects(OutboxFilter(ledger=setup.name, key=key, limit=1))
        waits = active(hold, context.today) and not (hold.terms and hold.terms.ended)
        if waits and not known:
            new.append(_errand(store, setup, context, hold, key, channel, run_id))
        elif not waits and known and known[0].state is EffectState.PENDING:
            session.settle(key, Cancelled(reason="seen_to", detail=SEEN_TO), at)
    return session.enqueue(new, at) if new else 0


def _lately(store: Store, setup: LedgerSetup, today: date) -> Iterator[Hold]:
    """Answers for a person that wait, or did so lately: of older ones nothing is left to write."""
    for hold in store.holds(setup.name):
        over = hold.ends_on is not None and days_after(hold.ends_on, LATELY) < today
        if not over and is_for_person(hold, setup.policy.agreements):
            yield hold


def due_on(desk: Desk, errand: Effect) -> date:
    """By when it is to be done: the last day on which the customer is left alone for it."""
    known = desk.session.snapshot(errand.account_id)
    holds = known.holds if known is not None else ()
    ends = [one.ends_on for one in holds if one.hold_id == errand.caused_by]
    return next((one for one in ends if one is not None), desk.context.today)


def _channel(setup: LedgerSetup) -> tuple[EffectKind, str] | None:
    if Capability.TASK in setup.capabilities:
        return EffectKind.TASK, "ledger_task"
    if Capability.NOTE_ADD in setup.capabilities and setup.write_notes:
        return EffectKind.NOTE, "ledger_note"
    return None


def _errand(
    store: Store,
    setup: LedgerSetup,
    context: LedgerContext,
    hold: Hold,
    key: str,
    channel: tuple[EffectKind, str],
    run_id: str,
) -> Effect:
    snapshot = store.peek(setup.name, hold.account_id)
    return Effect(
        key=key,
        ledger=setup.name,
        kind=channel[0],
        account_id=hold.account_id,
        channel=channel[1],
        item_ids=_items(hold, snapshot),
        text="\n".join(_lines(hold, snapshot, setup, context)),
        caused_by=hold.hold_id,
        planned_on=context.today,
        run_id=run_id,
    )


def _items(hold: Hold, snapshot: AccountSnapshot | None) -> tuple[str, ...]:
    """The invoice that the answer is about, else what is overdue: a note needs a place."""
    if hold.item_id:
        return (hold.item_id,)
    items = snapshot.items if snapshot is not None else ()
    oldest = sorted(
        [one for one in items if one.kind is ItemKind.INVOICE and one.open > ZERO and one.due_on],
        key=lambda one: (str(one.due_on), one.item_id),
    )
    return tuple([one.item_id for one in oldest[:_NAMED_MAX]])


def _lines(
    hold: Hold, snapshot: AccountSnapshot | None, setup: LedgerSetup, context: LedgerContext
) -> Iterator[str]:
    """What a colleague has to know: who, what was said, how much, until when, and what then."""
    account = snapshot.account if snapshot is not None else None
    name = _plain(account.name) if account is not None else hold.account_id
    terms = hold.terms or Terms()
    said_by = f" ({_plain(terms.said_by)})" if terms.said_by else ""
    yield f"{name} (account {hold.account_id}){said_by} {_plain(hold.reason)}."
    if account is not None and account.phone:
        yield f"Phone number: {_plain(account.phone)}."
    yield from _owed(hold, snapshot, setup, context)
    until = f"No reminder goes out until {hold.ends_on}. " if hold.ends_on else ""
    owner = f"To be seen to by {_plain(terms.owner)}. " if terms.owner else ""
    yield f"{until}{owner}Once it is done: syncer reason end {hold.hold_id}"


def _owed(
    hold: Hold, snapshot: AccountSnapshot | None, setup: LedgerSetup, context: LedgerContext
) -> Iterator[str]:
    if snapshot is None:
        return
    for item in snapshot.items:
        if hold.item_id == item.item_id:
            due = f", due {item.due_on}" if item.due_on else ""
            amount = money_text(item.open, item.currency)
            yield f"Invoice {_plain(item.number)}: {amount} open{due}."
            return
    for decision in decide(snapshot, setup.policy, context):
        position = decision.position
        if position.overdue > ZERO:
            less = ""
            if position.credits > ZERO:
                less = f", credits {money_text(position.credits, decision.currency)}"
            yield f"Overdue: {money_text(position.overdue, decision.currency)}{less}."


def _plain(text: str) -> str:
    """In one line, without what moves a cursor or turns the direction of writing, and not long."""
    shown = "".join([sign if sign.isprintable() else " " for sign in text[: _TEXT_MAX * 2]])
    words = " ".join(shown.split())
    return words if len(words) <= _TEXT_MAX else f"{words[:_TEXT_MAX]}…"
