"""The user's rules about agreements, as a frozen record."""

from enum import StrEnum

from syncer.model.agreement import UnpaidCause
from syncer.model.ledger import Record


class DisputeOverdue(StrEnum):
    """What happens to a dispute that nobody settled by its last day."""

    RESUME = "resume"  # what was disputed is asked for again
    HOLD = "hold"  # it stays held until somebody ends the dispute


class Route(StrEnum):
    """What follows when a customer says why it has not paid."""

    HOLD = "hold"  # left alone until a person ends it, or the money is seen
    DISPUTE = "dispute"  # held as a dispute, with a deadline
    TASK = "task"  # left alone for some days, while a person of ours sees to it
    ATTACH = "attach"  # the next message brings the invoices along
    NOTE = "note"  # only kept


ROUTES: tuple[tuple[UnpaidCause, Route], ...] = (
    (UnpaidCause.PAID_CLAIM, Route.HOLD),
    (UnpaidCause.NOT_RECEIVED, Route.ATTACH),
    (UnpaidCause.DISPUTED, Route.DISPUTE),
    (UnpaidCause.CANNOT_PAY, Route.TASK),
    (UnpaidCause.WRONG_CONTACT, Route.TASK),
    (UnpaidCause.OVERLOOKED, Route.NOTE),
    (UnpaidCause.OTHER, Route.TASK),
)


class Agreements(Record, kw_only=True, frozen=True, gc=True, cache_hash=True):
    """How promises, plans, disputes and what customers say are treated."""

    promise_grace: int = 0  # days after a promised day before the promise counts as broken
    plan_grace: int = 0  # the same for an instalment
    plan_max: int | None = None  # days that a plan may last, offered or agreed; None = any
    remind_instalment: int | None = None  # days before an instalment's day; None = no reminder
    dispute_overdue: DisputeOverdue = DisputeOverdue.RESUME
    dispute_days: int = 30  # deadline of a dispute that a customer's answer opens
    task_days: int = 7  # how long a person of ours has, once a customer's answer asks for one
    hold_marker: str = ""  # how a note begins that holds its record; "" = notes say nothing
    ask_reason: bool = False  # messages ask why nothing was paid
    routes: tuple[tuple[UnpaidCause, Route], ...] = ROUTES

    def route(self, cause: UnpaidCause) -> Route:
        """What follows on this answer."""
        return next((route for known, route in self.routes if known is cause), Route.NOTE)
