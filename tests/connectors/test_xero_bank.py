"""How far the bank is matched: Xero's Finance API, where an application may ask it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.xero.bank import Bank, Lines, Statement, Validation, fresh_on
from connectors.xero.config import XeroConfig
from syncer.errors import AuthError, ConfigError, ContractError
from syncer.model.ledger import Organisation
from syncer.sandbox.bank import BankLine
from syncer.sandbox.records import AccountCode
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP, App, AppType
from syncer.sandbox.xero.limits import UNLIMITED

from .conftest_xero import Bench

ASKED = {"bank_freshness": True}
SECOND = AccountCode(account_id="second-bank", name="Savings", bank=True)
TODAY = date(2026, 11, 16)
DAYS = st.dates(min_value=TODAY - timedelta(days=90), max_value=TODAY + timedelta(days=3))


def _bench(*lines: tuple[int, str, bool], **settings: Any) -> Bench:
    """Lines of the one bank account as (days ago, amount, matched)."""
    bench = Bench(invoices=3, accounts=2, settings={**ASKED, **settings})
    _enter(bench, "090", *lines)
    return bench


def _enter(bench: Bench, code: str, *lines: tuple[int, str, bool]) -> None:
    today = bench.world.main.today()
    bench.world.main.books.bank_lines[code] = [
        BankLine(on=today - timedelta(days=ago), amount=Decimal(amount), matched=matched)
        for ago, amount, matched in lines
    ]


def _told(bench: Bench) -> tuple[int | None, str]:
    """How many days old the books are said to be, and by which account."""
    owner = bench.pull()[0]
    assert isinstance(owner, Organisation)
    on = owner.books_fresh_on
    return (None if on is None else (bench.world.main.today() - on).days), owner.bank_account


def test_matched_to_the_last_line_the_books_speak_for_its_day() -> None:
    """The day of the newest statement line, with the name of its account."""
    assert _told(_bench((9, "100", True), (2, "-40", True))) == (2, "Bank")


def test_a_receipt_that_waits_ends_the_books_the_day_before() -> None:
    """From then on a debtor may have paid without anybody seeing it."""
    assert _told(_bench((9, "100", True), (6, "50", False), (1, "70", False))) == (7, "Bank")


def test_money_that_went_out_keeps_nobody_waiting() -> None:
    """No debtor is meant by an unmatched payment to a supplier."""
    assert _told(_bench((9, "-100", False), (1, "70", True))) == (1, "Bank")


def test_a_receipt_of_another_season_is_none_that_somebody_matches() -> None:
    """A line that has waited for more than two months holds nobody."""
    assert _told(_bench((200, "5", False), (1, "70", True))) == (1, "Bank")


def test_of_several_accounts_the_one_furthest_behind_is_told() -> None:
    """A feed that died is not hidden by the account beside it, however long ago it died."""
    bench = _bench((1, "70", True))
    bench.world.main.org.accounts["091"] = SECOND
    _enter(bench, "091", (80, "10", True))
    assert _told(bench) == (80, "Savings")


@pytest.mark.parametrize("named", ["Bank", "bank", "090"])
def test_only_the_accounts_that_are_named_count(named: str) -> None:
    """By name in any case, or by code; another one may be as old as it likes."""
    bench = _bench((1, "70", True), bank_accounts=(named,))
    bench.world.main.org.accounts["091"] = SECOND
    _enter(bench, "091", (80, "10", True))
    assert _told(bench) == (1, "Bank")


def test_a_misspelt_account_is_named_with_those_that_there_are() -> None:
    """Rather than looking at all of them, or at none."""
    with pytest.raises(ConfigError, match=r"bank_accounts names 'Bnak'.*there are: 'Bank'"):
        _bench((1, "70", True), bank_accounts=("Bnak",)).pull()


def test_without_a_bank_line_nothing_is_told() -> None:
    """A ledger that keeps no statements does not become fresh by silence."""
    assert _told(_bench()) == (None, "")


def test_an_application_that_may_not_ask_says_so_and_what_to_do() -> None:
    """The scope is given by Xero; the message names it and the setting, before anything is read."""
    scopes = tuple(s for s in CUSTOM_APP.scopes if not s.startswith("finance"))
    narrow = App(CUSTOM_APP.client_id, AppType.CUSTOM, CUSTOM_APP.secret, scopes=scopes)
    bench = Bench(invoices=3, accounts=2, settings=dict(ASKED))
    bench.app.identity = XeroApp(bench.world, allowance=UNLIMITED, apps=(narrow,)).identity
    with pytest.raises(AuthError, match="invalid_scope"):
        bench.pull()


def test_a_token_of_before_the_setting_is_refused_in_words() -> None:
    """Whoever switches it on without logging in again is told which permission is missing."""
    bench = Bench(invoices=3, accounts=2, settings=dict(ASKED))
    bench.pull()
    for token in bench.world.tokens.values():
        token.scopes = [one for one in token.scopes if not one.startswith("finance")]
    with pytest.raises(AuthError, match=r"finance.cashvalidation.read.*bank_freshness: false"):
        bench.pull()


def test_whoever_does_not_ask_pays_no_call() -> None:
    """Off by default: neither accounts nor the Finance API are read."""
    bench = Bench(invoices=3, accounts=2)
    assert _told(bench) == (None, "")
    assert not bench.calls("/finance.xro/")
    assert not bench.calls("/Accounts")


def test_it_costs_two_calls() -> None:
    """One for the names and one for the lines, however many accounts there are."""
    bench = _bench((1, "70", True))
    bench.pull()
    assert len(bench.calls("/finance.xro/")) == 1
    assert len(bench.calls("/Accounts")) == 1


def test_accounts_to_look_at_need_the_question() -> None:
    """A key that would do nothing is refused."""
    with pytest.raises(ValueError, match="bank_accounts is read with bank_freshness: true"):
        XeroConfig(client_id="x", flow="pkce", bank_accounts=("Bank",))


def test_a_day_that_is_none_is_an_error() -> None:
    """Guessing would let people be asked who have paid."""
    bad = Bank(statement_lines=Lines(latest_reconciled_transaction="soon"))
    with pytest.raises(ContractError, match="'soon'"):
        fresh_on(Validation("a", bad), TODAY)


@given(last=st.none() | DAYS, waits=st.none() | DAYS, end=st.none() | DAYS, money=st.booleans())
def test_the_day_is_never_later_than_what_is_proven(
    last: date | None, waits: date | None, end: date | None, money: bool
) -> None:
    """Not after today, not after the last line, and before every receipt that waits."""
    lines = Lines(
        unreconciled_amount_pos=Decimal("0.01") if money else Decimal(0),
        earliest_unreconciled_transaction=waits and f"{waits}T00:00:00Z",
        latest_unreconciled_transaction=waits and waits.isoformat(),
        latest_reconciled_transaction=last and last.isoformat(),
    )
    bank = Bank(statement_lines=lines, current_statement=Statement(end and end.isoformat()))
    told = fresh_on(Validation("a", bank), TODAY)
    known = [day for day in (last, waits, end) if day]
    assert (told is None) == (not known)
    if told is not None:
        assert told <= min(TODAY, max(known))
        assert not (money and waits) or told < waits
