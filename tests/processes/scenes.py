"""Connector and channel, set up for one case: a fresh ledger, a fresh installation."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from syncer.bootstrap import Surroundings, build, discover, line_to
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.quickbooks.app import QuickBooksApp
from syncer.sandbox.world import World
from syncer.settings import load_settings
from tests.connectors.qbo.wires import browse

from . import ledgers
from .house import House
from .ledgers import Side
from .post import Post
from .running import Nursery


@dataclass(frozen=True)
class Scene:
    """One way to be installed. ``new_login``: the access token dies at the first call."""

    connector: str
    channel: str = "smtp"
    new_login: bool = False

    @property
    def name(self) -> str:
        """For reports: connector and channel."""
        return f"{self.connector}-{self.channel}{'-new_login' if self.new_login else ''}"


XERO = Scene("xero")
SANDBOXED = (
    *(Scene("xero", channel) for channel in ("smtp", "folder", "ledger_email")),
    *(Scene("quickbooks", channel) for channel in ("smtp", "folder", "ledger_email")),
    Scene("quickbooks", new_login=True),
    *(Scene("odoo", channel) for channel in ("smtp", "folder", "ledger_email")),
    *(Scene("csv_folder", channel) for channel in ("smtp", "folder")),
)
TRYTON = tuple(Scene("tryton", channel) for channel in ("smtp", "folder", "ledger_email"))

Opener = Callable[[], AbstractContextManager[Side]]


@dataclass
class Stage:
    """Opens scenes; one per test process."""

    folder: Path
    post: Post
    nursery: Nursery
    tryton: Opener | None = None  # where there is one

    def __post_init__(self) -> None:
        self._numbers = count(1)

    @contextmanager
    def opened(self, scene: Scene, world: World | None = None) -> Iterator[House]:
        """A house whose first run is still to come, and which is gone afterwards.

        ``world``: books of one's own, at a ledger that is played here.
        """
        self.post.forget()
        home = self.folder / f"{next(self._numbers)}-{scene.name}"
        home.mkdir()
        with self._side(scene, home, world) as side:
            house = House(home, side, self.post, self.nursery, channel=scene.channel)
            try:
                yield house
            finally:
                house.end()
        shutil.rmtree(home)

    def _side(self, scene: Scene, home: Path, world: World | None) -> AbstractContextManager[Side]:
        if scene.connector == "quickbooks":
            return self._logged_in(scene, home)
        if scene.connector == "tryton":
            assert self.tryton is not None
            return self.tryton()
        if scene.connector == "csv_folder":
            return ledgers.exports(home)
        return {"xero": ledgers.xero, "odoo": ledgers.odoo}[scene.connector](world)

    @contextmanager
    def _logged_in(self, scene: Scene, home: Path) -> Iterator[Side]:
        world, state = self._quickbooks
        shutil.copy2(state, home / "syncer.db")
        with ledgers.quickbooks(ledgers.restored(world)) as side:
            if scene.new_login:
                app = side.gate.app
                assert isinstance(app, QuickBooksApp)
                app.faults.faults = [Fault(FaultKind.TOKEN_DEATH)]
            yield side

    @cached_property
    def _quickbooks(self) -> tuple[bytes, Path]:
        """A company and a state file in which a person has logged in."""
        home = self.folder / "login"
        with ledgers.quickbooks() as side:
            House(home, replace(side), self.post, self.nursery)
            app, shown = side.gate.app, []
            assert isinstance(app, QuickBooksApp)
            settings = load_settings([home / "syncer.yaml"], environ={}, specs=discover())
            worker = build(settings, Surroundings())
            line = line_to(settings, "north", worker.store, Surroundings())
            line.log_in(show=shown.append, ask=lambda: browse(app, shown[0]))
            worker.close()
            assert side.world is not None
            return ledgers.saved(side.world), home / "syncer.db"
