"""Sections about restraint: when contact is not allowed, whatever the ladder says."""

from typing import Annotated, Self

from pydantic import model_validator

from syncer.policy.rules import StepChannel
from syncer.settings.fields import (
    Count,
    Days,
    HolidayRegion,
    TimeOfDay,
    Weekday,
    at_least,
    one_of,
    wrong,
)
from syncer.settings.section import Section, key


class CapSettings(Section):
    """A rolling limit."""

    contacts: Annotated[Count, at_least(1)] = key(
        ..., "At most this many.", unit="contacts", example="4"
    )
    within: Annotated[Days, at_least(1)] = key(
        ..., "In any that many consecutive days.", unit="days", example="30d"
    )
    channel: Annotated[StepChannel, one_of(StepChannel)] | None = key(
        None, "Counts and limits this channel alone; empty = every contact.", example="email"
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
    count_invoice_mail: bool = key(
        True, "min_gap counts from the ledger's own mails, too.", example="false"
    )
    caps_count_reminders: bool = key(
        False,
        "caps count what the ledger itself mails past an invoice's due date, too.",
        example="true",
    )
    debtor_hours: bool = key(
        False, "send_from and send_until hold at the customer's place as well.", example="true"
    )
    debtor_holidays: bool = key(
        False, "Keep the public holidays of the customer's country or region too.", example="true"
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.send_from >= self.send_until:
            raise wrong("send_from is not before send_until; exchange them")
        if not self.weekdays:
            raise wrong("no weekday is left for contact; name at least one")
        return self
