"""The customers of a folder ledger: names from the exports, addresses from the contacts file.

A contacts row that cannot be read holds its own customer only. Where the contacts file
does not know a customer, the address in the export itself counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.csv_folder.config import ContactColumns, ContactsSettings
from connectors.csv_folder.header import Header, find_header
from connectors.csv_folder.layout import Layout
from connectors.csv_folder.problems import CellError
from connectors.csv_folder.tables import Row, rows
from connectors.csv_folder.values import account_number, flag, name, text
from syncer.errors import ContractError
from syncer.model.ledger import Account, Person, Quarantined
from syncer.model.marked import marked_line

PEOPLE_MAX = 50  # per customer: more is a wrong key column

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[^@\s<>()\[\],;:\\\"]{1,190}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ROLES = ("invoice", "collections", "escalation")


@dataclass(slots=True)
class Card:
    """What the contacts file says about one customer, over all its rows."""

    name: str = ""
    people: list[Person] = field(default_factory=list)
    language: str = ""
    country: str = ""
    region: str = ""
    phone: str = ""
    tax_number: str = ""
    groups: tuple[str, ...] = ()
    do_not_chase: bool = False
    direct_debit: bool = False
    note: str = ""
    problems: list[tuple[str, str]] = field(default_factory=list)  # where, what


def addresses(raw: str, *, field: str) -> tuple[str, ...]:
    """E-mail addresses from a cell, separated by ; or a comma. Raises CellError."""
    found = tuple(part.strip() for part in re.split("[;,]", raw) if part.strip())
    if not all(_EMAIL.fullmatch(part) and part.isprintable() for part in found):
        raise CellError("is no e-mail address; correct it, or leave it empty", field=field)
    return found


def read_cards(path: Path, settings: ContactsSettings, layout: Layout) -> dict[str, Card]:
    """Every customer of the contacts file by key. Raises ContractError naming file and row."""
    stream = rows(path, style=settings.format, sheet=settings.sheet)
    header = find_header(stream, settings.columns, optional=(), file=path.name)
    cards: dict[str, Card] = {}
    for row in stream:
        if row.blank():
            continue
        key = _key(row, header, settings, layout)
        card = cards.setdefault(key, Card())
        try:
            _read_into(card, row, header, settings.columns)
        except CellError as error:
            card.problems.append((header.where(row.number, error.field), error.problem))
    return cards


def _key(row: Row, header: Header, settings: ContactsSettings, layout: Layout) -> str:
    if not row.ended and len(row.cells) < header.width:
        raise ContractError(
            f"{header.where(row.number)}: the row breaks off, so the file is not whole; export it "
            "again. Nobody is written to at half an address"
        )
    if any(text(cell) for cell in row.cells[header.width :]):
        raise ContractError(
            f"{header.where(row.number)}: the row is longer than the header; is a delimiter "
            "unquoted?"
        )
    try:
        cell = header.cell(row, "account")
        if settings.join_on == "name":
            key = name(cell)
        else:
            key = account_number(cell, layout=layout, field="account")
    except CellError as error:
        raise ContractError(f"{header.where(row.number, 'account')}: {error.problem}") from error
    if not key:
        raise ContractError(
            f"{header.where(row.number, 'account')}: is empty; fill it in or remove the row"
        )
    return key


def _read_into(card: Card, row: Row, header: Header, columns: ContactColumns) -> None:
    card.name = card.name or name(header.cell(row, "name"))
    card.phone = card.phone or text(header.cell(row, "phone"))
    card.region = card.region or text(header.cell(row, "region"))
    card.tax_number = card.tax_number or text(header.cell(row, "tax_number"))
    card.note = card.note or marked_line(text(header.cell(row, "note")))
    card.do_not_chase |= bool(flag(header.cell(row, "do_not_chase"), field="do_not_chase"))
    card.direct_debit |= bool(flag(header.cell(row, "direct_debit"), field="direct_debit"))
    groups = (part.strip() for part in text(header.cell(row, "groups")).split(";"))
    card.groups = tuple(dict.fromkeys((*card.groups, *(group for group in groups if group))))
    language = _coded(row, header, "language", _LANGUAGE, "a language such as en or de-CH")
    country = _coded(row, header, "country", _COUNTRY, "a country code such as GB")
    card.language, card.country = card.language or language, card.country or country
    role = text(header.cell(row, "role")).casefold() or "invoice"
    if role not in _ROLES:
        raise CellError(f"is none of {', '.join(_ROLES)}; correct it", field="role")
    person = name(header.cell(row, "person"))
    for email in addresses(text(header.cell(row, "email")), field="email"):
        card.people.append(Person(email=email, name=person, role=role))
    if len(card.people) > PEOPLE_MAX:
        raise CellError(f"more than {PEOPLE_MAX} addresses for one customer", field="email")


def _coded(row: Row, header: Header, name: str, pattern: re.Pattern[str], what: str) -> str:
    raw = text(header.cell(row, name))
    if raw and not pattern.fullmatch(raw):
        raise CellError(f"is not {what}; correct it, or leave it empty", field=name)
    return raw


class Roll:
    """Collects the customers met in the exports and joins the contacts file to them."""

    def __init__(self, cards: dict[str, Card], *, by_name: bool, file: str) -> None:
        self._cards = cards
        self._by_name = by_name
        self._file = file  # the export, for errors about its own addresses
        self._met: dict[str, tuple[str, str]] = {}

    def meet(self, account_id: str, called: str, email: str = "") -> None:
        """Note a customer; its first name and first address count."""
        known = self._met.get(account_id)
        if known is None or (called and not known[0]) or (email and not known[1]):
            before = known or ("", "")
            self._met[account_id] = (before[0] or called, before[1] or email)

    def accounts(self) -> Iterator[Account | Quarantined]:
        """Every customer met; what cannot be read about one comes beside it."""
        for account_id in self._met:
            account, problems = self.account(account_id)
            yield account
            yield from problems

    def account(self, account_id: str) -> tuple[Account, tuple[Quarantined, ...]]:
        """One customer that was met, and what could not be read about it."""
        called, email = self._met[account_id]
        called = called or account_id
        card = self._cards.get(called if self._by_name else account_id)
        if card is None:
            return self._from_export(account_id, called, email)
        problems = tuple(
            Quarantined(record_id=account_id, account_id=account_id, where=where, problem=problem)
            for where, problem in card.problems
        )
        return Account(
            account_id=account_id,
            name=card.name or called,
            people=tuple(card.people),
            language=card.language,
            country=card.country,
            region=card.region,
            phone=card.phone,
            tax_number=card.tax_number,
            groups=card.groups,
            do_not_chase=card.do_not_chase,
            direct_debit=card.direct_debit,
            note=card.note,
        ), problems

    def _from_export(
        self, account_id: str, called: str, email: str
    ) -> tuple[Account, tuple[Quarantined, ...]]:
        try:
            people = tuple(Person(email=found) for found in addresses(email, field="email"))
        except CellError as error:
            problem = Quarantined(
                record_id=account_id,
                account_id=account_id,
                where=f"{self._file}, e-mail column",
                problem=error.problem,
            )
            return Account(account_id=account_id, name=called), (problem,)
        return Account(account_id=account_id, name=called, people=people), ()

    def knows(self, account_id: str) -> bool:
        """Whether the exports or the contacts file have this customer."""
        if account_id not in self._met and not self._by_name and account_id in self._cards:
            self.meet(account_id, self._cards[account_id].name or account_id)
        return account_id in self._met
