"""A policy on trial: what is called covered is; what is called due is due, and not before."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.model.decision import Action
from syncer.model.ledger import Account, Person
from syncer.policy.check import problems
from syncer.policy.decide import decide
from syncer.policy.rules import Condition, Ladder, Segment, Step, Tone
from syncer.policy.trial.boundaries import edges
from syncer.policy.trial.coverage import coverage, dead_rules, overlaps
from syncer.policy.trial.difference import Change, Kind, Treatment, counted, kind_of
from syncer.policy.trial.timeline import timeline

from .make import (
    FIRM,
    FRIENDLY,
    OPEN_ALWAYS,
    TODAY,
    context,
    invoice,
    ladder,
    one,
    policy,
    settled,
    snapshot,
)

WHO = st.lists(st.sampled_from(["A1", "A2", "A3"]), max_size=2, unique=True).map(tuple)
CONDITIONS = st.builds(
    Condition,
    accounts=st.one_of(st.just(()), WHO),
    groups=st.lists(st.sampled_from(["vip", "VIP", "small"]), max_size=2, unique=True).map(tuple),
    countries=st.lists(st.sampled_from(["GB", "DE"]), max_size=2, unique=True).map(tuple),
    currencies=st.lists(st.sampled_from(["GBP", "EUR"]), max_size=2, unique=True).map(tuple),
    overdue_at_least=st.sampled_from([None, Decimal(50), Decimal(100)]),
    overdue_below=st.sampled_from([None, Decimal(100), Decimal(200)]),
    first_time=st.sampled_from([None, True, False]),
    usual_days_late_at_least=st.sampled_from([None, 0, 5]),
)
FACTS = st.tuples(
    st.sampled_from(["A1", "A2"]),
    st.sampled_from(["Ann", "ann", "Bob"]),
    st.sampled_from([(), ("vip",), ("Small",), ("vip", "small")]),
    st.sampled_from(["GB", "DE", ""]),
    st.sampled_from(["GBP", "EUR"]),
    st.sampled_from(["49.99", "50.00", "99.99", "100.00", "199.99", "200.00"]),
    st.booleans(),
)


def facts_of(drawn):
    """An account with one overdue invoice as it was drawn, that paid six before or none."""
    account_id, name, groups, country, currency, amount, known = drawn
    account = Account(
        account_id=account_id,
        name=name,
        people=(Person(email="x@customer.example"),),
        groups=groups,
        country=country,
    )
    paid = [settled(f"S{n}", 6, 30 + n, account_id=account_id) for n in range(6)]
    return snapshot(
        invoice("I1", 9, amount, currency=currency, account_id=account_id),
        account=account,
        settled=tuple(paid if known else ()),
    )


def two(first: Condition, second: Condition):
    """A policy with these two segments on two ladders."""
    return policy(
        ladders=(ladder(), ladder(FRIENDLY, name="one"), ladder(FIRM, name="two")),
        segments=(
            Segment(name="first", when=first, ladder="one"),
            Segment(name="second", when=second, ladder="two"),
        ),
    )


def of(rules, facts) -> str:
    """The segment of the account."""
    return decide(facts, rules, context())[0].segment


@settings(max_examples=150, deadline=None)
@given(first=CONDITIONS, second=CONDITIONS, drawn=st.lists(FACTS, min_size=4, max_size=8))
def test_a_covered_segment_takes_nobody(first, second, drawn) -> None:
    """Called dead: no account reaches it. Called apart: no account fits both."""
    rules, turned = two(first, second), two(second, first)
    covered = any(said.startswith("segment second:") for said in dead_rules(rules))
    shared = any("can fit first, too" in said for said in overlaps(rules))
    for facts in map(facts_of, drawn):
        fits_both = of(rules, facts) == of(turned, facts) == "first"
        if covered:
            assert of(rules, facts) != "second"
        if not covered and not shared:
            assert not fits_both


def test_a_segment_behind_itself_is_dead() -> None:
    """The same condition twice: the second is told to be dead, with what to do."""
    when = Condition(groups=("vip",))
    [said] = [one for one in dead_rules(two(when, when)) if one.startswith("segment second")]
    assert "put it first, or narrow the other" in said
    wide = dead_rules(two(Condition(groups=("vip",), overdue_at_least=Decimal(100)), when))
    assert not any(one.startswith("segment second") for one in wide)


@st.composite
def ladders(draw):
    """Valid steps: heads-ups that come nearer, then steps by age or by the step before."""
    ahead = draw(st.lists(st.integers(1, 30), max_size=2, unique=True))
    steps = [
        Step(name=f"soon{days}", tone=Tone.HEADS_UP, before_due=days)
        for days in sorted(ahead, reverse=True)
    ]
    late = draw(st.integers(1, 20))
    for number in range(draw(st.integers(1, 4))):
        by_age = number == 0 or draw(st.booleans())
        timing = {"after_due": late} if by_age else {"after_previous": draw(st.integers(1, 15))}
        steps.append(Step(name=f"step{number}", tone=Tone.FIRM, **timing))
        late += draw(st.integers(1, 20))
    return Ladder(name="usual", steps=tuple(steps))


@settings(max_examples=80, deadline=None)
@given(made=ladders(), gap=st.integers(1, 9))
def test_a_step_is_due_on_its_day_and_not_the_day_before(made, gap) -> None:
    """Whatever the ladder: contact on the first day, none before it, and still due after it."""
    rules = policy(ladders=(made,), restraint=replace(OPEN_ALWAYS, min_gap=gap))
    assume(not problems(rules))
    stops = {stop.step: stop.day for stop in timeline(made, min_gap=gap)}
    heads_up = [step for step in made.steps if step.before_due is not None]
    assume(all(stops[step.name] == -(step.before_due or 0) for step in heads_up))  # else it lapses
    found = {(e.place, e.side): e.decision for e in edges(rules, currency="GBP", today=TODAY)}
    for step in made.steps:
        on_it = found[f"step {step.name}", "on its day"]
        assert (on_it.action, on_it.step) == (Action.CONTACT, step.name)
        before = found[f"step {step.name}", "the day before"]
        assert before.action is not Action.CONTACT


@settings(max_examples=60, deadline=None)
@given(made=ladders())
def test_the_timeline_says_the_same_days(made) -> None:
    """With no gap to keep, the drawn day of each step is the day on which it is first due."""
    rules = policy(ladders=(made,))
    assume(not problems(rules))
    days = [stop.day for stop in timeline(made, min_gap=0)]
    assert days == sorted(days)
    for step, stop in zip(made.steps, timeline(made, min_gap=0), strict=True):
        if step.after_due is not None and step.after_previous is None:
            assert stop.day >= step.after_due
        if step.before_due is not None:
            assert stop.day == -step.before_due


def test_amounts_are_tried_a_cent_to_each_side() -> None:
    """Below the minimum nothing, at it and above it contact; the sides are named."""
    rules = policy(minimum=(("GBP", Decimal("10.00")),))
    found = {
        e.side: e.decision.action
        for e in edges(rules, currency="GBP", today=TODAY)
        if e.place == "minimum"
    }
    assert {side: str(action) for side, action in found.items()} == {
        "a cent below, 9.99": "none",
        "exactly, 10.00": "contact",
        "a cent above, 10.01": "contact",
    }


def test_coverage_names_what_no_case_reached() -> None:
    """A step that was waited for is not reached; one that was taken is, and its segment too."""
    rules = two(Condition(groups=("vip",)), Condition(groups=("small",)))
    taken = one(invoice("I1", 9), rules=policy(ladders=rules.ladders))
    covered = coverage(rules, [taken])
    assert "step usual.friendly" in covered.reached
    assert {"segment first", "segment second", "step usual.firm"} <= set(covered.missed)
    assert coverage(rules, []).reached == ()


def treatment(action: str, step: str = "", reason: str = "between_steps", asked: str = ""):
    """How a policy treats an account."""
    return Treatment(action=Action(action), step=step, reason=reason, asked=asked)


def test_each_change_has_one_kind_and_they_are_counted() -> None:
    """Contacted, left alone, another step, another amount, another reason: in this order."""
    contacted = treatment("contact", "friendly", "step_due", "10")
    pairs = {
        Kind.CONTACTED: (treatment("none"), contacted),
        Kind.LEFT_ALONE: (contacted, treatment("hold", reason="cap")),
        Kind.STEP: (contacted, treatment("contact", "firm", "step_due", "10")),
        Kind.AMOUNT: (contacted, treatment("contact", "friendly", "step_due", "9")),
        Kind.CHARGES: (contacted, replace(contacted, charges="5.00")),
        Kind.REASON: (treatment("none"), treatment("hold", reason="cap")),
    }
    found = [
        Change(account_id="A", account="A", currency="GBP", before=before, after=after)
        for before, after in pairs.values()
    ]
    assert [kind_of(change) for change in found] == list(pairs)
    assert counted([*found, found[0]]) == [(kind, 1 + (kind is Kind.CONTACTED)) for kind in Kind]
