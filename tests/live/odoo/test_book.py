"""Everything that was entered in Odoo is read, to the cent, and nothing else."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.odoo import SPEC, OdooConfig
from connectors.odoo.facts import NOBODY
from syncer.http.client import HttpClient
from syncer.http.transport import Transport
from syncer.model.ledger import ItemKind, OpenItem
from syncer.ports import ConnectorDeps
from syncer.testing.connector_case import Pulled

from .book import NO_CHASE, OTHER, OURS, Book, Expected, by_party, totals
from .cases import filled
from .desk import LOGIN, Desk
from .running import BASE, Live

pytestmark = pytest.mark.live

DATABASE = "book"


def connector(live: Live, database: str, key: str, folder: Path, **settings: Any) -> Any:
    """The connector over HTTP, as a run would have it."""
    config = OdooConfig(url=live.odoo.url, database=database, api_key=SecretStr(key), **settings)

    def clock() -> datetime:
        return datetime.now(UTC)

    return SPEC.build(
        ConnectorDeps(
            ledger="book",
            config=config,
            http=HttpClient(Transport(hosts=config.hosts()), clock=clock),
            tokens=None,
            clock=clock,
            data_dir=folder,
        )
    )


@dataclass
class Read:
    """The book as it was entered, and as both companies' ledgers are read."""

    book: Book
    ours: Pulled
    source: Any
    other: Pulled
    older: Pulled  # ours by JSON-RPC


@pytest.fixture(scope="module")
def read(live: Live, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Enter the book once, then pull it."""
    folder = tmp_path_factory.mktemp("book")
    live.odoo.clone(BASE, DATABASE)
    book = filled(Desk(live.odoo, DATABASE), date.today())
    key = live.odoo.api_key(DATABASE, LOGIN)
    tags = (NO_CHASE,)
    source = connector(live, DATABASE, key, folder, company=OURS, do_not_chase_tags=tags)
    other = connector(live, DATABASE, key, folder, company=OTHER)
    older = connector(
        live,
        DATABASE,
        key,
        folder,
        company=OURS,
        do_not_chase_tags=tags,
        protocol="jsonrpc",
        login=LOGIN,
    )
    return Read(
        book,
        Pulled().take(source.pull({})),
        source,
        Pulled().take(other.pull({})),
        Pulled().take(older.pull({})),
    )


def _as_expected(item: OpenItem, names: dict[str, str]) -> Expected:
    return Expected(
        number=item.number,
        party=names[item.account_id],
        total=item.total,
        open=item.open,
        currency=item.currency,
        due=item.due_on,
        kind=item.kind,
        stop=item.stop,
        early=item.early_payment,
    )


def _names(pulled: Pulled) -> dict[str, str]:
    return {account.account_id: account.name for account in pulled.accounts}


def _sorted(expected: list[Expected]) -> list[Expected]:
    return sorted(expected, key=lambda one: (one.number, str(one.due), one.open))


def test_every_item_is_read_as_it_was_entered(read: Read) -> None:
    """Each open line once, with what is left of what was put in; nothing settled or cancelled."""
    assert read.ours.quarantined == []
    found = [_as_expected(item, _names(read.ours)) for item in read.ours.items]
    assert _sorted(found) == _sorted(read.book.expected)


def test_the_sums_are_those_of_what_was_put_in(read: Read) -> None:
    """Invoices less credits, to the cent, in three currencies."""
    found: dict[str, Decimal] = {}
    for item in read.ours.items:
        sign = 1 if item.kind is ItemKind.INVOICE else -1
        found[item.currency] = found.get(item.currency, Decimal(0)) + sign * item.open
    assert found == totals(read.book.expected)
    assert set(found) == {"EUR", "USD", "JPY"}


def test_one_ledger_is_one_company(read: Read) -> None:
    """The other company's invoice is in the other ledger, in its currency, and there alone."""
    found = [_as_expected(item, _names(read.other)) for item in read.other.items]
    assert found == read.book.elsewhere
    assert read.other.organisation is not None
    assert (read.other.organisation.name, read.other.organisation.currency) == (OTHER, "GBP")


def test_customers_are_read_as_they_were_entered(read: Read) -> None:
    """Names whatever is in them, addresses, languages, archived ones, those not to be chased."""
    found = {account.account_id: account for account in read.ours.accounts}
    assert len(read.book.parties) >= 60
    for party in read.book.parties:
        account = found[str(party.id)]
        assert account.name == party.name
        assert tuple(person.email for person in account.people) == party.people, party.name
        assert account.language == party.language
        assert account.archived == party.archived
        assert account.do_not_chase == party.do_not_chase


def test_merged_customers_say_where_they_went(read: Read) -> None:
    """A merged customer names the survivor; a text that only looks like a merge is not believed."""
    into = {a.account_id: a.merged_into for a in read.ours.accounts if a.merged_into}
    companies = {str(party.id) for party in read.book.parties}
    expected = {str(gone): str(survivor) for gone, survivor in read.book.gone.items()}
    assert {one: where for one, where in into.items() if one in expected} == expected
    assert not companies & into.keys()


def test_money_without_a_customer_is_counted_and_chases_nobody(read: Read) -> None:
    """A line that names no partner stands on an account that is never contacted."""
    (nobody,) = [one for one in read.ours.accounts if one.account_id == NOBODY]
    assert nobody.do_not_chase
    assert [item.open for item in read.ours.items if item.account_id == NOBODY] == [Decimal("7.77")]


def test_payments_become_history(read: Read) -> None:
    """Invoices that were paid, with the day of the payment; none that credit alone settled."""
    found: dict[str, set[date]] = {}
    numbers = {move: number for number, move in read.book.moves.items()}
    for one in read.ours.settled:
        number = numbers.get(int(one.item_id.split(".")[0]), "")
        found.setdefault(number, set()).add(one.paid_on)
    expected = {number: {day} for number, day in read.book.settled.items()}
    assert {number: days for number, days in found.items() if number} == expected


def test_both_interfaces_say_the_same(read: Read) -> None:
    """JSON-RPC, which Odoo 17 and 18 speak, gives the very records that JSON-2 gives."""
    assert read.older.items == read.ours.items
    assert read.older.accounts == read.ours.accounts
    assert read.older.settled == read.ours.settled
    assert read.older.organisation == read.ours.organisation


def test_the_guard_reads_what_the_pull_read(read: Read) -> None:
    """The last look at every account shows exactly what was put in for it."""
    wanted = [str(party.id) for party in read.book.parties]
    facts = read.source.read_accounts([*wanted, *map(str, read.book.gone), "999999999"])
    expected = by_party(read.book.expected)
    names = {one: facts[one].account.name for one in wanted}
    for party in read.book.parties:
        found = [_as_expected(item, names) for item in facts[str(party.id)].items]
        assert _sorted(found) == _sorted(expected.get(party.name, []))
    for gone, survivor in read.book.gone.items():
        assert facts[str(gone)].items == ()
        assert facts[str(gone)].account.merged_into == str(survivor)
    assert "999999999" not in facts


def test_unmatched_receipts_age_the_books(read: Read) -> None:
    """A receipt that nobody has matched yet: the books speak for the day before it."""
    assert read.ours.organisation is not None
    assert read.ours.organisation.books_fresh_on == read.book.day(5)
