"""Effects and contacts as rows of the outbox, in both directions."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal_column, or_

from syncer.model.decision import Contact
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.store.tables import outbox

FIELDS = tuple(name for name in Effect.__struct_fields__ if name != "ledger")
"""An effect's fields that are columns under their own name."""

COLUMNS = tuple(outbox.c[name] for name in FIELDS)


def effect_from(row: Any, ledger_name: str) -> Effect:
    """An effect from a row that has at least ``COLUMNS``."""
    return Effect(ledger=ledger_name, **{name: getattr(row, name) for name in FIELDS})


CONTACT_STATES = (
    EffectState.CLAIMED,
    EffectState.SENDING,
    EffectState.DELIVERED,
    EffectState.UNCERTAIN,
    EffectState.REJECTED,
)
"""States in which a customer was contacted or may have been, or a person has to look.

One that was refused reached nobody, but its step can neither be taken again by itself nor
be passed over: until a person settles it, it is an open contact.
"""

CONTACT_COLUMNS = (
    outbox.c.account_id,
    outbox.c.currency,
    outbox.c.step,
    outbox.c.step_index,
    outbox.c.episode,
    outbox.c.key,
    outbox.c.channel,
    outbox.c.item_ids,
    outbox.c.state,
    func.coalesce(outbox.c.sent_at, outbox.c.claimed_at, outbox.c.settled_at),
)


REACHED = (EffectState.SENDING, EffectState.DELIVERED, EffectState.UNCERTAIN)
"""States in which a customer was written to or may have been.

One that was refused reached nobody: it stops its own ledger's ladder and no other's.
"""


def is_contact(
    states: Sequence[EffectState] = CONTACT_STATES,
) -> ColumnElement[bool]:
    """Reminders, and those tasks that are a step of a ladder; never a note or a charge.

    Its words stand in the statement itself, so that it can be compiled once.
    """
    step_task = and_(outbox.c.kind == _word(EffectKind.TASK), outbox.c.step != _word(""))
    return and_(
        outbox.c.state.in_([_word(state) for state in states]),
        or_(outbox.c.kind == _word(EffectKind.REMINDER), step_task),
    )


def _word(word: str) -> ColumnElement[Any]:
    return literal_column(f"'{word!s}'")


def contact_builder(time_zone: str) -> Callable[..., Contact]:
    """Builds contacts whose day is the day in ``time_zone`` (an IANA name)."""
    zone = ZoneInfo(time_zone)

    def day(instant: datetime) -> date:
        return instant.astimezone(zone).date()

    def build(
        account_id: str,
        currency: str,
        step: str,
        step_index: int,
        episode: str,
        key: str,
        channel: str,
        item_ids: tuple[str, ...],
        state: EffectState,
        at: datetime,
    ) -> Contact:
        return Contact(
            account_id=account_id,
            currency=currency,
            step=step,
            step_index=step_index,
            episode=episode,
            key=key,
            on=day(at),
            channel=channel,
            item_ids=item_ids,
            settled=state is EffectState.DELIVERED,
        )

    return build
