"""Whether this machine's clock may be gone by: days, gaps, send windows and leases all are.

The ledger's server dates its answers. Where the two are too far apart nobody can say which day
it is, so nobody is written to: a clock a day ahead would ask a day too soon.
"""

from syncer.errors import Transient
from syncer.flow.worker import LedgerSetup
from syncer.model.counts import count_text

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def clock_off(setup: LedgerSetup) -> str:
    """Why nothing may be sent by this machine's clock; "" = it may, or the ledger does not say.

    A server on this same machine has the same clock: what it dates otherwise is a sandbox.
    """
    skew = setup.clock_skew()
    if skew is None or setup.server_here or abs(skew) <= setup.clock_skew_max.total_seconds():
        return ""
    where = "behind" if skew > 0 else "ahead of"
    return (
        f"this machine's clock is {apart(round(abs(skew)))} {where} the ledger's server: set it "
        "right, nobody is contacted until then (run.clock_skew_max)"
    )


def refuse_wrong_clock(setup: LedgerSetup) -> None:
    """The same in the middle of a run. Raises Transient: what was not sent yet stays waiting."""
    said = clock_off(setup)
    if said:
        raise Transient(said)


def apart(seconds: int) -> str:
    """A number of seconds in the largest unit that is not nought: nobody reads 150,918 seconds."""
    for noun, length in _UNITS:
        if seconds >= 2 * length:
            return f"about {count_text(round(seconds / length), noun)}"
    return count_text(seconds, "second")
