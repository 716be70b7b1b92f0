"""A fingerprint of everything the policy looked at: the same facts give the same digest.

Fields nobody decides on (phone, tax number, time of last change) stay out, so that touching
them in the ledger does not spoil a saved plan. The order of tuples never matters.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec

from syncer import __version__
from syncer.model.decision import AccountSnapshot, Contact, LedgerContext
from syncer.model.ledger import Account
from syncer.policy.calendar import missed_stretches
from syncer.policy.rules import Policy

_encode = msgspec.json.Encoder().encode
_item_id = attrgetter("item_id")


def inputs_digest(
    snapshot: AccountSnapshot, version: str, context: LedgerContext, segments: Sequence[str]
) -> str:
    """sha256 in hex over account, items, holds, contacts, settled, context, policy and program.

    ``segments`` (one name per currency) stand for the ledger's turnover: another customer's
    payment changes the turnover, but the decision only when it moves this account elsewhere.
    """
    facts = (
        segments,
        snapshot.ledger,
        snapshot.quarantined,
        _account(snapshot.account),
        sorted(snapshot.items, key=_item_id),
        _in_order(snapshot.holds),
        _in_order([_contact(contact) for contact in snapshot.contacts]),
        _in_order(snapshot.settled),
        *([_in_order(snapshot.elsewhere)] if snapshot.elsewhere else ()),
        *([("closed", sorted(snapshot.closed, key=_item_id))] if snapshot.closed else ()),
    )
    return hashlib.sha256(_context(context, version) + _encode(facts)).hexdigest()


def ground_digest(policy: Policy, version: str, context: LedgerContext) -> bytes:
    """sha256 over what all accounts of a run are decided on: policy, day, owner and program.

    The turnover belongs to it where segments may look at it.
    """
    turnover = sorted(context.turnover) if policy.segments else ()
    return hashlib.sha256(_context(context, version) + _encode(turnover)).digest()


def _in_order(records: Sequence[Any]) -> Sequence[Any]:
    """The records sorted by what they say: unlike open items they may share an id."""
    return sorted(records, key=_encode) if len(records) > 1 else records


@lru_cache(maxsize=64)
def _context(context: LedgerContext, version: str) -> bytes:
    fields = msgspec.structs.asdict(context)
    del fields["last_run_on"]  # decided on only through the stretches without a run
    fields["gaps"] = sorted(missed_stretches(context))
    del fields["turnover"]
    # Before and behind the first live run of a day the same is decided: a plan made between holds.
    fields["live_since"] = context.live_since or context.today
    said = _encode((__version__, version, sorted(fields.items())))
    return hashlib.sha256(said).digest()


def _account(account: Account) -> tuple[Any, ...]:
    return (
        account.account_id,
        account.name,
        sorted([(person.role, person.email) for person in account.people]),
        account.country,
        sorted(account.groups),
        account.archived,
        account.merged_into,
        account.do_not_chase,
        *([("region", account.region)] if account.region else ()),
        *([account.note] if account.note else ()),
        *([True] if account.direct_debit else []),
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
