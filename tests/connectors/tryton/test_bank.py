"""How fresh Tryton's books are: by its bank statements, else by what was entered as cash."""

from datetime import date
from typing import Any

import pytest

from syncer.model.ledger import Organisation

from .scripted import Bench, Refusal, Scripted, books

STATEMENTS = "model.account.statement.search_read"
ORIGINS = "model.account.statement.origin.search_read"
LINES = "model.account.statement.line.search_read"
MOVES = "model.account.move.search_read"


def _day(day: int, month: int = 11) -> dict[str, Any]:
    return {"__class__": "date", "year": 2026, "month": month, "day": day}


def _statement(day: int, journal: str = "Bank", month: int = 11) -> dict[str, Any]:
    return {"id": day, "date": _day(day, month), "journal.": {"id": 1, "name": journal}}


def _receipt(day: int, journal: str = "Bank") -> dict[str, Any]:
    statement = {"id": 9, "journal.": {"id": 1, "name": journal}}
    return {"id": day, "date": _day(day), "statement.": statement}


def _told(tryton: Scripted) -> tuple[date | None, str]:
    organisation: Organisation = Bench(tryton).source.check().organisation
    return organisation.books_fresh_on, organisation.bank_account


@pytest.fixture
def tryton() -> Scripted:
    """A Tryton with the module for bank statements, and an entry made by hand."""
    scripted = books(model__ir__module__search_read=[{"id": 1, "name": "account_statement"}])
    scripted.answers[MOVES] = [_statement(3, "Petty cash")]
    return scripted


def test_the_last_statement_that_was_validated_counts(tryton: Scripted) -> None:
    """Its day and its journal; the newest is asked for, of this company, and not of tomorrow."""
    tryton.answers[STATEMENTS] = [_statement(19)]
    assert _told(tryton) == (date(2026, 11, 19), "Bank")
    (params,) = [params for method, params in tryton.asked if method == STATEMENTS]
    domain, _, limit, order = params[:4]
    assert ["company", "=", 1] in domain
    assert ["state", "in", ["validated", "posted"]] in domain
    assert ["date", "<=", _day(22)] in domain
    assert (limit, order[0]) == (1, ["date", "DESC"])


@pytest.mark.parametrize("where", [ORIGINS, LINES])
def test_a_receipt_in_a_draft_ages_the_books(where: str, tryton: Scripted) -> None:
    """Imported or typed in: until it is validated, nobody sees that somebody paid."""
    tryton.answers[STATEMENTS] = [_statement(19)]
    tryton.answers[where] = [_receipt(12, "Savings")]
    assert _told(tryton) == (date(2026, 11, 11), "Savings")
    (params,) = [params for method, params in tryton.asked if method == where]
    assert ["date", ">=", _day(19, 10)] in params[0]
    assert ["amount", ">", 0] in params[0]
    assert params[3][0] == ["date", "ASC"]


def test_a_receipt_after_the_last_statement_takes_nothing_back(tryton: Scripted) -> None:
    """The books spoke for the days until then before it came."""
    tryton.answers[STATEMENTS] = [_statement(19)]
    tryton.answers[ORIGINS] = [_receipt(20)]
    assert _told(tryton) == (date(2026, 11, 19), "Bank")


def test_the_first_statement_is_still_a_draft(tryton: Scripted) -> None:
    """Nothing was validated yet: the day before what waits."""
    tryton.answers[ORIGINS] = [_receipt(12)]
    assert _told(tryton) == (date(2026, 11, 11), "Bank")


def test_without_statements_the_last_cash_entry_counts(tryton: Scripted) -> None:
    """The module may be there and unused, or not be there at all."""
    assert _told(tryton) == (date(2026, 11, 3), "Petty cash")
    tryton.answers["model.ir.module.search_read"] = []
    tryton.asked.clear()
    assert _told(tryton) == (date(2026, 11, 3), "Petty cash")
    assert tryton.count(STATEMENTS) == 0


def test_books_of_an_unknown_age(tryton: Scripted) -> None:
    """Nothing entered, or no right to read it: not known, and nothing fails."""
    tryton.answers[MOVES] = []
    assert _told(tryton) == (None, "")

    def refuse(*_: Any) -> None:
        raise Refusal("UserError", ["You are not allowed to access it.", "", None])

    tryton.answers[STATEMENTS] = refuse
    assert _told(tryton) == (None, "")
