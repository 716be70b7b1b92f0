"""Limits to contact that a law pack sets to whoever writes for what is owed to them.

They are caps beside the policy's own, so the strictest wins. An unverified row limits as well: a
doubt never loosens. A row for one channel counts for all of them, since a message and a call are
both contacts.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from syncer.policy.law.rows import ContactCap, Creditor, Pack, Status
from syncer.policy.rules import Cap, Restraint

_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)


def legal_rows(packs: Sequence[Pack], law: str) -> tuple[ContactCap, ...]:
    """The pack's limits for a creditor's own claims; () without a pack of that name."""
    return tuple(
        [
            row
            for pack in packs
            if pack.name == law
            for row in pack.rows
            if isinstance(row, ContactCap)
            and row.status in _IN_FORCE
            and row.creditor in (None, Creditor.OWN)
        ]
    )


def legal_caps(packs: Sequence[Pack], law: str) -> tuple[Cap, ...]:
    """The same as the policy's caps are written."""
    return tuple([Cap(contacts=row.contacts, days=row.days) for row in legal_rows(packs, law)])


def with_caps(restraint: Restraint, caps: Sequence[Cap]) -> Restraint:
    """``restraint`` with those caps that it does not have yet."""
    further = tuple([cap for cap in caps if cap not in restraint.caps])
    return replace(restraint, caps=restraint.caps + further) if further else restraint
