"""Sections about policy: ladders, segments, restraint, as people write them.

What: the keys; ``rulebook`` turns them into ``syncer.policy.rules`` records.
Why apart from the records: YAML speaks in words (``7d``, ``mon``), the policy in numbers.
"""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from syncer.policy.rules import CatchUp, StepChannel, Tone
from syncer.settings.books import FreshnessSettings
from syncer.settings.fields import (
    Amount,
    Count,
    Currency,
    Days,
    HolidayRegion,
    Name,
    OneLine,
    Share,
    TimeOfDay,
    Weekday,
    amount,
    at_least,
    currency,
    one_of,
    wrong,
)
from syncer.settings.section import Section, group, key

ROLES = ("invoice", "collections", "escalation")


def _country(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 2 or not value.isalpha() or not value.isupper():
        raise wrong("not an ISO 3166 country; write two capitals like GB")
    return value


def _role(value: Any) -> str:
    if value not in ROLES:
        raise wrong(f"not a recipient role; use one of: {', '.join(ROLES)}")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("expected a text; put numbers such as account ids in quotes")
    return value


def _minimum(value: Any) -> Any:
    """One amount in the base currency, or an amount per currency."""
    if isinstance(value, dict):
        return value
    return {"*": amount(value)}


Text = Annotated[str, BeforeValidator(_text)]
Country = Annotated[str, BeforeValidator(_country)]
Role = Annotated[str, BeforeValidator(_role)]


def _currency_or_star(value: Any) -> Any:
    return value if value == "*" else currency(value)


_MINIMUM_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ]
}
CurrencyOrStar = Annotated[str, BeforeValidator(_currency_or_star)]


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
        "email", "email, ledger_email (the ledger mails it), task (for a person).", example="task"
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
        return self


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


class ConditionSettings(Section):
    """Facts that put an account into a segment; all that are given must hold."""

    accounts: tuple[Text, ...] = key((), "Ids or exact names.", example='["1001", "Acme Ltd"]')
    groups: tuple[Text, ...] = key((), "Any of the ledger's groups or tags.", example="[Partners]")
    countries: tuple[Country, ...] = key((), "ISO 3166 codes.", example="[GB, IE]")
    currencies: tuple[Currency, ...] = key((), "ISO 4217 codes.", example="[EUR]")
    overdue_at_least: Amount | None = key(
        None, "Overdue, in the account's currency.", unit="amount", example='"5000.00"'
    )
    overdue_below: Amount | None = key(
        None, "Overdue, in the account's currency.", unit="amount", example='"50.00"'
    )
    turnover_share_at_least: Share | None = key(
        None, "Part of the ledger's sales of 365 days.", unit="percent", example="5%"
    )
    first_time: bool | None = key(None, "No invoice paid yet.", example="true")
    usual_days_late_at_least: Days | None = key(
        None, "Habit seen in paid invoices.", unit="days", example="14d"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("the condition is empty and would catch every account; add a fact")
        low, high = self.overdue_at_least, self.overdue_below
        if low is not None and high is not None and low >= high:
            raise wrong(
                "overdue_at_least is not below overdue_below, so nobody can match; correct one"
            )
        return self


class SegmentSettings(Section):
    """Accounts that share a strategy; the first segment whose condition holds wins."""

    name: Name = key(..., "Name of the segment.", example="partners")
    when: ConditionSettings = key(..., "Which accounts.")
    ladder: Name | None = key(None, "Ladder to use; empty = default_ladder.", example="gentle")
    exclude: bool = key(False, "Never contact these accounts.", example="true")
    reason: OneLine = key(
        "", "Why they are excluded; required with exclude.", example="Group company"
    )

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.exclude and not self.reason:
            raise wrong("an exclusion needs a reason that a colleague understands; add reason")
        return self


class CapSettings(Section):
    """A rolling limit."""

    contacts: Annotated[Count, at_least(1)] = key(
        ..., "At most this many.", unit="contacts", example="4"
    )
    within: Annotated[Days, at_least(1)] = key(
        ..., "In any that many consecutive days.", unit="days", example="30d"
    )


class RestraintSettings(Section):
    """When contact is not allowed, whatever the ladder says."""

    min_gap: Days = key("5d", "Between two contacts to an account.", unit="days", example="7d")
    caps: tuple[CapSettings, ...] = key(
        ({"contacts": 4, "within": "30d"},),
        "Rolling limits per account.",
        example="[{contacts: 2, within: 14d}]",
    )
    weekdays: tuple[Weekday, ...] = key(
        ("mon", "tue", "wed", "thu", "fri"),
        "Days on which contact is allowed.",
        example="[tue, wed, thu]",
    )
    holidays: HolidayRegion | None = key(
        None, "Public holidays to keep: ISO 3166 country or region; empty = none.", example="GB-SCT"
    )
    send_from: TimeOfDay = key(
        "08:00", "Earliest local time of the ledger.", unit="HH:MM", example='"09:00"'
    )
    send_until: TimeOfDay = key("18:00", "Latest local time.", unit="HH:MM", example='"17:00"')

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.send_from >= self.send_until:
            raise wrong("send_from is not before send_until; exchange them")
        if not self.weekdays:
            raise wrong("no weekday is left for contact; name at least one")
        return self


class PersonalSettings(Section):
    """Treatment by history and size."""

    first_time_large: Amount | None = key(
        None,
        "A first-time customer owing this much, base currency, is reminded sooner.",
        unit="amount",
        example='"5000.00"',
    )
    first_time_sooner: Days = key(
        "3d", "How much sooner, never before due.", unit="days", example="2d"
    )
    small_share: Share | None = key(
        None,
        "An overdue below this share of the account's yearly sales waits for its next message.",
        unit="percent",
        example="1%",
    )
    small_until: Days = key("30d", "But not longer than this past due.", unit="days", example="45d")
    habit_grace_max: Days = key(
        "0d", "Most patience for a steady habit; 0d = off.", unit="days", example="5d"
    )
    habit_min_settled: Annotated[Count, at_least(3)] = key(
        6, "Paid invoices before a habit counts.", unit="invoices", example="8"
    )


class PolicySettings(Section):
    """How customers are followed up."""

    use: Name | None = key(
        None,
        "Start from a ready policy (gentle, standard, key-accounts) or another of yours; "
        "the keys given here replace its keys.",
        example="standard",
    )
    ladders: dict[Name, LadderSettings] = group(dict, "Ladders by name.")
    default_ladder: Name | None = key(
        None, "Ladder outside segments; empty = the only one.", example="main"
    )
    segments: tuple[SegmentSettings, ...] = group(list, "In order: the first that matches wins.")
    minimum: Annotated[
        dict[CurrencyOrStar, Amount], BeforeValidator(_minimum), WithJsonSchema(_MINIMUM_SCHEMA)
    ] = key(
        {},
        "Do not ask for less: one amount in the base currency, or one per currency "
        "('*' = any other, converted).",
        unit="amount",
        example='{EUR: "25.00", "*": "20.00"}',
    )
    restraint: RestraintSettings = group(dict, "Limits to contact.")
    catch_up: Annotated[CatchUp, one_of(CatchUp)] = key(
        "in_order", "After missed runs: in_order, latest_only or skip.", example="latest_only"
    )
    personal: PersonalSettings = group(dict, "Treatment by history and size.")
    freshness: FreshnessSettings = group(dict, "Age of the books.")
    only_sent: bool = key(False, "Only invoices marked as sent in the ledger.", example="true")

    @model_validator(mode="after")
    def _connected(self) -> Self:
        if not self.ladders:
            raise wrong("the policy has no ladder; add ladders, or 'use: standard'")
        if self.default_ladder is None and len(self.ladders) > 1:
            raise wrong("several ladders; say which is the default_ladder")
        names = [segment.name for segment in self.segments]
        doubled = next((name for name in names if names.count(name) > 1), "")
        if doubled:
            raise wrong(f"two segments are named '{doubled}'; give each its own name")
        return self

    @property
    def ladder_used(self) -> str:
        """The default ladder's name."""
        return self.default_ladder or next(iter(self.ladders))

    @property
    def minimum_pairs(self) -> tuple[tuple[str, Decimal], ...]:
        """The minimum amounts, in a fixed order."""
        return tuple(sorted(self.minimum.items()))
