"""A fingerprint of everything the policy looked at: the same facts give the same digest.

Fields nobody decides on (phone, tax number, time of last change) stay out, so that touching
them in the ledger does not spoil a saved plan. The order of tuples never matters.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from syncer import __version__
from syncer.model.decision import AccountSnapshot, Contact, LedgerContext
from syncer.model.ledger import Account, OpenItem
from syncer.policy.calendar import missed_stretches

_encode = msgspec.json.Encoder().encode


def inputs_digest(
    snapshot: AccountSnapshot, version: str, context: LedgerContext, segments: Sequence[str]
) -> str:
    """sha256 in hex over account, items, holds, contacts, settled, context, policy and program.

    ``segments`` (one name per currency) stand for the ledger's turnover: another customer's
    payment changes the turnover, but the decision only when it moves this account elsewhere.
    """
    hasher = hashlib.sha256(_context(context, version))
    hasher.update("\n".join(segments).encode())
    hasher.update(_encode((snapshot.ledger, snapshot.quarantined, _account(snapshot.account))))
    rows = sorted([_encode(_item(item)) for item in snapshot.items])
    hasher.update(b"\n".join(rows))
    for records in (snapshot.holds, [_contact(c) for c in snapshot.contacts], snapshot.settled):
        hasher.update(b"\n\n")
        if records:
            hasher.update(b"\n".join(sorted([_encode(record) for record in records])))
    return hasher.hexdigest()


@lru_cache(maxsize=64)
def _context(context: LedgerContext, version: str) -> bytes:
    fields = msgspec.structs.asdict(context)
    del fields["last_run_on"]  # decided on only through the stretches without a run
    fields["gaps"] = sorted(missed_stretches(context))
    del fields["turnover"]
    return _encode((__version__, version, sorted(fields.items()))) + b"\n"


def _account(account: Account) -> tuple[Any, ...]:
    return (
        account.account_id,
        account.name,
        sorted((person.role, person.email) for person in account.people),
        account.country,
        sorted(account.groups),
        account.archived,
        account.merged_into,
        account.do_not_chase,
    )


def _contact(contact: Contact) -> tuple[Any, ...]:
    return (
        contact.key,
        contact.currency,
        contact.step,
        contact.step_index,
        contact.episode,
        contact.on,
        sorted(contact.item_ids),
        contact.settled,
    )


def _item(item: OpenItem) -> tuple[Any, ...]:
    return (
        item.item_id,
        item.kind,
        item.number,
        item.currency,
        item.total,
        item.open,
        item.issued_on,
        item.due_on,
        item.reference,
        item.expected_on,
        item.sent,
        item.rate_to_base,
    )
