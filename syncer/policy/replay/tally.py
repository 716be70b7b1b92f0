"""Adds up what a policy would have done: contacts by step, weekday and day, and how they went."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from syncer.model.ledger import Record
from syncer.model.money import ZERO
from syncer.policy.replay.play import Asked, Played

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class StepTally(Record, kw_only=True, frozen=True):
    """One step: how often, and of these how many were paid within 48 hours."""

    step: str
    contacts: int
    paid_soon: int


class AccountTally(Record, kw_only=True, frozen=True, gc=True):
    """One account: how often on which step."""

    account_id: str
    contacts: int
    steps: tuple[tuple[str, int], ...]
    name: str = ""


class Tally(Record, kw_only=True, frozen=True, gc=True):
    """What one policy would have done in a span of days. Amounts as asked, summed per currency;
    a debt that is asked for three times counts three times."""

    policy: str
    version: str
    accounts: int  # with an invoice in the span or before it
    contacted: int  # accounts
    contacts: int
    paid_soon: int  # contacts about invoices that were all paid within 48 hours
    invoices: int  # different ones asked for
    asked: tuple[tuple[str, Decimal], ...]
    overdue: tuple[tuple[str, Decimal], ...]  # each invoice as it fell overdue in the span
    covered: tuple[tuple[str, Decimal], ...]  # of that, what was asked for at least once
    charged: tuple[tuple[str, Decimal], ...]  # interest, fixed sums and fees that were named
    steps: tuple[StepTally, ...]
    weekdays: tuple[tuple[str, int], ...]
    busiest: tuple[tuple[date, int], ...]  # the five days with most contacts
    first_lag: int | None  # days from due to the first contact about an overdue, the middle one
    first_lag_most: int | None  # the longest of them
    limited: tuple[tuple[str, int], ...]  # how many steps that were due a limit held back
    by_account: tuple[AccountTally, ...]  # most contacts first


class Backtest(Record, kw_only=True, frozen=True, gc=True):
    """One ledger, one span of days, one tally for each policy."""

    ledger: str
    first: date
    last: date
    history_from: date | None  # oldest invoice that is known; what was before is not
    tallies: tuple[Tally, ...]


class Counting:
    """Takes one account after the other; keeps counts, never the contacts themselves."""

    def __init__(self) -> None:
        self._accounts = 0
        self._steps: Counter[str] = Counter()
        self._soon: Counter[str] = Counter()
        self._days: Counter[date] = Counter()
        self._limited: Counter[str] = Counter()
        self._lags: Counter[int] = Counter()
        self._asked: dict[str, Decimal] = {}
        self._charged: dict[str, Decimal] = {}
        self._overdue: dict[str, Decimal] = {}
        self._covered: dict[str, Decimal] = {}
        self._invoices = 0
        self._by_account: list[AccountTally] = []

    def take(self, played: Played) -> None:
        """Count one account."""
        self._accounts += 1
        self._limited.update(dict(played.limited))
        for currency, amount in played.overdue:
            _add(self._overdue, currency, amount)
        if not played.asked:
            return
        for one in played.asked:
            self._count(one)
        self._invoices += len({item for one in played.asked for item in one.item_ids})
        steps = Counter(one.step for one in played.asked)
        self._by_account.append(
            AccountTally(
                account_id=played.account_id,
                contacts=len(played.asked),
                steps=tuple(sorted(steps.items())),
                name=played.name,
            )
        )

    def _count(self, one: Asked) -> None:
        self._steps[one.step] += 1
        self._soon[one.step] += one.paid_soon
        self._days[one.on] += 1
        _add(self._asked, one.currency, one.amount)
        _add(self._covered, one.currency, one.newly)
        if one.charged:
            _add(self._charged, one.currency, one.charged)
        if one.first and one.days_late > 0:
            self._lags[one.days_late] += 1

    def tally(self, *, policy: str, version: str, order: Sequence[str] = ()) -> Tally:
        """The sums; steps in this order where it names them, then by name."""
        place = {step: number for number, step in enumerate(order)}
        weekdays = Counter(day.weekday() for day in self._days.elements())
        busiest = sorted(self._days.items(), key=lambda one: (-one[1], one[0]))[:5]
        return Tally(
            policy=policy,
            version=version,
            accounts=self._accounts,
            contacted=len(self._by_account),
            contacts=self._steps.total(),
            paid_soon=self._soon.total(),
            invoices=self._invoices,
            asked=tuple(sorted(self._asked.items())),
            overdue=tuple(sorted(self._overdue.items())),
            covered=tuple(sorted(self._covered.items())),
            charged=tuple(sorted(self._charged.items())),
            steps=tuple(
                [
                    StepTally(step=step, contacts=count, paid_soon=self._soon[step])
                    for step, count in sorted(
                        self._steps.items(), key=lambda one: (place.get(one[0], len(place)), one[0])
                    )
                ]
            ),
            weekdays=tuple([(name, weekdays[n]) for n, name in enumerate(WEEKDAYS)]),
            busiest=tuple(busiest),
            first_lag=_middle(self._lags),
            first_lag_most=max(self._lags, default=None),
            limited=tuple(sorted(self._limited.items())),
            by_account=tuple(
                sorted(self._by_account, key=lambda one: (-one.contacts, one.account_id))
            ),
        )


def _add(sums: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    sums[currency] = sums.get(currency, ZERO) + amount


def _middle(counts: Counter[int]) -> int | None:
    """The middle value of counted numbers; of two middle ones the lower."""
    place = (counts.total() + 1) // 2
    for value in sorted(counts):
        place -= counts[value]
        if place <= 0:
            return value
    return None
