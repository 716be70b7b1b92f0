"""What a payment is set against: costs, interest and principal in the order that law or contract
gives.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from syncer.model.money import ZERO
from syncer.policy.law.rows import Part

PRINCIPAL_FIRST = (Part.PRINCIPAL, Part.COSTS, Part.INTEREST)


def allocate(
    payment: Decimal, owed: Mapping[Part, Decimal], order: Sequence[Part]
) -> dict[Part, Decimal]:
    """How ``payment`` is spread over ``owed``; a part is paid off before the next gets any.

    The parts used add up to the payment or, where less is owed, to all that is owed.
    """
    used: dict[Part, Decimal] = {}
    left = payment
    for part in order:
        used[part] = min(left, owed.get(part, ZERO))
        left -= used[part]
    return used
