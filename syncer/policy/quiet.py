"""When a debtor may be written to at its own place: its hours, its holidays, its country's law.

A place has one time zone or several (``zones``): an hour counts as open only when it is open in
all of them. Where the zones of a country lie so far apart that no hour is (Russia), the hours that
are open in most of them count.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.policy.calendar import closed, holidays_of, send_window_open
from syncer.policy.law.region import code_of, counts_in
from syncer.policy.rules import Policy, Quiet, Restraint
from syncer.policy.zones import zones_of

_STEP = timedelta(minutes=15)
_A_DAY = timedelta(days=1)
_SAMPLE_YEAR = 2025  # any year will do: only whether the country is known is asked


def by_debtor(restraint: Restraint) -> bool:
    """Whether the hours at the debtor's place count, so that each contact is asked alone."""
    return restraint.debtor_hours or bool(restraint.quiet)


def for_debtor(restraint: Restraint, country: str, region: str = "") -> Restraint:
    """``restraint`` with the closed days of a debtor's ``country`` (ISO 3166, "" = unknown).

    Of a law's limits for one region those stay that count where the debtor is: ``region`` as the
    ledger writes it; where that is not known, every one of them.
    """
    local = restraint.debtor_holidays or restraint.quiet
    if not local and not any(cap.region for cap in restraint.caps):
        return restraint
    return _for_debtor(restraint, country, region)


@lru_cache(maxsize=1024)
def _for_debtor(restraint: Restraint, country: str, region: str) -> Restraint:
    caps = [cap for cap in restraint.caps if counts_in(cap.region, country, region)]
    restraint = replace(restraint, caps=tuple([replace(cap, region="") for cap in caps]))
    rows = rows_for(restraint.quiet, country, region)
    place = country or (rows[0].country if rows else "")
    keeps = restraint.debtor_holidays or any(row.keeps_holidays for row in rows)
    weekdays = set(restraint.weekdays)
    if rows:
        weekdays &= {day for row in rows for day in row.weekdays}
    return replace(
        restraint,
        weekdays=tuple(sorted(weekdays)),
        also_holidays=_kept_there(restraint.holidays, place, region) if keeps else "",
    )


def _kept_there(own: str, country: str, region: str) -> str:
    """Whose holidays are kept beside ``own``: the debtor's region's, else its country's.

    Of the ledger's own country only a region tells more than what the ledger itself keeps.
    """
    there = code_of(country, region)
    if there:
        return "" if there == own else there
    return country if country != own.partition("-")[0] and _has_holidays(country) else ""


def rows_for(rows: Sequence[Quiet], country: str, region: str = "") -> tuple[Quiet, ...]:
    """The rows about debtors of ``country`` and region; all of them where it is not known."""
    return tuple(
        [
            row
            for row in rows
            if country in ("", row.country) and counts_in(row.region, country, region)
        ]
    )


@lru_cache(maxsize=512)
def _has_holidays(country: str) -> bool:
    if not country:
        return False
    try:
        holidays_of(country, _SAMPLE_YEAR)
    except ConfigError:
        return False  # a country without a table closes no day more
    return True


def may_write(policy: Policy, local_now: datetime, country: str, region: str = "") -> bool:
    """Whether a message to a debtor of ``country`` may leave at ``local_now`` (ledger's zone).

    Both windows have to be open. Where they share no hour of that day, as between London and
    Auckland, the debtor's alone counts: quiet hours are for who receives.
    """
    restraint = for_debtor(policy.restraint, country, region)
    rows = rows_for(restraint.quiet, country, region)
    if not by_debtor(restraint):
        return send_window_open(policy, local_now)
    own = str(local_now.tzinfo)
    zones = zones_of(country, own, region) if restraint.debtor_hours else (own,)
    instant = local_now.astimezone(UTC)
    zones = _distinct(zones, instant.date())
    if any(closed(restraint, instant.astimezone(ZoneInfo(z)).date()) is not None for z in zones):
        return False
    if not _hour_open(restraint, rows, zones, instant):
        return False
    here = _in_window(restraint, (), local_now) and closed(restraint, local_now.date()) is None
    return here or not _share_an_hour(restraint, rows, zones, own, local_now.date())


@lru_cache(maxsize=2048)
def _distinct(zones: tuple[str, ...], day: date) -> tuple[str, ...]:
    """One zone of each clock that is shown on a day: most zones differ in their history alone."""
    start = datetime.combine(day, time(0), tzinfo=UTC)
    shown: dict[tuple[timedelta | None, ...], str] = {}
    for zone in zones:
        moments = [start - _A_DAY, start, start + _A_DAY, start + 2 * _A_DAY]
        clocks = tuple([moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments])
        shown.setdefault(clocks, zone)
    return tuple(shown.values())


def _hour_open(
    restraint: Restraint, rows: tuple[Quiet, ...], zones: tuple[str, ...], instant: datetime
) -> bool:
    """Whether as many zones are in their hours as ever are at once on this day."""
    most = _most(restraint, rows, zones, instant.date())
    return 0 < most <= _open_zones(restraint, rows, zones, instant)


@lru_cache(maxsize=2048)
def _most(restraint: Restraint, rows: tuple[Quiet, ...], zones: tuple[str, ...], day: date) -> int:
    start = datetime.combine(day, time(0), tzinfo=UTC)
    return max(
        _open_zones(restraint, rows, zones, start + n * _STEP) for n in range(_A_DAY // _STEP)
    )


def _open_zones(
    restraint: Restraint, rows: tuple[Quiet, ...], zones: tuple[str, ...], instant: datetime
) -> int:
    locals_ = [instant.astimezone(ZoneInfo(zone)) for zone in zones]
    return sum(_in_window(restraint, rows, local) for local in locals_)


def _in_window(restraint: Restraint, rows: Sequence[Quiet], local: datetime) -> bool:
    """Whether the hour fits the policy and every row of the weekday; days are looked at apart."""
    clock = local.time()
    if not restraint.send_from <= clock < restraint.send_until:
        return False
    today = [row for row in rows if local.weekday() in row.weekdays]
    return all(row.opens <= clock < row.closes for row in today)


@lru_cache(maxsize=2048)
def _share_an_hour(
    restraint: Restraint, rows: tuple[Quiet, ...], zones: tuple[str, ...], own: str, day: date
) -> bool:
    """Whether the ledger's window of ``day`` has a moment in the debtor's hours."""
    zone = ZoneInfo(own)
    start = datetime.combine(day, restraint.send_from, tzinfo=zone)
    end = datetime.combine(day, restraint.send_until, tzinfo=zone)
    while start < end:
        if _hour_open(restraint, rows, zones, start.astimezone(UTC)):
            return True
        start += _STEP
    return False
