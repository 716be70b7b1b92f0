"""Turns what a person typed (a customer, an invoice number) into the records it means."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.flow.agreements import refuse_other_sum, remembering
from syncer.flow.names import did_you_mean, meant, only_one
from syncer.model.hold import Hold
from syncer.ports import Store

HOW_TO_NAME = "use the customer's id or name, or the invoice number"


def find_target(store: Store, ledger: str, text: str) -> tuple[str, str]:
    """(account_id, item_id); item_id is "" when ``text`` names an account, in any upper case.

    An invoice that is no longer open is named as it was typed: what is meant for it must not
    reach the rest of its account. Raises ConfigError when nothing, or more than one thing, is
    meant.
    """
    spelt = meant(store, ledger, text)
    if not spelt:
        raise ConfigError(
            f"ledger '{ledger}' has no customer or open invoice '{text}'"
            + (did_you_mean(store, (ledger,), text) or f"; {HOW_TO_NAME}")
        )
    text = spelt
    only_one(store, ledger, text)
    account_id, name = store.find_account(ledger, text)[0]
    if text in (account_id, name):
        return account_id, ""
    return account_id, open_item(store, ledger, account_id, text) or text


def open_item(store: Store, ledger: str, account_id: str, text: str) -> str:
    """The id of the account's open item with this number or id; "" when there is none."""
    snapshot = store.peek(ledger, account_id)
    items = snapshot.items if snapshot else ()
    return next((item.item_id for item in items if text in (item.number, item.item_id)), "")


def sync_config_holds(store: Store, ledger: str, holds: Sequence[Hold], at: datetime) -> None:
    """Make the holds from YAML exactly these. A name that fits nothing stops the ledger.

    A hold that silently matched nobody would let a message out that somebody forbade.
    """
    known = {hold.hold_id for hold in store.holds(ledger)} if holds else set()
    found = [_remembered(store, ledger, hold, known) for hold in holds]
    store.sync_config_holds(ledger, found, at)


def _remembered(store: Store, ledger: str, hold: Hold, known: Collection[str]) -> Hold:
    """What was open when it was first seen is remembered by the store from then on."""
    found = _resolved(store, ledger, hold)
    if hold.hold_id in known:
        return found
    found = remembering(store, ledger, found)
    refuse_other_sum(found)
    return found


def misfits(store: Store, ledger: str, holds: Sequence[Hold]) -> Iterator[str]:
    """What a run would refuse of the holds' names, one sentence each; changes nothing."""
    for hold in holds:
        try:
            _resolved(store, ledger, hold)
        except ConfigError as error:
            yield str(error)


def _resolved(store: Store, ledger: str, hold: Hold) -> Hold:
    account_id, item_id = find_target(store, ledger, hold.account_id)
    if hold.item_id:
        item_id = _item_of(store, ledger, account_id, hold)
    return replace(hold, account_id=account_id, item_id=item_id)


def _item_of(store: Store, ledger: str, account_id: str, hold: Hold) -> str:
    """The invoice of a hold, which must be the named customer's; numbers may repeat elsewhere."""
    if item_id := open_item(store, ledger, account_id, hold.item_id):
        return item_id
    owners = dict(store.find_account(ledger, hold.item_id))
    if account_id not in owners:
        whose = f"; it belongs to {', '.join(owners.values())}" if owners else ""
        raise ConfigError(
            f"a hold in the configuration: '{hold.account_id}' in ledger '{ledger}' has no invoice "
            f"'{hold.item_id}'{whose}; correct account or item"
        )
    return hold.item_id
