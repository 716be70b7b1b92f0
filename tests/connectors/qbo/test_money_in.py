"""Payments that are edited, voided or worth nothing, and the credit memos that they apply.

Every case is read whole, by its changes, and by changes in which QuickBooks does not tell the
invoices themselves: that a payment moves an invoice's time is documented nowhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.quickbooks.facts import credit_id, payment_id
from syncer.model.ledger import Page, Settled
from syncer.sandbox import receipts
from syncer.sandbox.records import Document, Kind, Receipt, Status

from .altered import Altered, Answer
from .bench import Bench, cursors_of, items_of

MONEY, CREDIT = Decimal("100.00"), Decimal("60.00")
Known = dict[str, Decimal]


@dataclass
class Till:
    """One customer's two invoices of 100.00, a credit memo of 60.00, and who applies what."""

    bench: Bench
    one: Document
    two: Document
    memo: Document

    @classmethod
    def of(cls, bench: Bench) -> "Till":
        ledger = bench.world.main
        like = ledger.open_invoices()[0]
        made = [
            _document(bench, like, kind, number, total)
            for kind, number, total in (
                (Kind.INVOICE, "T-1", MONEY),
                (Kind.INVOICE, "T-2", MONEY),
                (Kind.CREDIT_NOTE, "T-C", CREDIT),
            )
        ]
        return cls(bench, *made)

    def take(self, total: str, *parts: tuple[Document, str]) -> Receipt:
        """The customer pays, or applies credit."""
        ledger = self.bench.world.main
        return receipts.take(
            ledger,
            self.one.contact_id,
            Decimal(total),
            [(doc, Decimal(amount)) for doc, amount in parts],
            on=ledger.today(),
            currency=self.one.currency,
            account="090",
        )

    def edit(self, receipt: Receipt, total: str, *parts: tuple[Document, str]) -> None:
        """Somebody corrects it."""
        applied = [(doc, Decimal(amount)) for doc, amount in parts]
        receipts.apply_anew(self.bench.world.main, receipt, Decimal(total), applied)

    def void(self, receipt: Receipt) -> None:
        """Somebody voids it: it stays, with nothing in it."""
        receipts.cancel(self.bench.world.main, receipt, void=True)

    def known(self, events: list[Any], before: list[Any] | None = None) -> Known:
        """What is known to be open on these three and on payments, by the names used here."""
        items = items_of(events, items_of(before) if before is not None else None)
        number = self.bench.company.txn_id
        names = {
            number(self.one.doc_id): "one",
            number(self.two.doc_id): "two",
            credit_id(number(self.memo.doc_id)): "memo",
        }
        prefix = payment_id("")
        return {
            names.get(key, "money"): item.open
            for key, item in items.items()
            if key in names or key.startswith(prefix)
        }


def _document(bench: Bench, like: Document, kind: Kind, number: str, total: Decimal) -> Document:
    ledger, now = bench.world.main, bench.clock()
    doc = Document(
        doc_id=ledger.books.new_id(),
        kind=kind,
        number=number,
        contact_id=like.contact_id,
        status=Status.OPEN,
        currency=like.currency,
        total=total,
        issued_on=ledger.today(),
        created_at=now,
        changed_at=now,
        booked_at=now,
    )
    ledger.enter(doc)
    return doc


def _move(till: Till) -> Callable[[], None]:
    receipt = till.take("100", (till.one, "100"))
    return lambda: till.edit(receipt, "100", (till.two, "100"))


def _lower(till: Till) -> Callable[[], None]:
    receipt = till.take("100", (till.one, "100"))
    return lambda: till.edit(receipt, "35.50", (till.one, "35.50"))


def _unapply(till: Till) -> Callable[[], None]:
    receipt = till.take("100", (till.one, "100"))
    return lambda: till.edit(receipt, "100", (till.one, "70"))


def _void(till: Till) -> Callable[[], None]:
    receipt = till.take("150", (till.one, "100"), (till.two, "30"))
    return lambda: till.void(receipt)


def _credit(till: Till) -> Callable[[], None]:
    return lambda: _take(till, "0", (till.one, "45.25"), (till.memo, "45.25"))


def _whole_credit(till: Till) -> Callable[[], None]:
    return lambda: _take(till, "40", (till.one, "100"), (till.memo, "60"))


def _move_credit(till: Till) -> Callable[[], None]:
    receipt = till.take("0", (till.one, "60"), (till.memo, "60"))
    return lambda: till.edit(receipt, "0", (till.two, "25"), (till.memo, "25"))


def _void_credit(till: Till) -> Callable[[], None]:
    receipt = till.take("0", (till.one, "60"), (till.memo, "60"))
    return lambda: till.void(receipt)


def _delete_credit(till: Till) -> Callable[[], None]:
    receipt = till.take("0", (till.one, "60"), (till.memo, "60"))
    ledger = till.bench.world.main
    return lambda: _do(receipts.cancel, ledger, receipt, void=False)


def _take(till: Till, total: str, *parts: tuple[Document, str]) -> None:
    till.take(total, *parts)


def _do(change: Callable[..., object], *args: object, **more: object) -> None:
    change(*args, **more)


CASES: list[tuple[Callable[[Till], Callable[[], None]], Known]] = [
    (_move, {"one": MONEY, "memo": CREDIT}),
    (_lower, {"one": Decimal("64.50"), "two": MONEY, "memo": CREDIT}),
    (
        _unapply,
        {"one": Decimal(30), "two": MONEY, "memo": CREDIT, "money": Decimal(30)},
    ),
    (_void, {"one": MONEY, "two": MONEY, "memo": CREDIT}),
    (_credit, {"one": Decimal("54.75"), "two": MONEY, "memo": Decimal("14.75")}),
    (_whole_credit, {"two": MONEY}),
    (_move_credit, {"one": MONEY, "two": Decimal(75), "memo": Decimal(35)}),
    (_void_credit, {"one": MONEY, "two": MONEY, "memo": CREDIT}),
    (_delete_credit, {"one": MONEY, "two": MONEY, "memo": CREDIT}),
]
NAMES = [case.__name__.strip("_") for case, _ in CASES]


@pytest.mark.parametrize(("case", "left"), CASES, ids=NAMES)
def test_a_whole_read_knows_what_is_left(
    case: Callable[[Till], Callable[[], None]], left: Known
) -> None:
    """What is open on invoices, credit memos and payments is exactly what was left on them."""
    till = Till.of(Bench(invoices=20, accounts=4))
    case(till)()
    assert till.known(till.bench.pull()) == left


@pytest.mark.parametrize("quiet", [False, True], ids=["told", "not told"])
@pytest.mark.parametrize(("case", "left"), CASES, ids=NAMES)
def test_changes_know_what_is_left(
    case: Callable[[Till], Callable[[], None]], left: Known, *, quiet: bool
) -> None:
    """The same by changes, also when only the payment shows among them."""
    till = Till.of(Bench(invoices=20, accounts=4))
    change = case(till)
    till.bench.world.advance(hours=2)
    first = till.bench.pull()
    till.bench.world.advance(minutes=30)
    docs = (till.one, till.two, till.memo)
    before = [doc.changed_at for doc in docs]
    change()
    if quiet:
        for doc, at in zip(docs, before, strict=True):
            doc.changed_at = at
    till.bench.world.advance(minutes=30)
    second = till.bench.pull(cursors_of(first))
    assert till.known(second, first) == left


def _settled(events: list[Any]) -> list[Settled]:
    return [one for e in events if isinstance(e, Page) for one in e.settled]


@pytest.mark.parametrize("late", [False, True], ids=["whole", "by changes"])
def test_an_invoice_settled_by_credit_and_money_is_paid_on_the_last_day(*, late: bool) -> None:
    """Credit applied through a payment of nothing pays too: the day of the last one counts."""
    till = Till.of(Bench(invoices=20, accounts=4))
    till.take("0", (till.one, "60"), (till.memo, "60"))
    till.bench.world.advance(days=3)
    first = till.bench.pull()
    till.bench.world.advance(hours=1)
    till.take("40", (till.one, "40"))
    last: date = till.bench.world.main.today()
    till.bench.world.advance(hours=1)
    events = till.bench.pull(cursors_of(first)) if late else till.bench.pull()
    mine = till.bench.company.txn_id(till.one.doc_id)
    [settled] = [one for one in _settled(events) if one.item_id == mine]
    assert (settled.amount, settled.paid_on) == (MONEY, last)
    assert settled.issued_on == last - timedelta(days=3)


def test_an_invoice_that_is_open_again_is_no_longer_settled() -> None:
    """A voided payment leaves no trace in the payment history of a whole read."""
    till = Till.of(Bench(invoices=20, accounts=4))
    receipt = till.take("100", (till.one, "100"))
    mine = till.bench.company.txn_id(till.one.doc_id)
    assert [one.item_id for one in _settled(till.bench.pull())] == [mine]
    till.void(receipt)
    assert _settled(till.bench.pull()) == []


def test_an_invoice_that_only_its_credit_memo_tells_is_read_again() -> None:
    """Where a credit memo itself names the invoice it was used on, that one is asked for."""

    def only_the_memo(answer: Answer) -> None:
        if not answer.path.endswith("/cdc"):
            return
        said = json.loads(answer.body)
        told = {k: v for part in said["CDCResponse"][0]["QueryResponse"] for k, v in part.items()}
        for row in told["CreditMemo"]:
            row["LinkedTxn"] = [{"TxnId": number(till.one.doc_id), "TxnType": "Invoice"}]
        said["CDCResponse"][0]["QueryResponse"] = [{"CreditMemo": told["CreditMemo"]}]
        answer.body = json.dumps(said).encode()

    till = Till.of(Altered(only_the_memo, invoices=20, accounts=4))
    number = till.bench.company.txn_id
    till.bench.world.advance(hours=2)
    first = till.bench.pull()
    till.bench.world.advance(minutes=30)
    till.bench.world.main.allocate(till.memo, till.one, Decimal("12.50"))
    till.bench.world.advance(minutes=30)
    second = till.bench.pull(cursors_of(first))
    left = {"one": Decimal("87.50"), "two": MONEY, "memo": Decimal("47.50")}
    assert till.known(second, first) == left


@pytest.mark.parametrize("quiet", [False, True], ids=["told", "not told"])
def test_credit_that_is_applied_costs_at_most_three_reads(*, quiet: bool) -> None:
    """The payment of nothing names both sides: no list is read whole for it."""
    till = Till.of(Bench(invoices=3000, accounts=400))
    till.bench.world.advance(hours=2)
    first = till.bench.pull()
    till.bench.world.advance(minutes=30)
    before = till.one.changed_at
    till.take("0", (till.one, "45.25"), (till.memo, "45.25"))
    if quiet:
        till.one.changed_at = till.memo.changed_at = before
    till.bench.world.advance(minutes=30)
    till.bench.seen.clear()
    till.bench.pull(cursors_of(first))
    assert len(till.bench.reads()) == (2 if quiet else 1)


@pytest.mark.parametrize("edited", [False, True])
def test_a_payment_from_just_before_the_last_answer(*, edited: bool) -> None:
    """It is told twice; only when it was changed in between may it have paid something else."""
    till = Till.of(Bench(invoices=20, accounts=4))
    till.bench.world.advance(hours=2)
    receipt = till.take("100", (till.one, "100"))
    till.bench.world.advance(minutes=2)
    first = till.bench.pull()
    till.bench.world.advance(minutes=30)
    before = till.one.changed_at
    if edited:
        till.edit(receipt, "100", (till.two, "100"))
        till.one.changed_at = before
    till.bench.world.advance(minutes=30)
    second = till.bench.pull(cursors_of(first))
    paid, left = ("two", "one") if edited else ("one", "two")
    known = till.known(second, first)
    assert (known[left], known.get(paid)) == (MONEY, None)
    everything = len(till.bench.world.main.open_invoices()) + 1
    assert (len(items_of(second)) == everything) == edited  # all that is open, or what was told


@pytest.mark.parametrize(("case", "left"), CASES, ids=NAMES)
def test_the_guard_knows_what_is_left(
    case: Callable[[Till], Callable[[], None]], left: Known
) -> None:
    """Right before a message leaves the account is as it is then, whatever the pull has seen."""
    till = Till.of(Bench(invoices=20, accounts=4))
    change = case(till)
    till.bench.world.advance(hours=2)
    source = till.bench.new_source()
    list(source.pull({}))
    change()
    account = till.bench.company.name_id(till.one.contact_id)
    facts = source.read_accounts([account])[account]
    number = till.bench.company.txn_id
    names = {
        number(till.one.doc_id): "one",
        number(till.two.doc_id): "two",
        credit_id(number(till.memo.doc_id)): "memo",
    }
    prefix = payment_id("")
    assert not facts.quarantined
    assert {
        names.get(item.item_id, "money"): item.open
        for item in facts.items
        if item.item_id in names or item.item_id.startswith(prefix)
    } == left
