"""Who is slipping: for each account what to expect of its open invoices, and what warns.

What: one line per account from its own history and the ledger's, before anything is late: expected
days, chance and grade (``outlook``), drift and trend (``habits``), promises kept, credit limit.
Why: a telephone call before the due date is worth more than a letter after it.
Not here: any decision. Nobody is contacted, and no sale is stopped, because of a line here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot
from syncer.model.ledger import ItemKind, OpenItem, Record
from syncer.model.money import ZERO, quantize
from syncer.policy.agreements.rules import Agreements
from syncer.policy.credit import CreditLimit, Limit, converted, limit_of, net_open, rates
from syncer.policy.habits import (
    GRACE_DAYS,
    TREND_DAYS,
    Figure,
    Trend,
    days_late,
    paid_invoices,
    share_late,
    trend,
)
from syncer.policy.kept import promises_kept
from syncer.policy.outlook import (
    LATEST,
    Counts,
    Grade,
    Observed,
    Outlook,
    corrected,
    counts,
    grade_of,
    lately,
    mean_late,
    outlook,
    shares,
    usual_late,
)

TREND_WARNS = Decimal(5)  # days later than before
NEAR_SHARE = Decimal("0.9")  # of a credit limit
PROMISES_LEAST = 2  # judged promises before they say anything
PROMISES_HALF = Decimal("0.5")
_DAY_STEP = Decimal("0.1")
_SHARE_STEP = Decimal("0.001")
_NOTHING_ALLOWED = Decimal(2)  # how much of a limit of nothing is used by anything
_ONE = Decimal(1)


class Sign(StrEnum):
    """What warns."""

    EXPECTED_LATE = "expected_late"  # by its own history, more than 3 days after the due date
    BEYOND_HABIT = "beyond_habit"  # later now than usual, by more than 3 days
    GETTING_LATER = "getting_later"  # the last 90 days are 5 days or more worse than before
    PROMISES_BROKEN = "promises_broken"  # fewer than half of two or more were kept
    NEAR_LIMIT = "near_limit"  # nine tenths of the credit limit are open
    OVER_LIMIT = "over_limit"
    CREDIT_CHECK = "credit_check"  # look at its credit before the next sale


class Expected(Record, kw_only=True, frozen=True):
    """The open invoice that is expected to be paid latest after its due date."""

    number: str
    due_on: date
    expected_on: date | None  # None: not within 180 days of the due date
    from_on: date | None
    until_on: date | None


class Risk(Record, kw_only=True, frozen=True, gc=True):
    """One account with something open. Shares are 0 to 1; ``depth`` counts its paid invoices."""

    account_id: str
    name: str
    currency: str  # of exposure and at_risk: the ledger's base currency
    open: dict[str, Decimal]  # net, by currency
    exposure: Decimal | None  # the same in one currency; None where the ledger gives no rate
    at_risk: Decimal | None  # each open invoice times its chance of more than 15 days late
    late_now: int  # days late of the oldest overdue invoice; 0 = nothing overdue
    grade: Grade
    serious: Decimal  # that chance, weighed by amount; of the whole ledger without history
    usual_late: Decimal  # days, leaning on the ledger's mean
    depth: int
    drift: Decimal | None  # days late now beyond the usual; None without history
    trend: Trend | None
    share_late: Figure | None  # paid more than 3 days late
    promises_kept: Figure | None
    expected: Expected
    limit: Limit | None
    limit_used: Decimal | None  # share of the limit that is open; None: no limit, or no rate
    signs: tuple[Sign, ...] = ()


class Look(NamedTuple):
    """An open invoice and what to expect of it."""

    item: OpenItem
    due_on: date
    outlook: Outlook


def observations(snapshot: AccountSnapshot, today: date) -> list[Observed]:
    """An account's invoices as its history: those paid before today, and those still open."""
    invoices = _invoices(snapshot)
    paid = paid_invoices(snapshot.settled, today, still_open={item.item_id for item in invoices})
    return [*paid, *[Observed(due_on=item.due_on) for item in invoices if item.due_on is not None]]


def ledger_counts(snapshots: Iterable[AccountSnapshot], today: date) -> Counts:
    """What all accounts' histories say together: what thin ones lean on."""
    return counts((one for each in snapshots for one in observations(each, today)), today)


def recent_odds(snapshots: Iterable[AccountSnapshot], ledger: Counts, today: date) -> Decimal:
    """How much likelier (above 1) late ends became among invoices due in the last 90 days."""
    since = today - timedelta(days=TREND_DAYS)
    found = (one for each in snapshots for one in observations(each, today) if one.due_on >= since)
    return lately(ledger, counts(found, today))


def risk(
    snapshot: AccountSnapshot,
    ledger: Counts,
    today: date,
    *,
    base: str,
    limits: Sequence[CreditLimit] = (),
    agreements: Agreements | None = None,
    odds: Decimal = _ONE,
) -> Risk | None:
    """The account's line; None when no invoice with a due date is open on it.

    ``ledger`` are ``ledger_counts``, ``odds`` its ``recent_odds``; ``base`` is the ledger's base
    currency, ISO 4217.
    """
    dated = [(item.due_on, item) for item in _invoices(snapshot) if item.due_on is not None]
    if not dated:
        return None
    history = observations(snapshot, today)
    own = counts(history, today)
    looks = [
        Look(item, due_on, corrected(found, odds))
        for due_on, item, found in _outlooks(dated, own, ledger, today)
    ]
    usual = usual_late(history, today, ledger_mean=mean_late(ledger))
    late_now = max(days_late(look.due_on, today) for look in looks)
    lateness = max((today - look.due_on).days for look in looks)  # before due: negative
    to_base = rates(snapshot.items, base=base)
    serious = _serious(looks, to_base)
    limit = limit_of(snapshot.account, limits, base=base)
    exposure = converted(net_open(snapshot.items), to_base, currency=base)
    found = Risk(
        account_id=snapshot.account.account_id,
        name=snapshot.account.name,
        currency=base,
        open=net_open(snapshot.items),
        exposure=_rounded(exposure, base),
        at_risk=_rounded(_not_above(exposure, _at_risk(looks, to_base, base)), base),
        late_now=late_now,
        grade=grade_of(serious) if own.depth else Grade.NO_HISTORY,
        serious=serious.quantize(_SHARE_STEP),
        usual_late=usual.quantize(_DAY_STEP),
        depth=own.depth,
        drift=max(ZERO, lateness - usual).quantize(_DAY_STEP) if own.depth else None,
        trend=trend(history, today),
        share_late=share_late(history, today),
        promises_kept=promises_kept(snapshot, agreements or Agreements(), today),
        expected=_latest(looks),
        limit=limit,
        limit_used=_used(limit, net_open(snapshot.items), to_base),
    )
    return replace(found, signs=signs(found))


def _outlooks(
    dated: Iterable[tuple[date, OpenItem]], own: Counts, ledger: Counts, today: date
) -> Iterator[tuple[date, OpenItem, Outlook]]:
    """What the counts say of each invoice, the one due first first."""
    chances = shares(own, ledger)
    for due_on, item in sorted(dated, key=lambda one: (one[0], one[1].item_id)):
        yield due_on, item, outlook(chances, due_on=due_on, today=today, depth=own.depth)


def signs(found: Risk) -> tuple[Sign, ...]:
    """What warns about an account; each rule looks at one figure."""
    rules = (
        (Sign.EXPECTED_LATE, found.depth > 0 and _expected_late(found.expected)),
        (Sign.BEYOND_HABIT, found.drift is not None and found.drift > GRACE_DAYS),
        (Sign.GETTING_LATER, found.trend is not None and found.trend.value >= TREND_WARNS),
        (Sign.PROMISES_BROKEN, _promises_broken(found.promises_kept)),
        (Sign.NEAR_LIMIT, found.limit_used is not None and NEAR_SHARE <= found.limit_used <= 1),
        (Sign.OVER_LIMIT, found.limit_used is not None and found.limit_used > 1),
    )
    said = [sign for sign, holds in rules if holds]
    poor = found.grade in (Grade.D, Grade.E)
    if poor or Sign.OVER_LIMIT in said or Sign.PROMISES_BROKEN in said:
        said.append(Sign.CREDIT_CHECK)
    return tuple(said)


def order(found: Risk) -> tuple[object, ...]:
    """Sort key: what warns first, then the most money at risk, then the longest expected delay."""
    at_risk = found.at_risk if found.at_risk is not None else found.serious
    return (not found.signs, found.at_risk is None, -at_risk, -found.late_now, found.account_id)


def _invoices(snapshot: AccountSnapshot) -> list[OpenItem]:
    return [item for item in snapshot.items if item.kind is ItemKind.INVOICE and item.open > 0]


def _at_risk(looks: Sequence[Look], to_base: Mapping[str, Decimal], base: str) -> Decimal | None:
    amounts: dict[str, Decimal] = {}
    for look in looks:
        before = amounts.get(look.item.currency, ZERO)
        amounts[look.item.currency] = before + look.item.open * look.outlook.serious
    return converted(amounts, to_base, currency=base)


def _not_above(exposure: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Credits lower what can be lost: never more is at risk than is open, net of them."""
    if exposure is None or amount is None:
        return amount
    return min(amount, max(ZERO, exposure))


def _serious(looks: Sequence[Look], to_base: Mapping[str, Decimal]) -> Decimal:
    """The chances weighed by amount; where a rate is missing, every invoice weighs the same."""
    known = all(look.item.currency in to_base for look in looks)
    weights = [look.item.open * to_base[look.item.currency] if known else _ONE for look in looks]
    chances = [look.outlook.serious for look in looks]
    return sum((w * c for w, c in zip(weights, chances, strict=True)), ZERO) / sum(weights, ZERO)


def _latest(looks: Sequence[Look]) -> Expected:
    """The invoice with the longest expected delay; of equals the one due first."""
    look = max(looks, key=lambda one: _delay(one.due_on, one.outlook.expected_on))
    return Expected(
        number=look.item.number,
        due_on=look.due_on,
        expected_on=look.outlook.expected_on,
        from_on=look.outlook.from_on,
        until_on=look.outlook.until_on,
    )


def _delay(due_on: date, expected_on: date | None) -> int:
    return (expected_on - due_on).days if expected_on is not None else LATEST + 1


def _expected_late(expected: Expected) -> bool:
    return _delay(expected.due_on, expected.expected_on) > GRACE_DAYS


def _promises_broken(kept: Figure | None) -> bool:
    return kept is not None and kept.depth >= PROMISES_LEAST and kept.value < PROMISES_HALF


def _used(
    limit: Limit | None, totals: Mapping[str, Decimal], to_base: Mapping[str, Decimal]
) -> Decimal | None:
    """The share of the limit that is open; a limit of nothing is used wholly by anything."""
    if limit is None:
        return None
    exposure = converted(totals, to_base, currency=limit.currency)
    if exposure is None:
        return None
    if not limit.amount:
        return _NOTHING_ALLOWED if exposure > 0 else ZERO
    return max(ZERO, exposure / limit.amount)


def _rounded(amount: Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else quantize(amount, currency)
