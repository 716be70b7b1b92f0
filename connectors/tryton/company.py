"""The company that a ledger is: chosen by name, never guessed among several."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from connectors.tryton import fields, wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.bank import STATEMENTS_MODULE
from connectors.tryton.config import Dunning, TrytonConfig
from connectors.tryton.faults import RefusedReadError
from syncer.errors import AuthError, ConfigError
from syncer.model.ledger import Organisation
from syncer.settings.fields import is_time_zone


class Desk(NamedTuple):
    """A company as it is worked in."""

    company: int
    organisation: Organisation
    dunning: bool  # Tryton's own dunning is activated, and to be respected
    statements: bool = False  # bank statements can be entered


def enter(api: TrytonApi, config: TrytonConfig) -> Desk:
    """Find the company, work in it from now on. Raises ConfigError, AuthError."""
    found = api.rows("company.company", wire.Company, fields.COMPANY_FIELDS, [])
    company = _chosen(found, config.company)
    api.enter(company.id)
    _check_books(api, company)
    active = _activated(api)
    return Desk(
        company=company.id,
        organisation=_organisation(company, config),
        dunning=config.dunning is Dunning.RESPECT and fields.DUNNING_MODULE in active,
        statements=STATEMENTS_MODULE in active,
    )


def _activated(api: TrytonApi) -> frozenset[str]:
    """Those of the modules that matter here which are activated."""
    wanted = [["name", "in", [fields.DUNNING_MODULE, STATEMENTS_MODULE]]]
    rows = api.rows("ir.module", wire.Category, ("name",), [*wanted, ["state", "=", "activated"]])
    return frozenset(row.name or "" for row in rows)


def own_reminders(api: TrytonApi, desk: Desk, today: date) -> bool | None:
    """Whether Tryton's own dunning was at work in the last weeks; None = it does not show."""
    if not desk.dunning:
        return False
    try:
        return api.count(fields.DUNNING, fields.processed(desk.company, today)) > 0
    except RefusedReadError:
        raise AuthError(
            "Tryton's own dunning is activated, but this user may not read it: put the user into "
            "the group Dunning, so that what is blocked there is left alone, or set `dunning: "
            "ignore`"
        ) from None


def _chosen(found: Sequence[wire.Company], name: str) -> wire.Company:
    named = [one for one in found if not name or one.party.name == name]
    if len(named) == 1:
        return named[0]
    known = ", ".join(sorted(repr(one.party.name or str(one.id)) for one in found)) or "none"
    if len(named) > 1:
        raise ConfigError(
            f"`company` does not say which company this ledger is; this user sees {known}"
        )
    raise ConfigError(f"Tryton shows this user no company {name!r}; it sees {known}")


def _check_books(api: TrytonApi, company: wire.Company) -> None:
    """Records of a company that is not the user's current one are not refused but left out.

    So an empty list would be believed. A company with books has an account for its customers.
    """
    accounts = [["company", "=", company.id], ["type.receivable", "=", True]]
    if not api.count("account.account", accounts):
        raise ConfigError(
            f"Tryton shows this user no books of the company {company.party.name!r}: make it the "
            "user's current company, or set the user's company filter to all, under Preferences; "
            "the company must have a chart of accounts"
        )


def _organisation(company: wire.Company, config: TrytonConfig) -> Organisation:
    zone = config.time_zone or company.time_zone
    if not zone:
        raise ConfigError(
            "the company has no time zone in Tryton: enter one there, or set `time_zone` in the "
            "ledger's settings, for example Europe/Berlin"
        )
    if not is_time_zone(zone):
        raise ConfigError(
            f"the company's time zone in Tryton, {zone[:60]!r}, is none that is known here: set "
            "`time_zone` in the ledger's settings, for example Europe/Berlin"
        )
    if not company.currency.code:
        raise ConfigError("the company's currency has no code in Tryton: enter its ISO 4217 code")
    countries = (one.country.code for one in company.party.addresses if one.country)
    return Organisation(
        name=company.party.name or "",
        time_zone=zone,
        currency=company.currency.code,
        country=next((code for code in countries if code), ""),
    )
