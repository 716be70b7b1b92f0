"""Writes over the stand-in: where they go, what is refused, what a lost answer leaves."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.odoo.chatter import NOTE_LENGTH_MAX
from syncer.errors import ContractError, RecordError
from syncer.model.charge import Charge
from syncer.model.note import cut_note
from syncer.model.outcome import AlreadyThere, Delivered, Rejected, Retry, Uncertain
from syncer.sandbox.books import stable_id
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.odoo.app import OdooApp
from syncer.testing.connector_book import contact_id, seeded_world
from syncer.testing.connector_case import Mounted, Trouble

from .wires import mounted

MARK = "[r:00112233445566ff]"
ON = date(2026, 11, 25)


@pytest.fixture
def book(tmp_path: Path) -> tuple[Mounted, OdooApp]:
    """The suite's book in an Odoo 19."""
    return mounted(seeded_world(), tmp_path)


def _ids(made: Mounted, *numbers: str) -> dict[str, Any]:
    return {
        "account_id": made.remote(contact_id("joinery")),
        "item_ids": [made.remote(stable_id("suite", number)) for number in numbers],
    }


def _note(made: Mounted, *numbers: str) -> Any:
    return made.source.add_note(**_ids(made, *numbers), text=f"Wrote {MARK}", key="k")


def test_a_note_stands_on_every_invoice_it_is_about(book: tuple[Mounted, OdooApp]) -> None:
    """One note each; those that show it already are left alone."""
    made, app = book
    assert isinstance(_note(made, "S-001"), Delivered)
    assert isinstance(_note(made, "S-001", "S-002"), Delivered)
    assert isinstance(_note(made, "S-001", "S-002"), AlreadyThere)
    assert (
        len({one["res_id"] for one in app.models.rows.messages})
        == len(app.models.rows.messages)
        == 2
    )


def test_instalments_of_one_invoice_take_one_note(book: tuple[Mounted, OdooApp]) -> None:
    """Two lines of one entry are one place."""
    made, app = book
    ids = _ids(made, "S-001")
    ids["item_ids"] = [ids["item_ids"][0], ids["item_ids"][0].split(".")[0] + ".99999"]
    assert isinstance(made.source.add_note(**ids, text=f"Wrote {MARK}", key="k"), Delivered)
    assert len(app.models.rows.messages) == 1
    assert made.source.find_note(**ids, marker=MARK)


def test_a_note_on_some_invoices_is_unclear_and_finished_later(
    book: tuple[Mounted, OdooApp],
) -> None:
    """The second invoice's answer is lost before it acted: not told as done, then only it is
    written.
    """
    made, app = book
    ids = _ids(made, "S-001", "S-002")
    written = app.models.rows.messages
    made.suffer(Trouble.WRITE_CUT_BEFORE)
    assert isinstance(made.source.add_note(**ids, text=f"Wrote {MARK}", key="k"), Uncertain)
    assert not made.source.find_note(**ids, marker=MARK)
    assert isinstance(made.source.add_note(**ids, text=f"Wrote {MARK}", key="k"), Delivered)
    assert len(written) == 2


def test_notes_may_stand_on_the_customer(tmp_path: Path) -> None:
    """``notes_on: account`` writes one note in the customer's chatter."""
    made, app = mounted(seeded_world(), tmp_path, notes_on="account")
    assert isinstance(_note(made, "S-001", "S-002"), Delivered)
    assert [one["model"] for one in app.models.rows.messages] == ["res.partner"]
    assert made.source.find_note(**_ids(made, "S-001"), marker=MARK)


@pytest.mark.parametrize("ids", [{"account_id": "none", "item_ids": []}, {"account_id": "x"}])
def test_ids_that_are_none_of_odoos_are_refused(
    ids: dict[str, Any], book: tuple[Mounted, OdooApp]
) -> None:
    """Nothing is called for them."""
    made, _ = book
    given = {"item_ids": ["S-001"], **ids}
    assert isinstance(made.source.add_note(**given, text=MARK, key="k"), Rejected)
    assert isinstance(made.source.add_task(**given, text=MARK, due_on=ON, key="k"), Rejected)
    assert not made.source.find_note(**given, marker=MARK)


def test_a_long_note_is_cut_before_its_marker() -> None:
    """Between words, with an ellipsis; one word without end is cut as well."""
    for text in ("word " * 2000, "w" * 9000):
        cut = cut_note(f"{text} {MARK}", length=NOTE_LENGTH_MAX)
        assert len(cut) <= NOTE_LENGTH_MAX
        assert cut.endswith(f"… {MARK}")


def test_an_activity_is_planned_once_for_the_person(tmp_path: Path) -> None:
    """A call on the first invoice, for the person of the settings, with its day."""
    made, app = mounted(seeded_world(), tmp_path, task_user="ada@suite.example")
    task = {**_ids(made, "S-001", "S-002"), "text": f"Phone <them>\n& ask {MARK}", "due_on": ON}
    assert isinstance(made.source.add_task(**task, key="t"), Delivered)
    assert isinstance(made.source.add_task(**task, key="t"), AlreadyThere)
    (one,) = app.models.rows.activities
    assert (one["user_id"], one["date_deadline"]) == (9, "2026-11-25")
    assert one["act_type_xmlid"] == "mail.mail_activity_data_call"
    assert one["summary"] == "Phone <them>"
    assert one["note"] == f"<p>Phone &lt;them&gt;<br>&amp; ask {MARK}</p>"
    assert made.source.find_note(**_ids(made, "S-001", "S-002"), marker=MARK)


def test_without_a_person_it_is_the_salespersons(book: tuple[Mounted, OdooApp]) -> None:
    """Or nobody's in particular where it is about a customer: then Odoo's own default."""
    made, app = book
    task = {"text": f"Phone {MARK}", "due_on": ON, "key": "t"}
    assert isinstance(made.source.add_task(**_ids(made, "S-001"), **task), Delivered)
    assert isinstance(made.source.add_task(**_ids(made), **task), Delivered)
    assert [one.get("user_id") for one in app.models.rows.activities] == [2, None]


def test_a_person_that_odoo_does_not_know_refuses_the_task(tmp_path: Path) -> None:
    """Told with the key to correct."""
    made, _ = mounted(seeded_world(), tmp_path, task_user="nobody@suite.example")
    outcome = made.source.add_task(**_ids(made, "S-001"), text=MARK, due_on=ON, key="t")
    assert isinstance(outcome, Rejected)
    assert "settings.task_user" in outcome.reason


@pytest.mark.parametrize("trouble", [Trouble.WRITE_CUT_AFTER, Trouble.WRITE_ERROR_AFTER])
def test_a_lost_answer_to_a_task_is_looked_up(
    trouble: Trouble, book: tuple[Mounted, OdooApp]
) -> None:
    """It is there, and told as there."""
    made, app = book
    made.suffer(trouble)
    outcome = made.source.add_task(**_ids(made, "S-001"), text=f"Phone {MARK}", due_on=ON, key="t")
    assert isinstance(outcome, Delivered)
    assert len(app.models.rows.activities) == 1


def test_a_lost_task_that_is_not_there_is_unclear(book: tuple[Mounted, OdooApp]) -> None:
    """It may be on its way still: a person decides."""
    made, _ = book
    made.suffer(Trouble.WRITE_CUT_BEFORE)
    outcome = made.source.add_task(**_ids(made, "S-001"), text=f"Phone {MARK}", due_on=ON, key="t")
    assert isinstance(outcome, Uncertain)


def _mail(made: Mounted, key: str = "m-1") -> Any:
    return made.source.email_item(item_id=_ids(made, "S-001")["item_ids"][0], key=key)


def test_odoo_mails_once_per_key(book: tuple[Mounted, OdooApp]) -> None:
    """The same key finds its message by its Message-ID; another key is another message."""
    made, app = book
    assert isinstance(_mail(made), Delivered)
    assert isinstance(_mail(made), AlreadyThere)
    assert isinstance(_mail(made, "m-2"), Delivered)
    first, second = app.models.rows.messages
    assert first["message_id"] != second["message_id"]
    assert (first["subtype"], first["partner_ids"]) == ("mail.mt_comment", [11])


def test_words_whose_answer_is_lost_are_asked_for_again(book: tuple[Mounted, OdooApp]) -> None:
    """Making the words mails nothing: it is tried again, and no person has to look for a mail."""
    made, app = book
    app.faults.faults = [Fault(FaultKind.COMMIT_THEN_DROP, path="mail.compose.message/create")]
    assert isinstance(_mail(made), Retry)
    assert app.models.calls[-1] == "mail.compose.message.create"
    assert isinstance(_mail(made), Delivered)


def test_a_mail_that_odoo_says_failed_is_refused(book: tuple[Mounted, OdooApp]) -> None:
    """However often it is asked."""
    made, app = book
    assert isinstance(_mail(made), Delivered)
    app.models.rows.messages[0]["fate"] = "exception"
    assert isinstance(_mail(made), Rejected)
    assert len(app.models.rows.messages) == 1


def test_what_cannot_be_mailed_says_why(tmp_path: Path) -> None:
    """No such template, no recipient, no such invoice."""
    made, app = mounted(seeded_world(), tmp_path, mail_template="No such template")
    assert "settings.mail_template" in _mail(made).reason
    assert isinstance(made.source.email_item(item_id="S-001", key="m"), Rejected)
    app.models.recipients = []
    app.models.rows.template = "No such template"
    assert "no recipient" in _mail(made).reason
    assert app.models.rows.messages == []


def _fee(made: Mounted, **changes: Any) -> Any:
    fee = {
        "account_id": _ids(made)["account_id"],
        "amount": Decimal("40.10"),
        "currency": "NZD",
        "description": "Late payment fee",
        "on": ON,
        "reference": "LATEFEE:1",
        "key": "f",
        **changes,
    }
    return made.source.add_charge(Charge(**fee))


@pytest.mark.parametrize(
    ("settings", "changes", "told"),
    [
        ({"fee_account_code": "999999"}, {}, "settings.fee_account_code"),
        ({}, {"currency": "XAU"}, "no currency XAU"),
        ({}, {"account_id": "none"}, "no such customer"),
    ],
)
def test_a_fee_that_cannot_be_drafted_says_why(
    settings: dict[str, Any], changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    """Nothing is made, and a person reads what to correct."""
    made, app = mounted(seeded_world(), tmp_path, **settings)
    outcome = _fee(made, **changes)
    assert isinstance(outcome, Rejected)
    assert told in outcome.reason
    assert app.models.rows.drafts == []


def test_a_cancelled_fee_does_not_count(book: tuple[Mounted, OdooApp]) -> None:
    """A person who cancelled the draft may be asked again; one that stands is found."""
    made, app = book
    assert isinstance(_fee(made), Delivered)
    assert isinstance(_fee(made), AlreadyThere)
    app.models.rows.drafts[0]["state"] = "cancel"
    assert isinstance(_fee(made), Delivered)


def test_a_right_that_is_missing_refuses_the_write(book: tuple[Mounted, OdooApp]) -> None:
    """Odoo says no before anything is kept: certain, and told with what to do."""
    made, app = book
    app.models.denied.add("account.move")
    outcome = _note(made, "S-001")
    assert isinstance(outcome, Rejected)
    assert "Settings, Users" in outcome.reason


@pytest.mark.parametrize(
    ("kept", "error"),
    [
        (False, RecordError),
        ("JVBERi0xLjQ", ContractError),  # cut
        ("aGVsbG8=", ContractError),  # no PDF
    ],
)
def test_only_a_whole_pdf_is_a_document(
    kept: object, error: type[Exception], book: tuple[Mounted, OdooApp]
) -> None:
    """Nothing kept is said of that invoice; what is kept and no PDF is the ledger's fault."""
    made, app = book
    number = int(_ids(made, "S-001")["item_ids"][0].split(".")[0])
    moves = [
        {**one, "invoice_pdf_report_file": kept}
        for one in app.models.rows.moves()
        if one["id"] == number
    ]
    app.models.rows.shown_moves = moves
    with pytest.raises(error):
        made.source.invoice_pdf(_ids(made, "S-001")["item_ids"][0])


def test_a_link_needs_https(tmp_path: Path) -> None:
    """A portal without https gives no link; with ``portal_url`` it is that address."""
    made, _ = mounted(seeded_world(), tmp_path, portal_url="https://pay.example")
    item = _ids(made, "S-001")["item_ids"][0]
    assert made.source.pay_link(item).startswith("https://pay.example/my/invoices/")
    other = tmp_path / "other"
    other.mkdir()
    made, _ = mounted(seeded_world(), other, portal_url="http://127.0.0.1:8069")
    assert made.source.pay_link(item) == ""


@pytest.mark.parametrize("notes_on", ["invoice", "account"])
def test_own_notes_are_told_by_two_calls_wherever_they_stand(notes_on: str, tmp_path: Path) -> None:
    """On invoices, on the customer, as an activity or done: each text once, and nobody else's."""
    made, app = mounted(seeded_world(), tmp_path, notes_on=notes_on)
    ids = _ids(made, "S-001", "S-002")
    other = {**ids, "text": f"On the customer {MARK}", "item_ids": []}
    assert isinstance(_note(made, "S-001", "S-002"), Delivered)
    assert isinstance(made.source.add_note(**other, key="k"), Delivered)
    task = f"Phone <them>\n2 invoices {MARK}"
    assert isinstance(made.source.add_task(**ids, text=task, due_on=ON, key="t"), Delivered)
    assert isinstance(made.source.add_note(**{**other, "text": "Theirs [x]"}, key="k"), Delivered)
    app.models.calls.clear()
    told = made.source.own_notes(**ids, marker=MARK[:5])
    assert sorted(told) == sorted([task, f"Wrote {MARK}", f"On the customer {MARK}"])
    assert app.models.calls == [
        f"{model}.web_search_read" for model in ("mail.activity", "mail.message")
    ]


def test_nobody_has_no_notes(book: tuple[Mounted, OdooApp]) -> None:
    """Ids that are none of Odoo's are not asked about."""
    made, app = book
    app.models.calls.clear()
    assert made.source.own_notes(account_id="none", item_ids=["S-1"], marker=MARK) == ()
    assert app.models.calls == []
