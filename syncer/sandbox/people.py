"""What people do with the contacts of a ledger: add, change, archive, merge, group."""

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Group, Person
from syncer.sandbox.refusal import Reason, Refused


def add_contact(ledger: Ledger, name: str, *, email: str = "", **more: object) -> Contact:
    """A new contact. Raises Refused(NOT_UNIQUE) for an active namesake."""
    _check_name(ledger, name, "")
    contact = Contact(
        contact_id=ledger.books.new_id(),
        name=name,
        email=email,
        changed_at=ledger.clock(),
        created_at=ledger.clock(),
    )
    for field, value in more.items():
        setattr(contact, field, value)
    return enter_contact(ledger, contact)


def enter_contact(ledger: Ledger, contact: Contact) -> Contact:
    """Take over a contact that was built elsewhere."""
    ledger.books.contacts[contact.contact_id] = contact
    ledger.version += 1
    return contact


def change_contact(ledger: Ledger, contact_id: str, **values: object) -> Contact:
    """Set fields of a contact by name."""
    contact = ledger.contact(contact_id)
    if values.get("name", contact.name) != contact.name:
        _check_name(ledger, str(values["name"]), contact_id)
    for field, value in values.items():
        setattr(contact, field, value)
    return moved_contact(ledger, contact)


def archive(ledger: Ledger, contact_id: str, *, archived: bool = True) -> Contact:
    """Put a contact away (or back); its open invoices stay open."""
    return change_contact(ledger, contact_id, archived=archived)


def merge(ledger: Ledger, loser_id: str, survivor_id: str) -> Contact:
    """Move everything of one contact to another and archive the first."""
    loser, survivor = ledger.contact(loser_id), ledger.contact(survivor_id)
    if loser is survivor:
        raise Refused(Reason.INVALID, "contact", "cannot be merged with itself")
    for doc in ledger.documents_of(loser_id):
        doc.contact_id = survivor_id
        ledger.moved(doc)
    for receipt in ledger.books.receipts.values():
        if receipt.contact_id == loser_id:
            receipt.contact_id = survivor_id
    for child in ledger.books.contacts.values():
        if child.parent_id == loser_id and child is not survivor:
            child.parent_id = survivor_id
            moved_contact(ledger, child)
    moved = ledger.by_contact.pop(loser_id, [])
    ledger.by_contact.setdefault(survivor_id, []).extend(moved)
    loser.archived, loser.merged_into = True, survivor_id
    moved_contact(ledger, loser)
    return moved_contact(ledger, survivor)


def add_person(ledger: Ledger, contact_id: str, person: Person) -> Contact:
    """Someone else who may get the contact's mail."""
    contact = ledger.contact(contact_id)
    return change_contact(ledger, contact_id, people=[*contact.people, person])


def add_group(ledger: Ledger, name: str) -> Group:
    """A new, empty group."""
    group = Group(group_id=ledger.books.new_id(), name=name)
    ledger.books.groups[group.group_id] = group
    ledger.version += 1
    return group


def join_group(ledger: Ledger, group_id: str, contact_id: str) -> Group:
    """Put a contact into a group; twice is once."""
    group, contact = ledger.group(group_id), ledger.contact(contact_id)
    if contact_id not in group.members:
        group.members.append(contact_id)
    moved_contact(ledger, contact)
    return group


def leave_group(ledger: Ledger, group_id: str, contact_id: str) -> Group:
    """Take a contact out of a group."""
    group = ledger.group(group_id)
    if contact_id not in group.members:
        raise Refused(Reason.UNKNOWN, "contact", contact_id)
    group.members.remove(contact_id)
    moved_contact(ledger, ledger.contact(contact_id))
    return group


def moved_contact(ledger: Ledger, contact: Contact) -> Contact:
    """Note that a contact changed."""
    contact.changed_at = ledger.clock()
    contact.revision += 1
    ledger.version += 1
    return contact


def _check_name(ledger: Ledger, name: str, own_id: str) -> None:
    folded = name.strip().casefold()
    if not folded:
        raise Refused(Reason.MISSING, "name")
    for other in ledger.books.contacts.values():
        same = other.name.casefold() == folded
        if same and not other.archived and other.contact_id != own_id:
            raise Refused(Reason.NOT_UNIQUE, "name", name)
