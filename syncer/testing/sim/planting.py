"""How a bug is planted: a wrapper before one port of a rig, or another function in its place."""

from dataclasses import dataclass, field
from typing import Any

from syncer.ports import Channel, LedgerSession, Source
from syncer.testing.sim.rig import SOUND, Ports


class Instead:
    """Stands before a port and passes on what a bug leaves alone."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake somebody could make, and the ports that make it."""

    name: str
    ports: Ports = field(default=SOUND)


def of_source(name: str, wrap: type[Instead]) -> Bug:
    """Wrap the source."""

    def faulty(source: Source) -> Source:
        wrapped: Any = wrap(source)
        return wrapped  # type: ignore[no-any-return]

    return Bug(name, Ports(source=faulty))


def of_session(name: str, wrap: type[Instead]) -> Bug:
    """Wrap the session of the store."""

    def faulty(session: LedgerSession) -> LedgerSession:
        wrapped: Any = wrap(session)
        return wrapped  # type: ignore[no-any-return]

    return Bug(name, Ports(session=faulty))


def of_channel(name: str, wrap: type[Instead]) -> Bug:
    """Wrap the mail channel."""

    def faulty(channel: Channel) -> Channel:
        wrapped: Any = wrap(channel)
        return wrapped  # type: ignore[no-any-return]

    return Bug(name, Ports(channel=faulty))
