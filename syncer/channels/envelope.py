"""Builds the bytes of a mail (RFC 5322) so that the same inputs always give the same bytes.

Message-ID and MIME boundaries come from the contact's key, the date from the caller. The
finished bytes are read back once: what a mail server will see must be what was meant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from syncer.errors import RecordError
from syncer.model.effect import Attachment
from syncer.model.ledger import Person

KEY_HEADER = "X-Receivables-Key"
ATTACHMENTS_MAX = 50
BYTES_MAX = 20 * 1024 * 1024  # most mail servers refuse more (their SIZE, RFC 1870)

_PLAIN_KEY = re.compile(r"[A-Za-z0-9._:|/=+-]{1,55}\Z")  # fits one header line unfolded
_MIME_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+\Z")
_POLICY = policy.SMTP


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything that goes into the bytes."""

    key: str
    sender: str
    sender_name: str
    reply_to: str
    to: tuple[Person, ...]
    subject: str
    text: str
    html: str
    language: str
    at: datetime
    attachments: Sequence[Attachment] = ()


def message_id(key: str, sender: str) -> str:
    """The Message-ID of the contact ``key``: the same for ever, in the sender's domain."""
    return f"<{_digest(key)[:40]}@{sender.rpartition('@')[2]}>"


def header_key(key: str) -> str:
    """``key`` as the header shows it: itself when it fits a header line, else its digest."""
    return key if _PLAIN_KEY.match(key) else f"sha256:{_digest(key)[:40]}"


def build(envelope: Envelope) -> bytes:
    """The message with CRLF line ends.

    A name that a mail server could misread is left out of the headers; it still stands in
    the text. Raises RecordError when a part cannot be put into a mail safely.
    """
    for candidate in (envelope, _without_names(envelope)):
        raw = _write(candidate)
        if len(raw) > BYTES_MAX:
            raise RecordError(f"the message is larger than {BYTES_MAX // 1024 // 1024} MB")
        if _reads_as_meant(raw, candidate):
            return raw
    raise RecordError("the message's headers would not read as they were meant")


def _without_names(envelope: Envelope) -> Envelope:
    to = tuple(Person(email=person.email, role=person.role) for person in envelope.to)
    return replace(envelope, sender_name="", to=to)


def _write(envelope: Envelope) -> bytes:
    mail = EmailMessage(policy=_POLICY)
    _head(mail, envelope)
    mail.set_content(envelope.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(envelope.html, subtype="html", charset="utf-8", cte="quoted-printable")
    _attach(mail, envelope.attachments)
    # Last: turning a mail into a multipart moves its Content-* headers into the first part.
    mail["Content-Language"] = envelope.language
    _set_boundaries(mail, envelope.key)
    return mail.as_bytes()


def _head(mail: EmailMessage, envelope: Envelope) -> None:
    mail["Date"] = format_datetime(envelope.at.astimezone(UTC).replace(microsecond=0))
    mail["From"] = Address(_plain(envelope.sender_name), addr_spec=envelope.sender)
    mail["Reply-To"] = Address(addr_spec=envelope.reply_to)
    mail["To"] = [Address(_plain(person.name), addr_spec=person.email) for person in envelope.to]
    mail["Subject"] = _plain(envelope.subject)
    mail["Message-ID"] = message_id(envelope.key, envelope.sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office robots stay silent
    mail[KEY_HEADER] = header_key(envelope.key)


def _plain(text: str) -> str:
    """An RFC 2047 word in a ledger's text would be decoded by the reader's program: broken up."""
    return text.replace("=?", "= ?")


def _attach(mail: EmailMessage, attachments: Sequence[Attachment]) -> None:
    if len(attachments) > ATTACHMENTS_MAX:
        raise RecordError(f"more than {ATTACHMENTS_MAX} attachments; send fewer documents")
    for attachment in attachments:
        if not _MIME_TYPE.match(attachment.mime_type):
            raise RecordError("an attachment's type is not a MIME type such as application/pdf")
        maintype, _, subtype = attachment.mime_type.partition("/")
        mail.add_attachment(
            attachment.content, maintype=maintype, subtype=subtype, filename=attachment.name
        )


def _set_boundaries(mail: EmailMessage, key: str) -> None:
    # "=_" can stand in no quoted-printable or base64 body, so no body can end a part early.
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{_digest(key)[:32]}_{number}")


def _reads_as_meant(raw: bytes, envelope: Envelope) -> bool:
    seen = message_from_bytes(raw, policy=_POLICY)
    try:
        recipients = [address.addr_spec for address in seen["To"].addresses]
        senders = [address.addr_spec for address in seen["From"].addresses]
    except (AttributeError, LookupError, TypeError, ValueError):  # the parser's own defects
        return False
    expected = [person.email for person in envelope.to]
    return recipients == expected and senders == [envelope.sender] and len(seen) == _HEADERS


# Date, From, Reply-To, To, Subject, Message-ID, Content-Language, Auto-Submitted, key,
# MIME-Version and Content-Type: a header more or less means that some value broke out.
_HEADERS = 11


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
