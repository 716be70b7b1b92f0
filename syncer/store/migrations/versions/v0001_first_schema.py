"""The first schema: facts of the ledgers, holds, outbox, journals, runs and secrets.

Written out in full and never edited: what ``syncer.store.tables`` says today may differ.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _one_of(column: str, *words: str) -> str:
    return " OR ".join(f"{column} = '{word}'" for word in words)


def upgrade() -> None:
    """Create every table, parents first."""
    _create_ledger()
    _create_run()
    _create_secret()
    _create_account()
    _create_attempt()
    _create_chain()
    _create_decision()
    _create_event()
    _create_hold()
    _create_item()
    _create_lease()
    _create_ledger_run()
    _create_outbox()
    _create_outcome()
    _create_quarantine()
    _create_settled()
    _create_stream()
    _create_latest_decision()
    _create_message()


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("organisation_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ledger_no", name=op.f("pk_ledger")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_name")),
    )


def _create_run() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", _WORD, nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("config_digest", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_started", "run", ["started_at"], unique=False)


def _create_secret() -> None:
    op.create_table(
        "secret",
        sa.Column("name", _WORD, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("row_no", _WIDE, autoincrement=False, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("archived", sa.SmallInteger(), nullable=False),
        sa.Column("merged_into", _WORD, nullable=False),
        sa.Column("do_not_chase", sa.SmallInteger(), nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("gone_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_account_ledger_no")
        ),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_account")),
        sa.UniqueConstraint("ledger_no", "account_id", name=op.f("uq_account_ledger_no")),
    )
    op.create_index(
        "ix_account_merged",
        "account",
        ["ledger_no"],
        unique=False,
        sqlite_where=sa.text("merged_into != ''"),
        postgresql_where=sa.text("merged_into != ''"),
    )
    op.create_index("ix_account_name", "account", ["ledger_no", "name"], unique=False)


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("entry_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("key", _WORD, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_attempt_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "entry_no", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_key", "attempt", ["ledger_no", "key"], unique=False)


def _create_chain() -> None:
    op.create_table(
        "chain",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("journal", _WORD, nullable=False),
        sa.Column("last_no", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_chain_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "journal", name=op.f("pk_chain")),
    )


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("entry_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("run_id", _WORD, nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_decision_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "entry_no", name=op.f("pk_decision")),
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("entry_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("key", _WORD, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_event_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "entry_no", name=op.f("pk_event")),
    )


def _create_hold() -> None:
    op.create_table(
        "hold",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("hold_id", _WORD, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("item_id", _WORD, nullable=False),
        sa.Column("amount", _WIDE, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            _one_of("kind", "dispute", "promise", "plan", "manual", "exclude"),
            name=op.f("ck_hold_kind"),
        ),
        sa.CheckConstraint(
            _one_of("source", "cli", "config", "ledger"), name=op.f("ck_hold_source")
        ),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_hold_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "hold_id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_account", "hold", ["ledger_no", "account_id"], unique=False)


def _create_item() -> None:
    op.create_table(
        "item",
        sa.Column("row_no", _WIDE, autoincrement=False, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("item_id", _WORD, nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", _WIDE, nullable=False),
        sa.Column("open", _WIDE, nullable=False),
        sa.Column("issued_on", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("expected_on", sa.Text(), nullable=True),
        sa.Column("sent", sa.SmallInteger(), nullable=True),
        sa.Column("rate_to_base", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("gone_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            _one_of("kind", "invoice", "credit_note", "overpayment", "prepayment", "payment"),
            name=op.f("ck_item_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_item_ledger_no")
        ),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_item")),
        sa.UniqueConstraint("ledger_no", "item_id", name=op.f("uq_item_ledger_no")),
    )
    op.create_index("ix_item_account", "item", ["ledger_no", "account_id"], unique=False)


def _create_lease() -> None:
    op.create_table(
        "lease",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_lease_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", name=op.f("pk_lease")),
    )


def _create_ledger_run() -> None:
    op.create_table(
        "ledger_run",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("run_id", _WORD, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("today", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_ledger_run_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "run_id", name=op.f("pk_ledger_run")),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", _WORD, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("step_index", sa.Integer(), nullable=False),
        sa.Column("episode", _WORD, nullable=False),
        sa.Column("item_ids", sa.Text(), nullable=False),
        sa.Column("amount", _WIDE, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("caused_by", _WORD, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.Text(), nullable=True),
        sa.Column("planned_on", sa.Text(), nullable=False),
        sa.Column("run_id", _WORD, nullable=False),
        sa.Column("decision_digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            _one_of("kind", "reminder", "note", "task", "charge"), name=op.f("ck_outbox_kind")
        ),
        sa.CheckConstraint(
            _one_of(
                "state",
                "pending",
                "claimed",
                "sending",
                "delivered",
                "cancelled",
                "rejected",
                "uncertain",
            ),
            name=op.f("ck_outbox_state"),
        ),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_outbox_attempt")),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_outbox_ledger_no")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_account", "outbox", ["ledger_no", "account_id"], unique=False)
    op.create_index(
        "ix_outbox_unsettled",
        "outbox",
        ["ledger_no", "state"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _create_outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("run_id", _WORD, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("amount", _WIDE, nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_outcome_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "run_id", "code", "currency", name=op.f("pk_outcome")),
    )


def _create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("row_no", _WIDE, autoincrement=True, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=False),
        sa.Column("record_id", _WORD, nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("amount", _WIDE, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint(
            _one_of("stream", "items", "accounts", "settled"), name=op.f("ck_quarantine_stream")
        ),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_quarantine_ledger_no")
        ),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_quarantine")),
    )
    op.create_index(
        "ix_quarantine_account", "quarantine", ["ledger_no", "account_id"], unique=False
    )


def _create_settled() -> None:
    op.create_table(
        "settled",
        sa.Column("row_no", _WIDE, autoincrement=False, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("settled_key", _WORD, nullable=False),
        sa.Column("item_id", _WORD, nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", _WIDE, nullable=False),
        sa.Column("issued_on", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Text(), nullable=True),
        sa.Column("paid_on", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("gone_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_settled_ledger_no")
        ),
        sa.PrimaryKeyConstraint("row_no", name=op.f("pk_settled")),
        sa.UniqueConstraint("ledger_no", "settled_key", name=op.f("uq_settled_ledger_no")),
    )
    op.create_index("ix_settled_account", "settled", ["ledger_no", "account_id"], unique=False)


def _create_stream() -> None:
    op.create_table(
        "stream",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sweep", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.CheckConstraint(
            _one_of("stream", "items", "accounts", "settled"), name=op.f("ck_stream_stream")
        ),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_stream_ledger_no")
        ),
        sa.PrimaryKeyConstraint("ledger_no", "stream", name=op.f("pk_stream")),
    )


def _create_latest_decision() -> None:
    op.create_table(
        "latest_decision",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entry_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ledger_no", "entry_no"],
            ["decision.ledger_no", "decision.entry_no"],
            name="fk_latest_decision_entry",
        ),
        sa.ForeignKeyConstraint(
            ["ledger_no"], ["ledger.ledger_no"], name=op.f("fk_latest_decision_ledger_no")
        ),
        sa.PrimaryKeyConstraint(
            "ledger_no", "account_id", "currency", name=op.f("pk_latest_decision")
        ),
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("key", _WORD, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name=op.f("fk_message_key")),
        sa.PrimaryKeyConstraint("key", "number", name=op.f("pk_message")),
    )
