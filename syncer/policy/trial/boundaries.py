"""Cases at the edges of a policy: the days around each step, the cents around each limit.

What: for every step of the default ladder the ages of an invoice around the day on which it is
first due, all steps before it taken; for every minimum and every amount of a segment the amounts
around it; each with what the policy says there.
Why: rules go wrong at their edges, and nobody writes three cases for each by hand.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.decision import AccountSnapshot, Contact, Decision, LedgerContext
from syncer.model.ledger import Account, ItemKind, OpenItem, Organisation, Person, Record
from syncer.policy.compiled import ANY_CURRENCY
from syncer.policy.decide import decide
from syncer.policy.rules import Ladder, Policy
from syncer.policy.trial.timeline import timeline

_LEDGER, _ACCOUNT, _ITEM = "edge", "edge-account", "EDGE-1"
_CENT = Decimal("0.01")
_PLENTY = Decimal("100000.00")
_LONG_AGO = 400  # days late: every first step is due
_ROLES = ("invoice", "collections", "escalation")


class Edge(Record, kw_only=True, frozen=True, gc=True):
    """One case at an edge and the answer; ``place`` is the rule, ``side`` where beside it."""

    place: str
    side: str
    decision: Decision


class _Taken(Record, kw_only=True, frozen=True):
    """A step taken when the invoice was so many days late (negative: not due yet)."""

    step: str
    index: int
    late: int


def edges(policy: Policy, *, currency: str, today: date) -> Iterator[Edge]:
    """Every edge, as decided on ``today``: a day of the week that the policy leaves open."""
    bench = _Bench(policy, currency, today)
    for ladder in policy.ladders:
        if ladder.name == policy.default_ladder:
            yield from _steps(bench, ladder)
    for limit_currency, amount in policy.minimum:
        if limit_currency in (currency, ANY_CURRENCY):
            yield from _amounts(bench, "minimum", amount)
    for segment in policy.segments:
        for key in ("overdue_at_least", "overdue_below", "net_at_least", "net_below"):
            limit = getattr(segment.when, key)
            if limit is not None:
                yield from _amounts(bench, f"segment {segment.name}, {key}", limit)


def _steps(bench: "_Bench", ladder: Ladder) -> Iterator[Edge]:
    taken: list[_Taken] = []
    stops = timeline(ladder, min_gap=bench.min_gap)
    for index, (step, stop) in enumerate(zip(ladder.steps, stops, strict=True)):
        for side, offset in (("the day before", -1), ("on its day", 0), ("the day after", 1)):
            decision = bench.decide(_PLENTY, stop.day + offset, taken)
            yield Edge(place=f"step {step.name}", side=side, decision=decision)
        taken.append(_Taken(step=step.name, index=index, late=stop.day))


def _amounts(bench: "_Bench", place: str, limit: Decimal) -> Iterator[Edge]:
    sides = (("a cent below", limit - _CENT), ("exactly", limit), ("a cent above", limit + _CENT))
    for side, amount in sides:
        if amount > 0:
            decision = bench.decide(amount, _LONG_AGO, ())
            yield Edge(place=place, side=f"{side}, {amount}", decision=decision)


class _Bench:
    """One customer with one invoice, as large, late and often reminded as asked for."""

    def __init__(self, policy: Policy, currency: str, today: date) -> None:
        self._policy, self._currency, self._today = policy, currency, today
        self.min_gap = policy.restraint.min_gap

    def decide(self, amount: Decimal, late: int, taken: Sequence[_Taken]) -> Decision:
        due_on = self._today - timedelta(days=late)
        people = tuple([Person(email=f"{role}@edge.example", role=role) for role in _ROLES])
        facts = AccountSnapshot(
            ledger=_LEDGER,
            account=Account(account_id=_ACCOUNT, name="Edge", people=people),
            items=(self._item(amount, due_on),),
            contacts=tuple([self._contact(one, due_on) for one in taken]),
        )
        return decide(facts, self._policy, self._context())[0]

    def _item(self, amount: Decimal, due_on: date) -> OpenItem:
        return OpenItem(
            item_id=_ITEM,
            account_id=_ACCOUNT,
            kind=ItemKind.INVOICE,
            number=_ITEM,
            currency=self._currency,
            total=amount,
            open=amount,
            due_on=due_on,
            sent=True,
        )

    def _contact(self, one: _Taken, due_on: date) -> Contact:
        return Contact(
            account_id=_ACCOUNT,
            currency=self._currency,
            step=one.step,
            step_index=one.index,
            episode=_ITEM,
            key=one.step,
            on=due_on + timedelta(days=one.late),
            channel="email",
            item_ids=(_ITEM,),
        )

    def _context(self) -> LedgerContext:
        return LedgerContext(
            ledger=_LEDGER,
            organisation=Organisation(
                name="Edge",
                time_zone="UTC",
                currency=self._currency,
                books_fresh_on=self._today,
            ),
            today=self._today,
            last_run_on=self._today - timedelta(days=1),
        )
