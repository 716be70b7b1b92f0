"""The day on which an invoice falls due by law where nobody agreed one, and terms that are long."""

from datetime import date, timedelta

from syncer.model.counts import count_text
from syncer.policy.law.rows import Term


def due_by_law(row: Term, *, received: date, delivered: date) -> date:
    """The last day to pay: the row's days after the later of invoice and delivery."""
    return max(received, delivered) + timedelta(days=row.days)


def longer_than_law(row: Term, *, days: int) -> str:
    """What is to be said of an agreed term of ``days`` days; "" = nothing, it is within the row."""
    if row.most is None or days <= row.most:
        return ""
    said = f"{count_text(days, 'day')} to pay are more than the {row.most} of {row.id}"
    return f"{said}: {row.note or row.source}"
