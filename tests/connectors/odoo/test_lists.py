"""Pages by key: what an answer promises it must hold; what cannot be read holds its account."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ContractError
from syncer.model.ledger import Stream
from syncer.sandbox.odoo.access import KEY
from syncer.sandbox.odoo.app import OdooApp
from syncer.testing.connector_book import contact_id, seeded_world
from syncer.testing.connector_case import Pulled
from syncer.testing.connector_http import Wire, mount_http

from .wires import SPEC, config, purpose

Change = Callable[[dict[str, Any]], None]


def _pull(folder: Path, model: str, change: Change) -> tuple[Pulled, OdooApp]:
    """Pull a book whose lists of ``model`` are changed on the way."""
    app = OdooApp(seeded_world())

    def between(environ: dict[str, Any], start: Any) -> Any:
        path = environ["PATH_INFO"]

        def of_any_length(status: str, headers: list[tuple[str, str]]) -> None:
            start(status, [one for one in headers if one[0] != "Content-Length"])

        body = b"".join(app(environ, of_any_length))
        if path != f"/json/2/{model}/web_search_read" or b'"matched_credit_ids"' in body:
            return [body]  # other lists, and that of history
        answer = json.loads(body)
        change(answer)
        return [json.dumps(answer).encode()]

    wire = Wire(app=between, purpose=purpose, spoil={})
    made = mount_http(app.world, folder, spec=SPEC, config=config(), wire=wire)
    made = replace(made, remote=app.models.rows.remote, secrets=lambda: (KEY,))
    return Pulled().take(made.source.pull({})), app


def _fewer(answer: dict[str, Any]) -> None:
    answer["records"].pop()


def _reversed(answer: dict[str, Any]) -> None:
    answer["records"].reverse()


def _twice(answer: dict[str, Any]) -> None:
    answer["records"][1] = answer["records"][0]


def _no_count(answer: dict[str, Any]) -> None:
    del answer["length"]


def _all_bad(answer: dict[str, Any]) -> None:
    for row in answer["records"]:
        row["balance"] = "many"


def _no_id(answer: dict[str, Any]) -> None:
    answer["records"][0] = {"move_name": "S-001"}


@pytest.mark.parametrize("change", [_fewer, _reversed, _twice, _no_count, _all_bad, _no_id])
def test_a_page_that_is_not_what_was_promised_is_loud(change: Change, tmp_path: Path) -> None:
    """Fewer rows than said, another order, a row twice, no count, no row that can be read."""
    with pytest.raises(ContractError, match=r"account\.move\.line"):
        _pull(tmp_path, "account.move.line", change)


def _locked(answer: dict[str, Any]) -> None:
    answer["records"][0]["fiscalyear_lock_date"] = "soon"


def _foreign(answer: dict[str, Any]) -> None:
    answer["records"] = [one for one in answer["records"] if one["name"] != "NZD"]
    answer["length"] = len(answer["records"])


def _lately(answer: dict[str, Any]) -> None:
    answer["records"][0]["date"] = "lately"


@pytest.mark.parametrize(
    ("model", "change", "told"),
    [
        ("res.company", _locked, "a date cannot be read"),
        ("res.currency", _foreign, "not listed by Odoo"),
        ("account.bank.statement.line", _lately, "a date cannot be read"),
    ],
)
def test_a_company_that_cannot_be_read_is_told_in_words(
    model: str, change: Change, told: str, tmp_path: Path
) -> None:
    """Its lock date, its own currency, a bank line's day: loud, and no bug of ours."""
    with pytest.raises(ContractError, match=told):
        _pull(tmp_path, model, change)


def test_a_row_that_cannot_be_read_holds_its_account(tmp_path: Path) -> None:
    """Where it stands, whose it is and what to do; all the others are read."""

    def spoil(answer: dict[str, Any]) -> None:
        answer["records"][0]["amount_currency"] = None

    pulled, app = _pull(tmp_path, "account.move.line", spoil)
    (bad,) = pulled.quarantined
    assert bad.record_id == "account.move.line,50000"
    assert bad.account_id == app.models.rows.remote(contact_id("joinery"))
    assert str(bad.amount) == "100.0"
    assert "Correct it in Odoo" in bad.problem
    assert pulled.ends[Stream.ITEMS].records == len(pulled.items) + 1


def test_a_row_without_an_owner_that_can_be_read_holds_everybody(tmp_path: Path) -> None:
    """Nobody knows whose it is: no account is given."""

    def spoil(answer: dict[str, Any]) -> None:
        answer["records"][0]["partner_id"] = {"id": "?"}

    pulled, _ = _pull(tmp_path, "account.move.line", spoil)
    assert [one.account_id for one in pulled.quarantined] == [""]


def test_a_customer_that_cannot_be_read_is_held(tmp_path: Path) -> None:
    """The record of a customer is its own account; a contact's is its customer's."""

    def spoil(answer: dict[str, Any]) -> None:
        for row in answer["records"][:1]:
            row["lang"] = 7

    pulled, app = _pull(tmp_path, "res.partner", spoil)
    joinery = app.models.rows.remote(contact_id("joinery"))
    assert joinery in {one.account_id for one in pulled.quarantined}

    def no_address(answer: dict[str, Any]) -> None:
        for row in answer["records"]:
            if "type" in row:
                row["email"] = 7

    folder = tmp_path / "contacts"
    folder.mkdir()
    pulled, app = _pull(folder, "res.partner", no_address)
    café = app.models.rows.remote(contact_id("café"))
    assert {one.account_id for one in pulled.quarantined} == {café}
