"""Days and hours on which contact is allowed: weekdays, public holidays, quiet hours.

Holidays come from the ``holidays`` library by country and subdivision (ISO 3166); its sets
are read once per region and year. Days are the ledger's own calendar days.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from syncer.errors import ConfigError
from syncer.model.decision import Code, LedgerContext, Reason
from syncer.policy.rules import Policy, Restraint

LOOK_AHEAD_DAYS = 400
_DAY = timedelta(days=1)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def days_after(day: date, days: int) -> date:
    """``days`` later, or the calendar's last day: people write 9999-12-31 for "for ever"."""
    return day + timedelta(days=days) if days <= (date.max - day).days else date.max


@lru_cache(maxsize=512)
def holidays_of(region: str, year: int) -> Mapping[date, str]:
    """Public holidays of ``region`` ("GB", "GB-SCT") in ``year``, with their names.

    Raises ConfigError for a region the library does not know.
    """
    import holidays  # late: most policies name no region

    country, _, subdivision = region.partition("-")
    try:
        return dict(
            holidays.country_holidays(country, subdiv=subdivision or None, years=year).items()
        )
    except NotImplementedError:
        raise ConfigError(
            f"no public holidays are known for {region!r}; use an ISO 3166 country or "
            'subdivision such as "GB" or "GB-SCT", or leave restraint.holidays empty'
        ) from None


@lru_cache(maxsize=4096)
def closed(restraint: Restraint, day: date) -> Reason | None:
    """Why ``day`` is no day for contact, or None when it is one."""
    if day.weekday() not in restraint.weekdays:
        return Reason(code=Code.WEEKEND, args=(_WEEKDAYS[day.weekday()], day.isoformat()))
    for region in (restraint.holidays, restraint.also_holidays):
        name = holidays_of(region, day.year).get(day) if region else None
        if name is not None:
            return Reason(code=Code.HOLIDAY, args=(name, day.isoformat(), region))
    return None


@lru_cache(maxsize=4096)
def first_open_day(restraint: Restraint, day: date) -> date | None:
    """The first day from ``day`` on that allows contact; None if there is none in 400 days."""
    for offset in range(LOOK_AHEAD_DAYS):
        candidate = day + timedelta(days=offset)
        if closed(restraint, candidate) is None:
            return candidate
    return None


def missed_stretches(context: LedgerContext) -> tuple[tuple[date, date], ...]:
    """(Run day, next run day) pairs with days between them on which no run was completed."""
    last = context.last_run_on
    if last is None or (context.today - last).days <= 1:
        return context.gaps
    return (*context.gaps, (last, context.today))


def send_window_open(policy: Policy, local_now: datetime) -> bool:
    """Whether a message may leave at ``local_now``, a time in the ledger's own zone.

    The window holds from ``send_from`` up to, and not including, ``send_until``.
    """
    restraint = policy.restraint
    clock = local_now.time()
    if not restraint.send_from <= clock < restraint.send_until:
        return False
    return closed(restraint, local_now.date()) is None


def next_open(policy: Policy, local_now: datetime) -> datetime:
    """The first moment from ``local_now`` on at which the window is open, in the same zone.

    Raises ConfigError when the policy never allows one.
    """
    if send_window_open(policy, local_now):
        return local_now
    restraint = policy.restraint
    start = local_now.date()
    if local_now.time() >= restraint.send_from:
        start += _DAY
    day = first_open_day(restraint, start)
    if day is None or restraint.send_from >= restraint.send_until:
        raise ConfigError(
            f"policy {policy.name!r} never opens a send window: check restraint.weekdays, "
            "send_from and send_until"
        )
    return datetime.combine(day, restraint.send_from, tzinfo=local_now.tzinfo)
