"""Lists, filters, paging and views, item by item of the simulator checklist."""

import json
from decimal import Decimal

import pytest

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Kind, Person, Status
from syncer.sandbox.world import World
from syncer.sandbox.xero.limits import Allowance
from tests.sandbox.calling import BASE, Caller, caller_for, make_invoice


def test_paths_are_matched_without_regard_to_case(call: Caller) -> None:
    """The SDKs write /Connections, the docs /connections: both are served."""
    for path in ("/connections", "/Connections"):
        assert call.raw("GET", path).status == 200
    assert call.raw("GET", BASE + "/invoices").status == 200


def test_json_comes_only_when_asked_for(call: Caller) -> None:
    """A client that forgets Accept gets XML, and the call log says so."""
    call.accept = "*/*"
    answer = call.raw("GET", BASE + "/Invoices")
    assert answer.content_type == "text/xml"
    assert call.app.world.calls[-1].fault == "xml"


def test_the_pagination_block_is_there_only_when_paged(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """An unpaged list has no pagination block, no line items; ``page`` brings both."""
    make_invoice(ledger, contact)
    plain, paged = call.get("/Invoices"), call.get("/Invoices", page=1)
    assert "pagination" not in plain
    assert plain["Invoices"][0]["LineItems"] == []
    assert paged["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1}
    assert len(paged["Invoices"][0]["LineItems"]) == 1


@pytest.mark.parametrize(("asked", "size"), [("0", 1), ("-5", 1), ("5000", 1000), ("7", 7)])
def test_page_size_is_clamped_not_rejected(call: Caller, asked: str, size: int) -> None:
    """Out-of-range sizes are pulled into 1 to 1000."""
    assert call.get("/Invoices", page=1, pageSize=asked)["pagination"]["pageSize"] == size


def test_statuses_enforce_paging(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """``Statuses`` filters and turns paging on by itself."""
    make_invoice(ledger, contact)
    make_invoice(ledger, contact, status=Status.DRAFT)
    found = call.get("/Invoices", Statuses="AUTHORISED,PAID")
    assert found["pagination"]["itemCount"] == 1
    assert found["Invoices"][0]["Status"] == "AUTHORISED"


def test_summary_only_drops_lines_and_payments_but_keeps_amounts(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """``summaryOnly=True`` (as the SDK writes it) forces paging and leaves fields out."""
    make_invoice(ledger, contact)
    found = call.get("/Invoices", summaryOnly="True")
    row = found["Invoices"][0]
    assert found["pagination"]["itemCount"] == 1
    assert not {"LineItems", "Payments", "HasAttachments"} & row.keys()
    assert {"AmountDue", "AmountPaid", "AmountCredited", "DueDate", "SentToContact"} <= row.keys()


def test_a_contact_inside_an_invoice_has_no_address(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Even a single invoice names its contact without an e-mail address."""
    doc = make_invoice(ledger, contact)
    row = call.get(f"/Invoices/{doc.doc_id}")["Invoices"][0]
    assert row["Contact"]["Name"] == "Ōtaki Café"
    assert "EmailAddress" not in row["Contact"]


def test_unpaged_contacts_lack_people_groups_and_balances(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """The details of a contact come only with paging or a single read."""
    people.add_person(ledger, contact.contact_id, Person(email="a@b.example", gets_mail=True))
    make_invoice(ledger, contact)
    details = {"ContactPersons", "ContactGroups", "Balances", "PaymentTerms"}
    assert not details & call.get("/Contacts")["Contacts"][0].keys()
    assert details <= call.get("/Contacts", page=1)["Contacts"][0].keys()
    assert details <= call.get(f"/Contacts/{contact.contact_id}")["Contacts"][0].keys()
    assert "IsCustomer" not in call.get("/Contacts", summaryOnly="true")["Contacts"][0]


def test_balances_are_net_of_unapplied_credit(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Outstanding and Overdue subtract credit nobody has applied; the future is not overdue."""
    make_invoice(ledger, contact, "100")
    make_invoice(ledger, contact, "50", due_in=5)
    make_invoice(ledger, contact, "30", kind=Kind.CREDIT_NOTE)
    row = call.get(f"/Contacts/{contact.contact_id}")["Contacts"][0]
    assert row["Balances"]["AccountsReceivable"] == {"Outstanding": 120, "Overdue": 70}


def test_archived_contacts_are_absent_unless_asked_for(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """Open invoices can belong to contacts that the plain list does not show."""
    people.archive(ledger, contact.contact_id)
    assert call.get("/Contacts", page=1)["Contacts"] == []
    shown = call.get("/Contacts", page=1, includeArchived="true")["Contacts"]
    assert shown[0]["ContactStatus"] == "ARCHIVED"


def test_a_merged_contact_points_at_its_survivor(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """After a merge the loser is archived and says where its invoices went."""
    other = people.add_contact(ledger, "Survivor Ltd")
    doc = make_invoice(ledger, contact)
    people.merge(ledger, contact.contact_id, other.contact_id)
    row = call.get(f"/Contacts/{contact.contact_id}")["Contacts"][0]
    moved = call.get(f"/Invoices/{doc.doc_id}")["Invoices"][0]
    assert row["MergedToContactID"] == other.contact_id
    assert moved["Contact"]["ContactID"] == other.contact_id


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ('Type=="ACCREC" AND Status=="AUTHORISED"', 2),
        ('Type="ACCPAY"', 1),
        ("AmountDue>=100 AND AmountDue<200", 2),
        ("DueDate<DateTime(2026,11,15)", 2),
        ('Reference=="po-7"', 1),
        ('(Reference=="PO-7" OR AmountDue=250) and Type=="ACCREC"', 2),
        ('Contact.Name=="otaki cafe"', 3),
        ('Reference.Contains("O-")', 1),
        ("ExpectedPaymentDate!=null", 0),
    ],
)
def test_the_where_subset(
    call: Caller, ledger: Ledger, contact: Contact, where: str, count: int
) -> None:
    """Equality, ranges, AND, OR, brackets, dates, accents and null work as documented."""
    make_invoice(ledger, contact, "100", reference="PO-7")
    make_invoice(ledger, contact, "250", due_in=5)
    make_invoice(ledger, contact, "100", kind=Kind.BILL)
    assert len(call.get("/Invoices", where=where, page=1)["Invoices"]) == count


def test_where_takes_guids(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """Ids are compared as ``guid("...")``, in either case."""
    doc = make_invoice(ledger, contact)
    for text in (doc.doc_id, doc.doc_id.upper()):
        found = call.get("/Invoices", where=f'InvoiceID==guid("{text}")')
        assert len(found["Invoices"]) == 1


@pytest.mark.parametrize("where", ['Nonsense=="x"', "AmountDue>", 'AmountDue>"x"', "((", "1=1"])
def test_an_unreadable_filter_is_a_400(
    call: Caller, ledger: Ledger, contact: Contact, where: str
) -> None:
    """A bad expression is refused, never ignored."""
    make_invoice(ledger, contact)
    answer = call.raw("GET", BASE + "/Invoices", where=where)
    assert answer.status == 400
    assert json.loads(answer.body)["Type"] == "QueryParseException"


def test_list_parameters_narrow(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """IDs, InvoiceNumbers, ContactIDs, searchTerm and createdByMyApp each narrow the list."""
    other = people.add_contact(ledger, "Other")
    doc = make_invoice(ledger, contact, reference="LATEFEE:1", made_by="sandbox-custom")
    make_invoice(ledger, other)
    for query in (
        {"IDs": doc.doc_id},
        {"InvoiceNumbers": doc.number},
        {"ContactIDs": contact.contact_id},
        {"searchTerm": "latefee"},
        {"createdByMyApp": "True"},
    ):
        assert call.ids("/Invoices", "InvoiceID", **query) == [doc.doc_id], query


def test_unknown_parameters_are_silently_ignored(call: Caller, ledger: Ledger) -> None:
    """``page_size`` is not a name the vendor knows: no paging, no complaint."""
    assert "pagination" not in call.get("/Invoices", page_size=10)


def test_order_by_id_and_by_update(
    call: Caller, ledger: Ledger, contact: Contact, world: World
) -> None:
    """Default order is by update then id; ``order`` takes a field and a direction."""
    made = []
    for _ in range(4):
        made.append(make_invoice(ledger, contact).doc_id)
        world.advance(seconds=5)
    assert call.ids("/Invoices", "InvoiceID") == made
    assert call.ids("/Invoices", "InvoiceID", order="UpdatedDateUTC DESC") == made[::-1]
    assert call.ids("/Invoices", "InvoiceID", order="InvoiceID") == sorted(made)


def test_if_modified_since_has_the_documented_blind_spots(
    call: Caller, ledger: Ledger, contact: Contact, world: World
) -> None:
    """A new due date moves an untouched invoice but not a part-paid one; a payment moves both."""
    fresh, part = make_invoice(ledger, contact), make_invoice(ledger, contact)
    ledger.pay(part, Decimal(10))
    mark = world.advance(minutes=1).strftime("%Y-%m-%dT%H:%M:%S")
    for doc in (fresh, part):
        ledger.change_document(doc, due_on=world.main.today())
    since = {"If-Modified-Since": mark}
    assert [r["InvoiceID"] for r in call.get("/Invoices", headers=since)["Invoices"]] == [
        fresh.doc_id
    ]
    ledger.pay(part, Decimal(10))
    assert len(call.get("/Invoices", headers=since)["Invoices"]) == 2


def test_balances_do_not_move_a_contact(
    call: Caller, ledger: Ledger, contact: Contact, world: World
) -> None:
    """An invoice changes a contact's balance but not its UpdatedDateUTC; an address does."""
    mark = world.advance(minutes=1).isoformat()
    since = {"If-Modified-Since": mark}
    make_invoice(ledger, contact)
    assert call.get("/Contacts", headers=since)["Contacts"] == []
    people.change_contact(ledger, contact.contact_id, email="new@cafe.example")
    assert len(call.get("/Contacts", headers=since)["Contacts"]) == 1


def test_dates_come_as_milliseconds_and_as_text(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """``/Date(ms+0000)/`` at UTC midnight, with a zone-less ``DueDateString`` beside it."""
    doc = make_invoice(ledger, contact, due_in=0)
    row = call.get(f"/Invoices/{doc.doc_id}")["Invoices"][0]
    assert row["DueDate"] == "/Date(1795132800000+0000)/"
    assert row["DueDateString"] == "2026-11-20T00:00:00"
    assert row["UpdatedDateUTCString"].endswith("Z")


def test_more_rows_than_allowed_is_a_400(world: World, ledger: Ledger, contact: Contact) -> None:
    """A list that matches too many rows is refused, not cut."""
    for _ in range(3):
        make_invoice(ledger, contact)
    call = caller_for(world, allowance=Allowance(rows_max=2))
    assert call.raw("GET", BASE + "/Invoices", page=1).status == 400


def test_an_unknown_record_is_a_text_404(call: Caller) -> None:
    """404 bodies are text, not JSON."""
    answer = call.raw("GET", BASE + "/Invoices/00000000-0000-0000-0000-000000000001")
    assert (answer.status, answer.content_type.split(";")[0]) == (404, "text/plain")


def test_groups_list_without_and_read_with_members(
    call: Caller, ledger: Ledger, contact: Contact
) -> None:
    """/ContactGroups names groups; one group also lists who is in it."""
    group = people.add_group(ledger, "No reminders")
    people.join_group(ledger, group.group_id, contact.contact_id)
    assert "Contacts" not in call.get("/ContactGroups")["ContactGroups"][0]
    members = call.get(f"/ContactGroups/{group.group_id}")["ContactGroups"][0]["Contacts"]
    assert [m["ContactID"] for m in members] == [contact.contact_id]


def test_a_cached_row_follows_every_change(call: Caller, ledger: Ledger, contact: Contact) -> None:
    """Rows are kept for speed, yet a payment, a quiet change and a new name show at once."""
    doc = make_invoice(ledger, contact)
    call.get("/Invoices", page=1)
    ledger.pay(doc, Decimal(40))
    ledger.change_document(doc, expected_on=ledger.today())
    people.change_contact(ledger, contact.contact_id, name="Renamed")
    row = call.get("/Invoices", page=1)["Invoices"][0]
    assert (row["AmountDue"], row["Contact"]["Name"]) == (60, "Renamed")
    assert "ExpectedPaymentDate" in row
    assert len(row["Payments"]) == 1
