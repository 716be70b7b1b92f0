"""What this state may not know: ledgers in doubt, and accounts that were looked up since.

A state that is upgraded knows its ledgers: both tables start empty. Written out in full and
never edited: what ``syncer.store.doubts`` says today may differ.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "doubt",
        sa.Column("ledger_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "why = 'new' OR why = 'lost' OR why = 'restored'", name=op.f("ck_doubt_why")
        ),
        sa.PrimaryKeyConstraint("ledger_no", name=op.f("pk_doubt")),
    )
    op.create_table(
        "looked",
        sa.Column("ledger_no", sa.Integer(), nullable=False),
        sa.Column("account_id", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("ledger_no", "account_id", name=op.f("pk_looked")),
    )
