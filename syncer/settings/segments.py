"""Sections about segments: which accounts share a strategy, told by their facts."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from syncer.settings.fields import Amount, Currency, Days, Name, OneLine, Share, wrong
from syncer.settings.section import Section, key


def _country(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 2 or not value.isalpha() or not value.isupper():
        raise wrong("not an ISO 3166 country; write two capitals like GB")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("expected a text; put numbers such as account ids in quotes")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Country = Annotated[str, BeforeValidator(_country)]


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
