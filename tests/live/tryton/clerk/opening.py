"""Opens books: currencies, companies with charts and years, journals, the people who use them.

What ships with Tryton for its own tests (``tests.tools`` of its modules) makes the chart.
"""

# ruff: noqa: N806 - what Model.get gives is a class

import datetime as dt
from decimal import Decimal

from proteus import Model, Wizard, config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company

DIGITS = {"JPY": 0}
GROUPS = ("Accounting", "Account", "Dunning")  # the first of them in 8.2, the second in 7.0


def open_books(
    companies: list[dict], rates: dict[str, str], years: list[int], user: dict
) -> dict[str, int]:
    """Companies by name with their ids. ``rates`` are units per unit of the base of all."""
    for code, rate in rates.items():
        _currency(code, rate)
    made = {one["name"]: _company(one, years) for one in companies}
    _let_in(user, list(made.values()))
    return made


def within(company: int) -> None:
    """Work in a company from now on."""
    config.get_config()._context |= {"company": company, "companies": [company]}


def find(model: str, *clauses: tuple) -> object:
    """The only record that fits."""
    (found,) = Model.get(model).find(list(clauses), limit=1)
    return found


def _currency(code: str, rate: str) -> None:
    Currency = Model.get("currency.currency")
    digits = DIGITS.get(code, 2)
    currency = Currency(name=code, symbol=code, code=code, digits=digits)
    currency.rounding = Decimal(1).scaleb(-digits)
    entry = currency.rates.new()
    entry.date, entry.rate = dt.date(2020, 1, 1), Decimal(rate)
    currency.save()


def _company(wanted: dict, years: list[int]) -> int:
    Party = Model.get("party.party")
    party = Party(name=wanted["name"])
    if wanted.get("country"):
        party.addresses.new(country=_country(wanted["country"]))
    party.save()
    create_company(
        party=party, currency=find("currency.currency", ("code", "=", wanted["currency"]))
    )
    company = find("company.company", ("party", "=", party.id))
    company.timezone = wanted["time_zone"]
    company.cancel_invoice_out = True
    company.save()
    _employ(company.id)
    within(company.id)
    create_chart(company)
    accounts = get_accounts(company)
    for year in years:
        _year(company, year)
    _configure(accounts)
    return company.id


def _country(code: str) -> object:
    Country = Model.get("country.country")
    known = Country.find([("code", "=", code)])
    if known:
        return known[0]
    country = Country(name=code, code=code)
    country.save()
    return country


def _employ(company: int) -> None:
    """The clerk's own user may work in every company."""
    User = Model.get("res.user")
    user = User(config.get_config().user)
    if company not in [one.id for one in user.companies]:
        user.companies.append(Model.get("company.company")(company))
    user.company = Model.get("company.company")(company)
    user.company_filter = "all"  # else only the current company's records are shown
    user.save()


def _year(company: object, year: int) -> None:
    whole = (dt.date(year, 1, 1), dt.date(year, 12, 31))
    fiscal = create_fiscalyear(company, today=whole)
    fiscal.start_date, fiscal.end_date = whole
    fiscal.name = str(year)
    fiscal = set_fiscalyear_invoice_sequences(fiscal)
    fiscal.click("create_period")


def _configure(accounts: dict) -> None:
    """What a foreign currency and a payment need."""
    books = Model.get("account.configuration")(1)
    books.currency_exchange_journal = find("account.journal", ("code", "=", "EXC"))
    books.currency_exchange_credit_account = accounts["revenue"]
    books.currency_exchange_debit_account = accounts["expense"]
    books.save()
    method = Model.get("account.invoice.payment.method")(name="Bank")
    method.journal = find("account.journal", ("type", "=", "cash"))
    method.credit_account = method.debit_account = accounts["cash"]
    method.save()


def _let_in(user: dict, companies: list[int]) -> None:
    """The user that our program logs in as: an administrator of nothing."""
    Company, Group = Model.get("company.company"), Model.get("res.group")
    made = Model.get("res.user")(name="Syncer", login=user["login"], password=user["password"])
    for one in companies:
        made.companies.append(Company(one))
    made.company = Company(companies[0])
    made.company_filter = "all"
    made.groups.extend(Group.find([("name", "in", list(GROUPS))]))
    made.save()


__all__ = ["Wizard", "find", "get_accounts", "open_books", "within"]
