"""The installation with parts that a test may change: rules, channel, the worker's own clock.

Also a Xero login by a person, whose refresh token rotates, and letters kept as they arrived.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from syncer.bootstrap import discover, line_to
from syncer.flow.worker import Worker
from syncer.http.oauth import TokenKeeper
from syncer.model.effect import Effect
from syncer.model.run import RunResult
from syncer.sandbox.xero.app import XeroApp
from syncer.sandbox.xero.apps import CUSTOM_APP, WEB_APP
from syncer.settings import Settings, load_settings
from syncer.testing import builders
from syncer.testing.sim.post import Post
from syncer.testing.sim.wire import Wire

from .house import House
from .sides import Side, browse

ONE_RULE = builders.policy()  # friendly a day after the due date, firm five days after that


class Letters(Post):
    """A mailbox that keeps the letters themselves, whatever currency they ask in."""

    def __init__(self, clock: Any) -> None:
        """Empty."""
        super().__init__(clock)
        self.raws: list[bytes] = []

    def deliver(self, raw: bytes) -> None:
        """Keep it."""
        self.raws.append(raw)

    @property
    def letters(self) -> Sequence[EmailMessage]:
        """What arrived, as a mail program reads it."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raws]

    def texts(self) -> list[str]:
        """The plain text of each."""
        return [_text(letter) for letter in self.letters]


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return "" if body is None else str(body.get_content())


class Workshop(House):
    """One ledger or more, live, by a rule that is easy to reckon with."""

    def __init__(self, home: Path, *connectors: str, person: bool = False, **more: Any) -> None:
        """``person``: Xero is logged into by a person, as QuickBooks always is."""
        self.person = person
        self.ahead = timedelta(0)  # of the servers, the worker's clock
        self.changes: dict[str, Any] = {"policy": ONE_RULE}  # to every ledger's set-up
        super().__init__(home, connectors or ("xero",), **more)
        self.around = replace(self.around, clock=self.own_time)
        self.letters = Letters(self.clock)

    def own_time(self) -> datetime:
        """What the worker's computer takes the time to be."""
        return self.clock() + self.ahead

    @contextmanager
    def worker(self, wire: Wire | None = None) -> Iterator[Worker]:
        """The installation's worker, changed."""
        with super().worker(wire) as made:
            yield replace(made, ledgers=tuple(replace(one, **self.changes) for one in made.ledgers))

    def keep_letters(self) -> Letters:
        """From now on mail goes where it can be read whole."""
        self.post = self.letters
        return self.letters

    def keeper(self) -> TokenKeeper:
        """The first ledger's tokens, as another command (check, auth) has them."""
        with self.worker() as worker:
            store: Any = worker.store
            keeper = line_to(self.settings, self.side.name, store, self.around).keeper()
        assert keeper is not None
        return keeper

    def asked(self, part: str = "token") -> int:
        """How often the servers heard a call whose path has ``part`` in it."""
        return sum(part in call.path for side in self.sides for call in side.world.calls)

    def forget_calls(self) -> None:
        """Count the servers' calls anew."""
        for side in self.sides:
            side.world.calls.clear()

    def daily(self, days: int) -> list[RunResult]:
        """A run a day."""
        results = []
        for _ in range(days):
            results.append(self.run())
            self.pass_time(days=1)
        return results

    def finish(self, runs: int = 1) -> None:
        """A healthy run is enough here: what would need a second is found by the judge."""
        super().finish(runs)

    def effect(self, step: str = "friendly") -> Effect:
        """The only reminder of that step."""
        [one] = [one for one in self.effects() if one.kind == "reminder" and one.step == step]
        return one

    def _configured(self, settings: str) -> Settings:
        made = super()._configured(settings)
        if not self.person:
            return made
        path = self.home / "syncer.yaml"
        text = path.read_text(encoding="utf-8").replace("custom_connection", "code")
        text = text.replace(CUSTOM_APP.secret, WEB_APP.secret)
        path.write_text(text.replace(CUSTOM_APP.client_id, WEB_APP.client_id), encoding="utf-8")
        return load_settings([path], environ={}, specs=discover())

    def _log_in(self) -> None:
        super()._log_in()
        for side in self.sides:
            if self.person and isinstance(side.app, XeroApp):
                self._log_in_at_xero(side)

    def _log_in_at_xero(self, side: Side) -> None:
        app: Any = side.app
        shown: list[str] = []
        with self.store() as store:
            line = line_to(self.settings, side.name, store, self.around)
            line.log_in(show=shown.append, ask=lambda: browse(app, shown[0]))
