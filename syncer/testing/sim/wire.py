"""The points where a worker touches the outside: where it can be cut, and people can act.

A point is a transaction of the store, an HTTP exchange or the handing over of a message.
``Wire`` counts them. A cut before a point leaves the outside as it was; a cut after it leaves
the effect there and the answer undelivered, as a killed process does.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import StateError
from syncer.http.wsgi import WsgiApp
from syncer.ports import LedgerSession
from syncer.testing.memory import Tripped, Tripwire

STORE_WRITES = frozenset({"begin_run", "finish_run", "sync_config_holds", "save_secret"})
SESSION_WRITES = frozenset(
    {
        *("renew", "release", "save_organisation", "begin_stream", "store_page"),
        *("finish_stream", "refresh_account", "write_plan", "claim", "start_sending"),
        *("settle", "finish_run", "sync_debtors", "adopt"),
        *("suspect", "end_doubt", "enqueue"),
    }
)

CUT_BEFORE, CUT_AFTER, DISK_FULL = "cut before", "cut after", "disk full"


def nobody(_index: int, _name: str) -> None:
    """Nobody does anything meanwhile."""


def as_it_is(name: str) -> str:
    """A point's own name."""
    return name


@dataclass(slots=True)
class Wire(Tripwire):
    """Counts points; ``meanwhile`` is called with (index, name) ahead of each of them.

    A cut can also be named by its step: ``cut_step`` at its ``cut_nth`` time. ``full_step``
    names a transaction of the store that finds the disk full.
    """

    meanwhile: Callable[[int, str], None] = field(default=nobody)
    named: Callable[[str], str] = field(default=as_it_is)  # the step that a point belongs to
    cut_step: str = ""
    cut_nth: int = 1
    full_step: str = ""
    steps: list[str] = field(default_factory=list)  # of the points in ``calls``
    ledger: str = ""  # whose turn it is
    struck: list[tuple[str, str, str]] = field(default_factory=list)  # (ledger, what, step)

    def pull(self, name: str, act: Callable[[], Any]) -> Any:
        """Let people act, then run ``act`` unless this is the point to cut."""
        step = self.named(name)
        self.meanwhile(len(self.calls), step)
        self.steps.append(step)
        if step == self.cut_step and self.steps.count(step) == self.cut_nth:
            self.cut_at = len(self.calls)
        if self.cut_at == len(self.calls):
            what = CUT_AFTER if self.after else CUT_BEFORE
            self.struck.append((self.ledger, what, step))
        if step == self.full_step:
            self.calls.append(name)
            self.struck.append((self.ledger, DISK_FULL, step))
            raise StateError("the state database failed: database or disk is full")
        return Tripwire.pull(self, name, act)


class WiredStore(Tripped):
    """A store each of whose writing transactions is a point; its sessions likewise."""

    def __init__(
        self, store: Any, wire: Wire, shape: Callable[[LedgerSession], LedgerSession]
    ) -> None:
        super().__init__(store, wire, only=STORE_WRITES)
        self._line = wire
        self._shape = shape

    def take_lease(self, *args: Any, **values: Any) -> LedgerSession:
        """The first transaction of a ledger's run."""
        self._line.ledger = str(args[0])
        taken = self._wire.pull("take_lease", lambda: self._target.take_lease(*args, **values))
        wired: Any = Tripped(taken, self._wire, only=SESSION_WRITES)
        return self._shape(wired)


def wired_app(app: WsgiApp, wire: Wire, heard: Callable[[str, str], None]) -> WsgiApp:
    """``app`` with a point around each exchange; ``heard`` is told method and path first."""

    def call(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])

        def exchange() -> Iterable[bytes]:
            heard(method, path)
            return app(environ, start)

        answer: Iterable[bytes] = wire.pull(f"{method} {path}", exchange)
        return answer

    return call
