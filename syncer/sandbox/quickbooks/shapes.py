"""Invoices, credit memos and payments as the vendor's JSON objects.

Source: entity pages and the schema set of July 2026, read November 2026. A property without a
value is left out. A voided document stays, with nothing in it and "Voided" before its note.
"""

from collections.abc import Iterable
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.sandbox.books import rounded, stable_id
from syncer.sandbox.quickbooks import lists
from syncer.sandbox.quickbooks.company import Company
from syncer.sandbox.quickbooks.wire import Row, is_address, ref, stamp, without_empty
from syncer.sandbox.receipts import keys_of
from syncer.sandbox.records import ZERO, Document, Kind, Line, Status
from syncer.sandbox.settlements import Settlement

RATE_DIGITS = Decimal("0.000001")
VOIDED = "Voided"
GLOBAL_TAX = {"exclusive": "TaxExcluded", "inclusive": "TaxInclusive", "untaxed": "NotApplicable"}
LINK_HOST = "https://connect.intuit.com"
LINKS = {Kind.INVOICE: "Invoice", Kind.CREDIT_NOTE: "CreditMemo"}


def invoice(company: Company, doc: Document) -> Row:
    """Invoice, without its link."""
    row = _sale(company, doc)
    row |= {
        "DueDate": (doc.due_on or doc.issued_on).isoformat(),
        "SalesTermRef": lists.term_ref(company, doc.terms_id),
        "AllowIPNPayment": False,
        "AllowOnlinePayment": False,
        "AllowOnlineCreditCardPayment": doc.by_card,
        "AllowOnlineACHPayment": doc.by_bank,
        "EInvoiceStatus": "Disputed" if doc.disputed else "",
        "Deposit": 0,
    }
    return without_empty(row)


def credit_memo(company: Company, doc: Document) -> Row:
    """CreditMemo: ``Balance`` and ``RemainingCredit`` are what nobody has used yet."""
    row = _sale(company, doc)
    row["RemainingCredit"] = row["Balance"]
    return without_empty(row)


def payment(company: Company, paid: Settlement) -> Row:
    """Payment: money, perhaps none, with the invoices it pays and the credits it uses."""
    row = {
        **_head(company, paid.key, paid.revision),
        "MetaData": _meta(paid.created_at, paid.changed_at),
        "TxnDate": paid.on.isoformat(),
        "CustomerRef": _customer_ref(company, paid.contact_id),
        "CurrencyRef": ref(paid.currency) if company.multicurrency() else None,
        "ExchangeRate": home_rate(paid.rate) if company.multicurrency() else None,
        "TotalAmt": paid.total,
        "UnappliedAmt": paid.unapplied,
        "ProcessPayment": False,
        "PaymentRefNum": paid.reference,
        "PrivateNote": _note(paid.memo, void=paid.void),
        "Line": [] if paid.void else [_part(company, *link) for link in paid.links],
    }
    return without_empty(row)


def invoice_link(company: Company, doc: Document) -> str:
    """The pay link: only where online payment is on and the billing address is valid."""
    payable = doc.by_card or doc.by_bank
    address = mail_to(company, doc)
    good = bool(address) and all(is_address(part) for part in address.split(","))
    if not (company.ledger.org.takes_cards and payable and good) or doc.status is Status.VOID:
        return ""
    path = stable_id("pay", doc.doc_id).replace("-", "")
    return f"{LINK_HOST}/portal/app/CommerceNetwork/view/scs-v1-{path}?locale=EN_US"


def mail_to(company: Company, doc: Document) -> str:
    """The address a document would be mailed to."""
    if doc.mail_to is not None:
        return doc.mail_to
    return company.ledger.contact(doc.contact_id).email


def home_rate(rate: Decimal) -> Decimal:
    """Units of home currency for one unit of the other."""
    return (1 / rate).quantize(RATE_DIGITS).normalize() if rate != 1 else Decimal(1)


def balance(doc: Document) -> Decimal:
    """What is open of a document; nothing of one that was voided."""
    return doc.left if doc.status is not Status.VOID else ZERO


def note_of(doc: Document) -> str:
    """PrivateNote."""
    return _note(doc.memo, void=doc.status is Status.VOID)


def _sale(company: Company, doc: Document) -> Row:
    void = doc.status is Status.VOID
    total = ZERO if void else doc.total
    row: Row = {
        **_head(company, doc.doc_id, doc.revision),
        "MetaData": _meta(doc.created_at, company.changed_at(doc)),
        "CustomField": _custom_fields(doc),
        "DocNumber": doc.number,
        "TxnDate": doc.issued_on.isoformat(),
        "CustomerRef": _customer_ref(company, doc.contact_id),
        "CurrencyRef": ref(doc.currency) if company.multicurrency() else None,
        "PrivateNote": note_of(doc),
        "CustomerMemo": {"value": doc.message} if doc.message else None,
        "LinkedTxn": list(_linked(company, doc)),
        "Line": [*(_line(company, at, line, void=void) for at, line in enumerate(doc.lines, 1))],
        "TxnTaxDetail": {"TotalTax": ZERO if void else doc.tax},
        "TotalAmt": total,
        "Balance": balance(doc),
        "ApplyTaxAfterDiscount": False,
        "PrintStatus": "NotSet",
        "EmailStatus": _email_status(doc),
        "GlobalTaxCalculation": None if company.is_us() else GLOBAL_TAX[doc.prices],
        **_mail(company, doc),
    }
    subtotal = ZERO if void else (doc.net if doc.lines else doc.total)
    row["Line"].append(
        {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    )
    if company.multicurrency():
        row |= _home(company, doc, total)
    return row


def _home(company: Company, doc: Document, total: Decimal) -> Row:
    rate, home = home_rate(doc.rate), company.ledger.org.currency
    return {
        "ExchangeRate": rate,
        "HomeTotalAmt": rounded(total * rate, home),
        "HomeBalance": rounded(balance(doc) * rate, home),
    }


def _mail(company: Company, doc: Document) -> Row:
    row: Row = {}
    for name, address in (
        ("BillEmail", mail_to(company, doc)),
        ("BillEmailCc", doc.mail_cc),
        ("BillEmailBcc", doc.mail_bcc),
    ):
        if address:
            row[name] = {"Address": address}
    if doc.sent:
        at = stamp(doc.sent_at or _issued_at(company, doc))
        row["DeliveryInfo"] = {"DeliveryType": "Email", "DeliveryTime": at}
    return row


def _issued_at(company: Company, doc: Document) -> datetime:
    """Noon of the day of issue: when a book that does not say so mailed its invoices."""
    zone = ZoneInfo(company.ledger.org.time_zone)
    return datetime.combine(doc.issued_on, time(12), tzinfo=zone)


def _email_status(doc: Document) -> str:
    if doc.sent:
        return "EmailSent"
    return "NeedToSend" if doc.to_mail else "NotSet"


def _linked(company: Company, doc: Document) -> Iterable[Row]:
    for key in keys_of(company.ledger, doc):
        yield {"TxnId": company.txn_id(key), "TxnType": "Payment"}


def _line(company: Company, at: int, line: Line, *, void: bool) -> Row:
    detail: Row = {
        "ItemRef": lists.item_ref(company, line.account),
        "UnitPrice": ZERO if void else line.unit_price,
        "Qty": ZERO if void else line.quantity,
        "TaxCodeRef": {"value": lists.tax_code_id(company, line.tax_code)}
        if line.tax_code
        else None,
    }
    return {
        "Id": str(at),
        "LineNum": at,
        "Description": line.text,
        "Amount": ZERO if void else line.net,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": without_empty(detail),
    }


def _part(company: Company, doc_id: str, amount: Decimal) -> Row:
    kind = LINKS[company.ledger.document(doc_id).kind]
    return {"Amount": amount, "LinkedTxn": [{"TxnId": company.txn_id(doc_id), "TxnType": kind}]}


def _custom_fields(doc: Document) -> list[Row]:
    if not doc.reference:
        return []
    field = {"DefinitionId": "1", "Name": "P.O. Number", "Type": "StringType"}
    return [field | {"StringValue": doc.reference}]


def _note(memo: str, *, void: bool) -> str:
    if void and not memo.startswith(VOIDED):
        return f"{VOIDED} - {memo}" if memo else VOIDED
    return memo


def _customer_ref(company: Company, contact_id: str) -> Row:
    return ref(company.name_id(contact_id), company.ledger.contact(contact_id).name)


def _head(company: Company, key: str, revision: int) -> Row:
    number = company.txn_id(key)
    return {"Id": number, "SyncToken": str(revision), "domain": "QBO", "sparse": False}


def _meta(created: datetime, changed: datetime) -> Row:
    return {"CreateTime": stamp(created), "LastUpdatedTime": stamp(changed)}
