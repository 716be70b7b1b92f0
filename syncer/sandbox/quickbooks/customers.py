"""Customers as the vendor's JSON objects, with their families and balances.

Source: "customer" page and schema set, read November 2026. ``Balance`` is a customer's own,
net of credit and money nobody has applied; ``BalanceWithJobs`` adds everybody below.
"""

from collections.abc import Iterator
from decimal import Decimal

from syncer.sandbox.books import FAMILY_DEPTH_MAX, rounded
from syncer.sandbox.quickbooks import lists
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.wire import Row, ref, stamp, without_empty
from syncer.sandbox.records import ZERO, Contact, Kind, Status

SHOWN_DIGITS = 4


def customers(company: Company) -> Iterator[Contact]:
    """Everybody except mere suppliers."""
    contacts = company.ledger.books.contacts.values()
    return (contact for contact in contacts if is_customer(company, contact))


def is_customer(company: Company, contact: Contact) -> bool:
    """Whether it is more than a mere supplier."""
    documents = company.ledger.documents_of(contact.contact_id)
    return not contact.supplier or any(doc.kind is not Kind.BILL for doc in documents)


def customer(company: Company, contact: Contact) -> Row:
    """Customer."""
    currency = contact.currency or company.ledger.org.currency
    row: Row = {
        "Id": company.name_id(contact.contact_id),
        "SyncToken": str(contact.revision),
        "domain": "QBO",
        "sparse": False,
        "MetaData": {
            "CreateTime": stamp(contact.created_at or company.ledger.org.created_at),
            "LastUpdatedTime": stamp(contact.changed_at),
        },
        "GivenName": contact.first_name,
        "FamilyName": contact.last_name,
        "CompanyName": contact.name,
        "DisplayName": contact.name,
        "PrintOnCheckName": contact.name,
        "FullyQualifiedName": full_name(company, contact),
        "Active": not contact.archived,
        "Taxable": True,
        "IsProject": False,
        "PreferredDeliveryMethod": "Email",
        "PrimaryEmailAddr": {"Address": contact.email} if contact.email else None,
        "PrimaryPhone": {"FreeFormNumber": contact.phone} if contact.phone else None,
        "BillAddr": without_empty({"City": contact.city, "Country": contact.country}) or None,
        "PrimaryTaxIdentifier": _masked(contact.tax_number),
        "Notes": contact.memo,
        "CurrencyRef": ref(currency),
        "Balance": own_balance(company, contact),
        "BalanceWithJobs": family_balance(company, contact),
        "SalesTermRef": _usual_terms(company, contact),
        "CustomerTypeRef": _type_ref(company, contact),
        **_family(company, contact),
    }
    return without_empty(row)


def own_balance(company: Company, contact: Contact) -> Decimal:
    """Open invoices less unused credit, in the customer's one currency."""
    currency = contact.currency or company.ledger.org.currency
    total = ZERO
    for doc in company.ledger.documents_of(contact.contact_id):
        if doc.status is Status.OPEN and doc.kind is not Kind.BILL:
            # The vendor knows no customer with two currencies; another vendor's world may.
            left = doc.left if doc.currency == currency else rounded(doc.left / doc.rate, currency)
            total += left if doc.kind is Kind.INVOICE else -left
    return total


def family_balance(company: Company, contact: Contact) -> Decimal:
    """The same with everybody below."""
    below = company.children(contact.contact_id)
    own = own_balance(company, contact)
    return own + sum((family_balance(company, child) for child in below), ZERO)


def full_name(company: Company, contact: Contact) -> str:
    """``Parent:Child``."""
    names = [contact.name]
    for _ in range(FAMILY_DEPTH_MAX):
        parent = company.ledger.books.contacts.get(contact.parent_id)
        if parent is None:
            break
        contact = parent
        names.append(contact.name)
    return ":".join(reversed(names))


def _family(company: Company, contact: Contact) -> Row:
    if not contact.parent_id:
        return {"Job": False, "BillWithParent": False}
    root = company.ledger.books.family(contact.contact_id)
    return {
        "Job": True,
        "BillWithParent": contact.parent_pays,
        "ParentRef": ref(company.name_id(contact.parent_id)),
        "RootCustomerRef": ref(company.name_id(root)),
        "Level": full_name(company, contact).count(":"),
    }


def _usual_terms(company: Company, contact: Contact) -> Row | None:
    for each in company.ledger.org.terms:
        plain = not each.discount_percent and not each.archived
        if each.due_days == contact.terms_days and plain:
            return lists.term_ref(company, each.terms_id)
    return None


def _type_ref(company: Company, contact: Contact) -> Row | None:
    for at, group in enumerate(company.ledger.books.groups.values(), 1):
        if contact.contact_id in group.members:  # an inactive type stays on its customers
            return ref(at, group.name)
    return None


def _masked(number: str) -> str:
    hidden = max(0, len(number) - SHOWN_DIGITS)
    return "X" * hidden + number[hidden:]
