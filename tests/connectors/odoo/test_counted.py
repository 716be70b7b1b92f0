"""An answer that came without its rows is no word that there are none: what it says is counted."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ContractError
from syncer.model.ledger import Stop, Stream
from syncer.model.outcome import AlreadyThere, Delivered
from syncer.sandbox import people, post
from syncer.sandbox.books import stable_id
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.app import OdooApp
from syncer.testing.connector_book import TODAY, contact_id, seeded_world
from syncer.testing.connector_case import Mounted, Pulled

from .test_writing import MARK, _fee, _ids, _mail, _note
from .wires import mounted


@pytest.fixture
def book(tmp_path: Path) -> tuple[Mounted, OdooApp]:
    """The suite's book in an Odoo 19."""
    return mounted(seeded_world(), tmp_path)


def _emptied(app: OdooApp, path: str, *, times: int = 1) -> None:
    """The next answers of that address come without rows, counts as before."""
    app.faults.faults = [Fault(FaultKind.EMPTY_PAGE, path=f"{path}$", times=times)]


def _pull(made: Mounted, cursors: dict[Stream, str] | None = None) -> Pulled:
    return Pulled().take(made.source.pull(cursors or {}))


MESSAGES = "mail.message/[a-z_]+"


def test_a_note_that_is_there_is_found(book: tuple[Mounted, OdooApp]) -> None:
    """Once: asked again. For good: said, and never 'there is none'."""
    made, app = book
    assert isinstance(_note(made, "S-001"), Delivered)
    _emptied(app, MESSAGES)
    assert made.source.find_note(**_ids(made, "S-001"), marker=MARK)
    _emptied(app, MESSAGES, times=0)
    with pytest.raises(ContractError, match="0 rows came where 1"):
        made.source.find_note(**_ids(made, "S-001"), marker=MARK)


@pytest.mark.parametrize("write", [_mail, _fee])
def test_what_is_there_is_not_written_twice(write: Any, book: tuple[Mounted, OdooApp]) -> None:
    """An e-mail by Odoo, and the draft of a fee: however often the look comes back empty."""
    made, app = book
    assert isinstance(write(made), Delivered)
    there = len(app.models.rows.messages) + len(app.models.rows.drafts)
    for times, kind in ((1, AlreadyThere), (0, object)):
        _emptied(app, "(mail.message|account.move)/(web_)?search[a-z_]*", times=times)
        assert isinstance(write(made), kind)
        assert not isinstance(write(made), Delivered)
        assert len(app.models.rows.messages) + len(app.models.rows.drafts) == there


def test_the_ledgers_own_mails_are_seen(book: tuple[Mounted, OdooApp]) -> None:
    """Else a customer would be written to on the day on which Odoo mailed the invoice."""
    made, app = book
    doc = app.world.main.document(stable_id("suite", "S-001"))
    post.send_mail(app.world.main, doc, by="Sam")
    _emptied(app, MESSAGES)
    sent = {item.item_id: item.sent_on for item in _pull(made).items}
    assert sent[made.remote(doc.doc_id)] == TODAY


def test_a_merge_is_followed(book: tuple[Mounted, OdooApp]) -> None:
    """Neither the note of it, nor who is there still, is taken from an empty answer."""
    made, app = book
    people.merge(app.world.main, contact_id("quiet"), contact_id("joinery"))
    for path in (MESSAGES, "res.partner/(web_)?search[a-z_]*"):
        _emptied(app, path)
        gone = made.remote(contact_id("quiet"))
        facts = made.source.read_accounts([gone])
        assert facts[gone].account.merged_into == made.remote(contact_id("joinery"))


def test_who_changed_is_not_nobody(book: tuple[Mounted, OdooApp]) -> None:
    """A change that is missed would be missed until the next whole read."""
    made, app = book
    first = _pull(made)
    app.world.advance(hours=1)
    people.change_contact(app.world.main, contact_id("joinery"), email="a@joinery.example")
    app.faults.faults = [
        Fault(FaultKind.EMPTY_PAGE, path=f"res.partner/{method}$")
        for method in ("search_read", "web_search_read")
    ]
    assert made.remote(contact_id("joinery")) in {
        one.account_id for one in _pull(made, first.cursors).accounts
    }


def test_the_age_of_the_books_is_known(book: tuple[Mounted, OdooApp]) -> None:
    """Old books are not taken for books of unknown age, which nothing holds."""
    made, app = book
    app.models.rows.bank[0]["date"] = (TODAY - timedelta(days=40)).isoformat()
    _emptied(app, "account.bank.statement.line/[a-z_]+")
    assert made.source.check().organisation.books_fresh_on == TODAY - timedelta(days=40)


def test_marks_of_an_invoice_are_asked_for(book: tuple[Mounted, OdooApp]) -> None:
    """That no field is there is no answer: else nobody would see what is not to be followed up."""
    made, app = book
    doc = app.world.main.document(stable_id("suite", "S-001"))
    app.world.main.change_document(doc, disputed=True)
    _emptied(app, "account.move.line/fields_get")
    stops = {item.item_id: item.stop for item in _pull(made).items}
    assert stops[made.remote(doc.doc_id)] is Stop.BLOCKED


def test_fields_that_are_never_told_end_the_run(book: tuple[Mounted, OdooApp]) -> None:
    """In words, and before anything is read."""
    made, app = book
    _emptied(app, "account.move.line/fields_get", times=0)
    with pytest.raises(ContractError, match="not even the id"):
        _pull(made)


def test_a_version_that_is_not_told_is_asked_for_again(book: tuple[Mounted, OdooApp]) -> None:
    """An Odoo 19 is not taken for an older one, which is spoken to otherwise."""
    made, app = book
    app.faults.faults = [Fault(FaultKind.EMPTY_PAGE, path="/json/version")]
    assert "JSON-2" in made.source.check().details[0]
