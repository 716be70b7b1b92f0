"""lint tells beforehand what the law would refuse, and proves that limits to contact hold."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.policy.law.caps import legal_caps, with_caps
from syncer.policy.limits import breach_of
from syncer.policy.rules import Cap, Restraint
from syncer.settings import Settings, lint
from syncer.settings.law_lint import packs_used
from syncer.settings.lawpacks import shipped_packs

TODAY = date(2026, 11, 22)
EVERY_DAY = "restraint: {min_gap: 1d, caps: [{contacts: 30, within: 30d}], weekdays: [mon, sat]}"


@pytest.fixture
def told(load: Callable[..., Settings], minimal: str) -> Callable[..., list[str]]:
    """The warnings about one policy."""

    def warnings(*lines: str, today: date = TODAY) -> list[str]:
        text = minimal + "    policy: p\npolicies:\n  p:\n    use: standard\n"
        found = lint(load(text + "".join(f"    {line}\n" for line in lines)), today=today)
        return [f"{one.path}: {one.text}" for one in found if one.path.startswith("policies.p")]

    return warnings


def test_a_pack_past_its_review_is_told(told: Callable[..., list[str]]) -> None:
    """On its last day it is in order, the day after it is not."""
    last = next(pack.review_by for pack in shipped_packs() if pack.name == "uk")
    assert told("law: uk", today=last) == []
    late = told("law: uk", today=last + timedelta(days=1))
    assert len(late) == 1
    assert late[0].startswith(
        "policies.p.law: law pack uk 2026.11 was to be reviewed by 2027-01-31;"
    )


def test_a_scale_that_does_not_say_where_it_ends_is_told(
    load: Callable[..., Settings], minimal: str
) -> None:
    """Checked or not, the shipped Dutch row charges nothing: lint says so and what to do."""
    text = minimal + (
        "    policy: p\nlaw:\n  checked: [{row: nl.collection_costs, on: 2026-11-20, by: Anna}]\n"
        "policies:\n  p:\n    use: standard\n    law: nl\n    charges:\n      debtor: business\n"
        "      steps: [final]\n      collection_costs: true\n"
    )
    said = [one.text for one in lint(load(text), today=TODAY) if "collection" in str(one.path)]
    assert said == [
        (
            "nothing from a business: nl.collection_costs does not say up to which "
            "amount its 15 % hold; give its bands in a pack of your own"
        )
    ]


def test_charges_that_rest_on_unchecked_or_missing_rows_are_told(
    told: Callable[..., list[str]],
) -> None:
    """The row by name, the day without a rate, and what to do."""
    found = told(
        "law: uk",
        "charges:",
        "  debtor: business",
        "  steps: [final]",
        "  compensation: true",
        "  interest: {basis: statutory}",
    )
    assert any("compensation: nothing from a business: uk.compensation" in one for one in found)
    assert any("no row gives the rate of pack uk for 2026-11-22" in one for one in found)
    assert len(found) == 2


def test_a_customer_of_unknown_kind_is_told(told: Callable[..., list[str]]) -> None:
    """Nothing is charged where nobody says who owes."""
    (found,) = told("charges:", "  steps: [final]", '  fee: {amount: {EUR: "5.00"}}')
    assert "nobody says whether customers are businesses or consumers" in found


def test_a_fee_over_the_limit_is_told(told: Callable[..., list[str]]) -> None:
    """Amount, count and gap of the Danish limit, each with what happens instead."""
    found = told(
        "law: dk",
        "charges:",
        "  debtor: business",
        "  steps: [friendly, second, formal, final]",
        '  fee: {amount: {DKK: "150.00"}}',
    )
    assert [one.partition("fee: ")[2].partition(":")[0] for one in found] == [
        "150.00 DKK is more than dk.fee_cap.reminder allows",
        "dk.fee_cap.reminder lets 3 reminders cost a fee",
        "dk.fee_cap.reminder wants 10 days between notices, restraint.min_gap is 5",
    ]


def test_charges_that_have_to_be_agreed_are_told(told: Callable[..., list[str]]) -> None:
    """The United States' pack wants them in the contract first."""
    fee = ("charges:", "  debtor: business", "  steps: [final]", '  fee: {amount: {USD: "5.00"}}')
    assert any("agreed: true" in one for one in told("law: us", *fee))
    assert not any("agreed: true" in one for one in told("law: us", *fee, "  agreed: true"))


def test_a_final_message_without_a_hand_over_is_told(told: Callable[..., list[str]]) -> None:
    """A threat that nothing follows is no threat: the ladder needs a step that hands over."""
    ladder = (
        "default_ladder: own",
        "ladders:",
        "  own:",
        "    steps:",
        "      - {name: last, tone: final, after_due: 9d}",
    )
    (found,) = told(*ladder)
    assert found.startswith("policies.p.ladders.own: a final message calls itself the last")
    assert (
        told(*ladder, "      - {name: call, tone: final, after_previous: 9d, channel: task}") == []
    )


def test_the_limits_of_the_law_are_merged_and_proven(
    load: Callable[..., Settings], minimal: str
) -> None:
    """A policy that would write every day keeps Australia's limits, unverified as they are."""
    text = f"{minimal}    policy: p\npolicies:\n  p:\n    use: standard\n    {EVERY_DAY}\n"
    loose, bound = load(text), load(f"{text}    law: au\n")
    own = loose.policy_for("north").restraint
    assert bound.policy_for("north").restraint.caps == with_caps(own, AU).caps
    assert not [one for one in lint(bound, today=TODAY) if "au.rg96" in one.text]
    (said,) = packs_used(bound)
    assert "au 2026.11" in said
    assert "3 in 7 days (au.rg96.week)" in said


AU = legal_caps(shipped_packs(), "au")


@given(
    gap=st.integers(1, 9),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    own=st.builds(Cap, contacts=st.integers(1, 40), days=st.integers(1, 60)),
    start=st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)
def test_no_restraint_with_a_law_can_pass_its_limits(
    gap: int, weekdays: set[int], own: Cap, start: date
) -> None:
    """Whatever the user writes: over 40 days none of the merged limits can be passed."""
    restraint = Restraint(min_gap=gap, caps=(own,), weekdays=tuple(sorted(weekdays)))
    bound = with_caps(restraint, AU)
    assert [breach_of(bound, cap, start, 40) for cap in AU] == [None] * len(AU)


AWAY = (
    "default_ladder: mine",
    "ladders:",
    "  mine:",
    "    steps:",
    "      - {name: friendly, tone: friendly, after_due: 7d}",
    "      - {name: away, tone: final, after_due: 60d, channel: task, hand_over: %s}",
)


def away(to: str) -> tuple[str, ...]:
    """A ladder whose last step hands over."""
    return tuple(line % to if "%s" in line else line for line in AWAY)


def test_a_policy_laxer_than_its_pack_is_told(told: Callable[..., list[str]]) -> None:
    """Each condition of the row that the policy does not ask for, and what to write."""
    found = told("law: au", *away("agency"), "hand_over: {undisputed: false}")
    assert [one.partition("hand_over: ")[2].partition(",")[0] for one in found] == [
        "amount_at_least is 0",
        "late_at_least is 0d",
        "late_below is empty",
        "undisputed is false",
    ]
    assert 'write amount_at_least: "100.00"' in found[0]
    strict = 'hand_over: {amount_at_least: "100.00", late_at_least: 45d, late_below: 1460d}'
    assert told("law: au", *away("agency"), strict) == []
    assert told("law: au") == []  # its last step hands nothing over


def test_a_step_that_the_law_never_lets_come_is_told(told: Callable[..., list[str]]) -> None:
    """A letter before court has to be formal, and this ladder has none; an agency needs none."""
    strict = 'hand_over: {amount_at_least: "250.00", late_at_least: 31d}'
    found = told("law: uk", *away("legal"), strict)
    assert [one.partition(": ")[0] for one in found] == ["policies.p.ladders.mine"] * 2
    assert all("wants a formal notice, and no step before 'away'" in one for one in found)
    assert told("law: uk", *away("agency"), strict) == []
