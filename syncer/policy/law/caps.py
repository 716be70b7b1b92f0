"""Limits to contact that a law pack sets to whoever writes for what is owed to them.

They are caps beside the policy's own, so the strictest wins. An unverified row limits as well: a
doubt never loosens. A row for one channel counts for all of them, since a message and a call are
both contacts.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from syncer.policy.law.rows import ContactCap, Creditor, Pack, QuietTime, Status
from syncer.policy.rules import Cap, Quiet, Restraint

_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)


def legal_rows(
    packs: Sequence[Pack], law: str, *, creditor: Creditor = Creditor.OWN
) -> tuple[ContactCap, ...]:
    """The pack's limits for such a creditor's claims; () without a pack of that name."""
    return tuple(
        [
            row
            for pack in packs
            if pack.name == law
            for row in pack.rows
            if isinstance(row, ContactCap)
            and row.status in _IN_FORCE
            and row.creditor in (None, creditor)
        ]
    )


def legal_caps(
    packs: Sequence[Pack], law: str, *, creditor: Creditor = Creditor.OWN
) -> tuple[Cap, ...]:
    """The same as the policy's caps are written."""
    return tuple([cap_of(row) for row in legal_rows(packs, law, creditor=creditor)])


def cap_of(row: ContactCap) -> Cap:
    """A row as the policy's caps are written; a regional one holds for debtors there alone."""
    return Cap(contacts=row.contacts, days=row.days, region=row.region)


def legal_quiet(
    packs: Sequence[Pack], law: str, *, creditor: Creditor = Creditor.OWN
) -> tuple[Quiet, ...]:
    """The hours that the pack leaves open for such a creditor's claims; () without such a pack.

    Rows of a region count for debtors there, and for those whose region is not known; rows for one
    channel count for all of them. Hours at a debtor's place of work are left out: no ledger tells
    whose place of work an address is.
    """
    return tuple(
        [
            Quiet(
                country=pack.country,
                weekdays=tuple(sorted(row.weekdays)),
                opens=row.opens,
                closes=row.closes,
                keeps_holidays=row.keeps_holidays,
                region=row.region,
            )
            for pack in packs
            if pack.name == law
            for row in pack.rows
            if isinstance(row, QuietTime)
            and row.status in _IN_FORCE
            and row.creditor in (None, creditor)
            and not row.at_work
        ]
    )


def with_law(
    restraint: Restraint, packs: Sequence[Pack], law: str, *, creditor: Creditor = Creditor.OWN
) -> Restraint:
    """``restraint`` with the caps and the quiet times of the law pack; the strictest wins."""
    capped = with_caps(restraint, legal_caps(packs, law, creditor=creditor))
    quiet = legal_quiet(packs, law, creditor=creditor)
    return replace(capped, quiet=quiet) if quiet else capped


def with_caps(restraint: Restraint, caps: Sequence[Cap]) -> Restraint:
    """``restraint`` with those caps that it does not have yet."""
    further = tuple([cap for cap in caps if cap not in restraint.caps])
    return replace(restraint, caps=restraint.caps + further) if further else restraint
