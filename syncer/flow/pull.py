"""Brings the ledger's facts into the store, page by page, and says what was left out.

Only a stream that the source declared finished may close what it did not see; a source
that stops without saying so leaves the stored facts as they were, marked old. Nor may a list
close anything with a record in it that nobody knows whose it is: a file cut off looks so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from syncer.errors import ContractError
from syncer.model.ledger import Organisation, Page, Stream, StreamEnd
from syncer.ports import Clock, LedgerSession, Progress, PullState, Source

_NEEDED = frozenset({Stream.ITEMS, Stream.ACCOUNTS})

_CHASED_TWICE = (
    "the ledger sends payment reminders of its own: switch one of the two off, or customers are "
    "chased twice"
)


@dataclass(slots=True)
class Pulled:
    """What one pull brought."""

    organisation: Organisation | None = None
    items: int = 0
    accounts: int = 0
    quarantined: int = 0
    closed: int = 0
    warnings: list[str] = field(default_factory=list)
    _strays: set[Stream] = field(default_factory=set)  # lists with a record of nobody's
    _open: dict[Stream, PullState] = field(default_factory=dict)
    _finished: set[Stream] = field(default_factory=set)


def pull(
    source: Source,
    session: LedgerSession,
    *,
    clock: Clock,
    progress: Progress,
    keep_lease: Callable[[], None],
    configured: Collection[str] = (),
) -> Pulled:
    """Give every page to the store; returns the counts.

    Raises ContractError when the source ends without having finished a needed list, and
    whatever the source raises (Transient, RateLimited, AuthError, ContractError); ConfigError
    when these are not the books that the ledger's name stands for, among those ``configured``.
    """
    pulled = Pulled()
    cursors: Mapping[Stream, str] = session.cursors()
    for part in source.pull(cursors):
        keep_lease()
        match part:
            case Organisation():
                session.save_organisation(part, clock(), configured=configured)
                pulled.organisation = part
                if part.own_reminders:
                    pulled.warnings.append(_CHASED_TWICE)
            case Page():
                _store(part, session, pulled, clock)
                progress.tell("reading", pulled.items + pulled.accounts, None)
            case StreamEnd():
                _finish(part, session, pulled, clock)
    _refuse_unfinished(pulled)
    return pulled


def _store(page: Page, session: LedgerSession, pulled: Pulled, clock: Clock) -> None:
    session.store_page(_state(page.stream, session, pulled), page, clock())
    pulled.items += len(page.items)
    pulled.accounts += len(page.accounts)
    pulled.quarantined += len(page.quarantined)
    if any(not bad.account_id for bad in page.quarantined):
        pulled._strays.add(page.stream)


def _finish(end: StreamEnd, session: LedgerSession, pulled: Pulled, clock: Clock) -> None:
    if end.stream in pulled._strays:
        end = replace(end, full=False)
    pulled.closed += session.finish_stream(_state(end.stream, session, pulled), end, clock())
    pulled._finished.add(end.stream)
    pulled.warnings += end.warnings


def _state(stream: Stream, session: LedgerSession, pulled: Pulled) -> PullState:
    if stream in pulled._finished:
        raise ContractError(f"the source went on with the list '{stream}' after ending it")
    if stream not in pulled._open:
        pulled._open[stream] = session.begin_stream(stream)
    return pulled._open[stream]


def _refuse_unfinished(pulled: Pulled) -> None:
    missing = sorted(_NEEDED - pulled._finished)
    if missing or pulled.organisation is None:
        what = ", ".join(missing) or "organisation"
        raise ContractError(
            f"the source ended without finishing: {what}. Nothing was closed and nobody is "
            "contacted; run again, and report it if it stays"
        )


def local_time(organisation: Organisation, clock: Clock) -> datetime:
    """The wall clock in the ledger's own time zone."""
    return clock().astimezone(ZoneInfo(organisation.time_zone))


def today_in(organisation: Organisation, clock: Clock) -> date:
    """The calendar date in the ledger's own time zone."""
    return local_time(organisation, clock).date()
