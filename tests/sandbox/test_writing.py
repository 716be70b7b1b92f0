"""Writes: validation, all-or-nothing, status rules, history, e-mail and idempotency."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Person, Status
from syncer.sandbox.world import World
from syncer.sandbox.xero.exchange import Answer
from tests.sandbox.calling import Caller, make_invoice


def fee(contact: Contact, **changes: Any) -> dict[str, Any]:
    """A late-fee draft as a program would send it."""
    row: dict[str, Any] = {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact.contact_id},
        "LineItems": [{"Description": "Fee", "UnitAmount": 25, "AccountCode": "270"}],
        "Reference": "LATEFEE:1",
    }
    return row | changes


def messages(answer: Answer) -> str:
    """All validation messages of a 400."""
    elements = json.loads(answer.body)["Elements"]
    return " ".join(e["Message"] for element in elements for e in element["ValidationErrors"])


def test_a_draft_fee_is_created_and_found_again(call: Caller, contact: Contact) -> None:
    """PUT creates a draft whose reference and creator find it again."""
    row = json.loads(call.send("PUT", "/Invoices", {"Invoices": [fee(contact)]}).body)
    made = row["Invoices"][0]
    assert (made["Status"], made["Total"], made["StatusAttributeString"]) == ("DRAFT", 25, "OK")
    found = call.ids(
        "/Invoices", "InvoiceID", where='Reference=="LATEFEE:1"', createdByMyApp="true"
    )
    assert found == [made["InvoiceID"]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Type": "NONSENSE"}, "Type"),
        ({"Contact": None}, "Contact"),
        ({"LineItems": []}, "LineItems"),
        ({"Status": "AUTHORISED"}, "DueDate"),
        ({"Status": "PAID"}, "Status"),
        ({"CurrencyCode": "CHF"}, "Organisation is not subscribed to currency CHF"),
        ({"Date": "2026-01-31"}, "period lock date"),
        ({"Date": "soon"}, "not valid"),
        ({"InvoiceNumber": "INV-0001"}, "must be unique"),
        ({"LineItems": [{"UnitAmount": 1, "AccountCode": "999"}]}, "AccountCode"),
        ({"LineItems": [{"UnitAmount": -1, "AccountCode": "200"}]}, "negative"),
    ],
)
def test_a_bad_invoice_is_refused_in_words(
    call: Caller, ledger: Ledger, contact: Contact, changes: dict[str, Any], words: str
) -> None:
    """Each refusal is a 400 that says what is wrong, and nothing is saved."""
    make_invoice(ledger, contact)
    ledger.org.lock_date = ledger.today().replace(month=1, day=31)
    answer = call.send("PUT", "/Invoices", {"Invoices": [fee(contact, **changes)]})
    assert answer.status == 400
    assert words in messages(answer)
    assert len(ledger.books.documents) == 1


def test_an_archived_contact_takes_no_new_invoice(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Only active contacts can be used in new transactions."""
    people.archive(ledger, contact.contact_id)
    answer = call.send("PUT", "/Invoices", {"Invoices": [fee(contact)]})
    assert "archived" in messages(answer)


def test_the_plan_cap_refuses_approval(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """A plan without approvals left refuses AUTHORISED and says so under Actions."""
    ledger.org.approvals_left = 0
    due = (ledger.today() + timedelta(days=7)).isoformat()
    body = {"Invoices": [fee(contact, Status="AUTHORISED", DueDate=due)]}
    assert "limit of invoices you can approve" in messages(call.send("PUT", "/Invoices", body))
    actions = {a["Name"]: a["Status"] for a in call.get("/Organisation/Actions")["Actions"]}
    assert actions["CreateApprovedInvoice"] == "NOT-ALLOWED"


def test_one_bad_element_undoes_the_good_ones(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """By default a batch is all or nothing; summarizeErrors=False saves what it can."""
    body = {"Invoices": [fee(contact), fee(contact, Type="X")]}
    assert call.send("PUT", "/Invoices", body).status == 400
    assert not call.app.world.main.books.documents
    answer = call.send("PUT", "/Invoices", body, summarizeErrors="False")
    states = [row["StatusAttributeString"] for row in json.loads(answer.body)["Invoices"]]
    assert (answer.status, states) == (200, ["OK", "ERROR"])
    assert len(call.app.world.main.books.documents) == 1


@pytest.mark.parametrize("body", [[{"Type": "ACCREC"}], {"Invoices": []}, None, "x"])
def test_a_body_without_the_envelope_is_no_data(call: Caller, body: Any) -> None:
    """A bare list is answered with "No data has been processed"."""
    answer = call.send("PUT", "/Invoices", body)
    assert answer.status == 400
    assert "No data has been processed" in json.loads(answer.body)["Message"]


def test_dates_are_read_in_both_forms(call: Caller, contact: Contact) -> None:
    """``/Date(ms)/`` and YYYY-MM-DD mean the same day; an omitted date is today."""
    for text in ("/Date(1795132800000)/", "2026-11-20", None):
        changes = {"Date": text} if text else {}
        row = json.loads(call.send("PUT", "/Invoices", fee(contact, **changes)).body)
        assert row["Invoices"][0]["DateString"] == "2026-11-20T00:00:00"


def test_a_part_paid_invoice_is_frozen_but_for_its_soft_fields(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Lines of a part-paid invoice cannot change; reference and due date can."""
    doc = make_invoice(ledger, contact)
    ledger.pay(doc, Decimal(10))
    path = f"/Invoices/{doc.doc_id}"
    assert call.send("POST", path, {"LineItems": [{"UnitAmount": 5}]}).status == 400
    assert call.send("POST", path, {"Reference": "x", "DueDate": "2026-12-01"}).status == 200
    assert (doc.reference, doc.total) == ("x", Decimal("100.00"))


def test_lines_not_sent_again_are_deleted(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """A LineItems list replaces what is not in it; a status change without it keeps the lines."""
    doc = make_invoice(ledger, contact, status=Status.DRAFT)
    path = f"/Invoices/{doc.doc_id}"
    call.send("POST", path, {"Status": "SUBMITTED"})
    assert doc.total == 100
    call.send("POST", path, {"LineItems": [{"Description": "New", "UnitAmount": 7}]})
    assert (len(doc.lines), doc.total) == (1, 7)


@pytest.mark.parametrize("status", [Status.PAID, Status.VOID, Status.DELETED])
def test_terminal_statuses_stay(
    call: Caller, ledger: Ledger, contact: Contact, status: Status
) -> None:
    """PAID, VOIDED and DELETED cannot be changed through the API."""
    doc = make_invoice(ledger, contact)
    doc.status = status
    assert call.send("POST", f"/Invoices/{doc.doc_id}", {"Status": "AUTHORISED"}).status == 400


def test_sent_flag_on_a_draft_is_a_warning(call: Caller, contact: Contact) -> None:
    """SentToContact on a draft is saved with WARNING, not refused."""
    row = json.loads(call.send("PUT", "/Invoices", fee(contact, SentToContact=True)).body)
    assert row["Invoices"][0]["StatusAttributeString"] == "WARNING"
    assert "SentToContact" in row["Invoices"][0]["Warnings"][0]["Message"]


def test_extra_contact_fields_change_the_contact(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """More than ContactID inside Contact overwrites the contact and drops people not listed."""
    people.add_person(ledger, contact.contact_id, Person(email="a@b.example"))
    sent = {"ContactID": contact.contact_id, "EmailAddress": "x@y.example", "ContactPersons": []}
    call.send("PUT", "/Invoices", fee(contact, Contact=sent))
    assert (contact.email, contact.people) == ("x@y.example", [])


def test_history_is_append_only_and_bounded(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """Notes have no id, at most 2,500 characters, and several per call are all or none."""
    doc = make_invoice(ledger, contact)
    path = f"/Invoices/{doc.doc_id}/History"
    rows = {"HistoryRecords": [{"Details": "one"}, {"Details": "é" * 2500}]}
    assert call.send("PUT", path, rows).status == 200
    rows["HistoryRecords"][0]["Details"] = "x" * 2501
    assert call.send("PUT", path, rows).status == 400
    found = call.get(path)["HistoryRecords"]
    assert [r["Changes"] for r in found] == ["Note", "Note", "Created"]
    assert set(found[0]) == {"Changes", "DateUTC", "User", "Details"}
    assert found[0]["User"] == "System Generated"


@pytest.mark.parametrize("parent", ["Contacts", "Payments", "CreditNotes", "Overpayments"])
def test_other_records_have_history_too(
    call: Caller, ledger: Ledger, contact: Contact, parent: str
) -> None:
    """Notes can be added to contacts, payments and credits."""
    doc = make_invoice(ledger, contact)
    payment = ledger.pay(doc)
    record = {"Contacts": contact.contact_id, "Payments": payment.payment_id}
    path = f"/{parent}/{record.get(parent, doc.doc_id)}/History"
    assert call.send("PUT", path, {"HistoryRecords": [{"Details": "hello"}]}).status == 200
    assert call.get(path)["HistoryRecords"][0]["Details"] == "hello"


@pytest.mark.parametrize(("cap", "allowed"), [(1000, 3), (2, 2), (0, 0)])
def test_mail_is_capped_and_every_refusal_is_a_400(
    call: Caller, ledger: Ledger, contact: Contact, cap: int, allowed: int
) -> None:
    """The cap is the organisation's for 24 hours and answers 400, not 429."""
    ledger.org.mails_per_day = cap
    doc = make_invoice(ledger, contact)
    answers = [call.send("POST", f"/Invoices/{doc.doc_id}/Email", {}).status for _ in range(3)]
    assert answers == [204] * allowed + [400] * (3 - allowed)
    assert len(ledger.books.mails) == allowed


@pytest.mark.parametrize(
    ("status", "answer"), [(Status.SUBMITTED, 204), (Status.OPEN, 204), (Status.DRAFT, 400)]
)
def test_mail_needs_an_approved_or_submitted_invoice(
    call: Caller, ledger: Ledger, contact: Contact, status: Status, answer: int
) -> None:
    """Drafts are not mailed."""
    doc = make_invoice(ledger, contact, status=status)
    assert call.send("POST", f"/Invoices/{doc.doc_id}/Email", {}).status == answer


def test_mail_goes_to_the_contact_and_the_included_people(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Primary address plus people with IncludeInEmails; nobody else, and no address is a 400."""
    for email, gets in (("in@x.example", True), ("out@x.example", False)):
        people.add_person(ledger, contact.contact_id, Person(email=email, gets_mail=gets))
    doc = make_invoice(ledger, contact)
    call.send("POST", f"/Invoices/{doc.doc_id}/Email", {})
    assert ledger.books.mails[0].to == ["pay@cafe.example", "in@x.example"]
    assert doc.sent
    lonely = make_invoice(ledger, people.add_contact(ledger, "No address"))
    assert call.send("POST", f"/Invoices/{lonely.doc_id}/Email", {}).status == 400


def test_an_idempotency_key_lives_six_minutes(
    call: Caller, ledger: Ledger, contact: Contact, world: World
) -> None:
    """The first answer is replayed for six minutes from the first call; then a twin is made."""
    body = {"Invoices": [fee(contact)]}
    first = call.send("PUT", "/Invoices", body, key="k")
    world.advance(minutes=5, seconds=59)
    assert call.send("PUT", "/Invoices", body, key="k").body == first.body
    world.advance(seconds=1)
    assert call.send("PUT", "/Invoices", body, key="k").body != first.body
    assert len(ledger.books.documents) == 2


def test_a_key_used_for_something_else_is_a_400(call: Caller, contact: Contact) -> None:
    """Same key, other body, address or method: refused; keys over 128 characters too."""
    call.send("PUT", "/Invoices", {"Invoices": [fee(contact)]}, key="k")
    for method, path, body in (
        ("PUT", "/Invoices", {"Invoices": [fee(contact, Reference="other")]}),
        ("POST", "/Invoices", {"Invoices": [fee(contact)]}),
        ("PUT", "/Contacts", {"Contacts": [{"Name": "x"}]}),
    ):
        answer = call.send(method, path, body, key="k")
        assert (answer.status, b"different request" in answer.body) == (400, True)
    assert call.send("PUT", "/Invoices", {"Invoices": [fee(contact)]}, key="k" * 129).status == 400


def test_errors_are_kept_under_their_key_too(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """After the cause is fixed the same key still answers the old error."""
    body = {"Invoices": [fee(contact)]}
    contact.archived = True
    assert call.send("PUT", "/Invoices", body, key="k").status == 400
    contact.archived = False
    assert call.send("PUT", "/Invoices", body, key="k").status == 400
    assert call.send("PUT", "/Invoices", body, key="k2").status == 200


def test_groups_are_made_joined_and_left(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """Create a group, put a contact in, take it out again."""
    made = json.loads(call.send("PUT", "/ContactGroups", {"ContactGroups": [{"Name": "VIP"}]}).body)
    path = f"/ContactGroups/{made['ContactGroups'][0]['ContactGroupID']}/Contacts"
    call.send("PUT", path, {"Contacts": [{"ContactID": contact.contact_id}]})
    assert [g.name for g in ledger.groups_of(contact.contact_id)] == ["VIP"]
    assert call.raw("DELETE", f"/api.xro/2.0{path}/{contact.contact_id}").status == 204
    assert ledger.groups_of(contact.contact_id) == []


def test_a_payment_over_what_is_due_is_refused(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """More than is outstanding, no account, or a draft: each is a 400."""
    doc = make_invoice(ledger, contact)
    draft = make_invoice(ledger, contact, status=Status.DRAFT)
    for target, amount, account in (
        (doc, 100.01, {"Code": "090"}),
        (doc, 10, {}),
        (draft, 10, {"Code": "090"}),
    ):
        row = {"Invoice": {"InvoiceID": target.doc_id}, "Amount": amount, "Account": account}
        assert call.send("PUT", "/Payments", {"Payments": [row]}).status == 400
    assert doc.left == 100


def test_a_refused_update_changes_nothing(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """Number, lines and status stay as they were when the last step is refused."""
    doc = make_invoice(ledger, contact, status=Status.DRAFT)
    ledger.org.approvals_left = 0
    sent = {"InvoiceNumber": "X-1", "Status": "AUTHORISED", "DueDate": "2026-12-01"}
    sent["LineItems"] = [{"UnitAmount": 5, "AccountCode": "200"}]  # type: ignore[assignment]
    assert call.send("POST", f"/Invoices/{doc.doc_id}", sent).status == 400
    assert (doc.number, doc.total, doc.status) == ("INV-0001", 100, Status.DRAFT)
    assert ledger.by_number(doc.kind, "INV-0001") is doc
    assert ledger.by_number(doc.kind, "X-1") is None


def test_a_refused_invoice_leaves_no_contact_behind(call: Caller, ledger: Ledger) -> None:
    """A contact that was made for the invoice goes with it; an unknown name makes one."""
    stranger = Contact(contact_id="", name="Stranger", changed_at=ledger.clock())
    body = {"Invoices": [fee(stranger, Contact={"Name": "Stranger"}, CurrencyCode="CHF")]}
    assert call.send("PUT", "/Invoices", body).status == 400
    assert not ledger.books.contacts
    body["Invoices"][0]["CurrencyCode"] = "NZD"
    assert call.send("PUT", "/Invoices", body).status == 200
    assert [c.name for c in ledger.books.contacts.values()] == ["Stranger"]
