"""Payments put on invoices: what is left is what was asked less what was paid, no cent lost."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connectors.tryton.entries import Entry
from connectors.tryton.netting import Netting, items_of
from syncer.model.ledger import ItemKind, OpenItem, Stop

DAYS = [date(2026, 11, day) for day in (1, 10, 20)]


def entry(line: int, amount: str, **more: object) -> Entry:
    """A line of one party; amounts above zero are owed."""
    known: dict[str, object] = {
        "line": line,
        "party": 1,
        "amount": Decimal(amount),
        "currency": "EUR",
        "rate": None,
        "due_on": DAYS[0],
        "number": f"N-{line}",
        "issued_on": DAYS[0],
        **more,
    }
    return Entry(**known)  # type: ignore[arg-type]


def asked(line: int, amount: str, **more: object) -> Entry:
    """A line that invoice 7 asks for."""
    return entry(line, amount, invoice=7, **more)


def paid(line: int, amount: str, **more: object) -> Entry:
    """A payment put on invoice 7."""
    return entry(line, f"-{amount}", put_on=7, **more)


def left(items: Iterable[OpenItem]) -> dict[str, Decimal]:
    """What is open by item, credit below zero."""
    return {
        item.item_id: item.open if item.kind is ItemKind.INVOICE else -item.open for item in items
    }


def test_payments_pay_the_instalment_that_is_due_first() -> None:
    """Whatever the order in which lines were read."""
    lines = [asked(1, "100", due_on=DAYS[2]), asked(2, "100", due_on=DAYS[0]), paid(3, "130")]
    assert left(items_of(lines)) == {"1": Decimal(70)}


def test_what_was_paid_too_much_is_unused() -> None:
    """Its rest is an overpayment of the same account."""
    items = items_of([asked(1, "100"), paid(2, "130")])
    assert left(items) == {"2": Decimal(-30)}
    assert items[0].kind is ItemKind.OVERPAYMENT
    assert items[0].total == Decimal(130)


def test_money_in_another_currency_holds_the_invoice_and_is_not_converted() -> None:
    """Nobody is asked while it is not known how much of the invoice it pays."""
    items = items_of([asked(1, "100"), paid(2, "40", currency="USD")])
    assert left(items) == {"1": Decimal(100), "2": Decimal(-40)}
    assert [item.stop for item in items] == [Stop.OTHER_CURRENCY, None]


def test_a_refund_uses_up_its_credit_note() -> None:
    """Money paid out on a credit note is no debt of the customer's."""
    lines = [entry(1, "-60", invoice=7), entry(2, "60", put_on=7)]
    assert items_of(lines) == []


def test_a_draft_counts_where_it_lowers_what_is_asked_and_nowhere_else() -> None:
    """Nobody is asked for a draft; a draft of a payment is believed."""
    lines = [entry(1, "80", posted=False), asked(2, "50"), paid(3, "20", posted=False)]
    assert left(items_of(lines)) == {"2": Decimal(30)}


def test_a_blocked_line_is_stopped_and_its_sister_is_not() -> None:
    """The block of one instalment is no block of the other."""
    items = items_of([asked(1, "10", blocked=True), asked(2, "10")])
    assert {item.item_id: item.stop for item in items} == {"1": Stop.BLOCKED, "2": None}


def test_an_invoice_without_payments_passes_at_once() -> None:
    """Only what payments may change waits for the end of the list."""
    netting = Netting()
    netting.gather(paid(1, "5"))
    assert netting.instalment(asked(2, "10")) is None
    other = netting.instalment(entry(3, "10", invoice=8))
    assert other is not None
    assert other.item_id == "3"
    assert left(netting.rest()) == {"2": Decimal(5)}


amounts = st.decimals(min_value="0.01", max_value="9999.99", places=2).map(str)
entries = st.lists(
    st.one_of(
        st.builds(dict, kind=st.just("asked"), amount=amounts, due=st.sampled_from(DAYS)),
        st.builds(
            dict, kind=st.just("paid"), amount=amounts, currency=st.sampled_from(["EUR", "USD"])
        ),
        st.builds(dict, kind=st.just("free"), amount=amounts),
    ),
    max_size=12,
)


@given(entries, st.randoms(use_true_random=False))
def test_every_cent_is_kept_in_its_currency_and_nothing_turns_around(
    drawn: list[dict[str, object]], shuffle: object
) -> None:
    """Items sum to the lines, no invoice goes below zero, and the order does not matter."""
    lines = []
    for line, one in enumerate(drawn, start=1):
        amount = str(one["amount"])
        if one["kind"] == "asked":
            lines.append(asked(line, amount, due_on=one["due"]))
        elif one["kind"] == "paid":
            lines.append(paid(line, amount, currency=one["currency"]))
        else:
            lines.append(entry(line, f"-{amount}"))
    items = items_of(lines)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for one in lines:
        sums[one.currency] += one.amount
    for item in items:
        assert 0 < item.open <= item.total
        sums[item.currency] -= item.open if item.kind is ItemKind.INVOICE else -item.open
    assert not any(sums.values())
    debts = [one for one in lines if one.amount > 0 or one.put_on is None]
    again = list(debts)
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    payments = [one for one in lines if one not in debts]
    assert left(items_of([*again, *payments])) == left(items)
