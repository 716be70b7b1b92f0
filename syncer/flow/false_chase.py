"""How many of the last messages asked for what had been paid: measured, so that it can be none."""

from collections import defaultdict
from datetime import date, timedelta

from syncer.model.effect import EffectKind, EffectState
from syncer.policy.false_chase import false_chases
from syncer.ports import OutboxFilter, Store

DAYS = 30
MESSAGES_MAX = 200  # the latest of these days; each account costs a look
_LOOKED_THROUGH = 2_000  # rows of the outbox: behind every message there is its note
_SENT = (EffectState.DELIVERED, EffectState.UNCERTAIN)


def chases(store: Store, ledger: str, *, today: date) -> tuple[int, int]:
    """(messages, false ones) among those of the last days, by what is known of payments now."""
    oldest = today - timedelta(days=DAYS)
    query = OutboxFilter(ledger=ledger, states=_SENT, limit=_LOOKED_THROUGH)
    sent = [
        one
        for one in store.effects(query)
        if one.kind is EffectKind.REMINDER and one.planned_on >= oldest
    ]
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for one in sent[:MESSAGES_MAX]:
        keys[one.account_id].add(one.key)
    made = false = 0
    for account_id, own in keys.items():
        snapshot = store.peek(ledger, account_id)
        found = false_chases(snapshot, own) if snapshot is not None else (len(own), 0)
        made, false = made + found[0], false + found[1]
    return made, false
