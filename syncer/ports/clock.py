"""The clock and the progress hook: what a caller hands in instead of the surroundings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Clock = Callable[[], datetime]
"""Returns aware UTC. The composition root passes the real one; tests move theirs by hand."""


@dataclass(slots=True)
class Progress:
    """A hook for progress on long work; the CLI shows it, tests ignore it."""

    tell: Callable[[str, int, int | None], None] = field(default=lambda *_: None)
