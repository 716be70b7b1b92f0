"""Whatever can be read from a ledger comes back from the store as it went in."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.errors import InvariantError
from syncer.model.ledger import (
    Account,
    ItemKind,
    OpenItem,
    Page,
    Person,
    Settled,
    Stream,
    StreamEnd,
)
from syncer.model.money import total
from syncer.store import open_store
from syncer.store.types import UNITS_MAX, from_units, print_instant, to_units
from syncer.testing.store_cases import NOW, item, lease, sweep, sweep_accounts

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
IDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=8
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
AMOUNTS = st.integers(0, 10**14).map(lambda units: Decimal(units).scaleb(-4))
CENTS = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))


def items(amounts: st.SearchStrategy[Decimal]) -> st.SearchStrategy[OpenItem]:
    """Open items with every field, optional ones absent now and then."""
    return st.builds(
        OpenItem,
        item_id=IDS,
        account_id=IDS,
        kind=st.sampled_from(ItemKind),
        number=TEXT,
        currency=st.sampled_from(["GBP", "EUR", "JPY", "KWD"]),
        total=amounts,
        open=amounts,
        issued_on=st.none() | DAYS,
        due_on=st.none() | DAYS,
        reference=TEXT,
        expected_on=st.none() | DAYS,
        sent=st.none() | st.booleans(),
        rate_to_base=st.none() | st.decimals(0, 1000, places=8),
    )


def lists(amounts: st.SearchStrategy[Decimal]) -> st.SearchStrategy[list[OpenItem]]:
    """Items with different ids."""
    return st.lists(items(amounts), max_size=8, unique_by=lambda item: item.item_id)


ACCOUNTS = st.builds(
    Account,
    account_id=IDS,
    name=TEXT,
    people=st.lists(st.builds(Person, email=TEXT, name=TEXT, role=TEXT), max_size=3).map(tuple),
    language=TEXT,
    country=TEXT,
    phone=TEXT,
    groups=st.lists(TEXT, max_size=3).map(tuple),
    archived=st.booleans(),
    do_not_chase=st.booleans(),
    tax_number=TEXT,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    """One store for many examples; each sweep replaces the one before."""
    path: Path = tmp_path_factory.mktemp("records") / "state.sqlite"
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def session(store):
    """A session over that store."""
    return lease(store)


@settings(max_examples=60, deadline=None)
@given(first=lists(AMOUNTS), second=lists(AMOUNTS))
def test_items_come_back_as_they_went_in(session, first, second):
    """After any two sweeps, exactly the second one's items are open, field by field."""
    sweep(session, *first)
    sweep(session, *second)
    found = [item for snapshot in session.snapshots() for item in snapshot.items]
    assert sorted(found, key=lambda i: i.item_id) == sorted(second, key=lambda i: i.item_id)


@settings(max_examples=60, deadline=None)
@given(swept=lists(CENTS))
def test_open_totals_equal_the_input_to_the_cent(session, swept):
    """Invoices minus credits per currency, with nothing gained or lost on the way."""
    sweep(session, *swept)
    expected = {
        currency: total(
            i.open if i.kind is ItemKind.INVOICE else -i.open
            for i in swept
            if i.currency == currency
        )
        for currency in {i.currency for i in swept}
    }
    assert dict(session.open_totals()) == expected


@settings(max_examples=40, deadline=None)
@given(account=ACCOUNTS)
def test_accounts_come_back_as_they_went_in(session, account):
    """People, groups and flags survive."""
    sweep_accounts(session, account)
    found = session.snapshot(account.account_id)
    assert found is not None
    assert found.account == account


@given(units=st.integers(-UNITS_MAX, UNITS_MAX))
def test_every_unit_has_one_amount(units):
    """Integer and Decimal are the same money, over the whole range."""
    assert to_units(from_units(units)) == units
    assert from_units(units) == Decimal(units).scaleb(-4)


@pytest.mark.parametrize(
    "amount", ["0.00001", "1e30", "NaN", "Infinity", "1." + "0" * 70 + "1", "922337203685477.5808"]
)
def test_money_that_cannot_be_kept_is_refused(amount):
    """Nothing is rounded and nothing overflows."""
    with pytest.raises(InvariantError):
        to_units(Decimal(amount))


@given(left=INSTANTS, right=INSTANTS)
def test_text_order_of_instants_is_their_order(left, right):
    """Stored instants sort as time does, whatever zone they came in."""
    shifted = right.astimezone(timezone(timedelta(hours=-7)))
    assert (print_instant(left) < print_instant(shifted)) == (left < right)


def test_an_instant_without_a_zone_is_refused():
    """Nobody could say when that was."""
    with pytest.raises(InvariantError, match="time zone"):
        print_instant(datetime(2026, 1, 1))


def test_payments_are_kept_and_summed(store, session):
    """Settled invoices reach the snapshot and the turnover of the last year."""
    paid = [
        Settled(
            item_id=f"p{number}",
            account_id="payer",
            currency="GBP",
            amount=Decimal("12.34"),
            issued_on=None,
            due_on=date(2026, 1, 1),
            paid_on=day,
        )
        for number, day in enumerate((date(2026, 2, 1), date(2026, 1, 1), date(2024, 1, 1)))
    ]
    state = session.begin_stream(Stream.SETTLED)
    session.store_page(state, Page(stream=Stream.SETTLED, settled=tuple(paid)), NOW)
    session.finish_stream(state, StreamEnd(stream=Stream.SETTLED, full=True, records=3), NOW)
    sweep_accounts(session, Account(account_id="payer", name="Payer"))
    found = session.snapshot("payer")
    assert found is not None
    assert sorted(found.settled, key=lambda s: s.item_id) == paid


def test_a_character_that_no_text_column_takes_stops_no_ledger(url: str) -> None:
    """A NUL in a customer's name or an invoice's number costs PostgreSQL that character alone."""
    store = open_store(url)
    session = lease(store)
    sweep_accounts(
        session, Account(account_id="A1", name="An\0n"), Account(account_id="A2", name="Bo")
    )
    sweep(session, replace(item("I1", "A1"), number="IN\0V"), item("I2", "A2"))
    assert [one.account.account_id for one in session.snapshots()] == ["A1", "A2"]
    assert store.verify_journal() == []
    store.close()
