"""One ledger of a rig: its name in the configuration, its books and what goes wrong with it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.world import World
from syncer.testing.sim.forms import Asked, Form


@dataclass(slots=True)
class Side:
    """``home`` is a folder of its own, for a ledger that is files."""

    name: str
    world: World
    form: Form
    home: Path
    faults: FaultPlan = field(default_factory=FaultPlan)
    app: Any = field(init=False)
    config: Any = field(init=False)
    asked: Asked = field(default=Asked("", ""))  # the latest request

    def __post_init__(self) -> None:
        self.app = self.form.app(self.world, self.faults, self.home)
        self.config = self.form.config(self.world, self.home)

    @property
    def told(self) -> Ledger:
        """The books as a run can know them: of exports, as they were when they were exported."""
        return self.form.told(self.world, self.app)

    @property
    def unreadable(self) -> str:
        """The contact of whom something is told that cannot be read; "" = none."""
        return self.form.unreadable(self.app)

    def heed(self) -> None:
        """A person does what a run's message asks of the configuration."""
        self.config = self.form.heeded(self.app, self.config)

    def tell(self) -> None:
        """Somebody acted in the books: where a run sees exports alone, they are made anew."""
        self.form.tell(self.app)
