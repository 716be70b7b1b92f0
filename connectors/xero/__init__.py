"""Xero: reads open items, contacts and payment history; writes notes, e-mails and drafts.

``SPEC`` declares it. Facts about the API come from developer.xero.com pages and OpenAPI
16.1.0 as read in November 2026; each module names its pages. Nothing here sleeps, retries
or decides: that is the HTTP client's and the flow's work.
"""

from connectors.xero.config import API_HOST, IDENTITY_HOST, XeroConfig, provider
from connectors.xero.source import XeroSource, build
from syncer.ports import Capability, ConnectorSpec, Limits

__all__ = ["SPEC", "XeroConfig", "XeroSource"]

SPEC = ConnectorSpec(
    name="xero",
    title="Xero",
    config=XeroConfig,
    build=build,
    capabilities=frozenset(
        {
            Capability.DELTA,
            Capability.READ_ACCOUNTS,
            Capability.CREDITS,
            Capability.PAYMENT_HISTORY,
            Capability.CONTACT_PEOPLE,
            Capability.DO_NOT_CHASE,
            Capability.EXPECTED_DATE,
            Capability.SENT_FLAG,
            Capability.NOTE_ADD,
            Capability.NOTE_LOOKUP,
            Capability.WRITE_KEY,
            Capability.LEDGER_EMAIL,
            Capability.TASK,
            Capability.DRAFT_CHARGE,
            Capability.BOOK_CHARGE,
            Capability.PAY_LINK,
            Capability.INVOICE_PDF,
        }
    ),
    optional={Capability.BANK_FRESHNESS: "bank_freshness"},
    proves_payment=True,
    limits=Limits(
        page_size=1000,
        calls_per_minute=55,  # of 60, so that a person's own use has room
        calls_at_once=5,
        calls_per_day=5000,
        source="developer.xero.com, OAuth 2.0 API limits page, read November 2026",
    ),
    hosts=(API_HOST, IDENTITY_HOST),
    oauth=provider,
)
