"""Tryton's errors come with status 200: each is classed by what is known of the call."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tryton.faults import (
    BusyError,
    RefusedError,
    StrangeError,
    UnknownNameError,
    raise_fault,
)
from syncer.errors import AuthError, ContractError, SyncerError, Transient

from .scripted import Bench, Refusal, Status, books

SHAPES = [
    (["UserError", ["It is closed.", "", None]], RefusedError),
    (["UserWarning", ["invoice_1", "Really?", ""]], RefusedError),
    (["ConcurrencyException", "Record was modified"], BusyError),
    (["LoginException", "name", "message", "char"], AuthError),
    (["'account.dunning'", ""], UnknownNameError),
    (["'amount_to_pya'", ""], UnknownNameError),
    (["division by zero", "Traceback"], StrangeError),
    (["", ""], StrangeError),
    ([], StrangeError),
    ({"code": 5}, StrangeError),
    (None, StrangeError),
]


@pytest.mark.parametrize(("said", "kind"), SHAPES)
def test_each_error_has_its_class(said: object, kind: type[SyncerError]) -> None:
    """By the class's name that Tryton gives, or by the name of what it does not know."""
    with pytest.raises(kind):
        raise_fault(json.dumps(said).encode())


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_error_breaks_the_reading_of_errors(said: object) -> None:
    """Whatever stands in ``error``, it becomes one of ours."""
    with pytest.raises(SyncerError):
        raise_fault(json.dumps(said).encode())


def test_a_message_keeps_names_of_people_to_itself() -> None:
    """Tryton quotes records by their names; fields stay readable."""
    said = 'The value "Ada Čapek" for field "Party" in record "INV-7 [Ada]" of "Invoice" is bad.'
    with pytest.raises(RefusedError) as raised:
        raise_fault(json.dumps(["UserError", [said, "", None]]).encode())
    assert "Ada" not in str(raised.value)
    assert 'field "Party"' in str(raised.value)


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Refusal("UserError", ["You are not allowed to access it.", "", None]), AuthError),
        (Refusal("division by zero", ""), ContractError),
        (Status(403), AuthError),
        (Status(400), ContractError),
        (Status(503), Transient),
    ],
)
def test_a_read_that_fails_stops_the_ledger_by_its_class(
    trouble: Exception, kind: type[SyncerError]
) -> None:
    """Nothing is read as an empty list."""

    def fail(*_: object) -> None:
        raise trouble

    bench = Bench(books(model__company__company__search_read=fail))
    with pytest.raises(kind):
        list(bench.source.pull({}))


def test_an_error_that_passes_costs_a_call() -> None:
    """Tryton's own failure of a read is read again before it is believed."""
    tryton = books()
    left = [Refusal("database is locked", "")]

    def once(*_: object) -> int:
        if left:
            raise left.pop()
        return 0

    tryton.answers["model.account.move.line.search_count"] = once
    assert len(list(Bench(tryton).source.pull({}))) > 1
