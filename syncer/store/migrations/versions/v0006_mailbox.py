"""The e-mail addresses of accounts, to find those that share one; empty until somebody asks for it.

Written out in full and never edited: what ``syncer.store.tables`` says today may differ.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "mailbox",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.Column("address", _WORD, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ledger_no", "account_id", "address", name=op.f("pk_mailbox")),
    )
    op.create_index(
        "ix_mailbox_address",
        "mailbox",
        ["address", "ledger_no", "account_id"],
        sqlite_where=sa.text("address != ''"),
        postgresql_where=sa.text("address != ''"),
    )
