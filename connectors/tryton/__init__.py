"""Tryton: reads receivable lines and parties over JSON-RPC; writes notes, e-mails, fees.

``SPEC`` declares it. Facts about the server come from the sources of trytond 7.0.59 and 8.2.1
and their modules, read and run in November 2026; each module names what it relies on. Nothing
here sleeps, retries or decides: that is the HTTP client's and the flow's work.
"""

from connectors.tryton.config import ROWS_MAX, TrytonConfig
from connectors.tryton.source import TrytonSource, build
from syncer.ports import Capability, ConnectorSpec, Limits

__all__ = ["SPEC", "TrytonConfig", "TrytonSource"]

SPEC = ConnectorSpec(
    name="tryton",
    title="Tryton",
    config=TrytonConfig,
    build=build,
    capabilities=frozenset(
        {
            Capability.DELTA,
            Capability.READ_ACCOUNTS,
            Capability.CREDITS,
            Capability.PAYMENT_HISTORY,
            Capability.CONTACT_PEOPLE,
            Capability.DO_NOT_CHASE,
            Capability.SENT_DAY,
            Capability.BANK_FRESHNESS,
            Capability.NOTE_ADD,
            Capability.NOTE_LOOKUP,
            Capability.LEDGER_EMAIL,
            Capability.TASK,
            Capability.DRAFT_CHARGE,
            Capability.INVOICE_PDF,
        }
    ),
    limits=Limits(
        page_size=ROWS_MAX,
        calls_per_minute=1200,
        calls_per_second=50,
        calls_at_once=4,
        source="a server of one's own: polite figures of ours; trytond 8.2 has [request] "
        "records_limit and timeout, and counts failed logins alone",
    ),
    hosts=(),
)
