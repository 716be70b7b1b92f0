"""What a customer's answer asks for: the invoices that it never got, or a person of ours."""

from collections.abc import Iterable, Sequence
from datetime import date

from syncer.model.agreement import UnpaidCause
from syncer.model.decision import Code, Contact, Reason
from syncer.model.hold import Hold, HoldKind
from syncer.model.money import ZERO
from syncer.policy.agreements.rules import Agreements, Route
from syncer.policy.beside import is_thanks


def invoices_wanted(
    holds: Iterable[Hold], contacts: Sequence[Contact], today: date
) -> Reason | None:
    """Why the next message brings the invoices along; None once one went out on a later day.

    A message of the very day may have been what the customer answered. Thanks bring nothing.
    """
    for hold in holds:
        terms = hold.terms
        asks = terms is not None and terms.cause == UnpaidCause.NOT_RECEIVED and not terms.ended
        if not asks or hold.amount != ZERO or hold.starts_on > today:
            continue
        if not any(one.on > hold.starts_on and not is_thanks(one) for one in contacts):
            return Reason(code=Code.INVOICES_WANTED, args=(hold.reason,))
    return None


def is_for_person(hold: Hold, rules: Agreements) -> bool:
    """Whether it is an answer that the policy gives to somebody of ours, seen to or not."""
    cause = hold.terms.cause if hold.terms is not None else ""
    known = hold.kind is HoldKind.MANUAL and cause in tuple(UnpaidCause)
    return known and rules.route(UnpaidCause(cause)) is Route.TASK
