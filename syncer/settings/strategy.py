"""Sections about how debts are taken over at the start and given away at the end, and collected."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import model_validator

from syncer.policy.strategy import DirectDebit, Eligibility, ThankYou
from syncer.settings.fields import Amount, Count, Days, at_least, wrong
from syncer.settings.section import Section, key
from syncer.settings.segments import Text


class DirectDebitSettings(Section):
    """Who pays by direct debit, where the ledger tells it by its groups."""

    groups: tuple[Text, ...] = key(
        (), "Groups or tags of customers whose money is collected.", example="[Direct debit]"
    )
    failed_groups: tuple[Text, ...] = key(
        (), "Groups or tags of those whose mandate failed.", example="[Mandate failed]"
    )

    def rules(self) -> DirectDebit:
        """As the policy reads it."""
        return DirectDebit(groups=self.groups, failed_groups=self.failed_groups)


class ThankYouSettings(Section):
    """Thanks to customers that paid what they were reminded of."""

    paid_within: Annotated[Days, at_least(1)] | None = key(
        None,
        "A customer that paid all it was reminded of is thanked once, so many days after the "
        "payment at most; empty = nobody is.",
        unit="days",
        example="5d",
    )

    def rules(self) -> ThankYou:
        """As the policy reads it."""
        return ThankYou(within=self.paid_within)


class HandOverSettings(Section):
    """What must be true before a debt is proposed for an agency or a lawyer; all must hold."""

    amount_at_least: Amount = key(
        "0", "Asked at least, in the base currency.", unit="amount", example='"250.00"'
    )
    late_at_least: Days = key("0d", "Late at least.", unit="days", example="30d")
    late_below: Days | None = key(
        None, "Late less than this; empty = however old.", unit="days", example="2000d"
    )
    messages_at_least: Count = key(0, "Messages delivered about it.", unit="messages", example="3")
    undisputed: bool = key(True, "No part of it is disputed.", example="false")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.late_below is not None and self.late_below <= self.late_at_least:
            raise wrong("late_below is not above late_at_least, so nothing can qualify")
        return self

    def rules(self) -> Eligibility:
        """As the policy reads it."""
        return Eligibility(
            amount_at_least=Decimal(self.amount_at_least),
            late_at_least=self.late_at_least,
            late_below=self.late_below,
            messages_at_least=self.messages_at_least,
            undisputed=self.undisputed,
        )
