"""What a customer's answer asks of the next message: the invoices that it never got."""

from collections.abc import Iterable, Sequence
from datetime import date

from syncer.model.agreement import UnpaidCause
from syncer.model.decision import Code, Contact, Reason
from syncer.model.hold import Hold
from syncer.model.money import ZERO


def invoices_wanted(
    holds: Iterable[Hold], contacts: Sequence[Contact], today: date
) -> Reason | None:
    """Why the next message brings the invoices along; None once one went out on a later day.

    A message of the very day may have been what the customer answered.
    """
    for hold in holds:
        terms = hold.terms
        asks = terms is not None and terms.cause == UnpaidCause.NOT_RECEIVED and not terms.ended
        if not asks or hold.amount != ZERO or hold.starts_on > today:
            continue
        if not any(contact.on > hold.starts_on for contact in contacts):
            return Reason(code=Code.INVOICES_WANTED, args=(hold.reason,))
    return None
