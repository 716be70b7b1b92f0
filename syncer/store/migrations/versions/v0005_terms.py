"""What was agreed beside a hold's days; what a person ended early is marked so.

A hold that was ended says nothing of it by its days alone: it would read like a promise that was
broken. The journal of events knows. Written out in full and never edited: what
``syncer.store.tables`` says today may differ.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_hold = sa.table(
    "hold",
    sa.column("ledger_no", sa.Integer),
    sa.column("hold_id", sa.Text),
    sa.column("terms", sa.Text),
)
_event = sa.table(
    "event",
    sa.column("ledger_no", sa.Integer),
    sa.column("what", sa.Text),
    sa.column("body", sa.Text),
)


def upgrade() -> None:
    """Add the column, and mark the holds that were ended."""
    op.add_column("hold", sa.Column("terms", sa.Text(), nullable=True))
    connection = op.get_bind()
    ended = sa.select(_event.c.ledger_no, _event.c.body).where(_event.c.what == "hold_ended")
    for ledger_no, body in connection.execute(ended).all():
        own = (
            _hold.c.ledger_no == ledger_no,
            _hold.c.hold_id == json.loads(body)["hold"]["hold_id"],
        )
        connection.execute(sa.update(_hold).where(*own).values(terms='{"ended":true}'))
