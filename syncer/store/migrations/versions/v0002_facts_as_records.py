"""Facts kept as whole records, and what was decided of each account kept beside them.

The facts of a ledger are copies: the three tables start empty again, and with no cursor left
the next run reads every list in full. What only this database knows stays as it was. Written
out in full and never edited: what ``syncer.store.tables`` says today may differ.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_WIDE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the facts anew."""
    for name in ("account", "item", "settled"):
        op.drop_table(name)
    _create_account()
    _create_item()
    _create_settled()
    _create_standing()
    _create_debtor()
    op.execute("UPDATE stream SET cursor = NULL")


def _create_facts(name: str, key: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("row_no", _WIDE, autoincrement=False, nullable=False),
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column(key, _WORD, nullable=False),
        *columns,
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("gone_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("row_no", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("ledger_no", key, name=op.f(f"uq_{name}_ledger_no")),
    )


def _create_account() -> None:
    _create_facts(
        "account",
        "account_id",
        sa.Column("name", _WORD, nullable=False),
        sa.Column("merged_into", _WORD, nullable=False),
    )
    op.create_index("ix_account_name", "account", ["ledger_no", "name"], unique=False)
    op.create_index(
        "ix_account_merged",
        "account",
        ["ledger_no"],
        unique=False,
        sqlite_where=sa.text("merged_into != ''"),
        postgresql_where=sa.text("merged_into != ''"),
    )


def _create_item() -> None:
    _create_facts(
        "item",
        "item_id",
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owed", _WIDE, nullable=False),
    )
    beside = ["ledger_no", "account_id", "currency", "owed", "digest"]
    op.create_index("ix_item_account", "item", beside, unique=False)


def _create_settled() -> None:
    _create_facts(
        "settled",
        "settled_key",
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", _WIDE, nullable=False),
        sa.Column("paid_on", sa.Text(), nullable=False),
    )
    op.create_index("ix_settled_account", "settled", ["ledger_no", "account_id"], unique=False)


def _create_standing() -> None:
    op.create_table(
        "standing",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("ground", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ledger_no", "account_id", name=op.f("pk_standing")),
    )


def _create_debtor() -> None:
    op.create_table(
        "debtor",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("debtor_key", _WORD, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ledger_no", "account_id", name=op.f("pk_debtor")),
    )
    op.create_index(
        "ix_debtor_key",
        "debtor",
        ["debtor_key", "ledger_no", "account_id"],
        unique=False,
        sqlite_where=sa.text("debtor_key != ''"),
        postgresql_where=sa.text("debtor_key != ''"),
    )
