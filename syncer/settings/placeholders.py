"""Warnings about what was never filled in: the starter's own words, and files that are not there.

What: addresses, servers and names that ``syncer init`` wrote as examples, the country of a ledger
that cannot tell its own, and paths of a ledger or of the mail section at which nothing lies.
Why: such a file is in order as it stands, so nothing else would say that nobody has edited it.
"""

import re
from collections.abc import Iterator
from pathlib import Path as File

from pydantic import BaseModel

from syncer.settings.root import Settings
from syncer.settings.section import keys_of
from syncer.settings.tree import Path, walk

_NOBODYS = re.compile(r"(?:^|[@.])example\.(?:com|net|org)$", re.IGNORECASE)  # RFC 2606, section 3
_COMPANY = "Example Ltd"
_ADDRESSES = ("from", "reply_to", "host", "username")
READ_FROM = "folder"  # a connector's key for what it reads; what it writes to has other names
_NO_COUNTRY = (
    "no country, and the ledger does not tell it: customers without their own read English dates "
    "and amounts as in the United States (October 3, 2026); holidays and law are not learned from "
    "it either, preset of the policy sets them; add country, such as country: GB"
)
_NAMES = ("from_name", "signature", "signatures", "name", "bank_details")


def placeholders(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Senders, servers and company names that are still the example's."""
    for path, node in walk(settings.tree):
        if not _is_ours(path) or node.referenced or not isinstance(node.value, str):
            continue
        if path[-1] in _ADDRESSES and _NOBODYS.search(node.value.strip()):
            yield path, f"still an example, example.com is nobody's; write {_wanted(path)}"
        elif not {*path[-2:]}.isdisjoint(_NAMES) and _COMPANY in node.value:
            yield path, f"still the example's '{_COMPANY}'; write your company's name"


def _is_ours(path: Path) -> bool:
    """Whether this is about the sender; customers may be called as they like."""
    match path:
        case ("mail", *_) | ("ledgers", _, "mail" | "settings", *_):
            return True
    return False


def _wanted(path: Path) -> str:
    match path[-1]:
        case "from":
            return "the address your reminders come from"
        case "reply_to":
            return "the address where a person reads the answers"
        case "host":
            return "your mail server's name"
    return "your own login name"


def without_country(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Ledgers whose country only the configuration can tell, and does not."""
    for place, ledger in enumerate(settings.ledgers):
        owner = getattr(ledger.settings, "organisation", None)
        if isinstance(owner, BaseModel) and getattr(owner, "country", None) == "":
            yield ("ledgers", place, "settings", "organisation"), _NO_COUNTRY


def missing_files(settings: Settings) -> Iterator[tuple[Path, str]]:
    """Folders and files that are read, and are not there; what is written to is made by a run."""
    for place, ledger in enumerate(settings.ledgers):
        yield from _missing_in(ledger.settings, ("ledgers", place, "settings"))
    if settings.mail.templates is not None and not settings.mail.templates.exists():
        yield ("mail", "templates"), _nothing_at(settings.mail.templates)


def _missing_in(model: object, path: Path) -> Iterator[tuple[Path, str]]:
    if not isinstance(model, BaseModel):
        return
    for key, name in keys_of(type(model)).items():
        value = getattr(model, name)
        if key == READ_FROM and isinstance(value, File) and not value.exists():
            yield (*path, key), _nothing_at(value)
        else:
            yield from _missing_in(value, (*path, key))


def _nothing_at(path: File) -> str:
    return f"there is nothing at {path}; create it, or correct the path"
