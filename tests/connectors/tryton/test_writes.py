"""Writes: one call each, told by what is known; nothing unclear is ever called undone."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from syncer.errors import AuthError, RecordError, SyncerError
from syncer.model.charge import Charge
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)

from .scripted import Bench, Refusal, Scripted, Status, books

LINES = "model.account.move.line.search_read"
NOTES = "model.ir.note.create"
TEXT = "Reminder sent. [r:0011]"
MADE_FOR = [
    {"id": 1, "move.": {"id": 9, "origin": "account.invoice,41"}},
    {"id": 2, "move.": {"id": 9, "origin": "account.invoice,41"}},
    {"id": 3, "move.": {"id": 8, "origin": "account.invoice,42"}},
]


def failing(trouble: Exception) -> Any:
    """A method that fails."""

    def fail(*_: object) -> None:
        raise trouble

    return fail


def note(tryton: Scripted, items: tuple[str, ...] = ("1", "2", "3")) -> Outcome:
    """Write a note about an account's items."""
    return Bench(tryton).source.add_note(account_id="5", item_ids=items, text=TEXT, key="k")


def test_all_notes_of_a_reminder_are_one_call() -> None:
    """One on each invoice, however many of its instalments are meant."""
    tryton = books(model__ir__note__create=[71, 72])
    tryton.answers[LINES] = MADE_FOR
    outcome = note(tryton)
    assert outcome == Delivered(remote_id="71,72")
    ((_, params),) = [one for one in tryton.asked if one[0] == NOTES]
    assert [one["resource"] for one in params[0]] == ["account.invoice,41", "account.invoice,42"]


def test_a_note_about_no_invoice_stands_on_the_party() -> None:
    """Entries made by hand have no invoice to write on."""
    tryton = books(model__ir__note__create=[71])
    tryton.answers["model.party.party.search_count"] = 1
    note(tryton)
    ((_, params),) = [one for one in tryton.asked if one[0] == NOTES]
    assert [one["resource"] for one in params[0]] == ["party.party,5"]


TROUBLES = [
    (Refusal("UserError", ["No.", "", None]), Rejected),
    (Refusal("UserWarning", ["name", "Sure?", ""]), Rejected),
    (Refusal("'ir.note'", ""), Rejected),
    (Refusal("ConcurrencyException", "changed"), Retry),
    (Refusal("division by zero", ""), Uncertain),
    (Status(500), Uncertain),
    (Status(502), Uncertain),
    (Status(504), Uncertain),
    (Status(400), Uncertain),
    (Status(429), Snooze),
]


@pytest.mark.parametrize(("trouble", "kind"), TROUBLES)
def test_a_note_that_fails_is_told_by_what_is_known(trouble: Exception, kind: type) -> None:
    """Refused, taken back, not now, or nobody can tell; never guessed, never sent twice."""
    tryton = books()
    tryton.answers[LINES] = MADE_FOR
    tryton.answers[NOTES] = failing(trouble)
    outcome = note(tryton)
    assert isinstance(outcome, kind), outcome
    assert tryton.count(NOTES) == 1
    assert "canary" not in repr(outcome)


def test_an_answer_that_shows_nothing_is_looked_up() -> None:
    """The note is there, so it was delivered, whatever the answer looked like."""
    tryton = books(model__ir__note__create=failing(Status(502)))
    tryton.answers[LINES] = MADE_FOR
    tryton.answers["model.ir.note.search_read"] = [{"id": 71, "message": TEXT}]
    assert isinstance(note(tryton), Delivered)


def test_a_right_that_is_missing_ends_the_ledger() -> None:
    """403 is no refusal of one note: nothing more can be written."""
    tryton = books(model__ir__note__create=failing(Status(403)))
    tryton.answers[LINES] = MADE_FOR
    with pytest.raises(AuthError, match="groups"):
        note(tryton)


@pytest.mark.parametrize("marker", ["[r:1_2]", "[r:100%]", "[r:a\\b]"])
def test_a_marker_is_found_by_its_letters_and_not_as_a_pattern(marker: str) -> None:
    """What Tryton's pattern finds is looked at again, letter by letter."""
    tryton = books()
    tryton.answers[LINES] = MADE_FOR
    tryton.answers["model.ir.note.search_read"] = [{"id": 71, "message": "[r:1x2] [r:100xyz]"}]
    source = Bench(tryton).source
    assert not source.find_note(account_id="5", item_ids=["1"], marker=marker)
    tryton.answers["model.ir.note.search_read"] = [{"id": 71, "message": f"Sent. {marker}"}]
    assert source.find_note(account_id="5", item_ids=["1"], marker=marker)


def test_a_task_says_by_when_and_is_found_on_the_party() -> None:
    """It stands on the party, with its day in front."""
    tryton = books(model__ir__note__create=[71])
    tryton.answers["model.party.party.search_count"] = 1
    outcome = Bench(tryton).source.add_task(
        account_id="5", item_ids=["1"], text=f"Phone {TEXT}", due_on=date(2026, 11, 23), key="k"
    )
    assert isinstance(outcome, Delivered)
    ((_, params),) = [one for one in tryton.asked if one[0] == NOTES]
    message = params[0][0]["message"]
    assert message.startswith("To do by 2026-11-23: ")
    assert message.endswith("[r:0011]")


def test_own_notes_are_told_by_two_calls() -> None:
    """Of all invoices and the party at once; a reminder's note on several of them is one text."""
    tryton = books(
        model__ir__note__search_read=[
            {"id": 71, "message": TEXT},
            {"id": 72, "message": TEXT},
            {"id": 73, "message": "To do by 2026-11-23: Phone [r:0022]"},
            {"id": 74, "message": "[rx:0033] by somebody else"},
        ]
    )
    tryton.answers[LINES] = MADE_FOR
    source = Bench(tryton).source
    source.check()
    tryton.asked.clear()
    told = source.own_notes(account_id="5", item_ids=["1", "2", "3"], marker="[r:")
    assert told == (TEXT, "To do by 2026-11-23: Phone [r:0022]")
    assert [method for method, _ in tryton.asked] == [LINES, "model.ir.note.search_read"]
    (_, params) = tryton.asked[-1]
    wanted = ["account.invoice,41", "account.invoice,42", "party.party,5"]
    assert params[0][0] == ["resource", "in", wanted]


def test_a_party_that_is_gone_hides_no_note_on_invoices() -> None:
    """Tryton refuses a question that names a record it no longer has: asked again without it."""

    def refuse(domain: Any, *_: Any) -> list[dict[str, Any]]:
        if "party.party,5" in domain[0][2]:
            raise Refusal("UserError", ["You are trying to read records that do not exist.", "", 0])
        return [{"id": 71, "message": TEXT}]

    tryton = books(model__ir__note__search_read=refuse)
    tryton.answers[LINES] = MADE_FOR
    source = Bench(tryton).source
    assert source.own_notes(account_id="5", item_ids=["1"], marker="[r:") == (TEXT,)
    assert source.own_notes(account_id="5", item_ids=["1"], marker="[r:9") == ()
    tryton.answers[LINES] = []
    assert source.own_notes(account_id="5", item_ids=[], marker="[r:") == ()


def test_notes_that_may_not_be_read_are_no_missing_notes() -> None:
    """A right that is missing is raised: nothing goes out about a customer nobody can look up."""

    def refuse(*_: Any) -> None:
        raise Refusal("UserError", ["You are not allowed to access Note.", "", 0])

    tryton = books(model__ir__note__search_read=refuse)
    tryton.answers[LINES] = MADE_FOR
    tryton.answers["model.party.party.search_count"] = 1
    with pytest.raises(SyncerError, match="groups"):
        Bench(tryton).source.own_notes(account_id="5", item_ids=["1"], marker="[r:")


def mailing(**answers: Any) -> Scripted:
    """A Tryton with a template that finds an address."""
    filled = {"to": ["ada@x.example"], "subject": "Due", "body": "<p>x</p>", "reports": []}
    known = {
        "model__ir__email__template__search_read": [{"id": 3}],
        "model__ir__email__template__get": filled,
        "model__ir__email__send": 81,
    }
    tryton = books(**{**known, **answers})
    tryton.answers[LINES] = MADE_FOR[:1]
    return tryton


def mail(tryton: Scripted, template: str = "Reminder") -> Outcome:
    """Ask Tryton to mail an item."""
    return Bench(tryton, settings={"mail_template": template}).source.email_item(
        item_id="1", key="k"
    )


def test_tryton_mails_what_its_template_says() -> None:
    """Recipients, subject and body are the template's, the record is the invoice."""
    tryton = mailing()
    assert isinstance(mail(tryton), Delivered)
    ((_, params),) = [one for one in tryton.asked if one[0] == "model.ir.email.send"]
    assert params[0] == "ada@x.example"
    assert params[6] == ["account.invoice", 41]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model__ir__email__template__search_read": []}, "no e-mail template"),
        ({"model__ir__email__template__get": {"subject": "Due"}}, "no address"),
        ({"model__account__move__line__search_read": []}, "no longer knows"),
    ],
)
def test_a_mail_that_cannot_be_is_refused_before_it_is_asked_for(
    change: dict[str, Any], word: str
) -> None:
    """A person is told what is missing, and nothing is sent."""
    tryton = mailing()
    tryton.answers |= {name.replace("__", "."): answer for name, answer in change.items()}
    outcome = mail(tryton)
    assert isinstance(outcome, Rejected)
    assert word in outcome.reason
    assert tryton.count("model.ir.email.send") == 0


def test_a_tryton_that_mails_nothing_says_so() -> None:
    """Before 7.6 there is no such call; nothing is tried."""
    tryton = mailing()
    tryton.version = "7.0.59"
    outcome = mail(tryton)
    assert isinstance(outcome, Rejected)
    assert "older than 7.6" in outcome.reason


@pytest.mark.parametrize("trouble", [Status(504), Refusal("smtp failed", "")])
def test_a_mail_nobody_can_tell_of_is_uncertain(trouble: Exception) -> None:
    """It may have left when the transaction was committed: never a second try by itself."""
    tryton = mailing(model__ir__email__send=failing(trouble))
    assert isinstance(mail(tryton), Uncertain)
    assert tryton.count("model.ir.email.send") == 1


def charging(**answers: Any) -> Scripted:
    """A Tryton in which a late fee can be raised."""
    known = {
        "model__account__account__search_read": [{"id": 11}],
        "model__currency__currency__search_read": [{"id": 12}],
        "model__account__journal__search_read": [{"id": 13}],
        "model__party__party__search_read": [
            {"id": 5, "account_receivable": 14, "addresses": [15]}
        ],
        "model__account__invoice__create": [91],
    }
    return books(**{**known, **answers})


def charge(tryton: Scripted, account: str = "4.1.2") -> Outcome:
    """Raise a late fee."""
    return Bench(tryton, settings={"fee_account_code": account}).source.add_charge(
        Charge(
            account_id="5",
            amount=Decimal("40.10"),
            currency="EUR",
            description="Late payment fee",
            on=date(2026, 11, 23),
            reference="FEE-1",
            key="k",
        )
    )


def test_a_late_fee_is_a_draft_of_its_exact_amount() -> None:
    """Not posted, without a number, on the party's own receivable account."""
    tryton = charging()
    assert charge(tryton) == Delivered(remote_id="91", detail="a draft for a person to post")
    ((_, params),) = [one for one in tryton.asked if one[0] == "model.account.invoice.create"]
    (record,) = params[0]
    assert record["lines"][0][1][0]["unit_price"] == {"__class__": "Decimal", "decimal": "40.10"}
    assert (record["account"], record["reference"]) == (14, "FEE-1")
    assert "state" not in record


def test_a_fee_that_was_raised_is_left_as_it_is() -> None:
    """Its reference finds it."""
    tryton = charging(model__account__invoice__search_read=[{"id": 90}])
    assert charge(tryton) == AlreadyThere(remote_id="90")
    assert tryton.count("model.account.invoice.create") == 0


def test_a_party_without_an_account_of_its_own_takes_the_books_default() -> None:
    """As Tryton itself does."""
    tryton = charging(
        model__party__party__search_read=[{"id": 5, "account_receivable": None, "addresses": [15]}],
        model__account__configuration__search_read=[{"id": 1, "default_account_receivable": 16}],
    )
    charge(tryton)
    ((_, params),) = [one for one in tryton.asked if one[0] == "model.account.invoice.create"]
    assert params[0][0]["account"] == 16


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"model.account.account.search_read": []}, "no account has the code"),
        ({"model.currency.currency.search_read": []}, "no currency EUR"),
        ({"model.party.party.search_read": []}, "no address or no receivable account"),
    ],
)
def test_a_fee_that_lacks_something_is_refused_with_what_it_lacks(
    change: dict[str, Any], word: str
) -> None:
    """A person can enter it and try again."""
    tryton = charging()
    tryton.answers |= change
    outcome = charge(tryton)
    assert isinstance(outcome, Rejected)
    assert word in outcome.reason


def test_without_an_account_no_fee_is_raised() -> None:
    """The setting is named."""
    outcome = charge(charging(), account="")
    assert outcome == Rejected(reason="set `fee_account_code` in the ledger's settings")


def test_a_fee_of_which_nobody_can_tell_is_uncertain() -> None:
    """It is looked for by its reference, and not raised again."""
    tryton = charging(model__account__invoice__create=failing(Status(502)))
    assert isinstance(charge(tryton), Uncertain)
    assert tryton.count("model.account.invoice.create") == 1


PDF = "JVBERi0xLjQKJSVFT0YK"  # %PDF-1.4, %%EOF


def printing(format: str | None, content: str = PDF, **answers: Any) -> Scripted:  # noqa: A002
    """A Tryton that keeps a document of invoice 41, or would print one."""
    tryton = books(
        model__account__invoice__search_read=[{"id": 41, "invoice_report_format": format}],
        report__account__invoice__execute=[
            "pdf",
            {"__class__": "bytes", "base64": content},
            False,
            "Invoice",
        ],
        **answers,
    )
    tryton.answers[LINES] = MADE_FOR[:1]
    return tryton


def test_a_kept_document_is_given_as_it_is() -> None:
    """Whatever the report would make today."""
    assert Bench(printing("pdf")).source.invoice_pdf("1") == b"%PDF-1.4\n%%EOF\n"


@pytest.mark.parametrize(("kept", "extension"), [("odt", "pdf"), (None, None), (None, "odt")])
def test_nothing_is_printed_that_is_no_pdf(kept: str | None, extension: str | None) -> None:
    """Tryton would keep an ODT for good: it is not even asked for."""
    reports = [{"id": 1, "extension": extension}]
    tryton = printing(kept, model__ir__action__report__search_read=reports)
    with pytest.raises(RecordError, match="otherwise than as PDF"):
        Bench(tryton).source.invoice_pdf("1")
    assert tryton.count("report.account.invoice.execute") == 0


def test_an_invoice_that_was_never_printed_is_printed_as_pdf() -> None:
    """Where the report makes one."""
    reports = [{"id": 1, "extension": "pdf"}]
    tryton = printing(None, model__ir__action__report__search_read=reports)
    assert Bench(tryton).source.invoice_pdf("1").startswith(b"%PDF-")
