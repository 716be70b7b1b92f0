"""Deterministic Xero-shaped rows: full invoices of about 3 kB, contacts of about 1 kB.

Nothing here is random at run time: row ``i`` is always the same bytes, so that a page can be
made when it is asked for and memory does not depend on how many there are.
"""

from datetime import date, timedelta

FIRST_DAY = date(2026, 1, 1)
ACCOUNTS_PER_INVOICE = 5  # five invoices an account
_EPOCH = date(1970, 1, 1)
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
    b'"Payments":[],"CreditNotes":[],"Prepayments":[],"Overpayments":[],"AmountDue":%d.00,'
    b'"AmountPaid":%d.00,"AmountCredited":0.00,"CurrencyRate":1.0000000000,"IsDiscounted":false,'
    b'"HasAttachments":false,"InvoiceAddresses":[],"HasErrors":false,"InvoicePaymentServices":[],'
    b'"Contact":{"ContactID":"%s","Name":"K\xc3\xa4ufer & S\xc3\xb6hne %d","Addresses":[],'
    b'"Phones":[],"ContactGroups":[],"ContactPersons":[],"HasValidationErrors":false},'
    b'"DateString":"%sT00:00:00","Date":"/Date(%d000+0000)/","DueDateString":"%sT00:00:00",'
    b'"DueDate":"/Date(%d000+0000)/","BrandingThemeID":"d2f2f732-e92a-4f3a-9c4d-ee4da0182a55",'
    b'"Status":"AUTHORISED","LineAmountTypes":"Exclusive","LineItems":[%s],"SubTotal":%d.00,'
    b'"TotalTax":%d.00,"Total":%d.00,"UpdatedDateUTC":"/Date(1767225600000+0000)/",'
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


def invoice_id(number: int) -> bytes:
    """Sorted like the numbers."""
    return b"%08x-1111-4111-8111-%012x" % (number, number)


def contact_id(number: int) -> bytes:
    """Sorted like the numbers."""
    return b"%08x-2222-4222-8222-%012x" % (number, number)


def invoice(number: int) -> bytes:
    """Invoice ``number`` as Xero's paged list shows it."""
    account = number // ACCOUNTS_PER_INVOICE
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
    return _INVOICE % (
        invoice_id(number),
        number,
        number % 90_000,
        amount - paid,
        paid,
        contact_id(account),
        account,
        str(issued).encode(),
        (issued - _EPOCH).days * 86_400,
        str(due).encode(),
        (due - _EPOCH).days * 86_400,
        lines,
        amount - tax,
        tax,
        amount,
        _CURRENCIES[account % len(_CURRENCIES)],
    )


def contact(number: int) -> bytes:
    """Contact ``number`` as Xero's paged list shows it."""
    return _CONTACT % (contact_id(number), number, number, number, number)
