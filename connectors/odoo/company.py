"""What is the same for a whole run: the company, its currencies, what the database can tell.

Five calls, made once. The day the books speak for is asked anew each time it is wanted.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from connectors.odoo import facts, wire
from connectors.odoo.api import OdooApi
from connectors.odoo.config import OdooConfig
from connectors.odoo.lists import Listing, some
from connectors.odoo.problems import UnreadableError
from connectors.odoo.questions import (
    CHASERS,
    CREDIT_POLICY,
    LINE_EXTRAS,
    MOVE_EXTRAS,
    PARTNER_EXTRAS,
    Domain,
    Specification,
    lines,
    partners,
    plain,
    within,
)
from connectors.odoo.speech import DeniedError
from syncer.errors import AuthError, ConfigError, ContractError
from syncer.http.faults import MalformedError
from syncer.model.ledger import Organisation
from syncer.settings.fields import is_time_zone

UTC_NAME = "UTC"
UNMATCHED_DAYS = 31  # an unmatched receipt older than this says nothing about the books of today
_ALWAYS_THERE = "id"
_NEW_LOCKS = ("sale_lock_date", "hard_lock_date")


@dataclass(frozen=True, slots=True)
class Setting:
    """The company and how this database is read."""

    company: wire.Company
    uid: int
    time_zone: str
    zone_known: bool  # somebody said it: settings, the company's contact or the user
    currencies: facts.Currencies
    line_fields: Specification
    partner_fields: Specification
    chasers: tuple[str, ...]  # what else may write to debtors from inside Odoo


def settle(api: OdooApi, config: OdooConfig) -> Setting:
    """Look the company up and ask what there is. Raises ConfigError when it is not clear which."""
    session = api.ask("res.users", "context_get", wire.Session)
    company = _company(api, config.company)
    api.act_for(company.id)
    spec = plain(("name", "decimal_places"))
    rows = some(api, Listing("res.currency", [], spec, wire.Currency))
    known = {
        model: _fields(api, model, wanted)
        for model, wanted in (
            ("account.move.line", LINE_EXTRAS),
            ("account.move", MOVE_EXTRAS),
            ("res.partner", (*PARTNER_EXTRAS, *CHASERS)),
        )
    }
    if CREDIT_POLICY in known["res.partner"]:
        _check_credit_policies(api)
    zone = config.time_zone or _zone(company) or facts.text(session.tz)
    if zone and not is_time_zone(zone):
        raise ContractError(
            f"the company's time zone in Odoo, {zone[:60]!r}, is none that is known here: set "
            "`time_zone` in the ledger's settings, for example Europe/Berlin"
        )
    return Setting(
        company=company,
        uid=session.uid,
        time_zone=zone or UTC_NAME,
        zone_known=bool(zone),
        currencies=facts.Currencies(rows, company.currency_id),
        line_fields=lines(known["account.move.line"], known["account.move"]),
        partner_fields=partners(known["res.partner"]),
        chasers=tuple(what for name, what in CHASERS.items() if name in known["res.partner"]),
    )


def organisation(api: OdooApi, setting: Setting) -> Organisation:
    """The owner, with the day the bank's lines are entered and matched up to.

    Raises ContractError where what Odoo says of it cannot be read: it is about everybody.
    """
    try:
        return _organisation(api, setting)
    except UnreadableError as error:
        raise ContractError(f"the company in Odoo cannot be read: {error}") from None


def _organisation(api: OdooApi, setting: Setting) -> Organisation:
    company = setting.company
    seen = books_seen(api, company.id)
    country = company.country_id
    locks = map(
        facts.day, (company.fiscalyear_lock_date, company.sale_lock_date, company.hard_lock_date)
    )
    return Organisation(
        name=company.name,
        time_zone=setting.time_zone,
        currency=setting.currencies.code(company.currency_id),
        country=facts.text(country.code) if isinstance(country, wire.Coded) else "",
        lock_date=max((lock for lock in locks if lock), default=None),
        own_reminders=None if setting.chasers else False,
        books_fresh_on=seen.on,
        bank_account=seen.journal,
    )


class Seen(NamedTuple):
    """A day, and the bank journal that it is of; None where Odoo tells none."""

    on: date | None = None
    journal: str = ""


def books_seen(api: OdooApi, company_id: int) -> Seen:
    """The day of the last bank line, or the day before the oldest recent receipt that nobody
    has matched with an invoice yet: until then a debtor may have paid without our seeing it.

    Nothing without a bank line, or where the user may not read them.
    """
    try:
        latest = _bank_day(api, company_id, "date desc, id desc", [])
        if latest.on is None:
            return latest
        since = (latest.on - timedelta(days=UNMATCHED_DAYS)).isoformat()
        waiting = [["is_reconciled", "=", False], ["amount", ">", 0], ["date", ">=", since]]
        oldest = _bank_day(api, company_id, "date, id", waiting)
    except DeniedError:
        return Seen()
    return Seen(oldest.on - timedelta(days=1), oldest.journal) if oldest.on else latest


def _bank_day(api: OdooApi, company_id: int, order: str, more: Domain) -> Seen:
    domain = [
        ["company_id", "=", company_id],
        ["move_id.state", "=", "posted"],
        ["journal_id.type", "=", "bank"],
        *more,
    ]
    spec = {**plain(("date",)), "journal_id": within(name={})}
    listing = Listing("account.bank.statement.line", domain, spec, wire.BankLine)
    rows = some(api, listing, limit=1, order=order)
    return Seen(facts.day(rows[0].date), rows[0].journal) if rows else Seen()


def _company(api: OdooApi, name: str) -> wire.Company:
    fields = ("name", "currency_id", "fiscalyear_lock_date")
    domain = [["name", "=", name]] if name else []
    there = _fields(api, "res.company", _NEW_LOCKS)
    found = api.ask(
        "res.company",
        "web_search_read",
        Companies,
        domain=domain,
        specification={
            **plain((*fields, *there)),
            "country_id": within(code={}),
            "partner_id": within(tz={}),
        },
        order="id",
    ).records
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(
            "the Odoo user sees no company of that name: correct settings.company, or allow the "
            "user that company (Settings, Users)"
        )
    names = ", ".join(repr(one.name) for one in found[:5])
    raise ConfigError(
        f"the Odoo user sees several companies: give settings.company, one of {names}"
    )


def _check_credit_policies(api: OdooApi) -> None:
    """Without this right customers cannot be read, and whom to leave alone is not known."""
    try:
        api.ask("credit.control.policy", "search", list[int], domain=[], limit=1)
    except DeniedError:
        raise AuthError(
            "the credit control of the OCA is installed, and the Odoo user may not read its "
            "policies, so nobody knows whom it leaves alone: give the user the group Credit "
            "Control Info (Settings, Users)"
        ) from None


class Companies(wire.Wire):
    """The companies that were asked for."""

    records: list[wire.Company]


def _zone(company: wire.Company) -> str:
    partner = company.partner_id
    return facts.text(partner.tz) if isinstance(partner, wire.Zoned) else ""


def _fields(api: OdooApi, model: str, wanted: tuple[str, ...]) -> frozenset[str]:
    """Those of the fields that the model has, and that this user may see.

    Every model has an id: an answer without it is none, and not the word that nothing else is
    there. An invoice's mark that it is to be left alone would not even be asked for then.
    """
    asked = [_ALWAYS_THERE, *wanted]
    call = api.question(model, "fields_get", allfields=asked, attributes=["type"])

    def parse(result: bytes) -> frozenset[str]:
        try:
            found = msgspec.json.decode(result, type=dict[str, dict[str, str]])
        except wire.UNREADABLE:
            raise MalformedError("the answer is no list of fields") from None
        if _ALWAYS_THERE not in found:
            raise MalformedError("not even the id is said to be among the fields")
        return frozenset(found) & frozenset(wanted)

    return api.read(call, parse)
