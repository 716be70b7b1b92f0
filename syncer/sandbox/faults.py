"""Faults by script or by seed: which call suffers what. No vendor's words, no socket.

A script is a list of ``Fault``: match calls by method and path, count them, and on the nth do
something. The wire form decides what an answer of that kind looks like; faults of the
connection are raised as ``syncer.sandbox.trouble`` exceptions.
"""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from syncer.sandbox.world import World

Happening = Callable[[World], None]


# The data calls of every wire form, not its logins.
API = "/api.xro/|/finance.xro/|/v3/company/|/json/2/|/jsonrpc"


class FaultKind(StrEnum):
    """What goes wrong. "Committed" kinds execute the call first."""

    MINUTE_LIMIT = "minute_limit"  # 429 with Retry-After
    DAY_LIMIT = "day_limit"  # 429 with a Retry-After of hours
    CONCURRENT_LIMIT = "concurrent_limit"  # 429 without Retry-After
    SERVER_ERROR = "server_error"  # 500, text
    OFFLINE = "offline"  # 503, HTML
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - 401 once
    TOKEN_DEATH = "token_death"  # noqa: S105 - every access token dies
    DISCONNECTED = "disconnected"  # 403: the organisation is out of reach
    REVOKED = "revoked"  # access and refresh tokens die now
    EMPTY_ERROR = "empty_error"  # 502 without a body
    CODED = "coded"  # the vendor's own error ``code``, where its wire form has such codes
    ERROR_BODY = "error_body"  # 200 with an error in the body
    EMPTY_PAGE = "empty_page"  # 200, counts as before, no rows
    TRUNCATED = "truncated"  # half the JSON, Content-Length of that half
    DROP = "drop"  # closed without an answer
    RESET = "reset"  # reset in the middle of the body
    HANG = "hang"  # never answers
    SLOW = "slow"  # answers after ``seconds``
    DRIP = "drip"  # body in small pieces, ``seconds`` apart
    COMMIT_THEN_HANG = "commit_then_hang"
    COMMIT_THEN_DROP = "commit_then_drop"
    COMMIT_THEN_ERROR = "commit_then_error"  # executed, then 500
    BEFORE = "before"  # ``run`` (or ``pay`` invoices) just before the call
    AFTER = "after"  # the same, just after it


READ_FAULTS = (
    FaultKind.MINUTE_LIMIT,
    FaultKind.SERVER_ERROR,
    FaultKind.OFFLINE,
    FaultKind.EXPIRED_TOKEN,
    FaultKind.DROP,
    FaultKind.RESET,
    FaultKind.TRUNCATED,
)


@dataclass(slots=True)
class Fault:
    """One rule. ``nth`` counts matching calls from 1; ``times`` 0 = from then on, always."""

    kind: FaultKind
    method: str = ""  # "" = any
    path: str = API  # regular expression, searched without regard to case
    nth: int = 1
    times: int = 1
    seconds: float = 1.0
    retry_after: int | None = None  # overrides the kind's own
    code: str = ""  # of CODED
    pay: int = 0  # pay this many open invoices, oldest first
    run: Happening | None = None
    seen: int = field(default=0, compare=False)

    def strikes(self, method: str, path: str) -> bool:
        """Count a call; whether it is one of those that suffer."""
        if self.method and self.method.upper() != method:
            return False
        if not re.search(self.path, path, re.IGNORECASE):
            return False
        self.seen += 1
        return self.seen >= self.nth and (not self.times or self.seen < self.nth + self.times)

    def happen(self, world: World) -> None:
        """Let the scripted event take place in the world."""
        if self.pay:
            pay_oldest(world, self.pay)
        if self.run:
            self.run(world)


class FaultPlan:
    """A script, and optionally a seeded chance of trouble on every other call."""

    def __init__(
        self,
        faults: Iterable[Fault] = (),
        *,
        seed: int = 0,
        chance: float = 0.0,
        kinds: Sequence[FaultKind] = READ_FAULTS,
    ) -> None:
        self.faults = list(faults)
        self.chance = chance
        self.kinds = kinds
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable script, not a secret

    def strike(self, method: str, path: str) -> list[Fault]:
        """The faults that this call suffers, in script order."""
        struck = [fault for fault in self.faults if fault.strikes(method, path)]
        if not struck and self.chance and self._rng.random() < self.chance:
            struck = [Fault(self._rng.choice(self.kinds), seconds=0.2)]
        return struck


def pay_oldest(world: World, count: int) -> None:
    """Pay the ``count`` open invoices that were created first, in full."""
    ledger = world.main
    for doc in ledger.open_invoices()[:count]:
        ledger.pay(doc, doc.left, account="090")
