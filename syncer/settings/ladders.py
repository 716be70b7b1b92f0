"""Sections about ladders: steps as people write them, friendly to formal."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from syncer.policy.rules import StepChannel, Tone
from syncer.policy.strategy import HandOver
from syncer.settings.fields import Days, Language, Name, OneLine, at_least, one_of, wrong
from syncer.settings.section import Section, group, key

ROLES = ("invoice", "collections", "escalation")


def _role(value: Any) -> str:
    if value not in ROLES:
        raise wrong(f"not a recipient role; use one of: {', '.join(ROLES)}")
    return str(value)


Role = Annotated[str, BeforeValidator(_role)]


class StepSettings(Section):
    """One step of a ladder."""

    name: Name = key(..., "Name of the step, kept in the journal.", example="friendly")
    tone: Annotated[Tone, one_of(Tone)] = key(
        ..., "How it speaks: heads_up, friendly, firm, formal, final.", example="friendly"
    )
    before_due: Days | None = key(
        None, "On or after this many days before the due date.", unit="days", example="3d"
    )
    after_due: Days | None = key(
        None, "On or after this many days past the due date.", unit="days", example="7d"
    )
    after_previous: Annotated[Days, at_least(1)] | None = key(
        None, "Not sooner than this after the step before.", unit="days", example="7d"
    )
    channel: Annotated[StepChannel, one_of(StepChannel)] = key(
        "email",
        "email, ledger_email (the ledger mails it), task (for a person), letter (a file to print).",
        example="task",
    )
    template: OneLine = key("", "Empty = the tone's own template.", example="final_notice")
    recipients: tuple[Role, ...] = key(
        ("invoice",),
        "Roles to write to; the first that has an address wins.",
        example="[collections, invoice]",
    )
    attach_invoices: bool = key(
        False, "Attach the PDFs of the invoices asked for: one call each.", example="true"
    )
    language: Language | None = key(
        None, "Language of this step; empty = the customer's own.", example="de"
    )
    approval: bool = key(
        False, "Waits until a person approves it: syncer outbox approve.", example="true"
    )
    repeat: Annotated[Days, at_least(1)] | None = key(
        None, "Last step only: again so long after itself.", unit="days", example="7d"
    )
    hand_over: Annotated[HandOver, one_of(HandOver)] | None = key(
        None,
        "Last step only: a person is to hand the debt to an agency or a lawyer (agency, legal).",
        example="agency",
    )

    @model_validator(mode="after")
    def _timed(self) -> Self:
        if self.before_due is not None and (
            self.after_due is not None or self.after_previous is not None
        ):
            raise wrong("before_due stands alone; remove after_due and after_previous")
        if self.before_due is None and self.after_due is None and self.after_previous is None:
            raise wrong("the step has no day; add before_due, after_due or after_previous")
        if self.before_due is not None and self.tone is not Tone.HEADS_UP:
            raise wrong("nothing is owed before the due date; write tone: heads_up, or after_due")
        if not self.recipients:
            raise wrong("no recipients; write recipients: [invoice]")
        if self.attach_invoices and self.channel is not StepChannel.EMAIL:
            raise wrong("attach_invoices needs channel: email; remove one of the two")
        if self.repeat is not None and self.before_due is not None:
            raise wrong("a heads-up is given once; remove repeat, or use after_due")
        self._handing_over()
        return self

    def _handing_over(self) -> None:
        if self.hand_over is None:
            return
        if self.channel is not StepChannel.TASK:
            raise wrong("handing over is done by a person; write channel: task")
        if self.before_due is not None or self.repeat is not None:
            raise wrong("a debt is handed over once, after its due date; use after_due alone")


class LadderSettings(Section):
    """Ordered steps."""

    allow_skip: bool = key(
        False, "An old debt may enter at the highest step it has reached.", example="true"
    )
    steps: tuple[StepSettings, ...] = group(list, "The steps, friendly to formal.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.steps:
            raise wrong("a ladder needs at least one step; add steps")
        names = [step.name for step in self.steps]
        doubled = next((name for name in names if names.count(name) > 1), "")
        if doubled:
            raise wrong(f"two steps are named '{doubled}'; give each its own name")
        if self.steps[0].before_due is None and self.steps[0].after_due is None:
            raise wrong("the first step has no step before it; give it before_due or after_due")
        _refuse_backwards(self.steps)
        for step in self.steps[:-1]:
            if step.repeat is not None or step.hand_over is not None:
                word = "repeats" if step.repeat is not None else "hands over"
                raise wrong(
                    f"step '{step.name}' {word}, so nothing can follow it; make it the last"
                )
        return self


def _refuse_backwards(steps: tuple[StepSettings, ...]) -> None:
    latest: int | None = None
    for step in steps:
        day = _day(step)
        if day is None:
            continue
        if latest is not None and day <= latest:
            raise wrong(
                f"step '{step.name}' is not later than the step before it; order them by day"
            )
        latest = day


def _day(step: StepSettings) -> int | None:
    if step.before_due is not None:
        return -step.before_due
    return step.after_due
