"""The tables, declared once for both engines; migrations must arrive at exactly these.

Tables are the truth. The journals ``decision``, ``attempt`` and ``event`` are only ever
appended to, each row carrying a hash of the row before it (``syncer.store.journal``).
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from syncer.model.agreement import Terms
from syncer.model.effect import EffectKind, EffectState
from syncer.model.hold import HoldKind, HoldSource
from syncer.model.ledger import Stream
from syncer.model.run import OutcomeTotal
from syncer.store.columns import copied_from, of_ledger, one_of
from syncer.store.columns import metadata as metadata  # for whom it must hold every table
from syncer.store.doubts import doubt as doubt
from syncer.store.doubts import looked as looked
from syncer.store.kinship import debtor as debtor
from syncer.store.kinship import mailbox as mailbox
from syncer.store.types import Amount, Day, Instant, OneOf, Packed, WideInt, Word

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every migration in order; the last is what this program needs."""

ledger = Table(
    "ledger",
    metadata,
    Column("ledger_no", Integer, primary_key=True),
    Column("name", Word, nullable=False),
    Column("organisation", Text),  # the last Organisation, JSON
    Column("organisation_at", Instant),
    UniqueConstraint("name"),
)

lease = Table(
    "lease",
    metadata,
    Column("ledger_no", Integer, ForeignKey("ledger.ledger_no"), primary_key=True),
    Column("owner", Text, nullable=False),  # "" = released
    Column("generation", Integer, nullable=False),
    Column("until", Instant, nullable=False),
)

stream = Table(
    "stream",
    metadata,
    of_ledger(),
    Column("stream", OneOf(Stream), nullable=False),
    Column("sweep", Integer, nullable=False),
    Column("cursor", Text),  # of the last finished sweep; NULL = never finished
    Column("finished_at", Instant),
    PrimaryKeyConstraint("ledger_no", "stream"),
    one_of("stream", Stream),
)

# The facts of a ledger. row_no packs ledger_no and a running number (syncer.store.shelf), so that
# rows are appended in the order they are read and a sweep can mark them in a byte each. The record
# stands in body as it was read; columns beside it are those that a query looks for or adds up.
account = Table(
    "account",
    metadata,
    Column("row_no", WideInt, primary_key=True, autoincrement=False),
    copied_from(),
    Column("account_id", Word, nullable=False),
    Column("name", Word, nullable=False),
    Column("merged_into", Word, nullable=False),
    Column("body", Text, nullable=False),  # the whole Account, JSON
    Column("digest", LargeBinary, nullable=False),  # of body; empty = gone
    Column("gone_at", Instant),  # a full sweep did not see it any more
    UniqueConstraint("ledger_no", "account_id"),
    Index("ix_account_name", "ledger_no", "name"),
)
Index(
    "ix_account_merged",
    account.c.ledger_no,
    sqlite_where=account.c.merged_into != "",
)

item = Table(
    "item",
    metadata,
    Column("row_no", WideInt, primary_key=True, autoincrement=False),
    copied_from(),
    Column("item_id", Word, nullable=False),
    Column("account_id", Word, nullable=False),
    Column("number", Word, nullable=False),
    Column("currency", Text, nullable=False),
    Column("owed", Amount, nullable=False),  # what is open; negative for what lowers the debt
    Column("body", Text, nullable=False),  # the whole OpenItem, JSON
    Column("digest", LargeBinary, nullable=False),  # of body; empty = gone
    Column("gone_at", Instant),  # closed: a full sweep or the guard did not see it any more
    UniqueConstraint("ledger_no", "item_id"),
    # Beside the account, what a survey and the totals read: neither then touches the rows. It may
    # be absent after a run that died in its first list: a migration drops it with if_exists.
    Index("ix_item_account", "ledger_no", "account_id", "currency", "owed", "digest"),
)

settled = Table(
    "settled",
    metadata,
    Column("row_no", WideInt, primary_key=True, autoincrement=False),
    copied_from(),
    Column("settled_key", Word, nullable=False),  # item, day and amount of the payment
    Column("account_id", Word, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", Amount, nullable=False),
    Column("paid_on", Day, nullable=False),
    Column("body", Text, nullable=False),  # the whole Settled, JSON
    Column("digest", LargeBinary, nullable=False),
    Column("gone_at", Instant),
    UniqueConstraint("ledger_no", "settled_key"),
    Index("ix_settled_account", "ledger_no", "account_id"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("row_no", WideInt, primary_key=True, autoincrement=True),
    of_ledger(),
    Column("stream", OneOf(Stream), nullable=False),
    Column("sweep", Integer, nullable=False),
    Column("record_id", Word, nullable=False),
    Column("account_id", Word, nullable=False),
    Column("place", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("amount", Amount),
    Column("currency", Text, nullable=False),
    one_of("stream", Stream),
    Index("ix_quarantine_account", "ledger_no", "account_id"),
)

hold = Table(
    "hold",
    metadata,
    of_ledger(),
    Column("hold_id", Word, nullable=False),
    Column("kind", OneOf(HoldKind), nullable=False),
    Column("account_id", Word, nullable=False),
    Column("item_id", Word, nullable=False),
    Column("amount", Amount),
    Column("currency", Text, nullable=False),
    Column("starts_on", Day, nullable=False),
    Column("ends_on", Day),
    Column("reason", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("source", OneOf(HoldSource), nullable=False),
    Column("created_at", Instant),
    Column("terms", Packed(Terms)),
    PrimaryKeyConstraint("ledger_no", "hold_id"),
    one_of("kind", HoldKind),
    one_of("source", HoldSource),
    Index("ix_hold_account", "ledger_no", "account_id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Word, primary_key=True),
    of_ledger(),
    Column("kind", OneOf(EffectKind), nullable=False),
    Column("account_id", Word, nullable=False),
    Column("currency", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("step_index", Integer, nullable=False),
    Column("episode", Word, nullable=False),
    Column("item_ids", Packed(tuple[str, ...]), nullable=False),
    Column("amount", Amount),
    Column("text", Text, nullable=False),
    Column("caused_by", Word, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", Instant),
    Column("planned_on", Day, nullable=False),
    Column("run_id", Word, nullable=False),
    Column("decision_digest", Text, nullable=False),
    Column("state", OneOf(EffectState), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("settled_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("sent_at", Instant),  # when the last attempt left; the day of the contact
    one_of("kind", EffectKind),
    one_of("state", EffectState),
    CheckConstraint("attempt >= 0", name="attempt"),
    Index("ix_outbox_account", "ledger_no", "account_id"),
)
Index(
    "ix_outbox_unsettled",  # what still moves by itself: few among all that ever was
    outbox.c.ledger_no,
    outbox.c.state,
    sqlite_where=outbox.c.settled_at.is_(None),
)

message = Table(
    "message",
    metadata,
    Column("key", Word, ForeignKey("outbox.key"), nullable=False),
    Column("number", Integer, nullable=False),  # 1 for the first that was sent under the key
    Column("fields", Text, nullable=False),  # the Message without its raw form, JSON
    Column("raw", LargeBinary, nullable=False),  # as sent
    Column("sha256", Text, nullable=False),  # of raw; the journal says the same
    PrimaryKeyConstraint("key", "number"),
)

chain = Table(
    "chain",
    metadata,
    of_ledger(),
    Column("journal", Word, nullable=False),
    Column("last_no", Integer, nullable=False),
    Column("last_hash", Text, nullable=False),
    PrimaryKeyConstraint("ledger_no", "journal"),
)


def _journal(name: str, *columns: Column[str]) -> Table:
    """A journal: numbered rows per ledger, the subject's columns, a JSON body and the hash."""
    return Table(
        name,
        metadata,
        of_ledger(),
        Column("entry_no", Integer, nullable=False),
        Column("at", Instant, nullable=False),
        *columns,
        Column("body", Text, nullable=False),
        Column("hash", Text, nullable=False),
        PrimaryKeyConstraint("ledger_no", "entry_no"),
    )


decision = _journal(
    "decision",
    Column("run_id", Word, nullable=False),
    Column("account_id", Word, nullable=False),
    Column("currency", Text, nullable=False),
    Column("digest", Text, nullable=False),
)
attempt = _journal("attempt", Column("key", Word, nullable=False))
event = _journal("event", Column("what", Text, nullable=False), Column("key", Word, nullable=False))
Index("ix_attempt_key", attempt.c.ledger_no, attempt.c.key)

JOURNALS = (attempt, decision, event)

latest_decision = Table(
    "latest_decision",
    metadata,
    of_ledger(),
    Column("account_id", Word, nullable=False),
    Column("currency", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("entry_no", Integer, nullable=False),
    PrimaryKeyConstraint("ledger_no", "account_id", "currency"),
    ForeignKeyConstraint(
        ["ledger_no", "entry_no"],
        ["decision.ledger_no", "decision.entry_no"],
        name="fk_latest_decision_entry",
    ),
)

standing = Table(
    "standing",
    metadata,
    copied_from(),
    Column("account_id", Word, nullable=False),
    Column("ground", LargeBinary, nullable=False),  # what every account was decided on
    Column("facts", LargeBinary, nullable=False),  # fingerprint of the account's own facts
    Column("contacts", Integer, nullable=False),
    Column("outcomes", Packed(tuple[OutcomeTotal, ...]), nullable=False),
    PrimaryKeyConstraint("ledger_no", "account_id"),
)

run = Table(
    "run",
    metadata,
    Column("run_id", Word, primary_key=True),
    Column("command", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("config_digest", Text, nullable=False),
    Column("finished_at", Instant),
    Column("result", Text),  # RunResult, JSON; NULL = never finished
    Index("ix_run_started", "started_at"),
)

ledger_run = Table(
    "ledger_run",
    metadata,
    of_ledger(),
    Column("run_id", Word, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("today", Day),
    Column("result", Text, nullable=False),  # LedgerResult, JSON
    PrimaryKeyConstraint("ledger_no", "run_id"),
)

outcome = Table(
    "outcome",
    metadata,
    of_ledger(),
    Column("run_id", Word, nullable=False),
    Column("code", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("amount", Amount, nullable=False),
    PrimaryKeyConstraint("ledger_no", "run_id", "code", "currency"),
)

secret = Table(
    "secret",
    metadata,
    Column("name", Word, primary_key=True),
    Column("value", LargeBinary, nullable=False),  # encrypted by the caller
    Column("saved_at", Instant, nullable=False),
)
