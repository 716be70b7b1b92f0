"""python-quickbooks and intuit-oauth use the simulator over real HTTP as if it were the vendor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects.base import CustomerMemo, EmailAddress, Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment, PaymentLine
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.term import Term

from syncer.sandbox.book import demo_world
from syncer.sandbox.faults import Fault, FaultKind, FaultPlan
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.quickbooks.apps import SCOPE, WEB_APP, realm_of
from syncer.sandbox.quickbooks.limits import UNLIMITED
from syncer.sandbox.serve import Running, start_quickbooks
from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import REDIRECT, connect, us_world

TODAY = date(2026, 11, 20)


@dataclass
class Sdk:
    """The SDK's objects and the world they unknowingly talk to."""

    world: World
    running: Running[QuickBooksApp]
    auth: AuthClient
    qb: QuickBooks


@pytest.fixture(autouse=True)
def _vendor_addresses_come_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What ``connected`` points elsewhere points to the vendor again afterwards."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    before = QuickBooks.api_url_v3, QuickBooks.sandbox_api_url_v3
    yield
    QuickBooks.api_url_v3, QuickBooks.sandbox_api_url_v3 = before


@contextmanager
def connected(world: World, faults: FaultPlan | None = None) -> Iterator[Sdk]:
    """Discover, log in with a refresh value, and hand over a client."""
    with start_quickbooks(world, allowance=UNLIMITED, faults=faults) as running:
        base = running.base_url
        value = str(connect(running.app, world)["refresh_token"])
        QuickBooks.api_url_v3 = QuickBooks.sandbox_api_url_v3 = base + "/v3"
        auth = AuthClient(
            WEB_APP.client_id,
            WEB_APP.secret,
            REDIRECT,
            environment=base + "/.well-known/openid_configuration/",
        )
        qb = QuickBooks(
            auth_client=auth,
            refresh_token=value,
            company_id=realm_of(world.main.org.org_id),
            minorversion=75,
            use_decimal=True,
        )
        try:
            yield Sdk(world, running, auth, qb)
        finally:
            qb.session.close()
            auth.close()


@pytest.fixture
def faults() -> FaultPlan:
    """A fault script that tests fill."""
    return FaultPlan()


@pytest.fixture
def sdk(faults: FaultPlan) -> Iterator[Sdk]:
    """The SDK against a small company."""
    with connected(us_world(), faults) as sdk:
        yield sdk


def a_customer(sdk: Sdk, name: str = "Joe's", **more: Any) -> Customer:
    """A saved customer."""
    customer = Customer()
    customer.DisplayName = name
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "joe@cafe.example"
    for field, value in more.items():
        setattr(customer, field, value)
    return customer.save(qb=sdk.qb)


def a_line(amount: str) -> SalesItemLine:
    """A line that sells item 2."""
    line = SalesItemLine()
    line.Amount = Decimal(amount)
    line.Description = "Café fit-out"
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.ItemRef = Ref()
    line.SalesItemLineDetail.ItemRef.value = "2"
    return line


def a_sale(kind: type[Any], customer: Customer, amount: str, **more: Any) -> Any:
    """An unsaved invoice or credit memo."""
    made = kind()
    made.CustomerRef = customer.to_ref()
    made.Line = [a_line(amount)]
    made.BillEmail = EmailAddress()
    made.BillEmail.Address = "bills@cafe.example"
    for field, value in more.items():
        setattr(made, field, value)
    return made


def a_payment(customer: Customer, total: str, *parts: tuple[Any, str]) -> Payment:
    """An unsaved payment of several documents."""
    paid = Payment()
    paid.CustomerRef = customer.to_ref()
    paid.TotalAmt = Decimal(total)
    for document, amount in parts:
        line = PaymentLine()
        line.Amount = Decimal(amount)
        line.LinkedTxn = [document.to_linked_txn()]
        paid.Line.append(line)
    return paid


def test_login_by_code_refresh_and_revoke(sdk: Sdk) -> None:
    """The whole OAuth round: address, code, tokens, renewal over days, revocation."""
    assert sdk.auth.get_authorization_url([Scopes.ACCOUNTING]).startswith(sdk.running.base_url)
    desk = sdk.running.app.identity.desk
    code = desk.consent(WEB_APP, [SCOPE], REDIRECT, sdk.world.main.org.org_id)
    sdk.auth.get_bearer_token(code, realm_id=sdk.qb.company_id)
    first = sdk.auth.refresh_token
    sdk.world.advance(hours=25)
    sdk.auth.refresh()
    assert sdk.auth.refresh_token != first
    assert sdk.auth.x_refresh_token_expires_in == 8_726_400
    with pytest.raises(AuthClientError) as caught:
        sdk.auth.refresh(refresh_token=first)
    assert (caught.value.status_code, "invalid_grant" in str(caught.value.content)) == (400, True)
    assert sdk.auth.revoke()
    with pytest.raises(AuthClientError):
        sdk.auth.refresh()


def test_an_expired_access_token_is_the_clients_own_error(sdk: Sdk) -> None:
    """The gateway's 401 becomes AuthorizationException."""
    sdk.world.advance(hours=2)
    with pytest.raises(AuthorizationException):
        Customer.all(qb=sdk.qb)


def test_customers_are_created_found_and_updated(sdk: Sdk) -> None:
    """Names with quotes and accents, parents, inactive ones only when asked for."""
    top = a_customer(sdk, "Joe's Café")
    child = a_customer(sdk, "Site 1", Job=True, BillWithParent=True, ParentRef=top.to_ref())
    assert (child.Level, child.FullyQualifiedName) == (1, "Joe's Café:Site 1")
    found = Customer.filter(DisplayName="Joe's Café", qb=sdk.qb)
    assert [each.Id for each in found] == [top.Id]
    assert [each.Id for each in Customer.choose([top.Id, child.Id], qb=sdk.qb)] == ["1", "2"]
    top.Notes, top.Active = "Pays on Fridays", False
    saved = top.save(qb=sdk.qb)
    assert (saved.Notes, saved.SyncToken) == ("Pays on Fridays", "1")
    assert [each.Id for each in Customer.all(qb=sdk.qb)] == [child.Id]
    assert Customer.count("Active IN (true, false)", qb=sdk.qb) == 2
    assert Customer.get(top.Id, qb=sdk.qb).PrimaryEmailAddr.Address == "joe@cafe.example"


def test_invoice_payment_and_credit_round_trip(sdk: Sdk) -> None:
    """Invoice, part payment, credit memo applied, payment deleted: Balance follows."""
    customer = a_customer(sdk)
    memo = CustomerMemo()
    memo.value = "Thank you"
    invoice = a_sale(Invoice, customer, "100.00", CustomerMemo=memo, DueDate="2026-12-01").save(
        qb=sdk.qb
    )
    assert (Decimal(invoice.Balance), invoice.CustomerMemo.value) == (100, "Thank you")
    paid = a_payment(customer, "40", (invoice, "30")).save(qb=sdk.qb)
    assert Decimal(paid.UnappliedAmt) == 10
    credit = a_sale(CreditMemo, customer, "20").save(qb=sdk.qb)
    a_payment(customer, "0", (invoice, "20"), (credit, "20")).save(qb=sdk.qb)
    now = Invoice.get(invoice.Id, qb=sdk.qb)
    assert (Decimal(now.Balance), len(now.LinkedTxn)) == (50, 2)
    assert Decimal(CreditMemo.get(credit.Id, qb=sdk.qb).RemainingCredit) == 0
    assert Decimal(Customer.get(customer.Id, qb=sdk.qb).Balance) == 40
    Payment.get(paid.Id, qb=sdk.qb).delete(qb=sdk.qb)
    assert Decimal(Invoice.get(invoice.Id, qb=sdk.qb).Balance) == 80
    assert Payment.count(qb=sdk.qb) == 1


def test_lists_filter_order_page_and_count(sdk: Sdk) -> None:
    """The client's own clauses, with both spellings of ORDER BY."""
    customer = a_customer(sdk)
    for number in range(1, 6):
        a_sale(Invoice, customer, f"{number}0").save(qb=sdk.qb)
    rows = Invoice.where(
        "Balance > '20'", order_by="Id DESC", start_position=2, max_results=2, qb=sdk.qb
    )
    assert [row.Id for row in rows] == ["4", "3"]
    assert [row.Id for row in Invoice.all(order_by="Balance DESC", max_results=2, qb=sdk.qb)] == [
        "5",
        "4",
    ]
    assert Invoice.count("Balance > '20'", qb=sdk.qb) == 3
    assert [item.Name for item in Item.all(qb=sdk.qb)] == ["Sales", "Late fees"]
    assert Term.filter(Name="2% 10 Net 30", qb=sdk.qb)[0].DiscountPercent == 2
    with pytest.raises(ValidationException):
        Invoice.where("EmailStatus = 'EmailSent'", qb=sdk.qb)


def test_company_and_preferences(sdk: Sdk) -> None:
    """What the company says about itself."""
    assert CompanyInfo.get(sdk.qb.company_id, qb=sdk.qb).CompanyName == "Test Inc"
    wishes = Preferences.get(qb=sdk.qb)
    assert wishes.CurrencyPrefs.HomeCurrency.value == "USD"
    assert "Test Inc" in wishes.EmailMessagesPrefs.InvoiceMessage.Subject


def test_send_pdf_void_and_the_read_model_trap(sdk: Sdk) -> None:
    """Mailing fills DeliveryInfo, after which get and save fails until that is taken out."""
    invoice = a_sale(Invoice, a_customer(sdk), "100").save(qb=sdk.qb)
    assert invoice.download_pdf(qb=sdk.qb).startswith(b"%PDF")
    invoice.send(qb=sdk.qb, send_to="test+1@me.example")
    read = Invoice.get(invoice.Id, qb=sdk.qb)
    assert (read.email_sent, read.BillEmail.Address) == (True, "test+1@me.example")
    with pytest.raises(ValidationException):
        read.save(qb=sdk.qb)
    read.DeliveryInfo = None
    saved = read.save(qb=sdk.qb)
    saved.void(qb=sdk.qb)
    void = Invoice.get(invoice.Id, qb=sdk.qb)
    assert (Decimal(void.TotalAmt), void.PrivateNote) == (0, "Voided")
    with pytest.raises(QuickbooksException) as caught:
        invoice.send(qb=sdk.qb, send_to="nobody")
    assert caught.value.error_code == 4002


def test_the_pay_link_by_parameter(sdk: Sdk) -> None:
    """The client's defaults switch online payment off: no link until they are set."""
    invoice = a_sale(Invoice, a_customer(sdk), "100").save(qb=sdk.qb)
    asked = {"include": "invoiceLink"}
    assert Invoice.get(invoice.Id, qb=sdk.qb, params=dict(asked)).InvoiceLink == ""
    invoice.AllowOnlineCreditCardPayment = True
    invoice.save(qb=sdk.qb)
    assert Invoice.get(invoice.Id, qb=sdk.qb, params=dict(asked)).InvoiceLink.startswith("https")


def test_a_stale_token_and_a_missing_record(sdk: Sdk) -> None:
    """5010 and 610 reach the user as the client's exceptions."""
    customer = a_customer(sdk)
    invoice = a_sale(Invoice, customer, "100").save(qb=sdk.qb)
    a_payment(customer, "1", (invoice, "1")).save(qb=sdk.qb)
    with pytest.raises(QuickbooksException) as caught:
        invoice.delete(qb=sdk.qb)
    assert caught.value.error_code == 5010
    with pytest.raises(ObjectNotFoundException):
        Invoice.get(99, qb=sdk.qb)


def test_a_request_id_makes_a_write_happen_once(sdk: Sdk) -> None:
    """The same id gives the first invoice again."""
    customer = a_customer(sdk)
    ids = {
        a_sale(Invoice, customer, "100").save(qb=sdk.qb, request_id="intent-1").Id for _ in range(2)
    }
    assert (ids, len(sdk.world.main.open_invoices())) == ({"1"}, 1)


def test_batches(sdk: Sdk) -> None:
    """More than 30 in several calls; one bad item does not spoil the others."""
    names = [Customer() for _ in range(33)]
    for number, each in enumerate(names):
        each.DisplayName = f"Customer {number % 32}"
    made = batch_create(names, qb=sdk.qb)
    assert (len(made.successes), [f.Error[0].code for f in made.faults]) == (32, ["6240"])
    customer = made.successes[0]
    invoices = batch_create([a_sale(Invoice, customer, "5") for _ in range(3)], qb=sdk.qb).successes
    for each in invoices:
        each.PrivateNote = "Noted"
    noted = batch_update(invoices, qb=sdk.qb).successes
    assert {each.PrivateNote for each in noted} == {"Noted"}
    assert batch_delete(noted[:1], qb=sdk.qb).successes[0].status == "Deleted"
    assert Invoice.count(qb=sdk.qb) == 2


def test_change_data(sdk: Sdk) -> None:
    """Changed invoices whole, deleted ones as stubs, nothing where nothing happened."""
    customer = a_customer(sdk)
    one, two = (a_sale(Invoice, customer, "5").save(qb=sdk.qb) for _ in range(2))
    two.delete(qb=sdk.qb)
    since = datetime(2026, 11, 20)
    found = change_data_capture([Invoice, Payment], since, qb=sdk.qb)
    assert [(each.Id, getattr(each, "status", "")) for each in found.Invoice] == [
        (one.Id, ""),
        (two.Id, "Deleted"),
    ]
    assert not hasattr(found, "Payment")


def test_a_throttled_call_reaches_the_client_as_unreadable(sdk: Sdk, faults: FaultPlan) -> None:
    """The 429 is XML though JSON was asked for: the client cannot read it. Then all is well."""
    faults.faults.append(Fault(FaultKind.MINUTE_LIMIT))
    with pytest.raises(QuickbooksException, match="Error reading json response"):
        Customer.all(qb=sdk.qb)
    faults.faults.append(Fault(FaultKind.CONCURRENT_LIMIT))
    with pytest.raises(ValidationException):
        Customer.all(qb=sdk.qb)
    assert Customer.all(qb=sdk.qb) == []


def test_the_sdk_reads_the_whole_demo_book() -> None:
    """Every list of the demo book deserialises, and open amounts add up to the world's."""
    world = demo_world(TODAY, customers=40)
    with connected(world) as sdk:
        sums: dict[str, Decimal] = {}
        for kind, name, sign in (
            (Invoice, "Balance", 1),
            (CreditMemo, "Balance", -1),
            (Payment, "UnappliedAmt", -1),
        ):
            rows = kind.where(order_by="Id", max_results=1000, qb=sdk.qb)
            assert len(rows) == kind.count(qb=sdk.qb) > 0
            for row in rows:
                currency = row.CurrencyRef.value
                sums[currency] = sums.get(currency, Decimal(0)) + sign * Decimal(getattr(row, name))
        known = world.totals()[world.main.org.org_id]
        assert {c: v for c, v in sums.items() if v} == {c: v for c, v in known.items() if v}
        late = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=20)
        assert len(change_data_capture([Invoice], late, qb=sdk.qb).Invoice) > 0
