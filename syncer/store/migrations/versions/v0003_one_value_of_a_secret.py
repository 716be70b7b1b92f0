"""A secret is its one value: what stood there before was kept and never read.

Sealed tokens carry the generation before them inside. Written out in full and never edited:
what ``syncer.store.tables`` says today may differ.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forget the values before the last ones."""
    op.drop_column("secret", "previous")
    op.drop_column("secret", "generation")
