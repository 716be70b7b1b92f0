"""What nothing reaches is found by following debts; around every limit both sides are tried."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Action
from syncer.policy.rules import (
    Condition,
    Ladder,
    Policy,
    Restraint,
    Segment,
    Step,
    StepChannel,
    Tone,
)
from syncer.policy.strategy import Eligibility, HandOver
from syncer.policy.trial.boundaries import edges
from syncer.policy.trial.coverage import never_decides
from syncer.policy.trial.reach import unreached
from syncer.policy.trial.samples import samples_in

from .make import FINAL, FIRM, FRIENDLY, HEADS_UP, TODAY, ladder, policy
from .test_trial import CONDITIONS, FACTS, facts_of, of, two

GAP = Restraint(min_gap=5)
SOONER = replace(HEADS_UP, name="sooner", before_due=1)
AWAY = Step(
    name="away",
    tone=Tone.FINAL,
    after_previous=20,
    channel=StepChannel.TASK,
    hand_over=HandOver.AGENCY,
)


def segmented(when: Condition, *steps: Step, **rules) -> Policy:
    """The usual ladder, and one of these steps for a segment."""
    return policy(
        ladders=(ladder(), Ladder(name="own", steps=steps or (FRIENDLY,))),
        segments=(Segment(name="own", when=when, ladder="own"),),
        restraint=rules.pop("restraint", GAP),
        **rules,
    )


def found(rules: Policy) -> set[str]:
    """The rules that decide nothing, by name."""
    said = never_decides(rules, base="GBP", today=TODAY)
    return {sentence.partition(":")[0] for sentence in said}


@pytest.mark.parametrize(
    ("rules", "dead"),
    [
        (policy(HEADS_UP, SOONER, FRIENDLY, restraint=GAP), "step usual.sooner"),
        (policy(HEADS_UP, SOONER, FRIENDLY), ""),
        (policy(FRIENDLY, AWAY, hand_over=Eligibility(late_below=20)), "step usual.away"),
        (policy(FRIENDLY, AWAY, hand_over=Eligibility(late_below=60)), ""),
        (policy(FRIENDLY, AWAY, hand_over=Eligibility(messages_at_least=2)), "step usual.away"),
        (
            segmented(Condition(overdue_below=Decimal(10)), minimum=(("GBP", Decimal(10)),)),
            "step own.friendly",
        ),
        (segmented(Condition(overdue_below=Decimal(11)), minimum=(("GBP", Decimal(10)),)), ""),
        (segmented(Condition(overdue_at_least=Decimal(500)), HEADS_UP, FRIENDLY), "step own.soon"),
        (segmented(Condition(net_at_least=Decimal(500)), HEADS_UP, FRIENDLY), ""),
        (segmented(Condition(known_for_below=12), FRIENDLY, FIRM), "step own.firm"),
        (segmented(Condition(known_for_below=40), FRIENDLY, FIRM), ""),
        (segmented(Condition(direct_debit=True)), "step own.friendly"),
        (segmented(Condition(first_time=True, usual_days_late_at_least=3)), "segment own"),
        (segmented(Condition(first_invoice=True, first_time=False)), "segment own"),
        (segmented(Condition(usual_days_late_at_least=9, late_share_at_least=Decimal("0.4"))), ""),
        (segmented(Condition(later_by_at_least=6, usual_days_late_below=5)), ""),
        (segmented(Condition(turnover_share_at_least=Decimal("0.05"), first_time=False)), ""),
        (two(Condition(currencies=("EUR",)), Condition(first_time=True)), ""),
        (segmented(Condition(overdue_below=Decimal(10), net_at_least=Decimal(90))), ""),
    ],
)
def test_a_planted_dead_rule_is_found_and_a_living_one_is_not(rules: Policy, dead: str) -> None:
    """Each rule that can never decide is named; its neighbour that can is not."""
    assert found(rules) == ({dead} if dead else set())


def test_several_segments_together_leave_nothing() -> None:
    """First-timers and the others: whoever stands behind both never gets anybody."""
    rules = policy(
        ladders=(ladder(), Ladder(name="own", steps=(FRIENDLY,))),
        segments=(
            Segment(name="new", when=Condition(first_time=True), ladder="usual"),
            Segment(name="known", when=Condition(first_time=False), ladder="usual"),
            Segment(name="vips", when=Condition(groups=("vip",)), ladder="own"),
        ),
    )
    assert found(rules) == {"segment vips"}
    assert found(replace(rules, segments=rules.segments[1:])) == set()


@settings(max_examples=8, deadline=None)
@given(first=CONDITIONS, second=CONDITIONS, drawn=st.lists(FACTS, min_size=4, max_size=8))
def test_what_is_called_unreached_takes_nobody(first, second, drawn) -> None:
    """Whatever the conditions: no account is in a segment that the search called empty."""
    rules = two(first, second)
    empty = {one.partition(":")[0] for one in unreached(rules, base="GBP", today=TODAY)}
    for facts in map(facts_of, drawn):
        segment = of(rules, facts)
        assert f"segment {segment}" not in empty


@settings(max_examples=12, deadline=None)
@given(first=CONDITIONS, second=CONDITIONS)
def test_a_sample_of_a_segment_is_in_it(first, second) -> None:
    """What is tried on behalf of a segment is what the policy takes for one of its customers."""
    rules = two(first, second)
    for name in ("", "first", "second"):
        for sample in samples_in(rules, name, base="GBP", today=TODAY):
            assert sample.decided(rules, TODAY).segment == name
            break


def test_every_limit_of_a_segment_has_both_its_sides() -> None:
    """Just below, at and above: the segment takes its own side of each limit and not the other."""
    when = Condition(
        net_at_least=Decimal(50),
        net_below=Decimal(90),
        usual_days_late_at_least=4,
        usual_days_late_below=9,
        known_for_at_least=100,
    )
    rules = segmented(when)
    sides = {
        (edge.place.partition(", ")[2], edge.side.partition(",")[0]): edge.decision.segment
        for edge in edges(rules, currency="GBP", today=TODAY)
        if edge.place.startswith("segment own")
    }
    least, below = ("", "own", "own"), ("own", "", "")
    cents, days = (
        ("a cent below", "exactly", "a cent above"),
        ("a day below", "exactly", "a day above"),
    )
    limits = {
        "net_at_least": (cents, least),
        "net_below": (cents, below),
        "usual_days_late_at_least": (days, least),
        "usual_days_late_below": (days, below),
        "known_for_at_least": (days, least),
    }
    assert sides == {
        (key, where): taken
        for key, (places, takes) in limits.items()
        for where, taken in zip(places, takes, strict=True)
    }


def test_edges_are_tried_on_every_ladder_and_in_each_currency_that_is_named() -> None:
    """A segment's own ladder has edges too, and a limit in yen is tried in yen."""
    rules = segmented(
        Condition(groups=("vip",)), FRIENDLY, FINAL, minimum=(("JPY", Decimal(1000)),)
    )
    found = list(edges(rules, currency="GBP", today=TODAY))
    named = {edge.place for edge in found}
    assert {"step friendly", "step own.friendly", "step own.final", "minimum"} <= named
    taken = [edge for edge in found if edge.place == "step own.final" and edge.side == "on its day"]
    assert [edge.decision.action for edge in taken] == [Action.CONTACT]
    yen = [edge.decision for edge in found if edge.place == "minimum"]
    assert {one.currency for one in yen} == {"JPY"}
    assert [one.reasons[0].code == "below_minimum" for one in yen] == [True, False, False]
