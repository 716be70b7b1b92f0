"""When the next call to a person about a debt is allowed under a limit to calls.

What: rolling days, never calendar weeks, and a rest after every talk. The day of a call or a talk
is day one of its window.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from syncer.policy.law.rows import ContactCap

_DAY = timedelta(days=1)


def next_call(
    row: ContactCap, *, today: date, calls: Sequence[date], talks: Sequence[date] = ()
) -> date | None:
    """The first day from ``today`` on that leaves room for one more call; None = never.

    ``calls`` are all calls about the debt to the person, ``talks`` the days on which one was
    answered by them. Days after ``today`` in either are counted as they stand.
    """
    if row.contacts <= 0:
        return None
    day = today
    while not _free(row, day, calls, talks):
        day += _DAY
    return day


def _free(row: ContactCap, day: date, calls: Sequence[date], talks: Sequence[date]) -> bool:
    rest = row.after_talking or 0
    if any(0 <= (day - talk).days < rest for talk in talks):
        return False
    return sum(0 <= (day - call).days < row.days for call in calls) < row.contacts
