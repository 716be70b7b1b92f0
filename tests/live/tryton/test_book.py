"""What the connector reads of the book is what was put into it, to the cent and to the day."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.tryton import SPEC, TrytonConfig
from connectors.tryton.source import TrytonSource
from syncer.errors import AuthError, ConfigError
from syncer.http.client import HttpClient
from syncer.http.transport import Transport
from syncer.model.ledger import ItemKind, OpenItem
from syncer.ports import ConnectorDeps
from syncer.testing.connector_case import Pulled

from .book import BRITONS, GERMANS, NO_REMINDERS
from .conftest import enter_book
from .entering import Booked
from .put_in import Expected, Owed, expected
from .seeding import BRITISH, GERMAN, LOGIN, PASSWORD, Office
from .server import DATABASE

PARTIES_LEAST = 60


def reader(booked: Booked, company: str, **more: object) -> TrytonSource:
    """The connector over the running server, as a ledger would have it."""
    config = TrytonConfig(
        **{
            "url": booked.office.server.url,
            "database": DATABASE,
            "user": LOGIN,
            "password": SecretStr(PASSWORD),
            "company": company,
            "do_not_chase_categories": (NO_REMINDERS,),
            **more,
        }
    )

    def clock() -> datetime:
        return datetime.now(UTC)

    http = HttpClient(Transport(hosts=config.hosts()), clock=clock)
    deps = ConnectorDeps(
        ledger="tryton", config=config, http=http, tokens=None, clock=clock, data_dir=Path()
    )
    return SPEC.build(deps)  # type: ignore[return-value]


@dataclass(frozen=True)
class Read:
    """One company: what was put in, and what was read."""

    booked: Booked
    wanted: Expected
    pulled: Pulled


@dataclass(frozen=True)
class Ledgers:
    """Both companies of one database, as two ledgers."""

    booked: Booked
    german: Read
    british: Read


def read_both(booked: Booked) -> Ledgers:
    """Read both companies once."""
    return Ledgers(booked, _company(booked, GERMAN), _company(booked, BRITISH))


@pytest.fixture(scope="module")
def ledgers(office: Office) -> Ledgers:
    """The book in the current Tryton, on SQLite."""
    return read_both(enter_book(office))


def _company(booked: Booked, name: str) -> Read:
    customers = GERMANS if name == GERMAN else BRITONS
    pulled = Pulled().take(reader(booked, name).pull({}))
    return Read(booked, expected(customers, booked.today), pulled)


def _owed(booked: Booked, one: Owed) -> tuple[object, ...]:
    account = str(booked.parties[one.who])
    days = (one.issued_on, one.due_on)
    return (account, one.number, one.currency, one.total, one.open, *days, one.reference, one.stop)


def _read(item: OpenItem) -> tuple[object, ...]:
    days = (item.issued_on, item.due_on)
    amounts = (item.currency, item.total, item.open)
    return (item.account_id, item.number, *amounts, *days, item.reference, item.stop)


def test_the_book_is_large_enough() -> None:
    """Sixty parties at least, and none of them twice."""
    keys = [one.key for one in GERMANS]
    assert len(set(keys)) == len(keys) >= PARTIES_LEAST


def test_every_open_instalment_is_read_as_it_was_put_in(ledgers: Ledgers) -> None:
    """Account, number, currency, amounts, days, reference and block: all of each, and no more."""
    for one in (ledgers.german, ledgers.british):
        items = [item for item in one.pulled.items if item.kind is ItemKind.INVOICE]
        assert Counter(map(_read, items)) == Counter(_owed(one.booked, o) for o in one.wanted.owed)
        assert one.pulled.quarantined == []


def test_unused_credit_is_what_was_not_used(ledgers: Ledgers) -> None:
    """Credit notes, payments on nothing and what was paid too much, each with its rest."""
    parties = ledgers.booked.parties
    for one in (ledgers.german, ledgers.british):
        unused = [item for item in one.pulled.items if item.kind is not ItemKind.INVOICE]
        found = Counter((item.account_id, item.currency, item.open) for item in unused)
        told = ((str(parties[u.who]), u.currency, u.open) for u in one.wanted.unused)
        assert found == Counter(told)


def test_paid_invoices_tell_when_they_were_paid(ledgers: Ledgers) -> None:
    """The history holds every paid instalment with its days; nothing credited or cancelled."""
    booked, wanted, pulled = ledgers.booked, ledgers.german.wanted, ledgers.german.pulled
    found = Counter(
        (one.account_id, one.currency, one.amount, one.due_on, one.paid_on)
        for one in pulled.settled
    )
    told = (
        (str(booked.parties[one.who]), one.currency, one.amount, one.due_on, one.paid_on)
        for one in wanted.closed
    )
    assert found == Counter(told)


def test_instalments_of_one_invoice_are_found_by_their_lines(ledgers: Ledgers) -> None:
    """Each instalment is an item under the id of its own line."""
    booked, pulled = ledgers.booked, ledgers.german.pulled
    found = [item.item_id for item in pulled.items if item.number == "G-110"]
    assert sorted(found) == sorted(map(str, booked.lines["G-110"]))


def test_customers_are_read_as_they_were_typed(ledgers: Ledgers) -> None:
    """Names to the letter, recipients, language, and the marks against reminders."""
    booked, pulled = ledgers.booked, ledgers.german.pulled
    read = {account.account_id: account for account in pulled.accounts}
    for one in GERMANS:
        account = read.get(str(booked.parties[one.key]))
        if account is None:
            assert not one.asked or all(asked.end or asked.paid for asked in one.asked), one.key
            continue
        assert account.name == one.name
        archived = one.archived or bool(one.merged_into)
        assert account.archived is archived
        stopped = one.category == NO_REMINDERS or one.procedure == "none"
        assert account.do_not_chase is stopped, one.key
        if not one.merged_into:
            assert tuple(person.email for person in account.people) == one.recipients
            assert account.language == one.language
            assert account.country == one.country


def test_a_merged_customer_names_the_survivor(ledgers: Ledgers) -> None:
    """The party that was replaced says by whom."""
    booked, pulled = ledgers.booked, ledgers.german.pulled
    into = {account.account_id: account.merged_into for account in pulled.accounts}
    assert into[str(booked.parties["merged"])] == str(booked.parties["open"])


def test_the_guard_reads_what_the_pull_reads(ledgers: Ledgers) -> None:
    """For every account the fresh read shows the same items and the same facts."""
    booked, pulled = ledgers.booked, ledgers.german.pulled
    facts = reader(booked, GERMAN).read_accounts([a.account_id for a in pulled.accounts])
    for account in pulled.accounts:
        mine = {i.item_id: i for i in pulled.items if i.account_id == account.account_id}
        fresh = facts[account.account_id]
        assert fresh.account == account
        assert {item.item_id: item for item in fresh.items} == mine


def test_two_companies_are_never_mixed(ledgers: Ledgers) -> None:
    """A customer of both owes each company its own, and no item is in both ledgers."""
    german, british = ledgers.german.pulled, ledgers.british.pulled
    both = str(ledgers.booked.parties["open"])
    assert german.organisation is not None
    assert british.organisation is not None
    assert (german.organisation.currency, british.organisation.currency) == ("EUR", "GBP")
    assert not {i.item_id for i in german.items} & {i.item_id for i in british.items}
    assert {i.number for i in british.items if i.account_id == both} == {"B-1"}


def test_a_ledger_without_a_company_among_several_is_refused(ledgers: Ledgers) -> None:
    """Which of several companies it is must be said: none is guessed."""
    with pytest.raises(ConfigError, match="which company"):
        reader(ledgers.booked, "").check()


def test_a_company_that_is_not_there_is_named_with_those_that_are(ledgers: Ledgers) -> None:
    """A misspelt company is answered by the names that the user sees."""
    with pytest.raises(ConfigError, match=GERMAN):
        reader(ledgers.booked, "ACME").check()


def test_a_wrong_password_is_an_error_of_access(ledgers: Ledgers) -> None:
    """Nothing is believed, and nothing is told of the password."""
    with pytest.raises(AuthError, match="refuses user and password") as raised:
        reader(ledgers.booked, GERMAN, password=SecretStr("not-this-one")).check()
    assert "not-this-one" not in str(raised.value)


def test_health_tells_version_and_dunning(ledgers: Ledgers) -> None:
    """``check`` says which Tryton answers, and that its own dunning is at rest."""
    health = reader(ledgers.booked, GERMAN).check()
    assert health.details[0].startswith("Tryton ")
    assert health.organisation.own_reminders is False
    assert health.warnings == ()


EVERYWHERE = (
    test_every_open_instalment_is_read_as_it_was_put_in,
    test_unused_credit_is_what_was_not_used,
    test_paid_invoices_tell_when_they_were_paid,
    test_instalments_of_one_invoice_are_found_by_their_lines,
    test_customers_are_read_as_they_were_typed,
    test_a_merged_customer_names_the_survivor,
    test_the_guard_reads_what_the_pull_reads,
    test_two_companies_are_never_mixed,
    test_a_ledger_without_a_company_among_several_is_refused,
    test_a_wrong_password_is_an_error_of_access,
    test_health_tells_version_and_dunning,
)


@pytest.mark.parametrize("kind", ["on_postgres", "long_term"])
def test_all_of_it_holds_elsewhere(kind: str, request: pytest.FixtureRequest) -> None:
    """On PostgreSQL, and on Tryton 7.0: one test each, because the books are entered once."""
    ledgers = read_both(enter_book(request.getfixturevalue(kind)))
    for holds in EVERYWHERE:
        holds(ledgers)
