"""What programs leave behind in a ledger: notes in the history and mail the ledger sends."""

from collections.abc import Sequence
from datetime import timedelta

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Document, Kind, Mail, Note, Status
from syncer.sandbox.refusal import Reason, Refused

MAILABLE = frozenset({Status.SUBMITTED, Status.OPEN, Status.PAID})


def leave_note(ledger: Ledger, parent_id: str, text: str) -> Note:
    """A program's note; whoever it concerns counts as reminded when days are played."""
    _reminded(ledger, parent_id)
    return ledger.note(parent_id, change="Note", text=text)


def mails_left(ledger: Ledger) -> int:
    """How many more messages the ledger sends in these 24 hours."""
    day_ago = ledger.clock() - timedelta(days=1)
    recent = sum(1 for mail in ledger.books.mails if mail.at > day_ago)
    return ledger.org.mails_per_day - recent


def send_mail(ledger: Ledger, doc: Document, *, by: str = "", to: Sequence[str] = ()) -> Mail:
    """Let the ledger send the invoice to ``to``, or else to the contact's addresses."""
    if doc.kind is not Kind.INVOICE or doc.status not in MAILABLE:
        raise Refused(Reason.WRONG_STATUS, str(doc.status), "mail")
    contact = ledger.contact(doc.contact_id)
    people = [p.email for p in contact.people if p.gets_mail and p.email]
    addresses = list(to) or [address for address in (contact.email, *people) if address]
    if not addresses:
        raise Refused(Reason.NO_ADDRESS, "contact")
    if mails_left(ledger) <= 0:
        raise Refused(Reason.MAIL_CAP, "mail", str(ledger.org.mails_per_day))
    mail = Mail(at=ledger.clock(), doc_id=doc.doc_id, to=addresses, by=by)
    ledger.books.mails.append(mail)
    if ledger.org.mail_marks_sent:
        ledger.change_document(doc, sent=True, sent_at=mail.at)
        ledger.note(doc.doc_id, change="Sent", text=f"Sent to {len(addresses)} address(es)")
    _reminded(ledger, doc.doc_id)
    return mail


def _reminded(ledger: Ledger, parent_id: str) -> None:
    doc = ledger.books.documents.get(parent_id)
    contact = ledger.books.contacts.get(doc.contact_id if doc else parent_id)
    if contact:
        ledger.books.payer(contact).reminded_at = ledger.clock()
