"""QuickBooks Online: reads open items, customers and payments; writes notes, e-mails, fees.

``SPEC`` declares it. Facts about the API come from developer.intuit.com pages, Intuit's schema
set of July 2026 and the issue threads of its clients, as read in November 2026; each module
names its pages. Nothing here sleeps, retries or decides: that is the HTTP client's and the
flow's work.
"""

from connectors.quickbooks.config import HOSTS, QuickBooksConfig, provider
from connectors.quickbooks.query import PAGE_SIZE
from connectors.quickbooks.source import QuickBooksSource, build
from syncer.ports import Capability, ConnectorSpec, Limits

__all__ = ["SPEC", "QuickBooksConfig", "QuickBooksSource"]

SPEC = ConnectorSpec(
    name="quickbooks",
    title="QuickBooks Online",
    config=QuickBooksConfig,
    build=build,
    capabilities=frozenset(
        {
            Capability.DELTA,
            Capability.READ_ACCOUNTS,
            Capability.CREDITS,
            Capability.PAYMENT_HISTORY,
            Capability.DO_NOT_CHASE,
            Capability.SENT_FLAG,
            Capability.SENT_DAY,
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
    proves_payment=True,
    limits=Limits(
        page_size=PAGE_SIZE,
        calls_per_minute=450,  # of 500, so that other programs have room
        calls_per_second=8,  # of 10
        calls_at_once=5,  # of 10
        batched_per_minute=36,  # of 40 batches: whether the questions in one count is not said
        source="developer.intuit.com, limits and throttles page, read November 2026",
    ),
    hosts=HOSTS,
    oauth=provider,
)
