"""What a law pack asks before a debt is given to an agency or a lawyer, as the policy reads it.

What: rows about handing over, about notices before collection, and about letters before court,
brought into one form. An unverified row counts as well: a doubt never loosens.
Not here: whether a debt fulfils it (``policy.handover``).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from syncer.model.ledger import Account, Record
from syncer.policy.law.region import concerns
from syncer.policy.law.rows import (
    Creditor,
    Debtor,
    Enclosure,
    FeeCap,
    Handover,
    Pack,
    PreAction,
    Row,
    Status,
)
from syncer.policy.strategy import HandOver

_IN_FORCE = (Status.ACTIVE, Status.UNVERIFIED)
_OURS = (None, Creditor.OWN)


class HandOverRule(Record, kw_only=True, frozen=True, gc=True):
    """One row's conditions; all must hold. Days are whole calendar days."""

    row: str  # its id
    region: str = ""
    debtors: tuple[Debtor, ...] = ()  # none = all
    valid_from: date | None = None
    valid_to: date | None = None
    to: HandOver | None = None  # none = to either
    forbidden: bool = False
    currency: str = ""  # of ``least``; "" = the debt's own
    least: Decimal = Decimal(0)
    days_late: int = 0
    years_old_below: int | None = None
    undisputed: bool = False
    notices: int = 0  # written messages about it, at least
    formal_notice: bool = False  # one of them formal or final
    notice_days: int = 0  # since the first of these
    letter: bool = False  # that one by letter
    enclosures: tuple[Enclosure, ...] = ()  # with that one; the program sends none of them

    def speaks(
        self, account: Account, debtor: Debtor | None, to: HandOver | None, today: date
    ) -> bool:
        """Whether the row is about this hand-over. Whom nobody classed, every row is about."""
        begun = self.valid_from is None or self.valid_from <= today
        if not begun or (self.valid_to is not None and self.valid_to < today):
            return False
        if to is not None and self.to not in (None, to):
            return False
        if self.debtors and debtor is not None and debtor not in self.debtors:
            return False
        return concerns(self.region, account)


def hand_over_rules(packs: Sequence[Pack], law: str) -> tuple[HandOverRule, ...]:
    """What the pack called ``law`` asks of who writes for what is owed to them."""
    return tuple(
        [
            rule
            for pack in packs
            if pack.name == law
            for row in pack.rows
            if row.status in _IN_FORCE and row.creditor in _OURS
            for rule in _rules(row)
        ]
    )


def _rules(row: Row) -> Iterator[HandOverRule]:
    same: dict[str, Any] = {
        "row": row.id,
        "region": row.region,
        "debtors": row.debtors,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
    match row:
        case Handover():
            taken = ("to", "forbidden", "currency", "least", "days_late", "years_old_below")
            asked = ("undisputed", "notices", "formal_notice", "notice_days", "letter")
            yield HandOverRule(**same, **{name: getattr(row, name) for name in (*taken, *asked)})
        case FeeCap() if row.notices_before_handover:
            yield HandOverRule(**same, notices=row.notices_before_handover)
        case PreAction():
            yield HandOverRule(
                **same,
                to=HandOver.LEGAL,
                formal_notice=True,
                notice_days=row.reply_days,
                enclosures=row.enclosures,
            )
        case _:
            return
