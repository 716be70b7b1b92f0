"""Charges for lateness as a message shows them: apart from what is asked, line by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_decimal

from syncer.channels.cleaning import NUMBER_MAX, one_line
from syncer.channels.locales import Style
from syncer.model.charge import ChargeKind, ChargeLine, Claim
from syncer.model.decision import Decision
from syncer.model.money import ZERO

_CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class ChargesShown:
    """Rows of (what, amount), on what they rest, and all that is to be paid with what is asked."""

    rows: tuple[tuple[str, str], ...]
    grounds: tuple[str, ...]
    total: str


def shown(
    claim: Claim | None, decision: Decision, words: Mapping[str, str], style: Style
) -> ChargesShown | None:
    """None where the message says nothing of charges."""
    if claim is None or claim.total <= ZERO:
        return None
    currency = decision.currency
    several = sum(line.kind is ChargeKind.FEE for line in claim.lines) > 1
    rows = [
        (_what(line, words, style, several=several), style.money(line.amount, currency))
        for line in claim.lines
    ]
    if claim.before:
        rows.append((words["charges_before"], style.money(claim.before, currency)))
    return ChargesShown(
        rows=tuple(rows),
        grounds=tuple(_grounds(claim, words)),
        total=style.money(decision.position.asked + claim.total, currency),
    )


def _what(line: ChargeLine, words: Mapping[str, str], style: Style, *, several: bool) -> str:
    number = one_line(line.number, NUMBER_MAX)
    if line.kind is ChargeKind.INTEREST and line.since and line.until:
        rates = " / ".join(_percent(rate, style) for rate in line.percents)
        days = (style.short_date(line.since), style.short_date(line.until))
        return words["charge_interest"] % (number, rates, *days)
    if line.kind is ChargeKind.FEE and not several:
        return words["charge_fee"]
    return f"{words[f'charge_{line.kind}']} ({number})"


def _percent(rate: Decimal, style: Style) -> str:
    return f"{format_decimal(rate, format='#,##0.##', locale=style.locale)}\u00a0%"


def _grounds(claim: Claim, words: Mapping[str, str]) -> Iterator[str]:
    """The law by its name, and that the rest was agreed."""
    if claim.basis:
        yield words["charges_by_law"] % claim.basis
    if any(_CONTRACT in line.rows for line in claim.lines):
        yield words["charges_agreed"]
