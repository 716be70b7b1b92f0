"""Deterministic QuickBooks-shaped rows: full invoices of about 2.7 kB, customers of about 1.1 kB.

Nothing here is random at run time: row ``i`` is always the same bytes, so that a page can be
made when it is asked for. Ids count up, as the vendor's do, so ``ORDERBY Id``, the order of
entry and that of the last change are one. Field names: Intuit's schema set of July 2026.
"""

from datetime import UTC, date, datetime, timedelta, timezone

from benchmarks.book import FIRST_DAY, INVOICES_PER_ACCOUNT

_PACIFIC = timezone(timedelta(hours=-8))
_FIRST_CHANGE = datetime(2026, 1, 1, 8, tzinfo=UTC)  # records were last changed one by one
_CURRENCIES = ((b"USD", b"US Dollar"), (b"USD", b"US Dollar"), (b"EUR", b"Euro"))
_ADDRESS = (
    b'{"Id":"%d","Line1":"Max M\xc3\xbcller","Line2":"1 High Street","City":"Mountain View",'
    b'"CountrySubDivisionCode":"CA","PostalCode":"94043","Lat":"37.4","Long":"-122.1"}'
)
_LINE = (
    b'{"Id":"%d","LineNum":%d,"Description":"Consulting and delivery, work package %d, as agreed",'
    b'"Amount":%d.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ServiceDate":"%s",'
    b'"ItemRef":{"value":"%d","name":"Services:Consulting"},"UnitPrice":%d,"Qty":1,"ItemAccountRef":{"value":"45",'
    b'"name":"Sales of Services"},"TaxCodeRef":{"value":"TAX"}}}'
)
_INVOICE = (
    b'{"AllowIPNPayment":false,"AllowOnlinePayment":false,"AllowOnlineCreditCardPayment":false,'
    b'"AllowOnlineACHPayment":false,"domain":"QBO","sparse":false,"Id":"%d","SyncToken":"1",'
    b'"MetaData":{"CreateTime":"%s","LastModifiedByRef":{"value":"9130355377388383"},'
    b'"LastUpdatedTime":"%s"},"CustomField":[{"DefinitionId":"1","Name":"P.O. Number","Type":'
    b'"StringType","StringValue":"PO %d"}],"DocNumber":"%d","TxnDate":"%s","CurrencyRef":'
    b'{"value":"%s","name":"%s"},"ExchangeRate":1,"PrivateNote":"Agreed by telephone",'
    b'"LinkedTxn":[],"Line":[%s,{"Amount":%d.00,"DetailType":"SubTotalLineDetail",'
    b'"SubTotalLineDetail":{}}],"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":%d.00,'
    b'"TaxLine":[{"Amount":%d.00,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":'
    b'{"value":"3"},"PercentBased":true,"TaxPercent":20,"NetAmountTaxable":%d.00}}]},'
    b'"CustomerRef":{"value":"%d","name":"K\xc3\xa4ufer & S\xc3\xb6hne %d"},"CustomerMemo":'
    b'{"value":"Thank you for your business and have a great day!"},"BillAddr":%s,"ShipAddr":%s,'
    b'"FreeFormAddress":true,"SalesTermRef":{"value":"3","name":"Net 30"},"DueDate":"%s",'
    b'"TotalAmt":%s,"HomeTotalAmt":%s,"ApplyTaxAfterDiscount":false,"PrintStatus":'
    b'"NeedToPrint","EmailStatus":"EmailSent","BillEmail":{"Address":"customer%d@example.com"},'
    b'"Balance":%s,"HomeBalance":%s,"DeliveryInfo":{"DeliveryType":"Email",'
    b'"DeliveryTime":"%s"}}'
)
_CUSTOMER = (
    b'{"Taxable":true,"BillAddr":%s,"ShipAddr":%s,"Job":false,"BillWithParent":false,'
    b'"Balance":%d.00,"BalanceWithJobs":%d.00,"CurrencyRef":{"value":"%s","name":"%s"},'
    b'"PreferredDeliveryMethod":"Email","IsProject":false,"ClientEntityId":"0","domain":"QBO",'
    b'"sparse":false,"Id":"%d","SyncToken":"0","MetaData":{"CreateTime":"%s",'
    b'"LastUpdatedTime":"%s"},"GivenName":"Anna","FamilyName":"Meyer","FullyQualifiedName":'
    b'"K\xc3\xa4ufer & S\xc3\xb6hne %d","CompanyName":"K\xc3\xa4ufer & S\xc3\xb6hne %d",'
    b'"DisplayName":"K\xc3\xa4ufer & S\xc3\xb6hne %d","PrintOnCheckName":"K\xc3\xa4ufer %d",'
    b'"Active":true,"V4IDPseudonym":"002098%030d","PrimaryPhone":{"FreeFormNumber":'
    b'"(555) 555-0113"},"PrimaryEmailAddr":{"Address":"customer%d@example.com"}}'
)


def customers(invoices: int) -> int:
    """How many customers there are for so many invoices."""
    return -(-invoices // INVOICES_PER_ACCOUNT)


def invoice(number: int) -> bytes:
    """Invoice ``number`` (from 0) as a query shows it: one in seven is part-paid."""
    account = number // INVOICES_PER_ACCOUNT
    issued = FIRST_DAY + timedelta(days=number % 300)
    amount, cents = 100 + number * 37 % 4900, number * 7 % 100
    left = amount - (amount // 4 if number % 7 == 0 else 0)
    tax, stamp = amount // 6, _stamp(number)
    currency, currency_name = _CURRENCIES[account % len(_CURRENCIES)]
    return _INVOICE % (
        number + 1,
        stamp,
        stamp,
        number % 90_000,
        number + 1001,
        str(issued).encode(),
        currency,
        currency_name,
        _lines(2 + number % 2, amount - tax, issued),
        amount - tax,
        tax,
        tax,
        amount - tax,
        account + 1,
        account,
        _ADDRESS % (number * 2),
        _ADDRESS % (number * 2 + 1),
        str(issued + timedelta(days=30)).encode(),
        *(_money(amount, cents),) * 2,
        account,
        *(_money(left, cents),) * 2,
        stamp,
    )


def customer(number: int) -> bytes:
    """Customer ``number`` (from 0) as a query shows it."""
    currency, currency_name = _CURRENCIES[number % len(_CURRENCIES)]
    stamp = _stamp(number)
    return _CUSTOMER % (
        _ADDRESS % (number * 2),
        _ADDRESS % (number * 2 + 1),
        *(number % 4900, number % 4900),
        currency,
        currency_name,
        number + 1,
        stamp,
        stamp,
        *(number,) * 6,
    )


def _lines(count: int, amount: int, issued: date) -> bytes:
    day = str(issued).encode()
    share = amount // count
    return b",".join(
        _LINE % (index + 1, index + 1, index, share, day, index + 10, share)
        for index in range(count)
    )


def _money(units: int, cents: int) -> bytes:
    """An amount as the vendor writes it: without zeros at its end, 31.5 or 40.0."""
    text = b"%d.%02d" % (units, cents)
    return text[:-1] if text.endswith(b"0") else text


def _stamp(number: int) -> bytes:
    """When record ``number`` last changed, in the vendor's offset."""
    moment = _FIRST_CHANGE + timedelta(seconds=number)
    return moment.astimezone(_PACIFIC).isoformat().encode()
