"""The vendor's own SDK uses the simulator over real HTTP as if it were the vendor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from xero_python.accounting import (
    Account,
    AccountingApi,
    Allocation,
    Allocations,
    Contact,
    ContactPerson,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    PaymentDelete,
    Payments,
    RequestEmpty,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, RateLimitException
from xero_python.identity import IdentityApi

from syncer.sandbox import people
from syncer.sandbox.book import demo_world
from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.serve import Running, start
from syncer.sandbox.world import World
from syncer.sandbox.xero.apps import WEB_APP
from syncer.sandbox.xero.limits import UNLIMITED
from tests.sandbox.calling import make_invoice, plain_world

TODAY = date(2026, 11, 20)


@dataclass
class Sdk:
    """The SDK's objects and the world they unknowingly talk to."""

    world: World
    running: Running
    tenant: str
    accounting: AccountingApi
    identity: IdentityApi
    client: ApiClient
    saved: list[dict[str, Any]] = field(default_factory=list)


def connect(world: World, running: Running) -> Sdk:
    """Log in once and hand over configured API objects, as xero.md section 12 shows."""
    # The SDK keeps these addresses as class attributes: its own way to point it elsewhere.
    TokenApi.refresh_token_url = running.base_url + "/connect/token"
    TokenApi.revoke_token_url = running.base_url + "/connect/revocation"
    scopes = list(WEB_APP.scopes)
    desk = running.app.identity.desk
    code = desk.consent(WEB_APP, scopes, "http://localhost/cb", "")
    box = desk.redeem(WEB_APP, code, "http://localhost/cb", "")
    box["scope"] = scopes
    holder: dict[str, Any] = {"token": box}
    saved: list[dict[str, Any]] = []

    def save(token: dict[str, Any]) -> None:
        holder["token"] = token
        saved.append(token)

    oauth = OAuth2Token(client_id=WEB_APP.client_id, client_secret=WEB_APP.secret)
    client = ApiClient(
        Configuration(oauth2_token=oauth),
        pool_threads=1,
        oauth2_token_getter=lambda: holder["token"],
        oauth2_token_saver=save,
    )
    accounting = AccountingApi(client, base_url=running.base_url + "/api.xro/2.0")
    identity = IdentityApi(client, base_url=running.base_url)
    return Sdk(world, running, world.main.org.org_id, accounting, identity, client, saved)


@pytest.fixture(autouse=True)
def _vendor_addresses_come_back() -> Iterator[None]:
    """What ``connect`` points elsewhere points to the vendor again afterwards."""
    before = TokenApi.refresh_token_url, TokenApi.revoke_token_url
    yield
    TokenApi.refresh_token_url, TokenApi.revoke_token_url = before


@pytest.fixture
def faults() -> FaultPlan:
    """A fault script that tests fill."""
    return FaultPlan()


@pytest.fixture
def sdk(faults: FaultPlan) -> Iterator[Sdk]:
    """The SDK against a small world."""
    world = plain_world()
    with start(world, faults=faults) as running:
        sdk = connect(world, running)
        yield sdk
        sdk.client.rest_client.pool_manager.clear()


def an_invoice(contact_id: str, **more: Any) -> Invoice:
    """An approved invoice of 2 x 50 plus 15 %."""
    line = LineItem(
        description="Café fit-out",
        quantity=Decimal(2),
        unit_amount=Decimal(50),
        account_code="200",
        tax_type="OUTPUT2",
    )
    values = {
        "type": "ACCREC",
        "contact": Contact(contact_id=contact_id),
        "line_items": [line],
        "date": TODAY,
        "due_date": TODAY + timedelta(days=14),
        "status": "AUTHORISED",
    }
    return Invoice(**(values | more))


def test_the_token_is_refreshed_and_rotates(sdk: Sdk) -> None:
    """The SDK's refresh (credentials in the form) brings a new pair, and connections answer."""
    sdk.client.refresh_oauth2_token()
    assert sdk.saved[-1]["refresh_token"]
    connections = sdk.identity.get_connections()
    assert [c.tenant_id for c in connections] == [sdk.tenant]


def test_contacts_are_created_and_listed(sdk: Sdk) -> None:
    """Create with people, read back whole, filter by name, update without losing the rest."""
    person = ContactPerson(first_name="Zoë", email_address="zoe@x.example", include_in_emails=True)
    new = Contact(name="Ångström Ltd", email_address="ap@x.example", contact_persons=[person])
    made = sdk.accounting.create_contacts(sdk.tenant, Contacts(contacts=[new])).contacts[0]
    found = sdk.accounting.get_contacts(sdk.tenant, where='Name=="angstrom ltd"', page=1)
    assert found.contacts[0].contact_id == made.contact_id
    assert found.contacts[0].contact_persons[0].include_in_emails
    summary = sdk.accounting.get_contacts(sdk.tenant, summary_only=True)
    assert summary.contacts[0].name == "Ångström Ltd"


def test_invoice_payment_and_credit_round_trip(sdk: Sdk) -> None:
    """Invoice, part payment, credit note, allocation and payment delete move AmountDue rightly."""
    contact = people.add_contact(sdk.world.main, "Buyer", email="b@x.example")
    api, tenant = sdk.accounting, sdk.tenant
    made = api.create_invoices(tenant, Invoices(invoices=[an_invoice(contact.contact_id)]))
    invoice = made.invoices[0]
    assert invoice.total == Decimal("115.00")
    pay = Payment(
        invoice=Invoice(invoice_id=invoice.invoice_id),
        account=Account(code="090"),
        amount=Decimal(15),
        date=TODAY,
    )
    paid = api.create_payments(tenant, Payments(payments=[pay])).payments[0]
    note = CreditNote(
        type="ACCRECCREDIT",
        contact=Contact(contact_id=contact.contact_id),
        date=TODAY,
        status="AUTHORISED",
        line_items=[
            LineItem(
                description="Sorry", unit_amount=Decimal(40), account_code="200", tax_type="NONE"
            )
        ],
    )
    credit = api.create_credit_notes(tenant, CreditNotes(credit_notes=[note])).credit_notes[0]
    assert credit.remaining_credit == 40
    part = Allocation(
        amount=Decimal(30), date=TODAY, invoice=Invoice(invoice_id=invoice.invoice_id)
    )
    api.create_credit_note_allocation(
        tenant, credit.credit_note_id, Allocations(allocations=[part])
    )
    now = api.get_invoice(tenant, invoice.invoice_id).invoices[0]
    assert (now.amount_due, now.amount_paid, now.amount_credited) == (70, 15, 30)
    assert api.get_credit_note(tenant, credit.credit_note_id).credit_notes[0].remaining_credit == 10
    api.delete_payment(tenant, paid.payment_id, PaymentDelete(status="DELETED"))
    assert api.get_invoice(tenant, invoice.invoice_id).invoices[0].amount_due == 85
    assert api.get_payments(tenant).payments[0].status == "DELETED"


def test_lists_with_filters(sdk: Sdk) -> None:
    """Statuses, where, paging, order and If-Modified-Since as the SDK writes them."""
    ledger = sdk.world.main
    contact = people.add_contact(ledger, "Buyer")
    docs = [make_invoice(ledger, contact) for _ in range(5)]
    make_invoice(ledger, contact, status=Status.DRAFT)
    page = sdk.accounting.get_invoices(
        sdk.tenant,
        where='Type=="ACCREC"',
        statuses=["AUTHORISED"],
        order="InvoiceID ASC",
        page=2,
        page_size=2,
        summary_only=True,
    )
    wanted = sorted(doc.doc_id for doc in docs)[2:4]
    assert [i.invoice_id for i in page.invoices] == wanted
    assert (page.pagination.item_count, page.pagination.page_count) == (5, 3)
    later = datetime(2026, 11, 21)
    assert sdk.accounting.get_invoices(sdk.tenant, if_modified_since=later).invoices == []


def test_mail_notes_and_pay_link(sdk: Sdk) -> None:
    """E-mail answers 204 and is in the ledger's outbox; notes come back; the pay link is https."""
    ledger = sdk.world.main
    contact = people.add_contact(ledger, "Buyer", email="b@x.example")
    doc = make_invoice(ledger, contact)
    api, tenant = sdk.accounting, sdk.tenant
    api.email_invoice(tenant, doc.doc_id, RequestEmpty())
    assert ledger.books.mails[0].to == ["b@x.example"]
    text = "Reminder sent [ref 123]"
    records = HistoryRecords(history_records=[HistoryRecord(details=text)])
    api.create_invoice_history(tenant, doc.doc_id, records)
    api.create_contact_history(tenant, contact.contact_id, records)
    for read in (
        api.get_invoice_history(tenant, doc.doc_id),
        api.get_contact_history(tenant, contact.contact_id),
    ):
        assert text in [record.details for record in read.history_records]
    link = api.get_online_invoice(tenant, doc.doc_id).online_invoices[0].online_invoice_url
    assert link.startswith("https://in.xero.com/")


def test_the_other_lists(sdk: Sdk) -> None:
    """Overpayments, prepayments, organisation, actions and the reminder switch can be read."""
    ledger = sdk.world.main
    contact = people.add_contact(ledger, "Buyer")
    make_invoice(ledger, contact, "30", kind=Kind.OVERPAYMENT)
    make_invoice(ledger, contact, "20", kind=Kind.PREPAYMENT)
    api, tenant = sdk.accounting, sdk.tenant
    assert api.get_overpayments(tenant).overpayments[0].remaining_credit == 30
    assert api.get_prepayments(tenant).prepayments[0].remaining_credit == 20
    assert api.get_organisations(tenant).organisations[0].base_currency.name == "NZD"
    assert api.get_organisation_actions(tenant).actions[0].status == "ALLOWED"
    assert api.get_invoice_reminders(tenant).invoice_reminders[0].enabled is False


def test_a_bad_element_is_reported_both_ways(sdk: Sdk) -> None:
    """summarizeErrors=False answers 200 per element; the default raises with the messages."""
    contact = people.add_contact(sdk.world.main, "Buyer")
    both = Invoices(
        invoices=[an_invoice(contact.contact_id), an_invoice(contact.contact_id, due_date=None)]
    )
    made = sdk.accounting.create_invoices(sdk.tenant, both, summarize_errors=False)
    assert [i.status_attribute_string for i in made.invoices] == ["OK", "ERROR"]
    with pytest.raises(AccountingBadRequestException) as caught:
        sdk.accounting.create_invoices(sdk.tenant, both)
    assert "DueDate" in str(caught.value.error_data)
    assert len(sdk.world.main.open_invoices()) == 1


def test_an_idempotency_key_is_honoured(sdk: Sdk) -> None:
    """The same key and body make one invoice."""
    contact = people.add_contact(sdk.world.main, "Buyer")
    body = Invoices(invoices=[an_invoice(contact.contact_id)])
    ids = {
        sdk.accounting.create_invoices(sdk.tenant, body, idempotency_key="k1")
        .invoices[0]
        .invoice_id
        for _ in range(2)
    }
    assert len(ids) == 1


def test_a_429_without_retry_after_reaches_the_sdk_as_its_own_error(
    sdk: Sdk, faults: FaultPlan
) -> None:
    """The concurrent limit raises at once; with Retry-After the SDK would sleep on it."""
    faults.faults.append(Fault(FaultKind.CONCURRENT_LIMIT))
    with pytest.raises(RateLimitException) as caught:
        sdk.accounting.get_organisations(sdk.tenant)
    assert caught.value.headers["X-Rate-Limit-Problem"] == "Concurrent"


def test_the_sdk_reads_the_whole_demo_book() -> None:
    """Every list of the demo book deserialises, and open amounts add up to the world's."""
    world = demo_world(TODAY, customers=40)
    with start(world, allowance=UNLIMITED) as running:
        sdk = connect(world, running)
        api, tenant = sdk.accounting, sdk.tenant
        invoices = api.get_invoices(tenant, page=1, page_size=1000).invoices
        due = sum(i.amount_due for i in invoices if i.status == "AUTHORISED" and i.type == "ACCREC")
        assert due == sum(doc.left for doc in world.main.open_invoices())
        for read in (
            api.get_contacts,
            api.get_credit_notes,
            api.get_payments,
            api.get_overpayments,
        ):
            assert read(tenant, page=1).pagination.item_count > 0
        assert api.get_contact_groups(tenant).contact_groups[0].name == "No reminders"
        sdk.client.rest_client.pool_manager.clear()


def test_an_invoice_as_pdf(sdk: Sdk) -> None:
    """The vendor's own client gets a file that is a PDF."""
    doc = make_invoice(sdk.world.main, people.add_contact(sdk.world.main, "Buyer"))
    kept = Path(sdk.accounting.get_invoice_as_pdf(sdk.tenant, doc.doc_id))
    paper = kept.read_bytes()
    kept.unlink()
    assert paper.startswith(b"%PDF-1.4")
    assert doc.number.encode() in paper
