"""What can be listed: which records, which properties a statement may filter and sort by.

Source: the vendor's reference as transcribed in the field annotations of a client, and its
schema set, read November 2026. A property that is not named here is refused with code 4001.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncer.sandbox.numbering import NAMES, TRANSACTIONS
from syncer.sandbox.quickbooks import lists, shapes
from syncer.sandbox.quickbooks.about import company_info, preferences
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.customers import (
    customer,
    customers,
    full_name,
    is_customer,
    own_balance,
)
from syncer.sandbox.quickbooks.wire import Row, read_instant
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.sandbox.settlements import Settlement, settlement, settlements

SHOWN = frozenset({Status.OPEN, Status.PAID, Status.VOID})
Get = Callable[[Company, Any], Any]


@dataclass(frozen=True, slots=True)
class Property:
    """``kind``: text, number, day, instant, id or flag; it says how values compare."""

    kind: str
    get: Get
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record. ``properties`` by lower-case name."""

    name: str
    records: Callable[[Company], Iterable[Any]]  # in order of Id, deleted ones included
    row: Callable[[Company, Any], Row]
    properties: Mapping[str, Property]
    number: Callable[[Company, Any], str]
    one: Callable[[Company, str], Any | None]  # by Id, deleted ones included
    is_name: bool = False  # a list of names hides inactive ones by default
    deleted: Callable[[Any], bool] = lambda _: False
    changed: Callable[[Company, Any], datetime] | None = None  # None: not in change data
    revision: Callable[[Company, Any], object] | None = None  # None: rows are not kept
    # The records of one customer: spares a walk through a large book.
    of_customer: Callable[[Company, Contact], Iterable[Any]] | None = None


def _whole_seconds(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _meta(created: Get, changed: Get) -> dict[str, Property]:
    return {
        "metadata.createtime": Property("instant", lambda c, r: _whole_seconds(created(c, r))),
        "metadata.lastupdatedtime": Property("instant", lambda c, r: _whole_seconds(changed(c, r))),
    }


def _txn_properties() -> dict[str, Property]:
    return {
        "id": Property("id", lambda c, d: c.numbers.of(d.doc_id)),
        "docnumber": Property("text", lambda _, d: d.number),
        "txndate": Property("day", lambda _, d: d.issued_on),
        "balance": Property("number", lambda _, d: shapes.balance(d)),
        "customerref": Property("id", lambda c, d: c.numbers.of(d.contact_id, NAMES), False),
        **_meta(lambda _, d: d.created_at, lambda c, d: c.changed_at(d)),
    }


def _term_number(company: Company, doc: Document) -> int | None:
    found = lists.term_ref(company, doc.terms_id)
    return int(found["value"]) if found else None


def _sales(name: str, kind: Kind, row: Callable[[Company, Document], Row]) -> Entity:
    properties = _txn_properties()
    if kind is Kind.INVOICE:
        properties["duedate"] = Property("day", lambda _, d: d.due_on or d.issued_on)
        properties["salestermref"] = Property("id", _term_number, False)
    else:
        properties["totalamt"] = Property(
            "number", lambda _, d: d.total if d.status is not Status.VOID else 0
        )

    def records(company: Company) -> Iterable[Document]:
        wanted = SHOWN | {Status.DELETED}
        documents = company.ledger.books.documents.values()
        return (d for d in documents if d.kind is kind and d.status in wanted)

    def of_customer(company: Company, contact: Contact) -> Iterable[Document]:
        documents = company.ledger.documents_of(contact.contact_id)
        return (d for d in documents if d.kind is kind and d.status in SHOWN)

    def one(company: Company, number: str) -> Document | None:
        doc = company.document(number, kind)
        return doc if doc and doc.status in SHOWN | {Status.DELETED} else None

    def revision(company: Company, doc: Document) -> object:
        contact = company.ledger.contact(doc.contact_id)
        return doc.revision, doc.status, contact.name, contact.email

    return Entity(
        name=name,
        records=records,
        row=row,
        properties=properties,
        number=lambda c, d: c.txn_id(d.doc_id),
        one=one,
        deleted=lambda d: d.status is Status.DELETED,
        changed=lambda c, d: c.changed_at(d),
        revision=revision,
        of_customer=of_customer,
    )


def _one_payment(company: Company, number: str) -> Settlement | None:
    key = company.numbers.record(number, TRANSACTIONS)
    return settlement(company.ledger, key) if key else None


def _payments_in_order(company: Company) -> Iterable[Settlement]:
    return sorted(settlements(company.ledger), key=lambda s: company.numbers.of(s.key))


def _one_customer(company: Company, number: str) -> Contact | None:
    contact = company.contact(number)
    return contact if contact and is_customer(company, contact) else None


def _small(name: str, rows: Callable[[Company], list[Row]], *more: str) -> Entity:
    """A short list whose records are its rows."""
    properties = {
        "id": Property("text", lambda _, r: r["Id"]),
        "name": Property("text", lambda _, r: r["Name"]),
        "active": Property("flag", lambda _, r: r["Active"]),
        **_meta(
            lambda _, r: read_instant(r["MetaData"]["CreateTime"]),
            lambda _, r: read_instant(r["MetaData"]["LastUpdatedTime"]),
        ),
    }
    for each in more:
        properties[each.lower()] = Property("text", _of_row(each))
    return Entity(
        name=name,
        records=rows,
        row=lambda _, row: row,
        properties=properties,
        number=lambda _, row: str(row["Id"]),
        one=lambda c, number: next((r for r in rows(c) if r["Id"] == number), None),
        is_name=True,
    )


def _of_row(name: str) -> Get:
    return lambda _, row: row.get(name)


def _alone(name: str, row: Callable[[Company], Row]) -> Entity:
    """Something a company has one of."""
    return Entity(
        name=name,
        records=lambda c: [row(c)],
        row=lambda _, found: found,
        properties={"id": Property("text", lambda _, r: r["Id"])},
        number=lambda _, found: str(found["Id"]),
        one=lambda c, number: row(c) if number in (row(c)["Id"], c.realm) else None,
    )


INVOICE = _sales("Invoice", Kind.INVOICE, shapes.invoice)
CREDIT_MEMO = _sales("CreditMemo", Kind.CREDIT_NOTE, shapes.credit_memo)
PAYMENT = Entity(
    name="Payment",
    records=_payments_in_order,
    row=shapes.payment,
    properties={
        "id": Property("id", lambda c, p: c.numbers.of(p.key)),
        "totalamt": Property("number", lambda _, p: p.total),
        "txndate": Property("day", lambda _, p: p.on),
        "customerref": Property("id", lambda c, p: c.numbers.of(p.contact_id, NAMES), False),
        **_meta(lambda _, p: p.created_at, lambda _, p: p.changed_at),
    },
    number=lambda c, p: c.txn_id(p.key),
    one=_one_payment,
    deleted=lambda p: p.deleted,
    changed=lambda _, p: p.changed_at,
)
CUSTOMER = Entity(
    name="Customer",
    records=customers,
    row=customer,
    properties={
        "id": Property("id", lambda c, p: c.numbers.of(p.contact_id, NAMES)),
        "displayname": Property("text", lambda _, p: p.name),
        "fullyqualifiedname": Property("text", full_name),
        "companyname": Property("text", lambda _, p: p.name),
        "givenname": Property("text", lambda _, p: p.first_name),
        "familyname": Property("text", lambda _, p: p.last_name),
        "primaryemailaddr": Property("text", lambda _, p: p.email, False),
        "active": Property("flag", lambda _, p: not p.archived),
        "balance": Property("number", own_balance),
        **_meta(lambda c, p: p.created_at or c.ledger.org.created_at, lambda _, p: p.changed_at),
    },
    number=lambda c, p: c.name_id(p.contact_id),
    one=_one_customer,
    is_name=True,
    changed=lambda _, p: p.changed_at,
)
ENTITIES = {
    entity.name.lower(): entity
    for entity in (
        INVOICE,
        CREDIT_MEMO,
        PAYMENT,
        CUSTOMER,
        _small("Term", lists.terms),
        _small("Item", lists.items, "Type"),
        _small("Account", lists.accounts, "AccountType", "AcctNum"),
        _small("TaxCode", lists.tax_codes),
        _small("CustomerType", lists.customer_types),
        _alone("CompanyInfo", company_info),
        _alone("Preferences", preferences),
    )
}
