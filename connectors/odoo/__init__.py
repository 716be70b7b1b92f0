"""Odoo 17 to 19: reads receivable lines, customers and payments; writes notes, tasks, drafts.

``SPEC`` declares it. Facts about the interface come from Odoo's documentation of its external
API and from an Odoo 19.0 (Debian's package) that the tests install and ask, November 2026; each
module says what was seen. Nothing here sleeps, retries or decides: that is the HTTP client's
and the flow's work.
"""

from connectors.odoo.config import OdooConfig
from connectors.odoo.questions import PAGE_SIZE
from connectors.odoo.source import OdooSource, build
from syncer.ports import Capability, ConnectorSpec, Limits

__all__ = ["SPEC", "OdooConfig", "OdooSource"]

SPEC = ConnectorSpec(
    name="odoo",
    title="Odoo",
    config=OdooConfig,
    build=build,
    capabilities=frozenset(
        {
            Capability.DELTA,
            Capability.READ_ACCOUNTS,
            Capability.CREDITS,
            Capability.PAYMENT_HISTORY,
            Capability.CONTACT_PEOPLE,
            Capability.DO_NOT_CHASE,
            Capability.SENT_FLAG,
            Capability.SENT_DAY,
            Capability.BANK_FRESHNESS,
            Capability.NOTE_ADD,
            Capability.NOTE_LOOKUP,
            Capability.LEDGER_EMAIL,
            Capability.TASK,
            Capability.DRAFT_CHARGE,
            Capability.PAY_LINK,
            Capability.INVOICE_PDF,
        }
    ),
    proves_payment=True,
    limits=Limits(
        page_size=PAGE_SIZE,
        calls_per_minute=600,
        calls_at_once=2,  # Odoo's workers are also people's: two leave them theirs
        source="our own choice: Odoo states no limit (external API documentation, November 2026)",
    ),
)
