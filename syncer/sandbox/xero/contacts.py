"""Writing contacts and contact groups ("contacts" and "contact groups" pages, November 2026)."""

from typing import Any

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Group, Person
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero import shapes
from syncer.sandbox.xero.batch import Item, Saved, items_of, write
from syncer.sandbox.xero.exchange import Answer, Context
from syncer.sandbox.xero.shapes import View
from syncer.sandbox.xero.wire import ROW, envelope, read_flag

PEOPLE_MAX = 5
FIELDS = {
    "Name": "name",
    "FirstName": "first_name",
    "LastName": "last_name",
    "EmailAddress": "email",
    "ContactNumber": "number",
    "TaxNumber": "tax_number",
    "DefaultCurrency": "currency",
}


def save_contacts(ctx: Context) -> Answer:
    """PUT /Contacts creates; POST /Contacts creates or updates by id, number or name."""
    return write(ctx, "Contacts", _save)


def update_contact(ctx: Context) -> Answer:
    """POST /Contacts/{ContactID}."""

    def save(ctx: Context, item: Item) -> Saved:
        return _save(ctx, item | {"ContactID": ctx.ids[0]})

    return write(ctx, "Contacts", save)


def apply_contact(ledger: Ledger, contact: Contact, item: Item) -> Contact:
    """Set what was sent; people that are not in a list that was sent are deleted."""
    values: dict[str, Any] = {
        ours: item[theirs] for theirs, ours in FIELDS.items() if theirs in item
    }
    if "ContactPersons" in item:
        values["people"] = _people(item["ContactPersons"])
    if "ContactStatus" in item:
        values["archived"] = item["ContactStatus"] == "ARCHIVED"
    return people.change_contact(ledger, contact.contact_id, **values) if values else contact


def find_contact(ledger: Ledger, item: Item) -> Contact | None:
    """By id, else number, else name among active contacts. Raises Refused for an unknown id."""
    if item.get("ContactID"):
        return ledger.contact(str(item["ContactID"]).lower())
    contacts = ledger.books.contacts.values()
    for theirs, ours in (("ContactNumber", "number"), ("Name", "name")):
        wanted = str(item.get(theirs) or "").casefold()
        for contact in contacts:
            if wanted and not contact.archived and getattr(contact, ours).casefold() == wanted:
                return contact
    return None


def create_contact(ledger: Ledger, item: Item) -> Contact:
    """A new contact from what was sent."""
    contact = people.add_contact(ledger, str(item.get("Name") or ""))
    ledger.note(contact.contact_id, change="Created", text=contact.name, author="user")
    return apply_contact(ledger, contact, {k: v for k, v in item.items() if k != "Name"})


def save_groups(ctx: Context) -> Answer:
    """PUT /ContactGroups creates groups by name."""

    def save(ctx: Context, item: Item) -> Saved:
        if not item.get("Name"):
            raise Refused(Reason.MISSING, "Name")
        made = people.add_group(ctx.ledger, str(item["Name"]))
        return Saved(shapes.group(ctx.ledger, made, members=True))

    return write(ctx, "ContactGroups", save)


def update_group(ctx: Context) -> Answer:
    """POST /ContactGroups/{id}: rename, or Status DELETED."""

    def save(ctx: Context, item: Item) -> Saved:
        group = ctx.ledger.group(ctx.ids[0])
        group.name = str(item.get("Name") or group.name)
        group.deleted = item.get("Status") == "DELETED"
        ctx.ledger.version += 1
        return Saved(shapes.group(ctx.ledger, group, members=True))

    return write(ctx, "ContactGroups", save)


def join_group(ctx: Context) -> Answer:
    """PUT /ContactGroups/{id}/Contacts."""
    group = ctx.ledger.group(ctx.ids[0])
    contacts = [ctx.ledger.contact(str(i.get("ContactID"))) for i in items_of(ctx, "Contacts")]
    for contact in contacts:
        people.join_group(ctx.ledger, group.group_id, contact.contact_id)
    return envelope(ctx, "Contacts", [ROW.encode(shapes.contact_stub(c)) for c in contacts])


def leave_group(ctx: Context) -> Answer:
    """DELETE /ContactGroups/{id}/Contacts[/{ContactID}]: 204."""
    group: Group = ctx.ledger.group(ctx.ids[0])
    for contact_id in ctx.ids[1:] or tuple(group.members):
        people.leave_group(ctx.ledger, group.group_id, contact_id)
    return Answer(204)


def _save(ctx: Context, item: Item) -> Saved:
    creating = ctx.request.method == "PUT"
    known = None if creating else find_contact(ctx.ledger, item)
    contact = apply_contact(ctx.ledger, known, item) if known else create_contact(ctx.ledger, item)
    return Saved(shapes.contact(ctx.ledger, contact, View.FULL))


def _people(rows: list[Item]) -> list[Person]:
    if len(rows) > PEOPLE_MAX:
        raise Refused(Reason.INVALID, "ContactPersons", f"(at most {PEOPLE_MAX})")
    return [
        Person(
            first_name=row.get("FirstName") or "",
            last_name=row.get("LastName") or "",
            email=row.get("EmailAddress") or "",
            gets_mail=read_flag(row.get("IncludeInEmails")),
        )
        for row in rows
    ]
