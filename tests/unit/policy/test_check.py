"""Mistakes of meaning in a policy are found and said before anything runs."""

from decimal import Decimal
from typing import Any

import pytest

from syncer.policy.check import problems
from syncer.policy.rules import (
    Cap,
    Condition,
    Freshness,
    Ladder,
    Personal,
    Policy,
    Restraint,
    Segment,
    Step,
    Tone,
    policy_version,
)

from .make import FINAL, FIRM, FRIENDLY, HEADS_UP, ladder, policy


def step(name: str = "s", **timing: Any) -> Step:
    """A friendly step."""
    return Step(name=name, tone=Tone.FRIENDLY, **timing)


def segments(*conditions: Condition) -> Policy:
    """Segments a, b, c ... that all use the usual ladder."""
    made = [Segment(name=chr(97 + n), when=w, ladder="usual") for n, w in enumerate(conditions)]
    return policy(segments=tuple(made))


BAD: list[tuple[str, Policy]] = [
    ("the name 'usual' is used twice", policy(ladders=(ladder(), ladder()))),
    ("default_ladder: there is no ladder 'x'", policy(default_ladder="x")),
    ("known are: none", Policy(name="p", ladders=(), default_ladder="x")),
    ("no segment uses it", policy(ladders=(ladder(), ladder(name="spare")))),
    ("it has no steps", policy(ladders=(Ladder(name="usual", steps=()),))),
    ("the step name 'friendly' is used twice", policy(FRIENDLY, FRIENDLY)),
    ("it has no day", policy(step())),
    ("before_due cannot be combined", policy(step(before_due=1, after_due=2))),
    ("after_due is -3", policy(step(after_due=-3))),
    ("after_due is 0", policy(step(after_due=0))),
    ("recipients is empty", policy(step(after_due=1, recipients=()))),
    ("the first step has no step before it", policy(FINAL)),
    ("must stand before step 'friendly'", policy(FRIENDLY, HEADS_UP)),
    ("before_due must get smaller", policy(HEADS_UP, step(before_due=3), FRIENDLY)),
    ("after_due must grow", policy(FRIENDLY, step(after_due=7))),
    (
        "the name 'a' is used twice",
        policy(
            segments=tuple(
                Segment(name="a", when=Condition(countries=(c,)), ladder="usual") for c in "XY"
            )
        ),
    ),
    (
        "without a reason",
        policy(segments=(Segment(name="a", when=Condition(), ladder="", exclude=True),)),
    ),
    (
        "segment 'a': there is no ladder 'x'",
        policy(segments=(Segment(name="a", when=Condition(), ladder="x"),)),
    ),
    (
        "nothing fits between",
        segments(Condition(overdue_at_least=Decimal(5), overdue_below=Decimal(5))),
    ),
    ("is a share of 1", segments(Condition(turnover_share_at_least=Decimal(5)))),
    ("has no usual lateness", segments(Condition(first_time=True, usual_days_late_at_least=3))),
    ("minimum: 'EUR' is given twice", policy(minimum=(("EUR", Decimal(1)), ("EUR", Decimal(2))))),
    ("minimum: 'euro' is no currency", policy(minimum=(("euro", Decimal(1)),))),
    ("cannot be below zero", policy(minimum=(("*", Decimal(-1)),))),
    ("min_gap: it must be at least 1", policy(restraint=Restraint(min_gap=0))),
    ("both must be at least 1", policy(restraint=Restraint(caps=(Cap(contacts=0, days=7),)))),
    ("name at least one day", policy(restraint=Restraint(weekdays=()))),
    ("name at least one day", policy(restraint=Restraint(weekdays=(7,)))),
    ("nothing can ever be sent", policy(restraint=Restraint(send_until=Restraint().send_from))),
    ("no public holidays are known for 'GB-XX'", policy(restraint=Restraint(holidays="GB-XX"))),
    ("personal.small_until: it is -1", policy(personal=Personal(small_until=-1))),
    (
        "first_time_large: it must be more than zero",
        policy(personal=Personal(first_time_large=Decimal(0))),
    ),
    ("small_share: it is a share of 1", policy(personal=Personal(small_share=Decimal(1)))),
    ("books_max_age: it is -1 days", policy(freshness=Freshness(books_max_age=-1))),
]


@pytest.mark.parametrize(("words", "rules"), BAD)
def test_each_mistake_has_its_sentence(words: str, rules: Policy) -> None:
    """The sentence names the place and what to do."""
    assert any(words in problem for problem in problems(rules)), problems(rules)


def test_a_good_policy_has_no_problems() -> None:
    """Nothing is invented about a sound policy."""
    own = Segment(
        name="own", when=Condition(groups=("staff",)), ladder="", exclude=True, reason="us"
    )
    sound = policy(
        HEADS_UP,
        FRIENDLY,
        FIRM,
        FINAL,
        segments=(own,),
        minimum=(("*", Decimal(20)), ("EUR", Decimal(0))),
        restraint=Restraint(holidays="GB-SCT"),
        personal=Personal(first_time_large=Decimal(1), small_share=Decimal("0.01")),
        freshness=Freshness(books_max_age=0),
    )
    assert problems(sound) == []


@pytest.mark.parametrize(
    ("wide", "narrow", "shadowed"),
    [
        (Condition(), Condition(accounts=("A",)), True),
        (Condition(accounts=("A", "B")), Condition(accounts=("A",)), True),
        (Condition(accounts=("A",)), Condition(accounts=("A", "B")), False),
        (Condition(accounts=("A",)), Condition(), False),
        (Condition(groups=("VIP",)), Condition(groups=("vip",)), True),
        (Condition(first_time=True), Condition(first_time=True), True),
        (Condition(first_time=True), Condition(), False),
        (Condition(overdue_at_least=Decimal(5)), Condition(overdue_at_least=Decimal(5)), True),
        (Condition(overdue_at_least=Decimal(5)), Condition(overdue_at_least=Decimal(4)), False),
        (Condition(overdue_at_least=Decimal(5)), Condition(), False),
        (Condition(overdue_below=Decimal(5)), Condition(overdue_below=Decimal(4)), True),
        (Condition(overdue_below=Decimal(5)), Condition(overdue_below=Decimal(6)), False),
        (Condition(usual_days_late_at_least=5), Condition(usual_days_late_at_least=9), True),
    ],
)
def test_a_segment_behind_a_wider_one_is_found(
    wide: Condition, narrow: Condition, shadowed: bool
) -> None:
    """A segment that can never be reached is reported, and only such a one."""
    found = [p for p in problems(segments(wide, narrow)) if "never reached" in p]
    assert bool(found) is shadowed


def test_the_version_follows_the_content() -> None:
    """The same rules have the same version, any changed rule another one."""
    version = policy_version(policy())
    assert version == policy_version(policy(version=version))
    assert len(version) == 16
    assert policy_version(policy(only_sent=True)) != version
