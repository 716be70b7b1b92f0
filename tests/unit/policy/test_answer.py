"""Every open item gets one answer, and the answers come to what is open, to the cent."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.hold import HoldKind
from syncer.model.ledger import ItemKind
from syncer.policy.answer import answers
from syncer.policy.decide import decide

from .make import TODAY, contact, context, credit, hold, invoice, policy, snapshot

RULES = policy(minimum=(("*", Decimal(20)),))
ITEMS = st.lists(
    st.builds(
        lambda kind, late, cents, currency: (kind, late, Decimal(cents) / 100, currency),
        st.sampled_from(ItemKind),
        st.one_of(st.none(), st.integers(-20, 60)),
        st.integers(0, 30_000),
        st.sampled_from(["GBP", "EUR"]),
    ),
    max_size=8,
)
HOLDS = st.lists(
    st.tuples(
        st.sampled_from(HoldKind), st.integers(-1, 7), st.one_of(st.none(), st.integers(1, 200))
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(items=ITEMS, holds=HOLDS, spoken=st.booleans())
def test_the_answers_come_to_what_is_open(items, holds, spoken) -> None:
    """Whatever is open, held or spoken about: one line an item, with a sentence, nothing lost."""
    made = [
        invoice(f"I{number}", late, str(amount), kind=kind, currency=currency)
        for number, (kind, late, amount, currency) in enumerate(items)
    ]
    held = tuple(
        hold(
            kind,
            hold_id=f"H{number}",
            item_id=f"I{item}" if item >= 0 else "",
            amount=None if part is None else Decimal(part),
            ends_on=TODAY + timedelta(days=9),
        )
        for number, (kind, item, part) in enumerate(holds)
    )
    facts = snapshot(*made, holds=held, contacts=(contact("friendly", 3, "I0"),) if spoken else ())
    told = [
        answer
        for decision in decide(facts, RULES, context())
        for answer in answers(decision, facts, RULES, context())
    ]
    assert sorted(one.item_id for one in told) == sorted(one.item_id for one in made)
    assert all(one.sentence.strip() for one in told)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one in told:
        sums[one.currency] += Decimal(one.amount)
    for item in made:
        sums[item.currency] -= item.open if item.kind is ItemKind.INVOICE else -item.open
    assert set(sums.values()) <= {Decimal(0)}


def test_each_item_is_told_by_its_own_reason() -> None:
    """One customer, four invoices, four different sentences."""
    facts = snapshot(
        invoice("LATE", 8),
        invoice("SOON", -5),
        invoice("HELD", 20),
        invoice("EVER", None),
        credit("CN", "10.00"),
        holds=(hold(HoldKind.DISPUTE, item_id="HELD", reason="Wrong goods"),),
    )
    (decision,) = decide(facts, RULES, context())
    told = {one.item_id: one for one in answers(decision, facts, RULES, context())}
    assert told["LATE"].code == "step_due"
    assert told["SOON"].sentence == f"It is due on {TODAY + timedelta(days=5)}."
    assert "Wrong goods" in told["HELD"].sentence
    assert told["EVER"].code == "no_due_date"
    assert (told["CN"].code, told["CN"].amount) == ("netted", "-10.00")
