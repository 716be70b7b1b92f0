"""A folder of CSV or XLSX exports as a ledger: the smallest complete connector.

It reads what a person exported, and writes notes and tasks into two CSV files. Everything
that could be read in two ways is configured, and a missing list is an error: it never
means that everybody paid. ``docs/CONNECTORS.md`` walks through it for authors.
"""

from connectors.csv_folder.config import PAGE_SIZE, FolderSettings
from syncer.ports import Capability, ConnectorDeps, ConnectorSpec, Limits, Source


def _build(deps: ConnectorDeps) -> Source:
    from connectors.csv_folder.source import FolderSource  # late: reading workbooks is heavy

    return FolderSource(deps)


SPEC = ConnectorSpec(
    name="csv_folder",
    title="Folder of exports (CSV, XLSX)",
    config=FolderSettings,
    build=_build,
    capabilities=frozenset(
        {
            Capability.READ_ACCOUNTS,
            Capability.CREDITS,
            Capability.PAYMENT_HISTORY,
            Capability.CONTACT_PEOPLE,
            Capability.DO_NOT_CHASE,
            Capability.EXPECTED_DATE,
            Capability.SENT_FLAG,
            Capability.SENT_DAY,
            Capability.BANK_FRESHNESS,
            Capability.NOTE_ADD,
            Capability.NOTE_LOOKUP,
            Capability.WRITE_KEY,
            Capability.TASK,
        }
    ),
    limits=Limits(page_size=PAGE_SIZE, source="our own page size; a file has no limits"),
)

__all__ = ["SPEC"]
