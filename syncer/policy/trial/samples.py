"""Customers made up to try a policy on: one for each side of every limit that its segments name.

What: a customer with one unpaid invoice and a history of payments, as the policy would be given it;
and, for a segment, those of them that fall into it.
Why so: whether a segment takes anybody depends on all that stand before it, so it is tried out.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, product
from math import ceil
from typing import Any

from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Contact, Decision, LedgerContext
from syncer.model.ledger import (
    Account,
    ItemKind,
    OpenItem,
    Organisation,
    Person,
    Record,
    Settled,
)
from syncer.policy.compiled import ANY_CURRENCY
from syncer.policy.decide import decide
from syncer.policy.rules import Condition, Policy

LEDGER, ACCOUNT, ITEM, NEXT = "edge", "edge-account", "EDGE-1", "EDGE-2"
CENT = Decimal("0.01")
PLENTY = Decimal("100000.00")
TRIED_MAX = 4000  # customers that are tried for one segment
_TURNOVER = Decimal(1_000_000)  # of the whole ledger in 365 days
_PAID = 20  # invoices that a known customer paid
_ROLES = ("invoice", "collections", "escalation")
_DAY = timedelta(days=1)
_OTHER = "XTS"  # ISO 4217: for tests
_COMING = timedelta(days=3650)


class Sample(Record, kw_only=True, frozen=True):
    """A customer with one invoice. Days late of the paid ones stand oldest first."""

    currency: str
    amount: Decimal = PLENTY
    account_id: str = ACCOUNT
    groups: tuple[str, ...] = ()
    country: str = ""
    language: str = ""
    direct_debit: bool = False
    paid_late: tuple[int, ...] = ()
    turnover: Decimal = Decimal(100)  # of what was paid, in all
    coming: Decimal = Decimal(0)  # of another invoice, due in ten years
    known_for: int | None = None  # days since the first invoice, on the first day that is tried

    def snapshot(
        self, today: date, due_on: date, contacts: Sequence[Contact] = (), *, began: date
    ) -> AccountSnapshot:
        """On a day; what was paid was paid before ``began``."""
        first = None if self.known_for is None else began - self.known_for * _DAY
        return AccountSnapshot(
            ledger=LEDGER,
            account=Account(
                account_id=self.account_id,
                name="Edge",
                people=tuple([Person(email=f"{role}@edge.example", role=role) for role in _ROLES]),
                groups=self.groups,
                country=self.country,
                language=self.language,
                direct_debit=self.direct_debit,
            ),
            items=tuple(self._items(due_on, None if self.paid_late else first, began)),
            contacts=tuple(contacts),
            settled=tuple(self._settled(began, first)),
        )

    def decided(self, policy: Policy, today: date, late: int = 1) -> Decision:
        """What the policy says on ``today``, the invoice so many days late, nothing sent yet."""
        facts = self.snapshot(today, today - late * _DAY, began=today)
        return decide(facts, policy, self.context(today))[0]

    def context(self, today: date) -> LedgerContext:
        """A ledger whose books are fresh and that ran the day before."""
        return LedgerContext(
            ledger=LEDGER,
            organisation=Organisation(
                name="Edge", time_zone="UTC", currency=self.currency, books_fresh_on=today
            ),
            today=today,
            last_run_on=today - _DAY,
            live_since=date(2000, 1, 1),
            turnover=((self.currency, _TURNOVER),),
        )

    def _items(self, due_on: date, issued_on: date | None, began: date) -> Iterator[OpenItem]:
        one = OpenItem(
            item_id=ITEM,
            account_id=self.account_id,
            kind=ItemKind.INVOICE,
            number=ITEM,
            currency=self.currency,
            total=self.amount,
            open=self.amount,
            issued_on=issued_on,
            due_on=due_on,
            sent=True,
        )
        yield one
        if self.coming:
            later, amount = began + _COMING, self.coming
            yield replace(one, item_id=NEXT, number=NEXT, total=amount, open=amount, due_on=later)

    def _settled(self, began: date, first: date | None) -> Iterator[Settled]:
        count = len(self.paid_late)
        for number, late in enumerate(self.paid_late):
            paid_on = began - (count - number) * _DAY
            yield Settled(
                item_id=f"PAID-{number}",
                account_id=self.account_id,
                currency=self.currency,
                amount=self.turnover / count,
                issued_on=first if number == 0 else None,
                due_on=paid_on - late * _DAY,
                paid_on=paid_on,
            )


def currencies_of(policy: Policy, base: str) -> list[str]:
    """The currencies that its limits and segments name; ``base`` where they name none."""
    named = [currency for currency, _ in policy.minimum if currency != ANY_CURRENCY]
    named += [one for segment in policy.segments for one in segment.when.currencies]
    return list(dict.fromkeys(named)) or [base]


def samples_in(policy: Policy, segment: str, *, base: str, today: date) -> Iterator[Sample]:
    """Customers that fall into the segment of that name ("" = into none), large debts first.

    Currencies that no rule names are tried where nobody is found in those that are named.
    """
    found = False
    for currencies in (currencies_of(policy, base), [base, _OTHER]):
        for sample in islice(_candidates(policy, segment, currencies), TRIED_MAX):
            if sample.decided(policy, today).segment == segment:
                found = True
                yield sample
        if found:
            return


def _candidates(policy: Policy, segment: str, currencies: Sequence[str]) -> Iterator[Sample]:
    """Every mixture of what the segment asks for with a value on each side of each limit.

    Where it asks for no name, country or group the customer has none: that keeps it out of every
    segment before.
    """
    names = [one.name for one in policy.segments]
    before = policy.segments[: names.index(segment) + 1] if segment else policy.segments
    conditions = [one.when for one in before]
    own = before[-1].when if segment else Condition()
    for amount, coming, late, turnover, age, account, group, country, language, code in product(
        _amounts(conditions),
        _coming(conditions),
        _histories(conditions, policy.personal.habit_min_settled),
        _turnovers(conditions),
        _ages(conditions),
        own.accounts or (ACCOUNT,),
        own.groups or ("",),
        own.countries or ("",),
        own.languages or ("",),
        own.currencies or currencies,
    ):
        yield Sample(
            currency=code,
            amount=amount,
            coming=coming,
            account_id=account,
            groups=(group,) if group else (),
            country=country,
            language=language,
            direct_debit=bool(own.direct_debit),
            paid_late=late,
            turnover=turnover,
            known_for=age,
        )


def _limits(conditions: Iterable[Condition], *names: str) -> list[Any]:
    """The values of these fields, each once."""
    found = [getattr(when, name) for when in conditions for name in names]
    return list(dict.fromkeys(one for one in found if one is not None))


def _amounts(conditions: Sequence[Condition]) -> list[Decimal]:
    names = ("overdue_at_least", "overdue_below", "net_at_least", "net_below")
    limits = _limits(conditions, *names)
    sides = {PLENTY, *limits, *[one - CENT for one in limits], *[one * 10 for one in limits]}
    return sorted((one for one in sides if one > 0), reverse=True)


def _coming(conditions: Sequence[Condition]) -> list[Decimal]:
    """What is not due yet: only where the net position and what is overdue are told apart."""
    overdue = _limits(conditions, "overdue_at_least", "overdue_below")
    net = _limits(conditions, "net_at_least", "net_below")
    return [Decimal(0), *(net if overdue else [])]


def _histories(conditions: Sequence[Condition], habit_min: int) -> list[tuple[int, ...]]:
    usual = _limits(conditions, "usual_days_late_at_least", "usual_days_late_below")
    shares = _limits(conditions, "late_share_at_least", "late_share_below")
    later = _limits(conditions, "later_by_at_least")
    known = _limits(conditions, "first_time", "first_invoice", "turnover_share_at_least")
    if not (usual or shares or later or known):
        return [()]
    half = (max(_PAID, habit_min) + 1) // 2
    late = sorted({0, 1, *usual, *[max(0, one - 1) for one in usual], *later})
    found = [(), (0,), *[(one,) * 2 * half for one in late]]
    found += [(one,) * half + (one + by,) * half for one in late for by in later]
    for share in shares:
        count = ceil(share * 2 * half)
        found += [
            _spread(number, 2 * half, max(1, one)) for number in (count, count - 1) for one in late
        ]
    return list(dict.fromkeys(found))


def _spread(late: int, count: int, days: int) -> tuple[int, ...]:
    """So many of the invoices were paid late, evenly among the others."""
    return tuple(
        [days if (at + 1) * late // count > at * late // count else 0 for at in range(count)]
    )


def _turnovers(conditions: Sequence[Condition]) -> list[Decimal]:
    shares = _limits(conditions, "turnover_share_at_least")
    return [Decimal(100), *[share * _TURNOVER for share in shares]]


def _ages(conditions: Sequence[Condition]) -> list[int | None]:
    limits = _limits(conditions, "known_for_at_least", "known_for_below")
    return [None, *sorted({*limits, *[max(0, one - 1) for one in limits]})]
