"""Messages that asked for what was paid already: the bank told of it only later. Pure."""

from collections.abc import Collection
from datetime import date

from syncer.model.decision import AccountSnapshot
from syncer.policy.beside import is_thanks


def false_chases(snapshot: AccountSnapshot, keys: Collection[str]) -> tuple[int, int]:
    """(messages, those that were false) among the account's contacts with these keys.

    One is false when an invoice that it listed is closed and its last payment is dated before
    the day of the message. A payment of that very day proves nothing, in either direction.
    """
    still_open = {item.item_id for item in snapshot.items}
    paid: dict[str, date] = {}
    for one in snapshot.settled:
        paid[one.item_id] = max(one.paid_on, paid.get(one.item_id, date.min))
    made = [one for one in snapshot.contacts if one.key in keys and not is_thanks(one)]
    false = [
        contact
        for contact in made
        if any(
            item_id not in still_open and paid.get(item_id, date.max) < contact.on
            for item_id in contact.item_ids
        )
    ]
    return len(made), len(false)
