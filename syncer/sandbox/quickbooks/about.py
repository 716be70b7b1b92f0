"""What a company says about itself: CompanyInfo and Preferences.

Source: entity pages and schema set, read November 2026. Whether the vendor's own reminders are
on is in neither.
"""

from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.lists import term_ref
from syncer.sandbox.quickbooks.wire import Row, ref, stamp, without_empty

LANGUAGE = "en"
OFFERINGS = {"paying": "QuickBooks Online Plus", "trial": "QuickBooks Online Plus"}
USUAL_DAYS = 30


def company_info(company: Company) -> Row:
    """CompanyInfo; its Id is always 1."""
    org = company.ledger.org
    at = stamp(org.created_at)
    named = {
        "IsQbdtMigrated": "false",
        "CompanyType": "Other",
        "SubscriptionStatus": "TRIAL" if org.plan == "trial" else "PAID",
        "OfferingSku": OFFERINGS.get(org.plan, "QuickBooks Online Simple Start"),
        "AssignedTime": at,
    }
    return {
        **_head(company),
        "CompanyName": org.name,
        "LegalName": org.name,
        "CompanyAddr": {"Country": org.country},
        "CustomerCommunicationAddr": {"Country": org.country},
        "LegalAddr": {"Country": org.country},
        "CompanyStartDate": org.created_at.date().isoformat(),
        "FiscalYearStartMonth": "January",
        "Country": org.country,
        "Email": {"Address": "books@company.example"},
        "WebAddr": {},
        "SupportedLanguages": LANGUAGE,
        "DefaultTimeZone": org.time_zone,
        "NameValue": [{"Name": name, "Value": value} for name, value in named.items()],
    }


def preferences(company: Company) -> Row:
    """Preferences; its Id is always 1."""
    org = company.ledger.org
    closed = max((d for d in (org.lock_date, org.year_lock_date) if d), default=None)
    accounting = {
        "FirstMonthOfFiscalYear": "January",
        "UseAccountNumbers": False,
        "TaxYearMonth": "January",
        "CustomerTerminology": "Customers",
        "BookCloseDate": closed.isoformat() if closed else None,
    }
    return {
        **_head(company),
        "AccountingInfoPrefs": without_empty(accounting),
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": company.multicurrency(),
            "HomeCurrency": ref(org.currency),
        },
        "SalesFormsPrefs": _sales_forms(company),
        "EmailMessagesPrefs": {
            "InvoiceMessage": {
                "Subject": f"Invoice from {org.name}",
                "Message": "Your invoice is attached. Please remit payment at your convenience.",
            }
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "TaxPrefs": {"UsingSalesTax": bool(org.tax_rates)},
        "OtherPrefs": {"NameValue": []},
    }


def _sales_forms(company: Company) -> Row:
    org = company.ledger.org
    usual = next((t for t in org.terms if t.due_days == USUAL_DAYS), None)
    row = {
        "ETransactionPaymentEnabled": org.takes_cards,
        "CustomTxnNumbers": True,
        "AllowDeposit": True,
        "AllowDiscount": False,
        "AutoApplyCredit": False,
        "AutoApplyPayments": False,
        "EmailCopyToCompany": False,
        "DefaultTerms": term_ref(company, usual.terms_id) if usual else None,
    }
    return without_empty(row)


def _head(company: Company) -> Row:
    at = stamp(company.ledger.org.created_at)
    meta = {"CreateTime": at, "LastUpdatedTime": at}
    return {"Id": "1", "SyncToken": "0", "domain": "QBO", "sparse": False, "MetaData": meta}
