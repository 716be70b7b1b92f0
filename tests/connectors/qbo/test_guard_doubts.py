"""The guard where QuickBooks' answers do not fit together: held accounts, never a broken ledger."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks import balances, wire
from syncer.model.ledger import AccountFacts, ItemKind, OpenItem
from syncer.sandbox import people
from syncer.sandbox.records import Contact, Document, Kind, Status

from .altered import Altered, Answer
from .bench import Bench

Row = dict[str, Any]


def _on_customers(change: Callable[[list[Row]], Iterable[Row]]) -> Callable[[Answer], None]:
    """Change the rows of every list of customers."""

    def changed(answer: Answer) -> None:
        if answer.path.endswith("/query") and b'"Customer":' in answer.body:
            said = json.loads(answer.body)
            rows = list(change(said["QueryResponse"]["Customer"]))
            said["QueryResponse"] = {"Customer": rows, "maxResults": len(rows)}
            answer.body = json.dumps(said).encode()

    return changed


def _said(**fields: object) -> Callable[[Answer], None]:
    return _on_customers(lambda rows: [{**row, **fields} for row in rows])


def _top(bench: Bench) -> Contact:
    return next(iter(bench.world.main.books.contacts.values()))


def _read(bench: Bench, source: Any, *contacts: Contact) -> list[AccountFacts]:
    numbers = [bench.company.name_id(contact.contact_id) for contact in contacts]
    found = source.read_accounts(numbers)
    return [found[number] for number in numbers]


def _pulled(bench: Bench) -> Any:
    source = bench.new_source()
    list(source.pull({}))
    return source


def _child(bench: Bench, of: Contact, amount: str = "100.00") -> Contact:
    ledger, now = bench.world.main, bench.clock()
    child = people.add_contact(
        ledger, "Site A", parent_id=of.contact_id, parent_pays=True, currency=of.currency
    )
    ledger.enter(
        Document(
            doc_id=ledger.books.new_id(),
            kind=Kind.INVOICE,
            number="SITE-A-1",
            contact_id=child.contact_id,
            status=Status.OPEN,
            currency=of.currency,
            total=Decimal(amount),
            issued_on=ledger.today(),
            created_at=now,
            changed_at=now,
            booked_at=now,
        )
    )
    return child


@pytest.mark.parametrize("pulled", [True, False], ids=["after a pull", "without one"])
@pytest.mark.parametrize(
    "said", [{"Balance": 0}, {"Balance": 0.01}, {"BalanceWithJobs": 0}, {"BalanceWithJobs": -5}]
)
def test_an_account_of_which_quickbooks_says_less_is_held(
    said: dict[str, Any], *, pulled: bool
) -> None:
    """A journal entry or deposit lowers the balance and stands in no list: a person must look."""
    bench = Altered(_said(**said))
    source = _pulled(bench) if pulled else bench.new_source()
    [facts] = _read(bench, source, _top(bench))
    [held] = facts.quarantined
    assert held.account_id == facts.account.account_id
    assert "journal entry" in held.problem


@pytest.mark.parametrize("said", [{"Balance": 999_999}, {"Balance": None}])
def test_an_account_of_which_quickbooks_says_more_or_nothing_is_not_held(
    said: dict[str, Any],
) -> None:
    """Asking for what the invoices show is never too much then."""
    bench = Altered(_said(**said))
    [facts] = _read(bench, _pulled(bench), _top(bench))
    assert facts.items
    assert not facts.quarantined


def test_an_invoice_entered_during_the_read_holds_nobody() -> None:
    """The balances are read once more before an account is held."""
    asked: list[int] = []

    def first_is_old(rows: list[Row]) -> list[Row]:
        asked.append(1)
        return [{**row, "Balance": 0.01} if len(asked) == 1 else row for row in rows]

    bench = Altered(lambda answer: None)
    source = _pulled(bench)
    bench.change = _on_customers(first_is_old)
    [facts] = _read(bench, source, _top(bench))
    assert len(asked) == 2
    assert not facts.quarantined


def test_a_member_that_is_no_longer_told_stops_nothing() -> None:
    """A part that was merged elsewhere is left out; its account is read with its credits."""
    gone: list[str] = []
    bench = Altered(_on_customers(lambda rows: [row for row in rows if row["Id"] not in gone]))
    child = _child(bench, _top(bench))
    source = _pulled(bench)
    gone.append(bench.company.name_id(child.contact_id))
    [facts] = _read(bench, source, _top(bench))
    assert facts.items
    assert any("FROM CreditMemo" in one for one in bench.reads())


@pytest.mark.parametrize("whole", [False, True], ids=["a part", "the account itself"])
def test_a_customer_that_cannot_be_read_holds_its_payer_alone(*, whole: bool) -> None:
    """One bad record is set aside under the account that pays; the others are read as ever."""
    bad: list[str] = []

    def spoil(rows: list[Row]) -> list[Row]:
        return [
            {**row, "PrimaryPhone": {"FreeFormNumber": 5}} if row["Id"] in bad else row
            for row in rows
        ]

    bench = Altered(_on_customers(spoil))
    top, other = list(bench.world.main.books.contacts.values())[:2]
    child = _child(bench, top)
    source = _pulled(bench)
    bad.append(bench.company.name_id((top if whole else child).contact_id))
    spoilt, healthy = _read(bench, source, top, other)
    assert [one.record_id for one in spoilt.quarantined] == bad
    assert healthy.items
    assert not healthy.quarantined


# --- the comparison itself -----------------------------------------------------------------------


def _item(amount: Decimal, kind: ItemKind = ItemKind.INVOICE, currency: str = "USD") -> OpenItem:
    return OpenItem(
        item_id="1",
        account_id="1",
        kind=kind,
        number="",
        currency=currency,
        total=amount,
        open=amount,
        issued_on=None,
        due_on=None,
    )


def _customer(balance: Decimal | None, currency: str = "USD") -> wire.Customer:
    return wire.Customer(id="1", balance=balance, currency=wire.Ref(value=currency))


amounts = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**6), places=2)


@given(owed=amounts, less=amounts)
def test_agreement_is_to_the_cent(owed: Decimal, less: Decimal) -> None:
    """Equal balances agree; any that is lower says less, any that is higher does not."""
    items = [_item(owed)]
    for said, equal, lower in (
        (owed, True, False),
        (owed - less, False, True),
        (owed + less, False, False),
    ):
        row = _customer(said)
        assert balances.agree([row], items) is equal
        assert balances.say_less(row, [row], items) is lower


@given(owed=amounts, said=amounts)
def test_amounts_of_two_currencies_are_not_compared(owed: Decimal, said: Decimal) -> None:
    """No balance explains items of another currency; only an empty one still says less."""
    items = [_item(owed, currency="EUR")]
    for balance, lower in ((said, False), (Decimal(0), True)):
        row = _customer(balance)
        assert not balances.agree([row], items)
        assert balances.say_less(row, [row], items) is lower


@given(owed=amounts, said=amounts)
def test_who_is_asked_for_nothing_is_not_held(owed: Decimal, said: Decimal) -> None:
    """Where credits outweigh the invoices there is no message to hold back."""
    row = _customer(-said)
    assert not balances.say_less(row, [row], [])
    assert not balances.say_less(row, [row], [_item(owed, ItemKind.CREDIT_NOTE)])
