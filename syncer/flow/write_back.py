"""Writes notes into the ledger: at least once, with a look before every second try.

What an earlier run left is looked for before its first try as well, and so is every task of an
answer: a copy of the state that was put back may be older than the note, also when a rebuild has
ended the doubt about it. They are few, for a note is written right behind its reminder.

A note exists if and only if its reminder was delivered: it is born in the transaction
that settles the reminder.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from syncer.errors import InvariantError, RateLimited, RecordError, SyncerError
from syncer.flow.desk import Desk, marker, settle
from syncer.flow.errands import PREFIX, due_on
from syncer.flow.worker import LedgerSetup
from syncer.model.effect import Effect, EffectKind
from syncer.model.outcome import AlreadyThere, Outcome, Rejected, Retry, Snooze, Uncertain
from syncer.ports import Capability, NoteSink, TaskSink

LOOK_AGAIN_AFTER = timedelta(minutes=10)


def note_for(setup: LedgerSetup, effect: Effect, text: str, *, run_id: str) -> Effect | None:
    """The note that follows a delivered reminder; None where notes are off or impossible."""
    if effect.kind is not EffectKind.REMINDER or not text:
        return None
    if not (setup.write_notes and Capability.NOTE_ADD in setup.capabilities):
        return None
    return Effect(
        key=f"{effect.key}-note",
        ledger=effect.ledger,
        kind=EffectKind.NOTE,
        account_id=effect.account_id,
        currency=effect.currency,
        channel="ledger_note",
        step=effect.step,
        episode=effect.episode,
        item_ids=effect.item_ids,
        text=text,
        caused_by=effect.key,
        planned_on=effect.planned_on,
        run_id=run_id,
    )


def write_note(desk: Desk, effect: Effect) -> Outcome | None:
    """Take one pending note, or task for a colleague, to an end; None when another was quicker.

    RateLimited is left to the caller after the note has been put back.
    """
    claimed = desk.session.claim(effect.key, desk.clock())
    if claimed is None:
        return None
    try:
        outcome = _write(desk, claimed)
    except RateLimited as limited:
        now = desk.clock()  # how long to wait is the ledger's matter: flow.parking
        desk.session.settle(claimed.key, Snooze(until=now, reason=str(limited)), now)
        raise
    except InvariantError:
        raise
    except RecordError as error:
        outcome = Rejected(reason=str(error))
    except SyncerError as error:
        outcome = Retry(after=LOOK_AGAIN_AFTER, reason=f"{type(error).__name__}: {error}")
        desk.tally.errors += 1
    return settle(desk, claimed, outcome)


def _write(desk: Desk, effect: Effect) -> Outcome:
    add = _writer(desk, effect)
    if add is None:
        return Rejected(reason=f"this ledger cannot take {effect.kind}s")
    earlier = effect.run_id != desk.run_id or effect.key.startswith(PREFIX)
    if (effect.attempt > 1 or earlier) and is_there(desk, effect):
        return AlreadyThere(detail="found by its marker")
    desk.session.start_sending(effect.key, None, desk.clock())
    outcome = add(
        account_id=effect.account_id,
        item_ids=effect.item_ids,
        text=f"{effect.text} {marker(effect)}",
        # A vendor may cache an error under a key: every attempt that is made brings its own,
        # and the look-up before it keeps the note single.
        key=f"{effect.key}-{effect.attempt}",
    )
    if isinstance(outcome, Uncertain) and desk.can(Capability.NOTE_LOOKUP):
        return Retry(after=LOOK_AGAIN_AFTER, reason=outcome.evidence)
    return outcome


def _writer(desk: Desk, effect: Effect) -> Callable[..., Outcome] | None:
    """What writes it in the ledger; None where the ledger has no such place."""
    sink = desk.source
    if effect.kind is EffectKind.TASK:
        on = due_on(desk, effect)
        return partial(sink.add_task, due_on=on) if isinstance(sink, TaskSink) else None
    return sink.add_note if isinstance(sink, NoteSink) else None


def is_there(desk: Desk, effect: Effect) -> bool:
    """Whether the ledger already holds this note."""
    if not (isinstance(desk.source, NoteSink) and desk.can(Capability.NOTE_LOOKUP)):
        return False
    return desk.source.find_note(
        account_id=effect.account_id, item_ids=effect.item_ids, marker=marker(effect)
    )
