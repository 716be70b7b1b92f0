"""Writing customers: create, sparse and full update, making inactive.

Source: "customer" page and schema set, read November 2026. A customer is never deleted, only
made inactive.
"""

from syncer.sandbox import people
from syncer.sandbox.books import FAMILY_DEPTH_MAX
from syncer.sandbox.quickbooks import lists
from syncer.sandbox.quickbooks.exchange import Context
from syncer.sandbox.quickbooks.faulting import Wrong
from syncer.sandbox.quickbooks.sales import remember
from syncer.sandbox.quickbooks.wire import (
    Row,
    checked_address,
    checked_text,
    read_flag,
    read_ref,
)
from syncer.sandbox.records import Contact

NAME_MAX, PART_MAX, NOTES_MAX, PHONE_MAX, ADDRESS_MAX = 500, 100, 2000, 30, 100
LEVELS_MAX = 4


def create(ctx: Context, body: Row) -> Contact:
    """A new customer. Raises Wrong or Refused."""
    values = _values(ctx, body, whole=True)
    currency = read_ref(body.get("CurrencyRef")) or ctx.ledger.org.currency
    ctx.ledger.check_currency(currency)
    name = str(values.pop("name", ""))
    email = str(values.pop("email"))
    return people.add_contact(ctx.ledger, name, email=email, currency=currency, **values)


def update(ctx: Context, contact: Contact, body: Row) -> Contact:
    """Sparse where the body says so, else full. Raises Wrong or Refused."""
    whole = not read_flag(body.get("sparse"))
    values = _values(ctx, body, whole=whole, contact=contact)
    currency = read_ref(body.get("CurrencyRef"))
    if currency and currency != (contact.currency or ctx.ledger.org.currency):
        raise Wrong("6000", "Business Validation Error: the currency cannot change", "CurrencyRef")
    before = contact.memo
    people.change_contact(ctx.ledger, contact.contact_id, **values)
    remember(ctx, contact.contact_id, before, contact.memo)
    return contact


def _values(
    ctx: Context, body: Row, *, whole: bool, contact: Contact | None = None
) -> dict[str, object]:
    values: dict[str, object] = {}
    if whole or "DisplayName" in body:
        values["name"] = _display_name(body)
    for name, field, limit in (
        ("GivenName", "first_name", PART_MAX),
        ("FamilyName", "last_name", PART_MAX),
        ("Notes", "memo", NOTES_MAX),
    ):
        if whole or name in body:
            values[field] = checked_text(body.get(name), name, limit)
    if whole or "PrimaryEmailAddr" in body:
        address = body.get("PrimaryEmailAddr")
        values["email"] = checked_address(address, "PrimaryEmailAddr", ADDRESS_MAX)
    if whole or "PrimaryPhone" in body:
        phone = (body.get("PrimaryPhone") or {}).get("FreeFormNumber")
        values["phone"] = checked_text(phone, "PrimaryPhone", PHONE_MAX)
    if "Active" in body:
        values["archived"] = not read_flag(body["Active"])
    if body.get("PrimaryTaxIdentifier") and "X" not in str(body["PrimaryTaxIdentifier"]):
        values["tax_number"] = str(body["PrimaryTaxIdentifier"])
    terms = lists.term_of(ctx.company, read_ref(body.get("SalesTermRef")))
    if terms is not None and terms.due_days is not None:
        values["terms_days"] = terms.due_days
    if whole or "ParentRef" in body or "BillWithParent" in body:
        values |= _family(ctx, body, contact)
    return values


def _display_name(body: Row) -> str:
    parts = (str(body.get(name) or "") for name in ("GivenName", "FamilyName"))
    name = body.get("DisplayName") or body.get("CompanyName") or " ".join(filter(None, parts))
    if not name:
        detail = "Business Validation Error: a DisplayName or another name is required"
        raise Wrong("6000", detail, "DisplayName")
    text = checked_text(name, "DisplayName", NAME_MAX)
    if set(text) & set(":\t\n"):
        detail = "Business Validation Error: a name has no colon, tab or line break"
        raise Wrong("6000", detail, "DisplayName")
    return text


def _family(ctx: Context, body: Row, contact: Contact | None) -> dict[str, object]:
    if "ParentRef" not in body and contact is not None and read_flag(body.get("sparse")):
        return {"parent_pays": read_flag(body.get("BillWithParent")) and bool(contact.parent_id)}
    number = read_ref(body.get("ParentRef"))
    parent = ctx.company.contact(number) if number else None
    if number and parent is None:
        raise Wrong("2500", f"Invalid Reference Id : ParentRef {number} not found", "ParentRef")
    if parent is not None:
        _check_levels(ctx, parent, contact)
    pays = parent is not None and read_flag(body.get("BillWithParent"))
    return {"parent_id": parent.contact_id if parent else "", "parent_pays": pays}


def _check_levels(ctx: Context, parent: Contact, contact: Contact | None) -> None:
    above, current = 1, parent
    for _ in range(FAMILY_DEPTH_MAX):
        if current is contact:
            raise Wrong("6000", "Business Validation Error: a customer below itself", "ParentRef")
        if not current.parent_id:
            break
        above, current = above + 1, ctx.ledger.contact(current.parent_id)
    if above > LEVELS_MAX:
        raise Wrong("6000", f"Business Validation Error: more than {LEVELS_MAX} levels")
