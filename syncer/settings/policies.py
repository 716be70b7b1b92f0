"""Sections about policy: what a policy is made of, as people write it.

What: the keys; ``rulebook`` turns them into ``syncer.policy.rules`` records. Ladders, segments and
restraint have modules of their own.
Why apart from the records: YAML speaks in words (``7d``, ``mon``), the policy in numbers.
"""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, WithJsonSchema, model_validator

from syncer.policy.rules import CatchUp
from syncer.policy.strategy import OldDebts
from syncer.settings.agreements import AgreementsSettings
from syncer.settings.books import FreshnessSettings
from syncer.settings.charges import ChargesSettings, LawPack
from syncer.settings.fields import (
    Amount,
    Count,
    Days,
    IsoDate,
    Name,
    Share,
    amount,
    at_least,
    currency,
    one_of,
    wrong,
)
from syncer.settings.ladders import LadderSettings
from syncer.settings.ready import PRESETS
from syncer.settings.restraint import RestraintSettings
from syncer.settings.section import Section, group, key
from syncer.settings.segments import SegmentSettings
from syncer.settings.strategy import DirectDebitSettings, HandOverSettings, ThankYouSettings


def _minimum(value: Any) -> Any:
    """One amount in the base currency, or an amount per currency."""
    if isinstance(value, dict):
        return value
    return {"*": amount(value)}


def _currency_or_star(value: Any) -> Any:
    return value if value == "*" else currency(value)


def _preset(value: Any) -> Any:
    if value not in PRESETS:
        raise wrong(f"not a preset; use one of: {', '.join(PRESETS)}")
    return value


Preset = Annotated[str, BeforeValidator(_preset)]

_MINIMUM_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ]
}
CurrencyOrStar = Annotated[str, BeforeValidator(_currency_or_star)]


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
    preset: Preset | None = key(
        None,
        "A country's law pack, hours and holidays, laid over what is used: "
        "uk, de, fr, nl, us, au, ca.",
        example="uk",
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
    law: LawPack | None = key(
        None, "The law pack whose rates and limits hold; empty = none.", example="uk"
    )
    charges: ChargesSettings = group(dict, "What lateness costs the customer.")
    on_first_run: Annotated[OldDebts, one_of(OldDebts)] = key(
        "in_order",
        "Debts overdue when the ledger is switched on: in_order (the first step), baseline "
        "(nothing before a later step's own day), catch_up (the step that fits, once).",
        example="baseline",
    )
    old_debts_from: IsoDate | None = key(
        None,
        "With baseline: from this day on they count as any debt; empty = each step's own day.",
        unit="date",
        example="2026-12-01",
    )
    direct_debit: DirectDebitSettings = group(dict, "Who pays by direct debit and is not asked.")
    hand_over: HandOverSettings = group(dict, "What qualifies a debt for handing over.")
    agreements: AgreementsSettings = group(
        dict, "Promises, plans, disputes, and why customers do not pay."
    )
    thank_you: ThankYouSettings = group(dict, "Thanks for paying what was reminded of.")
    combine_over: Annotated[Count, at_least(1)] | None = key(
        None,
        "Friendly and firm reminders of more invoices go out as a statement; empty = never.",
        unit="invoices",
        example="5",
    )
    only_sent: bool = key(False, "Only invoices marked as sent in the ledger.", example="true")

    @model_validator(mode="after")
    def _connected(self) -> Self:
        if not self.ladders:
            raise wrong("the policy has no ladder; add ladders, or 'use: standard'")
        if self.default_ladder is None and len(self.ladders) > 1:
            raise wrong("several ladders; say which is the default_ladder")
        if self.old_debts_from is not None and self.on_first_run is not OldDebts.BASELINE:
            raise wrong("old_debts_from belongs to on_first_run: baseline; give both or neither")
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
