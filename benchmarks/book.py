"""Deterministic Xero-shaped rows: full invoices of about 3 kB, contacts of about 1 kB.

Nothing here is random at run time: row ``i`` is always the same bytes, so that a page can be
made when it is asked for and memory does not depend on how many there are. Ids look random,
as the vendor's do: keys that happen to arrive sorted would flatter every database.
"""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

FIRST_DAY = date(2026, 1, 1)
INVOICES_PER_ACCOUNT = 5
_EPOCH = date(1970, 1, 1)
_FIRST_CHANGE = 1_767_225_600_000  # ms since 1970: invoices were last changed one by one
_LINE = (
    b'{"Description":"Consulting and delivery, work package %d, as agreed","UnitAmount":%d.00,'
    b'"TaxType":"OUTPUT2","TaxAmount":%d.00,"LineAmount":%d.00,"AccountCode":"200",'
    b'"Item":{"ItemID":"0a1b2c3d-0000-4000-8000-000000000%03d","Name":"Consulting","Code":"C-%03d"},'
    b'"Tracking":[{"Name":"Region","Option":"North","TrackingCategoryID":'
    b'"e2f2f732-e92a-4f3a-9c4d-ee4da0182a13","TrackingOptionID":'
    b'"b6f2f732-e92a-4f3a-9c4d-ee4da0182a99"}],"Quantity":1.0000,"LineItemID":'
    b'"52208ff9-528a-4985-a9ad-b2b1d4210e38","AccountID":"d7f2f732-e92a-4f3a-9c4d-ee4da0182a77",'
    b'"ValidationErrors":[]}'
)
_INVOICE = (
    b'{"Type":"ACCREC","InvoiceID":"%s","InvoiceNumber":"INV-%07d","Reference":"PO %d",'
    b'"Payments":[],"CreditNotes":[],"Prepayments":[],"Overpayments":[],"AmountDue":%d.%02d,'
    b'"AmountPaid":%d.00,"AmountCredited":0.00,"CurrencyRate":1.0000000000,"IsDiscounted":false,'
    b'"HasAttachments":false,"InvoiceAddresses":[],"HasErrors":false,"InvoicePaymentServices":[],'
    b'"Contact":{"ContactID":"%s","ContactNumber":"C-%06d","ContactStatus":"ACTIVE",'
    b'"Name":"K\xc3\xa4ufer & S\xc3\xb6hne %d","FirstName":"Anna","LastName":"Meyer",'
    b'"Addresses":[{"AddressType":"STREET","AddressLine1":"1 High Street","City":"Leeds",'
    b'"Region":"West Yorkshire","PostalCode":"LS1 1AA","Country":"United Kingdom",'
    b'"AttentionTo":""}],"Phones":[{"PhoneType":"DEFAULT","PhoneNumber":"555123",'
    b'"PhoneAreaCode":"0113","PhoneCountryCode":"44"},{"PhoneType":"MOBILE","PhoneNumber":"",'
    b'"PhoneAreaCode":"","PhoneCountryCode":""}],"ContactGroups":[],"ContactPersons":[],'
    b'"BankAccountDetails":"","EmailAddress":"billing@example.com","IsSupplier":false,'
    b'"IsCustomer":true,"UpdatedDateUTC":"/Date(1767225600000+0000)/","DefaultCurrency":"GBP",'
    b'"HasAttachments":false,"HasValidationErrors":false},'
    b'"DateString":"%sT00:00:00","Date":"/Date(%d000+0000)/","DueDateString":"%sT00:00:00",'
    b'"DueDate":"/Date(%d000+0000)/","BrandingThemeID":"d2f2f732-e92a-4f3a-9c4d-ee4da0182a55",'
    b'"Status":"AUTHORISED","LineAmountTypes":"Exclusive","LineItems":[%s],"SubTotal":%d.%02d,'
    b'"TotalTax":%d.00,"Total":%d.%02d,"UpdatedDateUTC":"/Date(%d+0000)/",'
    b'"CurrencyCode":"%s","SentToContact":true}'
)
_CONTACT = (
    b'{"ContactID":"%s","ContactStatus":"ACTIVE","Name":"K\xc3\xa4ufer & S\xc3\xb6hne %d",'
    b'"FirstName":"Anna","LastName":"Meyer","EmailAddress":"customer%d@example.com",'
    b'"BankAccountDetails":"","Addresses":[{"AddressType":"STREET","AddressLine1":"%d High Street",'
    b'"City":"Leeds","Region":"","PostalCode":"LS1 1AA","Country":"United Kingdom"},'
    b'{"AddressType":"POBOX","AddressLine1":"%d High Street","City":"Leeds","Region":"",'
    b'"PostalCode":"LS1 1AA","Country":"United Kingdom"}],"Phones":[{"PhoneType":"DDI",'
    b'"PhoneNumber":"","PhoneAreaCode":"","PhoneCountryCode":""},{"PhoneType":"DEFAULT",'
    b'"PhoneNumber":"555123","PhoneAreaCode":"0113","PhoneCountryCode":"44"}],'
    b'"UpdatedDateUTC":"/Date(1767225600000+0000)/","ContactGroups":[],"IsSupplier":false,'
    b'"IsCustomer":true,"ContactPersons":[],"HasAttachments":false,"HasValidationErrors":false}'
)
_CURRENCIES = (b"GBP", b"GBP", b"GBP", b"EUR", b"USD")


def _scattered(kind: bytes, number: int) -> bytes:
    """A UUID that tells nothing about ``number``, always the same one."""
    text = hashlib.blake2b(b"%s %d" % (kind, number), digest_size=16).hexdigest().encode()
    return b"%s-%s-4%s-a%s-%s" % (text[:8], text[8:12], text[13:16], text[17:20], text[20:])


def invoice_id(number: int) -> bytes:
    """The id of invoice ``number``."""
    return _scattered(b"invoice", number)


def contact_id(number: int) -> bytes:
    """The id of contact ``number``."""
    return _scattered(b"contact", number)


def by_id(count: int, id_of: Callable[[int], bytes]) -> list[int]:
    """The numbers below ``count`` in the order of their ids."""
    return sorted(range(count), key=id_of)


def invoice(number: int) -> bytes:
    """Invoice ``number`` as Xero's paged list shows it."""
    account = number // INVOICES_PER_ACCOUNT
    amount = 100 + number * 37 % 4900
    paid = amount // 4 if number % 7 == 0 else 0
    issued = FIRST_DAY + timedelta(days=number % 300)
    due = issued + timedelta(days=30)
    tax = amount // 6
    count = 2 + number % 2
    lines = b",".join(
        _LINE % (index, amount // count, tax // count, amount // count, index, index)
        for index in range(count)
    )
    cents = number * 7 % 100
    return _INVOICE % (
        invoice_id(number),
        number,
        number % 90_000,
        amount - paid,
        cents,
        paid,
        contact_id(account),
        account,
        account,
        str(issued).encode(),
        (issued - _EPOCH).days * 86_400,
        str(due).encode(),
        (due - _EPOCH).days * 86_400,
        lines,
        amount - tax,
        cents,
        tax,
        amount,
        cents,
        _FIRST_CHANGE + number * 1000,
        _currency(number, account),
    )


def _currency(number: int, account: int) -> bytes:
    """Each account's own; one account in ten has an invoice in another one."""
    foreign = account % 10 == 0 and number % INVOICES_PER_ACCOUNT == 0
    return b"CHF" if foreign else _CURRENCIES[account % len(_CURRENCIES)]


def contact(number: int) -> bytes:
    """Contact ``number`` as Xero's paged list shows it."""
    return _CONTACT % (contact_id(number), number, number, number, number)
