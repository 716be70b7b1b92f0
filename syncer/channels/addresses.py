"""Reads mail addresses out of a ledger's free-text fields, and picks who gets a message.

Only plain addresses are accepted (RFC 5321 section 4.1.2 without quoted local parts):
what a header or an SMTP command could read in two ways is refused. No look-ups are made.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from syncer.channels.cleaning import NAME_MAX, one_line
from syncer.model.ledger import Person

RECIPIENTS_MAX = 10
ADDRESS_MAX = 254  # RFC 5321 section 4.5.3.1.3 allows 256 with the angle brackets
LOCAL_MAX = 64  # RFC 5321 section 4.5.3.1.1
FIELD_MAX = 2000

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_BRACKETED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\Z")
# Letters that IDNA 2003 and IDNA 2008 map to different domains: mail could reach a stranger.
_AMBIGUOUS_IN_DOMAIN = frozenset("ßς\u200c\u200d")
_ROBOT = re.compile(
    r"(?:^|[.+_-])(?:no|do[._-]?not|dont|nicht|ne[._-]?pas)[._-]?(?:reply|respond|answer|replay)"
    r"|^mailer-daemon$|^postmaster$|^bounces?(?:[.+_-]|$)|^auto(?:reply|mailer)$",
)


def parse_field(text: str) -> tuple[tuple[str, str], ...]:
    """The (display name, address) pairs in a field such as "Jo <a@b.example>; c@d.example".

    The whole field is refused (no pairs) when it holds a control character: somebody is
    trying to write a header. A piece that is no plain address is left out.
    """
    if len(text) > FIELD_MAX or any(ord(char) < 32 or ord(char) == 127 for char in text):
        return ()
    return tuple(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for piece in re.split(r"[,;]", text):
        found = _BRACKETED.match(piece.strip())
        if found:
            address = normal_address(found["address"])
            if address:
                yield one_line(found["name"].strip(" \"'"), NAME_MAX), address
            continue
        # "a@b.example c@d.example": blanks separate addresses, words without @ are no address.
        for word in piece.split():
            address = normal_address(word.removeprefix("mailto:"))
            if address:
                yield "", address


def normal_address(text: str) -> str:
    """The address with its domain in lower-case ASCII (IDN as A-labels); "" when not plain."""
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > LOCAL_MAX or not _LOCAL.match(local):
        return ""
    ascii_domain = _ascii_domain(domain)
    address = f"{local}@{ascii_domain}"
    return address if ascii_domain and len(address) <= ADDRESS_MAX else ""


def _ascii_domain(domain: str) -> str:
    if not domain or len(domain) > ADDRESS_MAX or set(domain) & _AMBIGUOUS_IN_DOMAIN:
        return ""
    try:
        plain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = plain.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    return plain if all(_LABEL.match(label) for label in labels) else ""


def is_robot(address: str) -> bool:
    """Whether nobody reads this mailbox, judged by its local part (no-reply and the like)."""
    return bool(_ROBOT.search(address.rpartition("@")[0].lower()))


def choose(
    people: Sequence[Person], roles: Sequence[str], *, robots_allowed: bool
) -> tuple[Person, ...]:
    """Who gets the message: everybody of the first role in ``roles`` that has an address.

    When none of the roles has one, the account's people are taken in the ledger's order.
    Mailboxes that nobody reads come last, and never when ``robots_allowed`` is False.
    At most ``RECIPIENTS_MAX``; empty when there is no usable address.
    """
    usable = tuple(_usable(people))
    humans = [person for person in usable if not is_robot(person.email)]
    robots = [person for person in usable if is_robot(person.email)] if robots_allowed else []
    for group in (humans, robots):
        for role in roles:
            chosen = tuple(person for person in group if person.role == role)
            if chosen:
                return chosen[:RECIPIENTS_MAX]
        if group:
            return (group[0],)
    return ()


def _usable(people: Iterable[Person]) -> Iterator[Person]:
    seen: set[str] = set()
    for person in people:
        for name, address in parse_field(person.email):
            if address.lower() in seen:
                continue
            seen.add(address.lower())
            shown = one_line(person.name, NAME_MAX) or name
            yield Person(email=address, name=shown, role=person.role)
