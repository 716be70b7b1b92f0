"""The keys under a Tryton ledger's ``settings`` in the YAML file."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncer.http.address import server_address
from syncer.settings.fields import Duration, TimeZone

ROWS_MAX = 1000  # rows a call; Tryton's own client asks for as many


class Dunning(StrEnum):
    """What Tryton's own dunning (module ``account_dunning``) means here."""

    RESPECT = "respect"  # what is blocked there is held here
    IGNORE = "ignore"


class TrytonConfig(BaseModel):
    """Access to one company in one Tryton database, and what is read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(server_address)] = Field(
        min_length=1,
        description="Address of the Tryton server, without the database.",
        examples=["https://tryton.example.com"],
    )
    database: str = Field(
        description="Name of the database.",
        pattern=r"^[\w.-]{1,63}$",
        examples=["acme"],
    )
    user: str = Field(
        description="Login of a user made for this program.", min_length=1, examples=["syncer"]
    )
    password: SecretStr = Field(
        description="Password of that user.", examples=["${TRYTON_PASSWORD}"]
    )
    company: str = Field(
        default="",
        description=(
            "Exact name of the company that this ledger is; may stay empty where the database has "
            "one alone. Two companies are two ledgers."
        ),
        examples=["ACME GmbH"],
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="IANA time zone, where the company in Tryton has none.",
        examples=["Europe/Berlin"],
    )
    history_months: int = Field(
        default=12,
        ge=0,
        le=60,
        description="Months of paid invoices to read for payment behaviour; 0 reads none.",
        examples=[12],
    )
    full_read_every: Duration = Field(
        default="7d",
        validate_default=True,
        description="How often every list is read whole; between, only what changed is asked for.",
        examples=["7d"],
    )
    late_commits: Duration = Field(
        default="1h",
        validate_default=True,
        description=(
            "How long a transaction in Tryton may take: changes are asked for from this much "
            "before the last read, because they are dated when they begin."
        ),
        examples=["1h"],
    )
    dunning: Dunning = Field(
        default=Dunning.RESPECT,
        description=(
            "respect: what is blocked in Tryton's own dunning is held here. ignore: it is not "
            "looked at."
        ),
        examples=["respect"],
    )
    do_not_chase_categories: tuple[str, ...] = Field(
        default=(),
        description="Party categories whose members are never contacted, by name in Tryton.",
        examples=[["No reminders"]],
    )
    mail_template: str = Field(
        default="",
        description="Name of the e-mail template for invoices that Tryton mails (since 7.6).",
        examples=["Payment reminder"],
    )
    fee_account_code: str = Field(
        default="",
        max_length=40,
        description="Code of the revenue account of a late fee; without it none are raised.",
        examples=["4000"],
    )
    rows_per_call: Annotated[int, Field(examples=[1000])] = Field(
        default=ROWS_MAX,
        ge=2,
        le=ROWS_MAX,
        description="Rows asked for in one call; less for a slow server behind a short time-out.",
    )

    @field_validator("full_read_every")
    @classmethod
    def _within_a_month(cls, every: timedelta) -> timedelta:
        if every > timedelta(days=31):
            raise ValueError("must be 31d or less: what was deleted shows in a whole read alone")
        return every

    @field_validator("late_commits")
    @classmethod
    def _at_most_a_day(cls, length: timedelta) -> timedelta:
        if not timedelta(minutes=1) <= length <= timedelta(days=1):
            raise ValueError("must be between 1m and 1d")
        return length

    def hosts(self) -> tuple[str, ...]:
        """The only host to speak to."""
        return (urlsplit(self.url).hostname or "",)
