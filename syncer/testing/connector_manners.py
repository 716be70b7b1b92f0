"""Manners: limits are kept, passing faults are sat out by the HTTP client, nobody dawdles."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from syncer.errors import RateLimited
from syncer.testing.connector_book import seeded_world, sized_world
from syncer.testing.connector_case import Check, Mounted, Trial, Trouble, check, require, same
from syncer.testing.connector_honesty import pull_or_error, silently_lost

GROUP = "manners"
CALLS_MAX = 60  # for a book of a dozen invoices, whatever goes wrong
DAY_CAP_LEAST = timedelta(seconds=30_000)  # of the 40,000 that the vendor said


@contextmanager
def _sleeps() -> Iterator[list[Any]]:
    """Calls of ``time.sleep`` in this thread, by anybody."""
    calls: list[Any] = []

    def profile(frame: Any, event: str, called: Any) -> None:
        if event == "c_call" and called is time.sleep:
            calls.append(frame.f_code.co_filename)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def _whole_after(trial: Trial, trouble: Trouble) -> Mounted:
    """A fault that passes costs a call, never an invoice."""
    world = seeded_world()
    mounted = trial.mount(world)
    mounted.suffer(trouble)
    pulled, error = pull_or_error(trial, mounted)
    require(error is None, f"{trouble} once ended the pull: {error}")
    lost = silently_lost(mounted, world, pulled)
    require(not lost, f"{trouble}: {len(lost)} open invoices were lost")
    same(pulled.quarantined, [], f"quarantine after {trouble}")
    require(mounted.calls() <= CALLS_MAX, f"{trouble} cost {mounted.calls()} calls")
    return mounted


@check(GROUP)
def waits_as_long_as_it_is_told(trial: Trial) -> None:
    """A 429 with Retry-After is waited out by the client, then the list is read whole."""
    mounted = _whole_after(trial, Trouble.THROTTLED)
    require(mounted.slept() >= 2, f"told to wait 2 seconds, waited {mounted.slept()}")


@check(GROUP)
def waits_when_nobody_says_how_long(trial: Trial) -> None:
    """A 429 without Retry-After is waited out too, and not answered at once."""
    mounted = _whole_after(trial, Trouble.THROTTLED_SILENTLY)
    require(mounted.slept() > 0, "a 429 was answered at once")


@check(GROUP)
def gives_up_at_the_days_cap(trial: Trial) -> None:
    """A day's cap ends the ledger early with the vendor's own time, not a shorter one."""
    world = seeded_world()
    mounted = trial.mount(world)
    mounted.suffer(Trouble.DAY_CAP)
    start = world.clock()
    _, error = pull_or_error(trial, mounted)
    require(isinstance(error, RateLimited), f"a day's cap became {type(error).__name__}")
    if isinstance(error, RateLimited):
        require(error.until - start > DAY_CAP_LEAST, f"comes back at {error.until}: too early")
    require(mounted.calls() <= CALLS_MAX, f"asked {mounted.calls()} times at a day's cap")


@check(GROUP)
def sits_out_a_server_error(trial: Trial) -> None:
    """One 500, then all is well."""
    _whole_after(trial, Trouble.SERVER_ERROR)


@check(GROUP)
def sits_out_a_cut_before(trial: Trial) -> None:
    """A connection that breaks before the server acted costs nothing but a call."""
    _whole_after(trial, Trouble.CUT_BEFORE)


@check(GROUP)
def sits_out_a_cut_after(trial: Trial) -> None:
    """A connection that breaks after the server acted costs nothing but a call."""
    _whole_after(trial, Trouble.CUT_AFTER)


@check(GROUP)
def renews_a_token_once(trial: Trial) -> None:
    """A 401 in the middle is answered by one login and one repeated call."""
    plain = trial.mount(seeded_world())
    trial.pull(plain)
    mounted = _whole_after(trial, Trouble.EXPIRED_TOKEN)
    same(mounted.logins(), plain.logins() + 1, "logins with one expired token")


@check(GROUP)
def calls_stay_at_the_floor(trial: Trial) -> None:
    """One more page of invoices costs one more call, not one per record."""
    counted = []
    size = trial.case.spec.limits.page_size
    for invoices in (1, size + 1):
        mounted = trial.mount(sized_world(invoices))
        trial.pull(mounted)
        counted.append(mounted.calls())
    one, more = counted
    require(one > 0, "no call was counted")
    require(more <= one + 1, f"{size} invoices more cost {more - one} calls more")


@check(GROUP)
def has_no_clock_of_its_own(trial: Trial) -> None:
    """The connector never sleeps: waiting is the HTTP client's, which was told how."""
    mounted = trial.mount(seeded_world())
    with _sleeps() as slept:
        trial.pull(mounted)
    require(not slept, f"time.sleep was called {len(slept)} times, from {set(slept)}")


@check(GROUP)
def declares_its_limits(trial: Trial) -> None:
    """Limits have a source; whoever speaks to a network names its hosts and its pace."""
    spec = trial.case.spec
    limits = spec.limits
    require(bool(limits.source.strip()), "the limits name no source")
    require(limits.page_size > 0 and limits.pages_max > 0, "a page holds nothing")
    if spec.hosts or hasattr(spec.config, "hosts"):
        require(limits.calls_per_minute is not None, "a network without calls_per_minute")
    trial.saw()


CHECKS: tuple[Check, ...] = (
    waits_as_long_as_it_is_told,
    waits_when_nobody_says_how_long,
    gives_up_at_the_days_cap,
    sits_out_a_server_error,
    sits_out_a_cut_before,
    sits_out_a_cut_after,
    renews_a_token_once,
    calls_stay_at_the_floor,
    has_no_clock_of_its_own,
    declares_its_limits,
)
# What connectors that read files waive; a fault of the network cannot happen to them.
NEEDS_A_SERVER: tuple[str, ...] = tuple(
    one.name for one in CHECKS if one not in (has_no_clock_of_its_own, declares_its_limits)
)
