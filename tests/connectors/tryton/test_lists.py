"""Lists that change, break off or hold one bad row: whole or loud, each page past the last id."""

from typing import Any

import pytest

from connectors.tryton.source import TrytonSource
from syncer.errors import ContractError, SyncerError, Transient
from syncer.model.ledger import Stream
from syncer.testing.connector_case import Pulled

from .scripted import Bench, Scripted, books

COUNT = "model.account.move.line.search_count"
LIST = "model.account.move.line.search_read"
PARTIES = "model.party.party.search_read"


def money(amount: str) -> dict[str, str]:
    """An amount as Tryton writes it."""
    return {"__class__": "Decimal", "decimal": amount}


def instalment(line: int, amount: str = "10.00", **more: Any) -> dict[str, Any]:
    """A line that an invoice asks for."""
    day = {"__class__": "date", "year": 2026, "month": 10, "day": 1}
    origin = {"id": line, "number": f"N-{line}", "reference": None, "state": "posted"}
    return {
        "id": line,
        "party": 5,
        "debit": money(amount),
        "credit": money("0"),
        "amount_second_currency": None,
        "second_currency.": None,
        "maturity_date": day,
        "move.": {"id": line, "state": "posted", "origin.": {**origin, "invoice_date": day}},
        **more,
    }


def party(number: int, **more: Any) -> dict[str, Any]:
    """A party without anything special."""
    return {
        "id": number,
        "name": f"Party {number}",
        "active": 1,
        "replaced_by": None,
        "lang.": None,
        "tax_identifier.": None,
        "addresses.": [],
        "contact_mechanisms.": [],
        "categories.": [],
        **more,
    }


class Lines(Scripted):
    """A Tryton whose open invoices are ``rows``; people may change them between calls."""

    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, rows: list[dict[str, Any]]) -> "Lines":
        """With rows in the order of their ids."""
        made = cls(books().answers)
        made.rows = rows
        made.answers |= {
            COUNT: lambda domain, *_: len(made.rows) if _plain(domain) else 0,
            LIST: lambda domain, _, size, *__: made.page(domain, size),
            PARTIES: [party(5)],
        }
        return made

    def page(self, domain: list[Any], size: int) -> list[dict[str, Any]]:
        """Rows past the id that the domain says."""
        if not _plain(domain):
            return []
        last = domain[1][2]
        return [row for row in self.rows if row["id"] > last][:size]


def _plain(domain: Any) -> bool:
    """Whether it asks for what invoices ask for, and not for payments or what was paid."""
    text = str(domain)
    return "['reconciliation', '=', None]" in text and "['move.state', '=', 'posted']" in text


def bench(rows: list[dict[str, Any]], size: int = 3) -> tuple[Lines, TrytonSource]:
    """A connector that asks for so many rows a call."""
    tryton = Lines.of(rows)
    return tryton, Bench(tryton, settings={"rows_per_call": size, "history_months": 0}).source


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 6, 7])
def test_every_row_is_read_once_at_any_length(rows: int) -> None:
    """Nothing, less than a page, a page, a page and one: each row once, counted and said."""
    _, source = bench([instalment(number) for number in range(1, rows + 1)])
    pulled = Pulled().take(source.pull({}))
    assert [item.item_id for item in pulled.items] == [str(n) for n in range(1, rows + 1)]
    assert pulled.ends[Stream.ITEMS].records == rows


def test_a_row_that_leaves_moves_no_other_over_the_seam() -> None:
    """The first row is paid after the first page: by position the fourth would be skipped."""
    tryton, source = bench([instalment(number) for number in range(1, 8)])
    pulled = Pulled()
    for event in source.pull({}):
        pulled.take([event])
        if len(pulled.items) == 3 and len(tryton.rows) == 7:
            del tryton.rows[0]
    assert [item.item_id for item in pulled.items] == ["1", "2", "3", "4", "5", "6", "7"]


def test_a_row_that_comes_behind_the_last_page_is_read_after_all() -> None:
    """A line that was opened again has an old id: the count tells, and the list is read again."""
    tryton, source = bench([instalment(number) for number in (2, 3, 4, 5)])
    counts = iter([5, 5])
    plain = tryton.answers[COUNT]

    def count(domain: Any, *_: Any) -> int:
        tryton.rows[:0] = (
            [instalment(1)] if tryton.count(LIST) > 1 and tryton.rows[0]["id"] == 2 else []
        )
        return next(counts, 5) if _plain(domain) else plain(domain)

    tryton.answers[COUNT] = count
    pulled = Pulled().take(source.pull({}))
    assert sorted(item.item_id for item in pulled.items) == ["1", "2", "3", "4", "5"]


def test_fewer_rows_than_are_counted_are_not_believed() -> None:
    """An empty answer where rows are counted ends in an error, never in "everybody paid"."""
    tryton, source = bench([instalment(1)])
    tryton.answers[LIST] = []
    pulled = Pulled()
    with pytest.raises(Transient, match="counts 1 rows and gives 0"):
        pulled.take(source.pull({}))
    assert Stream.ITEMS not in pulled.ends


def test_rows_out_of_order_are_not_believed() -> None:
    """Only rows in the order of their ids prove that nothing lies between."""
    _, source = bench([instalment(2), instalment(1)])
    with pytest.raises(ContractError, match="order"):
        Pulled().take(source.pull({}))


BAD = {
    "an amount that is no number": {"debit": money("many")},
    "an endless amount": {"debit": money("Infinity")},
    "an amount with too many decimals": {"debit": money("1.00001")},
    "an amount past all money": {"debit": money("1e20")},
    "a day that there is not": {
        "maturity_date": {"__class__": "date", "year": 2026, "month": 2, "day": 30}
    },
    "a missing column": {"credit": None},
    "an invoice that is paid": {
        "move.": {"id": 1, "state": "posted", "origin.": {"id": 1, "state": "paid"}}
    },
    "an unknown state": {
        "move.": {"id": 1, "state": "posted", "origin.": {"id": 1, "state": "pondering"}}
    },
    "a currency without a code": {
        "second_currency.": {"id": 9, "code": None},
        "amount_second_currency": money("10.00"),
    },
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_is_set_aside_under_its_party(case: str) -> None:
    """The others are read; the row says which it is, where it stands and what to do."""
    rows = [instalment(number) for number in range(1, 4)]
    rows[0] |= BAD[case]
    _, source = bench(rows, size=10)
    pulled = Pulled().take(source.pull({}))
    assert [item.item_id for item in pulled.items] == ["2", "3"]
    (bad,) = pulled.quarantined
    assert (bad.record_id, bad.account_id) == ("1", "5")
    assert bad.where == "open invoices, account.move.line 1"
    assert bad.problem.endswith("open it in Tryton and correct it")


def test_a_bad_row_without_a_party_is_everybodys() -> None:
    """Nobody can say whom it concerns, so it is under nobody's name."""
    _, source = bench([instalment(1), instalment(2, party="five")], size=10)
    pulled = Pulled().take(source.pull({}))
    assert [bad.account_id for bad in pulled.quarantined] == [""]


def test_when_most_rows_are_bad_the_shape_has_changed() -> None:
    """Nobody is held for it one by one: the ledger stops."""
    _, source = bench([instalment(n, debit="10.00") for n in range(1, 9)], size=10)
    with pytest.raises(SyncerError, match="rows cannot be read"):
        Pulled().take(source.pull({}))


def test_a_party_that_cannot_be_read_holds_itself() -> None:
    """Its invoices stay, and its account is held."""
    tryton, source = bench([instalment(1)])
    tryton.answers[PARTIES] = [party(5, **{"addresses.": "none"})]
    pulled = Pulled().take(source.pull({}))
    assert [bad.account_id for bad in pulled.quarantined] == ["5"]
    facts = source.read_accounts(["5"])
    assert [bad.record_id for bad in facts["5"].quarantined] == ["5"]
