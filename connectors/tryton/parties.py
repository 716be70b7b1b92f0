"""Parties as accounts: who gets mail, in which language, and who is not to be chased."""

from connectors.tryton import wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.config import TrytonConfig
from connectors.tryton.lists import UnreadableError
from syncer.model.ledger import Account, Person

_EMAIL = "email"
_PHONES = ("phone", "mobile")


def unknown_categories(api: TrytonApi, config: TrytonConfig) -> tuple[str, ...]:
    """A sentence for every configured category that Tryton does not have: a misspelling."""
    if not config.do_not_chase_categories:
        return ()
    rows = api.rows("party.category", wire.Category, ("name",), [])
    known = {row.name.casefold() for row in rows if row.name}
    return tuple(
        f"do_not_chase_categories names {name!r}, which is no party category in Tryton"
        for name in config.do_not_chase_categories
        if name.casefold() not in known
    )


class Parties:
    """What a party's record means under one configuration."""

    def __init__(self, config: TrytonConfig) -> None:
        self._stopped = frozenset(name.casefold() for name in config.do_not_chase_categories)

    def account(self, row: wire.Party) -> Account:
        """A party. Raises UnreadableError when it has no id to be known by."""
        if row.id <= 0:
            raise UnreadableError("it has no id")
        groups = tuple(one.name for one in row.categories if one.name)
        return Account(
            account_id=str(row.id),
            name=row.name or "",
            people=_people(row.mechanisms),
            language=_language(row.language),
            country=_country(row.addresses),
            region=_region(row.addresses),
            phone=_phone(row.mechanisms),
            groups=groups,
            archived=not row.active,
            merged_into="" if row.into is None else str(row.into),
            do_not_chase=self._not_to_chase(row, groups),
            tax_number=(row.tax.code or "") if row.tax else "",
        )

    def _not_to_chase(self, row: wire.Party, groups: tuple[str, ...]) -> bool:
        """In a category that is left alone, or under a dunning procedure that has no levels."""
        if any(group.casefold() in self._stopped for group in groups):
            return True
        return row.procedure is not None and not row.procedure.levels


def _people(mechanisms: list[wire.Mechanism]) -> tuple[Person, ...]:
    """The addresses marked for invoices, else the first: as Tryton itself chooses."""
    mails = [one for one in mechanisms if one.type == _EMAIL and one.active and one.value]
    chosen = [one for one in mails if one.invoice] or mails[:1]
    people: dict[str, Person] = {}
    for one in chosen:
        email = (one.value or "").strip()
        people.setdefault(email.casefold(), Person(email=email, name=one.name or ""))
    return tuple(people.values())


def _phone(mechanisms: list[wire.Mechanism]) -> str:
    numbers = (one.value for one in mechanisms if one.type in _PHONES and one.active)
    return next((number for number in numbers if number), "")


def _language(language: wire.Code | None) -> str:
    """Tryton writes ``pt_BR`` and, with a script or variant, ``sr@latin``; we write BCP 47."""
    code = (language.code or "") if language else ""
    return code.partition("@")[0].replace("_", "-")


def _country(addresses: list[wire.Address]) -> str:
    codes = (one.country.code for one in addresses if one.country)
    return next((code for code in codes if code), "")


def _region(addresses: list[wire.Address]) -> str:
    """ISO 3166-2, of the address that says the country where it has one."""
    placed = sorted(addresses, key=lambda one: one.country is None)
    codes = (one.subdivision.code for one in placed if one.subdivision)
    return next((code for code in codes if code), "")
