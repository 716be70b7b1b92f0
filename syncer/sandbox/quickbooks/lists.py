"""The short lists a company keeps: terms, items, tax codes, accounts, customer types.

Rows are worked out from the organisation's settings; Ids are places in its lists, which only
grow. Source: entity pages and schema set, read November 2026.
"""

from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.wire import Row, ref, stamp
from syncer.sandbox.records import Terms

US_TAX_CODES = {"standard": "TAX"}
TAX_NAMES = {"standard": "Standard", "zero": "Zero-rated", "none": "No tax"}


def terms(company: Company) -> list[Row]:
    """Term: Net 30, or with a discount for paying early."""
    return [_term(company, at, each) for at, each in enumerate(company.ledger.org.terms, 1)]


def items(company: Company) -> list[Row]:
    """Item: one service for each income account."""
    accounts = company.ledger.org.accounts
    return [
        _head(company, str(at))
        | {"Name": account.name, "FullyQualifiedName": account.name, "Active": True}
        | {"Type": "Service", "Taxable": True, "UnitPrice": 0}
        | {"IncomeAccountRef": ref(at, account.name)}
        for at, account in enumerate(accounts.values(), 1)
        if not account.bank
    ]


def accounts(company: Company) -> list[Row]:
    """Account: bank and income."""
    return [
        _head(company, str(at))
        | {"Name": account.name, "FullyQualifiedName": account.name, "Active": True}
        | {"AcctNum": code, "AccountType": "Bank" if account.bank else "Income"}
        | {"CurrencyRef": ref(company.ledger.org.currency)}
        for at, (code, account) in enumerate(company.ledger.org.accounts.items(), 1)
    ]


def tax_codes(company: Company) -> list[Row]:
    """TaxCode: TAX and NON in the US, numbered elsewhere."""
    rows = [
        _head(company, tax_code_id(company, code))
        | {"Name": TAX_NAMES.get(code, code), "Active": True, "Taxable": code != "none"}
        for code in company.ledger.org.tax_rates
    ]
    return list({row["Id"]: row for row in rows}.values())


def customer_types(company: Company) -> list[Row]:
    """CustomerType: what the world calls a group; a customer has at most one here.

    An inactive one is renamed by the vendor.
    """
    return [
        _head(company, str(at))
        | {"Name": f"{group.name} (deleted)" if group.deleted else group.name}
        | {"Active": not group.deleted}
        for at, group in enumerate(company.ledger.books.groups.values(), 1)
    ]


def item_ref(company: Company, account: str) -> Row | None:
    """The item that sells into an account."""
    known = list(company.ledger.org.accounts)
    if account not in known:
        return None
    return ref(known.index(account) + 1, company.ledger.org.accounts[account].name)


def account_of_item(company: Company, item_id: str) -> str | None:
    """The account code behind an item's Id."""
    known = list(company.ledger.org.accounts.items())
    at = int(item_id) - 1 if item_id.isdecimal() else -1
    return known[at][0] if 0 <= at < len(known) and not known[at][1].bank else None


def tax_code_id(company: Company, code: str) -> str:
    """The Id of a tax code."""
    if company.is_us():
        return US_TAX_CODES.get(code, "NON")
    rates = list(company.ledger.org.tax_rates)
    return str(rates.index(code) + 2) if code in rates else ""


def tax_code_of(company: Company, number: str) -> str | None:
    """The tax code behind an Id; "" = none was given."""
    if not number:
        return ""
    rates = company.ledger.org.tax_rates
    return next((code for code in rates if tax_code_id(company, code) == number), None)


def term_ref(company: Company, terms_id: str) -> Row | None:
    """The reference to one of the organisation's terms."""
    for at, each in enumerate(company.ledger.org.terms, 1):
        if each.terms_id == terms_id:
            return ref(at, each.name)
    return None


def term_of(company: Company, number: str) -> Terms | None:
    """The terms behind an Id."""
    known = company.ledger.org.terms
    at = int(number) - 1 if number.isdecimal() else -1
    return known[at] if 0 <= at < len(known) else None


def _term(company: Company, at: int, each: Terms) -> Row:
    row = _head(company, str(at)) | {"Name": each.name, "Active": not each.archived}
    if each.day_of_month is None:
        row |= {"Type": "STANDARD", "DueDays": each.due_days or 0}
    else:
        row |= {"Type": "DATE_DRIVEN", "DayOfMonthDue": each.day_of_month}
        row["DueNextMonthDays"] = each.next_month_days
    if each.discount_percent:
        row |= {"DiscountPercent": each.discount_percent, "DiscountDays": each.discount_days}
    return row


def _head(company: Company, number: str) -> Row:
    at = stamp(company.ledger.org.created_at)
    meta = {"CreateTime": at, "LastUpdatedTime": at}
    return {"Id": number, "SyncToken": "0", "domain": "QBO", "sparse": False, "MetaData": meta}
