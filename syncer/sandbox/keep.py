"""Saving a world to a file and loading it again: one MessagePack document, replaced whole."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from syncer.errors import ConfigError
from syncer.sandbox.world import Clock, Snapshot, World


def save(world: World, path: Path) -> None:
    """Write the world beside ``path``, then move it there: a reader never sees half of it."""
    with world.lock:
        data = msgspec.msgpack.encode(world.snapshot())
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path, make_clock: Callable[[Snapshot], Clock] | None = None) -> World:
    """The world as saved. Raises ConfigError when the file is not a saved world."""
    try:
        saved = msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)
    except (msgspec.DecodeError, msgspec.ValidationError):
        message = f"{path} is not a saved sandbox world: delete it to start afresh"
        raise ConfigError(message) from None
    return World.restore(saved, make_clock(saved) if make_clock else None)
