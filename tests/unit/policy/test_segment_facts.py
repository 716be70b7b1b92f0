"""Each fact that a segment may ask for, at its edge, and how conditions cover each other."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.policy.check import problems
from syncer.policy.covering import covers, may_meet
from syncer.policy.relationship import relationship
from syncer.policy.rules import Condition, Policy, Segment
from syncer.policy.strategy import DirectDebit

from .make import CUSTOMER, TODAY, context, credit, days, invoice, ladder, one, policy, settled

OTHER = ladder(name="other")


def with_segment(**when: Any) -> Policy:
    """A policy whose one segment moves who fits to the other ladder."""
    segment = Segment(name="s", when=Condition(**when), ladder="other")
    return policy(ladders=(ladder(), OTHER), segments=(segment,))


def fits(*items: Any, when: dict[str, Any], **facts: Any) -> bool:
    """Whether the account is in the segment."""
    return one(*(items or (invoice(),)), rules=with_segment(**when), **facts).segment == "s"


@pytest.mark.parametrize(
    ("amount", "at_least", "below"), [("99.99", False, True), ("100.00", True, False)]
)
def test_size_is_the_net_position_due_or_not(amount: str, at_least: bool, below: bool) -> None:
    """The limit compares what is open, due or not, less what is held and credited."""
    items = (invoice(amount="50.00"), invoice("I2", late=-9, amount="70.00"))
    with_credit = (*items, credit("C1", str(Decimal("120.00") - Decimal(amount))))
    assert fits(*with_credit, when={"net_at_least": Decimal(100)}) is at_least
    assert fits(*with_credit, when={"net_below": Decimal(100)}) is below


@pytest.mark.parametrize(("age", "at_least"), [(89, False), (90, True), (91, True)])
def test_age_counts_from_the_first_invoice_that_is_known(age: int, at_least: bool) -> None:
    """Open or paid, by the day it was issued, in any currency."""
    paid = settled("S1", late=0, issued_on=TODAY - days(age), currency="EUR")
    facts = {"settled": (paid,)}
    young = invoice(issued_on=TODAY - days(37))
    assert fits(young, when={"known_for_at_least": 90}, **facts) is at_least
    assert fits(young, when={"known_for_below": 90}, **facts) is not at_least


def test_the_day_on_which_an_account_is_old_enough_is_looked_at() -> None:
    """A segment by age names the day on which it takes the account, or lets it go."""
    rules = with_segment(known_for_at_least=90)
    item = invoice(late=1, issued_on=TODAY - days(86))
    assert one(item, rules=rules).next_look_on == TODAY + days(4)
    then = one(replace(item), rules=rules, at=context(TODAY + days(4)))
    assert then.segment == "s"


@pytest.mark.parametrize(
    ("items", "paid", "first"),
    [
        ((invoice(),), (), True),
        ((invoice(),), (settled("S1", 0),), False),
        ((invoice(), invoice("I2")), (), False),
        ((invoice(), credit("C1", "5.00")), (), True),
        ((invoice(),), (settled("I1", 0),), True),
    ],
)
def test_the_first_invoice_is_the_only_one_known(items: Any, paid: Any, first: bool) -> None:
    """Paid ones count; credits do not; a part-paid invoice is one invoice."""
    assert fits(*items, when={"first_invoice": True}, settled=paid) is first
    assert fits(*items, when={"first_invoice": False}, settled=paid) is not first


def history(*late: int) -> tuple[Any, ...]:
    """Paid invoices, the last of them paid most lately."""
    count = len(late)
    return tuple(settled(f"S{n}", late=x, ago=10 * (count - n)) for n, x in enumerate(late))


@pytest.mark.parametrize(
    ("late", "at_least", "below"),
    [
        ((0, 0, 0, 9, 9, 9), True, False),
        ((0, 0, 0, 0, 9, 9), False, True),
        ((9, 9, 9, 9, 9), False, False),  # five are too few to say
    ],
)
def test_the_share_paid_late(late: Any, at_least: bool, below: bool) -> None:
    """Invoices paid after their due date, of those paid; thin history fits neither side."""
    given_history = {"settled": history(*late)}
    half = Decimal("0.5")
    assert fits(when={"late_share_at_least": half}, **given_history) is at_least
    assert fits(when={"late_share_below": half}, **given_history) is below


@pytest.mark.parametrize(
    ("late", "fit"),
    [((1, 1, 1, 6, 6, 6), True), ((1, 1, 1, 5, 5, 5), False), ((6, 6, 6, 1, 1, 1), False)],
)
def test_getting_later(late: Any, fit: bool) -> None:
    """The median of the newer half against that of the older one."""
    assert fits(when={"later_by_at_least": 5}, settled=history(*late)) is fit


@given(
    late=st.lists(st.integers(0, 40), min_size=6, max_size=20),
    place=st.integers(0, 19),
    more=st.integers(1, 30),
)
def test_later_payment_never_lowers_the_share_paid_late(
    late: list[int], place: int, more: int
) -> None:
    """The share is monotone in each payment's lateness."""
    worse = [x + more if n == place % len(late) else x for n, x in enumerate(late)]
    before, after = (
        relationship((), history(*values), habit_min=6).late_share for values in (late, worse)
    )
    assert before is not None
    assert after is not None
    assert before <= after


@pytest.mark.parametrize(
    ("language", "wanted", "fit"),
    [
        ("de", ("de",), True),
        ("de-CH", ("de",), True),
        ("de_CH", ("de-CH",), True),
        ("de", ("de-CH",), False),
        ("den", ("de",), False),
        ("", ("de",), False),
    ],
)
def test_language(language: str, wanted: Any, fit: bool) -> None:
    """A plain language takes its regions; a region takes only itself."""
    account = replace(CUSTOMER, language=language)
    assert fits(when={"languages": wanted}, account=account) is fit


def test_direct_debit_is_a_fact_of_segments() -> None:
    """A segment may ask for a mandate that is active, or for none."""
    rules = replace(with_segment(direct_debit=True), direct_debit=DirectDebit(groups=("DD",)))
    assert one(invoice(), rules=rules, account=replace(CUSTOMER, groups=("dd",))).segment == "s"
    assert one(invoice(), rules=rules).segment == ""


WIDE_AND_NARROW = [
    ({"net_at_least": Decimal(5)}, {"net_at_least": Decimal(6)}),
    ({"known_for_below": 90}, {"known_for_below": 30}),
    ({"languages": ("de",)}, {"languages": ("de-CH",)}),
    ({"groups": ("vip", "a")}, {"groups": ("VIP",)}),
    ({"late_share_at_least": Decimal("0.1")}, {"late_share_at_least": Decimal("0.5")}),
    ({"direct_debit": True}, {"direct_debit": True, "first_invoice": True}),
]


@pytest.mark.parametrize(("wide", "narrow"), WIDE_AND_NARROW)
def test_a_segment_that_is_never_reached_is_told(wide: Any, narrow: Any) -> None:
    """Every fact counts when an earlier segment is compared with a later one."""
    assert covers(Condition(**wide), Condition(**narrow))
    assert not covers(Condition(**narrow), Condition(**wide))
    first = Segment(name="first", when=Condition(**wide), ladder="other")
    second = Segment(name="second", when=Condition(**narrow), ladder="other")
    rules = policy(ladders=(ladder(), OTHER), segments=(first, second))
    assert any("never reached" in said for said in problems(rules))
    rules = replace(rules, segments=(second, first))
    assert not any("never reached" in said for said in problems(rules))


@pytest.mark.parametrize("name", [n for n in Condition.__struct_fields__ if n != "accounts"])
def test_a_condition_on_any_fact_does_not_cover_one_without_it(name: str) -> None:
    """No fact of a condition is forgotten: the wide one must not ask for what the other leaves."""
    values: dict[str, Any] = {
        "groups": ("a",),
        "countries": ("GB",),
        "currencies": ("GBP",),
        "languages": ("de",),
    }
    value = values.get(name, True if name in _FLAGS else Decimal("0.5"))
    assert not covers(Condition(**{name: value}), Condition(accounts=("A1",)))


_FLAGS = ("first_time", "first_invoice", "direct_debit")


def test_conditions_that_cannot_meet() -> None:
    """A range that ends where the other begins, and opposite marks, fit no account together."""
    small, large = Condition(net_below=Decimal(9)), Condition(net_at_least=Decimal(9))
    assert not may_meet(small, large)
    assert may_meet(Condition(net_below=Decimal(10)), large)
    assert not may_meet(Condition(direct_debit=True), Condition(direct_debit=False))


def test_order_of_items_and_history_changes_nothing() -> None:
    """What is known of a relationship does not depend on the order in which it was told."""
    paid = history(3, 0, 8, 2, 9, 1)
    items = (invoice(), invoice("I2", late=3))
    one_way = relationship(items, paid, habit_min=6)
    assert one_way == relationship(items[::-1], paid[::-1], habit_min=6)
    assert one_way.since == date(2026, 4, 8)
