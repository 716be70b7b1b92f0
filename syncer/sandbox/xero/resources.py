"""The lists the simulator serves: which records, which filter names, which identity.

Each ``Listing`` is one resource page of the vendor's reference, read November 2026.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document, Group, Kind, Payment
from syncer.sandbox.xero import shapes
from syncer.sandbox.xero.listing import Listing
from syncer.sandbox.xero.shapes import Row, View
from syncer.sandbox.xero.where import Getter
from syncer.sandbox.xero.wire import KIND_WORDS, STATUS_WORDS


def _of_kinds(*kinds: Kind) -> Callable[[Ledger], Iterable[Document]]:
    return lambda ledger: (d for d in ledger.books.documents.values() if d.kind in kinds)


def _document_fields(id_name: str) -> dict[str, Getter]:
    return {
        id_name: lambda d: d.doc_id,
        "type": lambda d: KIND_WORDS[d.kind],
        "status": lambda d: STATUS_WORDS[d.status],
        "contact.contactid": lambda d: d.contact_id,
        "reference": lambda d: d.reference,
        "date": lambda d: d.issued_on,
        "total": lambda d: d.total,
        "currencycode": lambda d: d.currency,
        "updateddateutc": lambda d: d.booked_at,
        "createdby": lambda d: d.made_by,
    }


def _revision(ledger: Ledger, doc: Document) -> object:
    return doc.revision, ledger.contact(doc.contact_id).name


def _by_id(ledger: Ledger, doc_id: str) -> Iterable[Document]:
    doc = ledger.books.documents.get(doc_id)
    return [doc] if doc and doc.kind in (Kind.INVOICE, Kind.BILL) else []


def _by_contact(ledger: Ledger, contact_id: str) -> Iterable[Document]:
    documents = ledger.documents_of(contact_id)
    return (d for d in documents if d.kind in (Kind.INVOICE, Kind.BILL))


_OF_CONTACT: Mapping[str, Callable[[Ledger, Any], Any]] = {
    "contact.name": lambda ledger, d: ledger.contact(d.contact_id).name,
    "contact.contactnumber": lambda ledger, d: ledger.contact(d.contact_id).number,
}


def _invoices() -> Listing:
    fields: Mapping[str, Getter] = _document_fields("invoiceid") | {
        "invoicenumber": lambda d: d.number,
        "duedate": lambda d: d.due_on,
        "amountdue": lambda d: d.left,
        "amountpaid": lambda d: d.settled,
        "amountcredited": lambda d: d.credited,
        "senttocontact": lambda d: d.sent,
        "fullypaidondate": lambda d: d.paid_on,
        "expectedpaymentdate": lambda d: d.expected_on,
    }
    return Listing(
        key="Invoices",
        kind="Invoice",
        records=_of_kinds(Kind.INVOICE, Kind.BILL),
        fields=fields,
        row=shapes.invoice,
        id_of=lambda d: d.doc_id,
        stamp=lambda d: d.booked_at,
        revision=_revision,
        joined=_OF_CONTACT,
        lists={
            "statuses": "status",
            "ids": "invoiceid",
            "invoicenumbers": "invoicenumber",
            "contactids": "contact.contactid",
        },
        forces_paging=("statuses", "summaryonly"),
        direct={"ids": _by_id, "contactids": _by_contact},
        search=("invoicenumber", "reference"),
    )


def _credits(key: str, kind: Kind, number_field: str = "") -> Listing:
    name = key[:-1]
    fields = _document_fields(f"{name.lower()}id") | {"remainingcredit": lambda d: d.left}
    if number_field:
        fields[number_field] = lambda d: d.number
    return Listing(
        key=key,
        kind=name,
        records=_of_kinds(kind),
        fields=fields,
        row=shapes.credit,
        id_of=lambda d: d.doc_id,
        stamp=lambda d: d.booked_at,
        joined=_OF_CONTACT,
    )


def _payment_row(ledger: Ledger, record: Payment, _: View) -> Row:
    return shapes.payment(ledger, record)


def _group_row(ledger: Ledger, record: Group, view: View) -> Row:
    return shapes.group(ledger, record, members=view is View.FULL)


def _contact_status(contact: Contact) -> str:
    return "ARCHIVED" if contact.archived else "ACTIVE"


def _all(name: str) -> Callable[[Ledger], Iterable[Any]]:
    return lambda ledger: getattr(ledger.books, name).values()


INVOICES = _invoices()
CREDIT_NOTES = _credits("CreditNotes", Kind.CREDIT_NOTE, "creditnotenumber")
OVERPAYMENTS = _credits("Overpayments", Kind.OVERPAYMENT)
PREPAYMENTS = _credits("Prepayments", Kind.PREPAYMENT)
PAYMENTS = Listing(
    key="Payments",
    kind="Payment",
    records=_all("payments"),
    fields={
        "paymentid": lambda p: p.payment_id,
        "status": lambda p: "DELETED" if p.deleted else "AUTHORISED",
        "date": lambda p: p.on,
        "amount": lambda p: p.amount,
        "reference": lambda p: p.reference,
        "isreconciled": lambda p: p.reconciled,
        "invoice.invoiceid": lambda p: p.doc_id,
        "updateddateutc": lambda p: p.changed_at,
    },
    row=_payment_row,
    id_of=lambda p: p.payment_id,
    stamp=lambda p: p.changed_at,
)
CONTACTS = Listing(
    key="Contacts",
    kind="Contact",
    records=_all("contacts"),
    fields={
        "contactid": lambda c: c.contact_id,
        "name": lambda c: c.name,
        "emailaddress": lambda c: c.email,
        "accountnumber": lambda c: c.number,
        "contactnumber": lambda c: c.number,
        "contactstatus": _contact_status,
        "firstname": lambda c: c.first_name,
        "lastname": lambda c: c.last_name,
        "updateddateutc": lambda c: c.changed_at,
    },
    row=shapes.contact,
    id_of=lambda c: c.contact_id,
    stamp=lambda c: c.changed_at,
    lists={"ids": "contactid"},
    search=("name", "firstname", "lastname", "contactnumber", "emailaddress"),
    hides=lambda c: c.archived,
)
GROUPS = Listing(
    key="ContactGroups",
    kind="ContactGroup",
    records=_all("groups"),
    fields={
        "contactgroupid": lambda g: g.group_id,
        "name": lambda g: g.name,
        "status": lambda g: "DELETED" if g.deleted else "ACTIVE",
    },
    row=_group_row,
    id_of=lambda g: g.group_id,
    stamp=lambda g: g.name,
    hides=lambda g: g.deleted,
)
