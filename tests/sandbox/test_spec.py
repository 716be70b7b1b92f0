"""Payloads of the simulator validate against the vendor's own OpenAPI file."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from syncer.sandbox import post
from syncer.sandbox.book import demo_world
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.xero.limits import UNLIMITED
from tests.sandbox.calling import Caller, caller_for

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "xero" / "xero_accounting.yaml"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SPEC.exists(), reason="../shared/specs/xero is absent"),
]


class Loader(yaml.CSafeLoader):
    """Keeps unquoted timestamps as text, which the schemas say they are."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, rx) for tag, rx in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def registry() -> Any:
    """The vendor's schemas."""
    spec = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=Loader)
    return Registry().with_resource("urn:xero", Resource(contents=spec, specification=DRAFT4))


@pytest.fixture(scope="module")
def call() -> Caller:
    """A demo book with history, mail and an allocation in it."""
    world = demo_world(date(2026, 11, 22), customers=40)
    ledger = world.main
    documents = list(ledger.books.documents.values())
    for credit in documents:
        if credit.kind is Kind.CREDIT_NOTE and credit.status is Status.OPEN:
            for doc in ledger.documents_of(credit.contact_id):
                if doc.kind is Kind.INVOICE and doc.status is Status.OPEN:
                    ledger.allocate(credit, doc, min(credit.left, doc.left))
                    break
    doc = next(d for d in ledger.open_invoices() if ledger.contact(d.contact_id).email)
    post.send_mail(ledger, doc)
    post.leave_note(ledger, doc.doc_id, "Reminder")
    return caller_for(world, allowance=UNLIMITED)


def problems(registry: Any, name: str, payload: Any) -> list[str]:
    """What the schema ``name`` finds wrong."""
    schema = {"$ref": f"urn:xero#/components/schemas/{name}"}
    checker = OAS30Validator(schema, registry=registry, format_checker=oas30_format_checker)
    return [f"{'/'.join(map(str, e.path))}: {e.message}" for e in checker.iter_errors(payload)]


def known_fields(registry: Any, name: str) -> set[str]:
    """The property names of a schema."""
    spec = registry["urn:xero"].contents
    return set(spec["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/Invoices", "Invoices"),
        ("/Contacts", "Contacts"),
        ("/CreditNotes", "CreditNotes"),
        ("/Overpayments", "Overpayments"),
        ("/Prepayments", "Prepayments"),
        ("/Payments", "Payments"),
        ("/ContactGroups", "ContactGroups"),
        ("/Organisation", "Organisations"),
        ("/Organisation/Actions", "Actions"),
        ("/InvoiceReminders/Settings", "InvoiceReminders"),
    ],
)
@pytest.mark.parametrize("query", [{}, {"page": 1, "pageSize": 1000}, {"summaryOnly": "true"}])
def test_lists_validate(
    call: Caller, registry: Any, path: str, schema: str, query: dict[str, Any]
) -> None:
    """Every view of every list is a payload the vendor's schema accepts, and not an empty one."""
    payload = call.get(path, **query)
    assert payload[schema]
    assert problems(registry, schema, payload) == []


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/Invoices", "Invoice"),
        ("/Contacts", "Contact"),
        ("/CreditNotes", "CreditNote"),
        ("/Overpayments", "Overpayment"),
        ("/Payments", "Payment"),
    ],
)
def test_no_field_is_invented(call: Caller, registry: Any, path: str, schema: str) -> None:
    """Schemas let unknown names pass, so names are checked too: only documented extras remain."""
    undocumented = {"DateString", "DueDateString", "ExpectedPaymentDateString", "ID"}
    for row in call.get(path, page=1, pageSize=1000)[path.strip("/")]:
        extra = set(row) - known_fields(registry, schema) - undocumented
        # An overpayment's amount paid off is not dated by the schema, as the vendor's own list is.
        assert extra <= {"FullyPaidOnDate"}, extra


def test_parts_and_errors_validate(call: Caller, registry: Any) -> None:
    """History, pay link and a validation error are as the schemas say."""
    doc_id = call.app.world.main.books.mails[0].doc_id
    history = call.get(f"/Invoices/{doc_id}/History")
    assert problems(registry, "HistoryRecords", history) == []
    link = call.get(f"/Invoices/{doc_id}/OnlineInvoice")
    assert problems(registry, "OnlineInvoices", link) == []
    refused = call.send("PUT", "/Invoices", {"Invoices": [{"Type": "ACCREC"}]})
    assert refused.status == 400
    assert problems(registry, "Error", json.loads(refused.body)) == []


def test_the_check_can_fail(call: Caller, registry: Any) -> None:
    """A wrong type is found: the validation is not asleep."""
    payload = call.get("/Invoices", page=1)
    payload["Invoices"][0]["AmountDue"] = "12.50"
    assert problems(registry, "Invoices", payload)
