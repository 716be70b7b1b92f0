"""What an invoice can be asked for, and what an organisation says about itself.

E-mail, online invoice, reminder switch, organisation and its allowed actions; pages "invoices",
"organisation" and "invoice reminders", read November 2026.
"""

from datetime import date

from syncer.sandbox import post
from syncer.sandbox.books import stable_id
from syncer.sandbox.paper import PDF, invoice_paper
from syncer.sandbox.records import Kind, Status
from syncer.sandbox.refusal import Reason, Refused
from syncer.sandbox.xero.exchange import Answer, Context, Rejected, validation_error
from syncer.sandbox.xero.phrases import phrase
from syncer.sandbox.xero.shapes import Row
from syncer.sandbox.xero.wire import ROW, ZONE_WORDS, envelope, ms_day, ms_instant

CLASSES = {"paying": "PREMIUM", "trial": "TRIAL", "demo": "DEMO", "legacy": "STARTER"}
DRAFT_ACTIONS = ("CreateDraftInvoice", "CreateDraftBill", "CreateInvoicePayment")


def email_invoice(ctx: Context) -> Answer:
    """POST /Invoices/{InvoiceID}/Email: 204, or 400 for every kind of refusal, the cap included.

    Sales invoices in SUBMITTED, AUTHORISED or PAID; 1,000 a day (trial 20, demo 0) for the
    organisation, shared with people who mail from the screen.
    """
    try:
        post.send_mail(ctx.ledger, ctx.ledger.document(ctx.ids[0]), by=ctx.client_id)
    except Refused as refused:
        if refused.reason is Reason.UNKNOWN:
            raise
        errors = [{"ValidationErrors": [{"Message": phrase(refused)}]}]
        raise Rejected(validation_error(errors)) from None
    return Answer(204)


def invoice_pdf(ctx: Context) -> Answer | None:
    """GET /Invoices/{InvoiceID} with ``Accept: application/pdf``; None for everything else.

    Sales invoices alone ("invoices" page). Whoever asks at /pdf below the invoice, or accepts
    an octet stream, gets no PDF (XeroAPI/Xero-NetStandard#104, xero-php-oauth2#60).
    """
    accepted = ctx.request.headers.get("accept", "").lower()
    doc = ctx.ledger.document(ctx.ids[0])
    if not accepted.startswith(PDF) or doc.kind is not Kind.INVOICE:
        return None
    return Answer(200, invoice_paper(ctx.ledger, doc, number=doc.number, left=doc.left), PDF)


def online_invoice(ctx: Context) -> Answer:
    """GET /Invoices/{InvoiceID}/OnlineInvoice: sales invoices that are not drafts."""
    doc = ctx.ledger.document(ctx.ids[0])
    if doc.kind is not Kind.INVOICE or doc.status in (Status.DRAFT, Status.DELETED):
        message = "Online invoices exist only for sales invoices that were approved"
        return validation_error([{"ValidationErrors": [{"Message": message}]}])
    path = stable_id("pay", doc.doc_id).replace("-", "")
    return envelope(
        ctx, "OnlineInvoices", [ROW.encode({"OnlineInvoiceUrl": f"https://in.xero.com/{path}"})]
    )


def reminder_settings(ctx: Context) -> Answer:
    """GET /InvoiceReminders/Settings: one switch; schedules are not in the API."""
    return envelope(
        ctx, "InvoiceReminders", [ROW.encode({"Enabled": ctx.ledger.org.own_reminders})]
    )


def organisation(ctx: Context) -> Answer:
    """GET /Organisation."""
    org = ctx.ledger.org
    row: Row = {
        "OrganisationID": org.org_id,
        "Name": org.name,
        "LegalName": org.name,
        "PaysTax": True,
        "Version": {"NZ": "NZ", "AU": "AU", "GB": "UK", "US": "US"}.get(org.country, "GLOBAL"),
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": org.currency,
        "CountryCode": org.country,
        "IsDemoCompany": org.plan == "demo",
        "OrganisationStatus": "ACTIVE",
        "CreatedDateUTC": ms_instant(org.created_at),
        "Timezone": ZONE_WORDS[org.time_zone],
        "ShortCode": "!sandbx",
        "Class": CLASSES[org.plan],
        "Edition": "BUSINESS",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "Addresses": [],
        "Phones": [],
        "ExternalLinks": [],
        "PaymentTerms": {},
    }
    _add_day(row, "PeriodLockDate", org.lock_date)
    _add_day(row, "EndOfYearLockDate", org.year_lock_date)
    return envelope(ctx, "Organisations", [ROW.encode(row)])


def actions(ctx: Context) -> Answer:
    """GET /Organisation/Actions: what this organisation's plan allows now."""
    approvals = ctx.ledger.org.approvals_left
    allowed = {"CreateApprovedInvoice": approvals is None or approvals > 0}
    allowed |= dict.fromkeys(DRAFT_ACTIONS, True)
    allowed["UseMulticurrency"] = bool(ctx.ledger.org.currencies)
    rows = [
        {"Name": name, "Status": "ALLOWED" if yes else "NOT-ALLOWED"}
        for name, yes in allowed.items()
    ]
    return envelope(ctx, "Actions", [ROW.encode(row) for row in rows])


def _add_day(row: Row, name: str, day: date | None) -> None:
    if day:
        row[name] = ms_day(day)
