"""QuickBooks' dates and instants, read fast, and instants as its queries want them.

Dates are calendar days of the company without a zone; instants carry an offset, mostly that of
the US west coast, and mean what ISO 8601 says ("REST API features" page, read November 2026).
"""

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache


@lru_cache(maxsize=8192)
def read_day(text: str) -> date:
    """``2026-11-01``; whatever follows is cut off. ValueError when it is no date."""
    return date.fromisoformat(text[:10])


def read_instant(text: str) -> datetime:
    """An instant in aware UTC. Without an offset it is UTC. ValueError or OverflowError."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def day_in(text: str, zone: tzinfo) -> date:
    """The calendar day of an instant in ``zone``. As ``read_instant`` otherwise."""
    read = datetime.fromisoformat(text)
    return (read.replace(tzinfo=UTC) if read.tzinfo is None else read).astimezone(zone).date()


def instant_text(moment: datetime) -> str:
    """``moment`` in whole seconds with an explicit offset: a bare time would be guessed at."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
