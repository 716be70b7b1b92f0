"""What is wrong with a policy that reads well: mistakes of meaning, not of form.

Each problem is one sentence that names the place and says what to do. An empty list means
that ``decide`` cannot fail on this policy.
"""

import itertools
from collections.abc import Iterable, Iterator

from syncer.errors import ConfigError
from syncer.policy.calendar import holidays_of
from syncer.policy.compiled import ANY_CURRENCY
from syncer.policy.covering import covers, ranges
from syncer.policy.rules import (
    Condition,
    Ladder,
    Policy,
    Restraint,
    Segment,
    Step,
    StepChannel,
)
from syncer.policy.strategy import OldDebts

_SAMPLE_YEAR = 2025  # any year will do: only whether the region is known is asked


def problems(policy: Policy) -> list[str]:
    """Every mistake of meaning in ``policy``, in the order of its keys; empty = none."""
    return [
        *_ladders(policy),
        *_segments(policy),
        *_minimum(policy),
        *_restraint(policy.restraint),
        *_personal(policy),
        *_taken_and_given(policy),
    ]


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)


def _ladders(policy: Policy) -> Iterator[str]:
    names = [ladder.name for ladder in policy.ladders]
    for name in _repeated(names):
        yield f"ladders: the name {name!r} is used twice; give each ladder its own name"
    if policy.default_ladder not in names:
        yield _unknown_ladder("default_ladder", policy.default_ladder, names)
    used = {policy.default_ladder, *(s.ladder for s in policy.segments if not s.exclude)}
    for ladder in policy.ladders:
        if ladder.name not in used:
            yield f"ladder {ladder.name!r}: no segment uses it; name it in a segment or delete it"
        yield from _ladder(ladder)


def _unknown_ladder(where: str, name: str, known: list[str]) -> str:
    return f"{where}: there is no ladder {name!r}; known are: {', '.join(known) or 'none'}"


def _ladder(ladder: Ladder) -> Iterator[str]:
    where = f"ladder {ladder.name!r}"
    if not ladder.steps:
        yield f"{where}: it has no steps; add one, or exclude the accounts with a segment"
        return
    for name in _repeated(step.name for step in ladder.steps):
        yield f"{where}: the step name {name!r} is used twice; a name identifies its step for ever"
    for step in ladder.steps:
        yield from _step(f"{where}, step {step.name!r}", step)
    yield from _order(where, ladder.steps)
    yield from _last_only(where, ladder.steps)


def _step(where: str, step: Step) -> Iterator[str]:
    days = {
        "before_due": step.before_due,
        "after_due": step.after_due,
        "after_previous": step.after_previous,
    }
    given = [key for key, value in days.items() if value is not None]
    if not given:
        yield f"{where}: it has no day; give before_due, after_due or after_previous"
    if step.before_due is not None and len(given) > 1:
        yield f"{where}: before_due cannot be combined with {given[1]}; make two steps of it"
    for key, value in days.items():
        if value is not None and value < 0:
            yield f"{where}: {key} is {value}, but days are counted in words, never below zero"
    if step.after_due == 0:
        yield f"{where}: after_due is 0, but on the due date nothing is overdue; use 1 or more"
    if not step.recipients:
        yield f'{where}: recipients is empty; name at least one role, such as "invoice"'


def _order(where: str, steps: tuple[Step, ...]) -> Iterator[str]:
    first = steps[0]
    if first.after_previous is not None and first.after_due is None:
        yield (
            f"{where}, step {first.name!r}: the first step has no step before it; "
            "use after_due instead of after_previous"
        )
    for before, step in itertools.pairwise(steps):
        if step.before_due is not None and before.before_due is None:
            yield (
                f"{where}, step {step.name!r}: a heads-up comes before the due date, so it "
                f"must stand before step {before.name!r}"
            )
        elif _not_later(before.before_due, step.before_due, falling=True):
            yield _same_day(where, step, before, "before_due must get smaller")
        elif _not_later(before.after_due, step.after_due, falling=False):
            yield _same_day(where, step, before, "after_due must grow")


def _last_only(where: str, steps: tuple[Step, ...]) -> Iterator[str]:
    """What ends a ladder, by going on for ever or by giving the debt away, stands at its end."""
    for number, step in enumerate(steps, start=1):
        said = f"{where}, step {step.name!r}"
        if step.repeat is None and step.hand_over is None:
            continue
        if number < len(steps):
            yield f"{said}: nothing can follow a step that repeats or hands over; make it the last"
        if step.before_due is not None:
            yield f"{said}: a heads-up is given once; use after_due"
        if step.repeat is not None and step.repeat < 1:
            yield f"{said}: repeat must be at least 1 day"
        if step.hand_over is not None and (
            step.repeat is not None or step.channel is not StepChannel.TASK
        ):
            yield f"{said}: a person hands over, once; use channel task, without repeat"


def _not_later(before: int | None, after: int | None, *, falling: bool) -> bool:
    if before is None or after is None:
        return False
    return after >= before if falling else after <= before


def _same_day(where: str, step: Step, before: Step, rule: str) -> str:
    return f"{where}, step {step.name!r}: it is not later than step {before.name!r}; {rule}"


def _segments(policy: Policy) -> Iterator[str]:
    names = [ladder.name for ladder in policy.ladders]
    for name in _repeated(segment.name for segment in policy.segments):
        yield f"segments: the name {name!r} is used twice; give each segment its own name"
    for number, segment in enumerate(policy.segments):
        where = f"segment {segment.name!r}"
        if segment.exclude and not segment.reason.strip():
            yield f"{where}: it excludes accounts without a reason; say why in reason"
        if not segment.exclude and segment.ladder not in names:
            yield _unknown_ladder(where, segment.ladder, names)
        yield from _condition(where, segment.when)
        shadow = _shadow(policy.segments[:number], segment.when)
        if shadow is not None:
            yield (
                f"{where}: it is never reached, since segment {shadow.name!r} before it takes "
                "all its accounts; move it up or narrow the earlier one"
            )


def _condition(where: str, when: Condition) -> Iterator[str]:
    for least, below in ranges():
        low, high = getattr(when, least), getattr(when, below)
        if low is not None and high is not None and high <= low:
            yield f"{where}: {below} must be more than {least}; nothing fits between"
    for key in ("turnover_share_at_least", "late_share_at_least", "late_share_below"):
        share = getattr(when, key)
        if share is not None and not 0 < share <= 1:
            yield f'{where}: {key} is a share of 1, such as "0.05" for 5 %'
    if when.first_time and when.usual_days_late_at_least is not None:
        yield f"{where}: a first-time customer has no usual lateness; drop one of the two"


def _shadow(earlier: tuple[Segment, ...], when: Condition) -> Segment | None:
    return next((segment for segment in earlier if covers(segment.when, when)), None)


def _minimum(policy: Policy) -> Iterator[str]:
    for code in _repeated(currency for currency, _ in policy.minimum):
        yield f"minimum: {code!r} is given twice; keep one"
    for code, amount in policy.minimum:
        known = len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
        if code != ANY_CURRENCY and not known:
            yield f'minimum: {code!r} is no currency; use a code such as "EUR", or "*"'
        if amount < 0:
            yield f"minimum: the amount for {code!r} is {amount}; it cannot be below zero"


def _restraint(restraint: Restraint) -> Iterator[str]:
    if restraint.min_gap < 1:
        yield "restraint.min_gap: it must be at least 1 day; an account gets one contact a day"
    for cap in restraint.caps:
        if cap.contacts < 1 or cap.days < 1:
            yield (
                f"restraint.caps: {cap.contacts} contacts in {cap.days} days allows none; "
                "both must be at least 1"
            )
    if not restraint.weekdays or not set(restraint.weekdays) <= set(range(7)):
        yield "restraint.weekdays: name at least one day, Monday = 0 to Sunday = 6"
    if restraint.send_from >= restraint.send_until:
        yield "restraint.send_from: it must be before send_until, or nothing can ever be sent"
    if restraint.holidays:
        try:
            holidays_of(restraint.holidays, _SAMPLE_YEAR)
        except ConfigError as error:
            yield f"restraint.holidays: {error}"


def _personal(policy: Policy) -> Iterator[str]:
    personal = policy.personal
    days = {
        "first_time_sooner": personal.first_time_sooner,
        "small_until": personal.small_until,
        "habit_grace_max": personal.habit_grace_max,
        "habit_min_settled": personal.habit_min_settled,
    }
    for key, value in days.items():
        if value < 0:
            yield f"personal.{key}: it is {value}, but it cannot be below zero"
    if personal.first_time_large is not None and personal.first_time_large <= 0:
        yield "personal.first_time_large: it must be more than zero; leave it out to switch it off"
    if personal.small_share is not None and not 0 < personal.small_share < 1:
        yield 'personal.small_share: it is a share of 1, such as "0.01" for 1 %'
    age = policy.freshness.books_max_age
    if age is not None and age < 0:
        yield f"freshness.books_max_age: it is {age} days, but it cannot be below zero"


def _taken_and_given(policy: Policy) -> Iterator[str]:
    first, fit = policy.first_run, policy.hand_over
    if first.from_day is not None and first.old_debts is not OldDebts.BASELINE:
        yield "old_debts_from: it belongs to on_first_run: baseline; give both or neither"
    if fit.late_below is not None and fit.late_below <= fit.late_at_least:
        yield "hand_over.late_below: it must be more than late_at_least; nothing fits between"
