"""Cases at the edges of a policy: the days around each step, the cents around each limit.

What: for every step of every ladder in use the ages of an invoice around the day on which it is
first due, all steps before it taken; for every limit of a segment, and for each amount from which
on something else happens, a customer just below, at and just above it; each with what the policy
says there.
Why: rules go wrong at their edges, and nobody writes three cases for each by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from msgspec.structs import replace

from syncer.model.counts import count_text
from syncer.model.decision import Contact, Decision
from syncer.model.ledger import Record
from syncer.policy.compiled import ANY_CURRENCY
from syncer.policy.decide import decide
from syncer.policy.rules import Condition, Ladder, Policy, Segment
from syncer.policy.trial.samples import CENT, ITEM, PLENTY, Sample, currencies_of, samples_in
from syncer.policy.trial.timeline import timeline

_LONG_AGO = 400  # days late: every first step is due
_DAY = timedelta(days=1)
_AMOUNTS = ("overdue_at_least", "overdue_below", "net_at_least", "net_below")
_USUAL = ("usual_days_late_at_least", "usual_days_late_below")
_AGES = ("known_for_at_least", "known_for_below")


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
    """Every edge, as decided on ``today``: a day of the week that the policy leaves open.

    ``currency`` is the ledger's own, where the policy names none.
    """
    plain = Sample(currency=currencies_of(policy, currency)[0])
    for ladder in _used(policy):
        yield from _steps(policy, ladder, plain, today)
    yield from _limits(policy, plain, currency, today)
    for segment in policy.segments:
        found = samples_in(policy, segment.name, base=currency, today=today)
        sample = next(found, None)
        if sample is not None:
            yield from _segment(policy, segment, sample, today)


def _used(policy: Policy) -> Iterator[Ladder]:
    names = {policy.default_ladder, *[one.ladder for one in policy.segments if not one.exclude]}
    yield from (one for one in policy.ladders if one.name == policy.default_ladder)
    for ladder in policy.ladders:
        if ladder.name in names and ladder.name != policy.default_ladder:
            yield ladder


def _steps(policy: Policy, ladder: Ladder, sample: Sample, today: date) -> Iterator[Edge]:
    """The ladder by itself: which segment leads to it is tried apart."""
    alone = replace(policy, default_ladder=ladder.name, segments=(), version="")
    named = "" if ladder.name == policy.default_ladder else f"{ladder.name}."
    taken: list[_Taken] = []
    stops = timeline(ladder, min_gap=policy.restraint.min_gap)
    for index, (step, stop) in enumerate(zip(ladder.steps, stops, strict=True)):
        for side, offset in (("the day before", -1), ("on its day", 0), ("the day after", 1)):
            said = _decided(alone, sample, today, stop.day + offset, taken)
            yield Edge(place=f"step {named}{step.name}", side=side, decision=said)
        taken.append(_Taken(step=step.name, index=index, late=stop.day))


def _limits(policy: Policy, sample: Sample, base: str, today: date) -> Iterator[Edge]:
    """Amounts of the policy itself, each in its own currency."""
    for currency, amount in policy.minimum:
        own = replace(sample, currency=base if currency == ANY_CURRENCY else currency)
        yield from _amounts(policy, "minimum", own, amount, today, _LONG_AGO)
    large = policy.personal.first_time_large
    if large is not None:
        first = next((s.after_due for one in policy.ladders for s in one.steps if s.after_due), 1)
        late = max(1, first - policy.personal.first_time_sooner)
        own = replace(sample, currency=base)
        yield from _amounts(policy, "first_time_large", own, large, today, late)


def _segment(policy: Policy, segment: Segment, sample: Sample, today: date) -> Iterator[Edge]:
    """Each limit of the segment, all else as with a customer that it takes."""
    when = segment.when
    for key in _AMOUNTS:
        limit = getattr(when, key)
        if limit is not None:
            place = f"segment {segment.name}, {key}"
            late = 1 if _ages_count(when) else _LONG_AGO
            yield from _amounts(policy, place, _owing(sample, key), limit, today, late)
    for key, made in (*[(one, _usual) for one in _USUAL], *[(one, _known) for one in _AGES]):
        limit = getattr(when, key)
        if limit is not None:
            yield from _days(policy, f"segment {segment.name}, {key}", sample, limit, made, today)


def _ages_count(when: Condition) -> bool:
    return any(getattr(when, key) is not None for key in _AGES)


def _owing(sample: Sample, key: str) -> Sample:
    """All that is owed is overdue, so that one amount moves both figures."""
    return replace(sample, coming=Decimal(0)) if key.startswith("net") else sample


def _amounts(
    policy: Policy, place: str, sample: Sample, limit: Decimal, today: date, late: int
) -> Iterator[Edge]:
    sides = (("a cent below", limit - CENT), ("exactly", limit), ("a cent above", limit + CENT))
    for side, amount in sides:
        if amount > 0:
            said = replace(sample, amount=amount).decided(policy, today, late)
            yield Edge(place=place, side=f"{side}, {amount}", decision=said)


def _days(
    policy: Policy,
    place: str,
    sample: Sample,
    limit: int,
    made: Callable[[Sample, int], Sample],
    today: date,
) -> Iterator[Edge]:
    for side, days in (
        ("a day below", limit - 1),
        ("exactly", limit),
        ("a day above", limit + 1),
    ):
        if days >= 0:
            said = made(sample, days).decided(policy, today)
            named = f"{side}, {count_text(days, 'day')}"
            yield Edge(place=place, side=named, decision=said)


def _usual(sample: Sample, days: int) -> Sample:
    return replace(sample, paid_late=(days,) * len(sample.paid_late))


def _known(sample: Sample, days: int) -> Sample:
    return replace(sample, known_for=days)


def _decided(
    policy: Policy, sample: Sample, today: date, late: int, taken: Sequence[_Taken]
) -> Decision:
    due_on = today - late * _DAY
    contacts = [_contact(one, due_on, sample) for one in taken]
    facts = replace(sample, amount=PLENTY).snapshot(today, due_on, contacts, began=today)
    return decide(facts, policy, sample.context(today))[0]


def _contact(one: _Taken, due_on: date, sample: Sample) -> Contact:
    return Contact(
        account_id=sample.account_id,
        currency=sample.currency,
        step=one.step,
        step_index=one.index,
        episode=ITEM,
        key=one.step,
        on=due_on + one.late * _DAY,
        channel="email",
        item_ids=(ITEM,),
    )
