"""Sections about agreements: how promises, plans and disputes count, and what customers say."""

from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from syncer.model.agreement import Instalment, UnpaidCause
from syncer.policy.agreements.rules import ROUTES, Agreements, DisputeOverdue, Route
from syncer.settings.fields import Amount, Days, IsoDate, OneLine, at_least, one_of, wrong
from syncer.settings.section import Section, key


def _marker(text: str) -> str:
    if text and (not text.startswith("#") or len(text) == 1 or len(text.split()) != 1):
        raise wrong('not a marker; write one word that begins with "#", such as "#hold"')
    return text


class AgreementsSettings(Section):
    """Promises, plans, disputes, and why customers do not pay."""

    promise_grace: Days = key(
        "2d", "A promise counts as broken so long after its day.", unit="days", example="3d"
    )
    plan_grace: Days = key(
        "3d", "An instalment counts as missed so long after its day.", unit="days", example="5d"
    )
    plan_max: Annotated[Days, at_least(1)] | None = key(
        None,
        "A payment plan may last so long from the day it is made; empty = however long.",
        unit="days",
        example="365d",
    )
    remind_instalment: Days | None = key(
        None,
        "The customer is reminded of each instalment so long before its day; empty = never.",
        unit="days",
        example="3d",
    )
    dispute_overdue: Annotated[DisputeOverdue, one_of(DisputeOverdue)] = key(
        "resume",
        "A dispute past its last day: resume (it is asked for again) or hold; both are told.",
        example="hold",
    )
    dispute_days: Annotated[Days, at_least(1)] = key(
        "30d", "Deadline of a dispute that an answer opens.", unit="days", example="14d"
    )
    task_days: Annotated[Days, at_least(1)] = key(
        "7d", "How long a person of ours has after an answer.", unit="days", example="5d"
    )
    hold_marker: Annotated[OneLine, AfterValidator(_marker)] = key(
        "#hold",
        "A note in the ledger that begins so holds its record; empty = notes say nothing.",
        example='"#stop"',
    )
    ask_reason: bool = key(
        False,
        "Reminders ask why nothing was paid, with a short list to choose from.",
        example="true",
    )
    reasons: dict[Annotated[UnpaidCause, one_of(UnpaidCause)], Annotated[Route, one_of(Route)]] = (
        key(
            {},
            "What follows on an answer: hold, dispute, task, attach or note; see docs/policy.md.",
            example="{cannot_pay: hold}",
        )
    )

    def rules(self) -> Agreements:
        """As the policy reads them."""
        routes = dict(ROUTES) | self.reasons
        return Agreements(
            promise_grace=self.promise_grace,
            plan_grace=self.plan_grace,
            plan_max=self.plan_max,
            remind_instalment=self.remind_instalment,
            dispute_overdue=self.dispute_overdue,
            dispute_days=self.dispute_days,
            task_days=self.task_days,
            hold_marker=self.hold_marker,
            ask_reason=self.ask_reason,
            routes=tuple(routes.items()),
        )


class InstalmentSettings(Section):
    """One part of a payment plan."""

    due: IsoDate = key(..., "Its day.", unit="date", example="2026-12-01")
    amount: Amount = key(..., "What is to be paid by then.", unit="amount", example='"120.00"')

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.amount:
            raise wrong("an instalment must be more than zero")
        return self

    def part(self) -> Instalment:
        """As the policy reads it."""
        return Instalment(due_on=self.due, amount=self.amount)
