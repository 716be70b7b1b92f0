"""The section about credit limits: the most that may be open, per account or per group."""

from typing import Self

from pydantic import model_validator

from syncer.policy.credit import CreditLimit
from syncer.settings.fields import Amount, Currency, wrong
from syncer.settings.section import Section, key
from syncer.settings.segments import Text


class CreditLimitSettings(Section):
    """A limit that warns; it stops no sale and changes no reminder."""

    account: Text | None = key(
        None, "The customer: its exact name or its id in the ledger.", example='"Harbour Roofing"'
    )
    group: Text | None = key(
        None, "Or each customer of this group or tag of the ledger.", example="Trade"
    )
    limit: Amount = key(..., "The most that may be open.", unit="amount", example='"5000.00"')
    currency: Currency | None = key(
        None, "Of limit; empty = the ledger's base currency.", example="EUR"
    )

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if (self.account is None) == (self.group is None):
            raise wrong("a credit limit is for one account or one group; write one of the two")
        return self

    @property
    def rule(self) -> CreditLimit:
        """The record that the policy compares with."""
        return CreditLimit(
            amount=self.limit,
            currency=self.currency or "",
            account=self.account or "",
            group=self.group or "",
        )
