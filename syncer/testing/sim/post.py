"""The mailbox, and the channels that fill it: one that can prove delivery, one like SMTP.

What was sent is read back from the message's own bytes, as a recipient would read it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

from syncer.model.effect import Message
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.ports import Channel
from syncer.testing.sim.wire import Wire

_ASKED = re.compile(r"^To be paid: (\D+)([\d,]+\.\d\d)\s*$", re.MULTILINE)
_DAY = re.compile(r"is due on (\d+ \w+ \d{4}|\w+ \d+, \d{4})$")
_NUMBER = re.compile(r"\bINV-\d+\b")
_SOON = timedelta(minutes=15)
_SIGNS = {"£": "GBP", "€": "EUR", "US$": "USD"}


class Sort(StrEnum):
    """What a message is for, as its subject says."""

    ASKS = "asks"
    THANKS = "thanks"
    INSTALMENT = "instalment"


@dataclass(frozen=True, slots=True)
class Mail:
    """One delivered message, as its recipient reads it."""

    key: str
    to: str
    subject: str
    currency: str
    asked: Decimal
    at: datetime
    sort: Sort = Sort.ASKS
    numbers: frozenset[str] = frozenset()  # of the invoices that it names
    due_on: date | None = None  # of the instalment that it is about


def read_mail(raw: bytes, at: datetime) -> Mail:
    """Take the facts out of a message's bytes."""
    mail = message_from_bytes(raw)
    parts = (part for part in mail.walk() if part.get_content_type() == "text/plain")
    body: Any = next(parts).get_payload(decode=True)
    text = body.decode().replace("\r\n", "\n")
    subject, found = _words(mail["Subject"]), _ASKED.search(text)
    sort = _sort(subject)
    if (found is None) is not (sort is Sort.THANKS):
        message = "a message that asks has to say what is to be paid, and no other one may"
        raise ValueError(message)
    day = _DAY.search(subject) if sort is Sort.INSTALMENT else None
    return Mail(
        key=str(mail["X-Receivables-Key"]),
        to=parseaddr(_words(mail["To"]))[1],
        subject=re.sub(r"[\d£€$].*", "", subject).strip(),
        currency=_SIGNS[found[1].strip()] if found else "",
        asked=Decimal(found[2].replace(",", "")) if found else Decimal(0),
        at=at,
        sort=sort,
        numbers=frozenset(_NUMBER.findall(text)),
        due_on=_day(day[1]) if day else None,
    )


def _day(written: str) -> date:
    """As it is written in London, or in New York."""
    order = "%B %d, %Y" if "," in written else "%d %B %Y"
    return datetime.strptime(written, order).date()  # noqa: DTZ007 - a day, not a moment


def _sort(subject: str) -> Sort:
    if subject.startswith("Thank you"):
        return Sort.THANKS
    return Sort.INSTALMENT if subject.startswith("Your instalment") else Sort.ASKS


def _words(header: str) -> str:
    """A header unfolded, its encoded words as a mail program shows them."""
    return str(make_header(decode_header(re.sub(r"\r?\n", "", header))))


class Luck(StrEnum):
    """What a mail server does with one message."""

    TAKES = "takes"
    TAKES_AND_HANGS_UP = "takes_and_hangs_up"  # delivered, the answer is lost
    HANGS_UP = "hangs_up"  # after the last dot, not delivered
    DEFERS = "defers"  # 4xx
    REFUSES = "refuses"  # 5xx


@dataclass(slots=True)
class Post:
    """Everything that arrived, and who is told about each arrival."""

    clock: Callable[[], datetime]
    mails: list[Mail] = field(default_factory=list)
    arrived: Callable[[Mail], None] = field(default=lambda _: None)
    luck: Callable[[], Luck] = field(default=lambda: Luck.TAKES)

    def deliver(self, raw: bytes) -> None:
        """Put a message into the mailbox."""
        mail = read_mail(raw, self.clock())
        self.mails.append(mail)
        self.arrived(mail)


class SmtpLike:
    """Hands over and cannot look back: two copies of a message are two mails."""

    name = "smtp-like"

    def __init__(self, post: Post) -> None:
        self._post = post

    def send(self, message: Message) -> Outcome:
        """Deliver once, with the mail server's luck."""
        match self._post.luck():
            case Luck.DEFERS:
                return Retry(after=_SOON, reason="mail server: deferred")
            case Luck.REFUSES:
                return Rejected(reason="mail server: refused")
            case Luck.HANGS_UP:
                return Uncertain(evidence="the answer to the message was lost")
            case Luck.TAKES_AND_HANGS_UP:
                self._post.deliver(message.raw)
                return Uncertain(evidence="the answer to the message was lost")
            case Luck.TAKES:
                self._post.deliver(message.raw)
                return Delivered(remote_id=message.message_id)

    def find(self, message_id: str) -> bool | None:
        """A mail server does not tell."""
        del message_id
        return None


class Provable:
    """Stands before a channel that can look back (a folder) and notes what it delivered."""

    def __init__(self, channel: Channel, post: Post) -> None:
        self.name = channel.name
        self._channel = channel
        self._post = post

    def send(self, message: Message) -> Outcome:
        """Deliver through the channel; a second copy is its own to refuse."""
        outcome = self._channel.send(message)
        if isinstance(outcome, Delivered) and not isinstance(outcome, AlreadyThere):
            self._post.deliver(message.raw)
        return outcome

    def find(self, message_id: str) -> bool | None:
        """As the channel says."""
        return self._channel.find(message_id)


class WiredChannel:
    """Each hand-over is a point of the wire."""

    def __init__(self, channel: Channel, wire: Wire) -> None:
        self.name = channel.name
        self._channel = channel
        self._wire = wire

    def send(self, message: Message) -> Outcome:
        """The one irreversible line."""
        outcome: Outcome = self._wire.pull("send", lambda: self._channel.send(message))
        return outcome

    def find(self, message_id: str) -> bool | None:
        """Looking changes nothing: no point."""
        return self._channel.find(message_id)
