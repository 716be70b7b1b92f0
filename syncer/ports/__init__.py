"""What the flow needs from the world outside, as Protocols. Adapters implement, flow calls."""

from syncer.ports.clock import Clock, Progress
from syncer.ports.connector import (
    Capability,
    ChargeSink,
    ConnectorDeps,
    ConnectorSpec,
    Health,
    InvoicePdfs,
    LedgerMailer,
    Limits,
    NoteReader,
    NoteSink,
    PayLinks,
    Source,
    TaskSink,
)
from syncer.ports.history import History, PastRun
from syncer.ports.mail import Channel, Letterhead, Renderer
from syncer.ports.state import (
    Lease,
    LedgerSession,
    OutboxFilter,
    PullState,
    Secrets,
    Selection,
    Store,
    Surveyed,
    WroteElsewhereError,
)

__all__ = [
    "Capability",
    "Channel",
    "ChargeSink",
    "Clock",
    "ConnectorDeps",
    "ConnectorSpec",
    "Health",
    "History",
    "InvoicePdfs",
    "Lease",
    "LedgerMailer",
    "LedgerSession",
    "Letterhead",
    "Limits",
    "NoteReader",
    "NoteSink",
    "OutboxFilter",
    "PastRun",
    "PayLinks",
    "Progress",
    "PullState",
    "Renderer",
    "Secrets",
    "Selection",
    "Source",
    "Store",
    "Surveyed",
    "TaskSink",
    "WroteElsewhereError",
]
