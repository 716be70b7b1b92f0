"""What a disk may hold after the power went: the writes of a run, taken from its system calls.

A disk keeps what was synced. Of what was written since, it may keep anything: none, some, in
any order, and of each write any of its sectors. Names (created, removed) live in the folder,
which is synced by itself.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
DRAFT = ".draft"  # how a state file is called until it is whole
TRACED = "openat,pwrite64,fsync,fdatasync,ftruncate,link,unlink,close,sendto"
OPTIONS = ("-e", f"trace={TRACED}", "-xx", "-y", "-s", "70000")
_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+|\?)")
_BEGUN = re.compile(r"^(\d+) +(.*?) *<unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_FILE = re.compile(r"^(\d+)<([^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True)
class Op:
    """One step: write, truncate, create, link (``data``: the other name), unlink, sync.

    said = something left by the network.
    """

    kind: str
    path: str = ""
    data: bytes = b""
    at: int = 0


def operations(trace: Path) -> Iterator[Op]:
    """What a traced process did, in order. Calls that failed did nothing."""
    begun: dict[str, str] = {}  # by thread: a call that another thread's came into
    for line in trace.read_text(encoding="latin-1").splitlines():
        if half := _BEGUN.match(line):
            begun[half[1]] = half[2]
            continue
        if rest := _RESUMED.match(line):
            line = f"{rest[1]} {begun.pop(rest[1])}{rest[2]}"
        found = _CALL.match(line)
        if found and not found[3].startswith("-"):
            yield from _operation(found[1], found[2])


def _operation(name: str, arguments: str) -> Iterator[Op]:
    known = _FILE.match(arguments)
    path = _bytes(known[2]).decode() if known else ""
    texts = [_bytes(text) for text in _TEXT.findall(arguments)]
    if name == "sendto":
        yield Op("said", data=texts[0])
    elif name == "pwrite64":
        yield Op("write", path, texts[0], int(arguments.rsplit(", ", 1)[1]))
    elif name == "ftruncate":
        yield Op("truncate", path, at=int(arguments.rsplit(", ", 1)[1]))
    elif name in ("fsync", "fdatasync"):
        yield Op("sync", path)
    elif name == "link":
        yield Op("link", texts[1].decode(), data=texts[0])
    elif name == "unlink":
        yield Op("unlink", texts[0].decode())
    elif name == "openat" and "O_CREAT" in arguments:
        yield Op("create", texts[0].decode())


def _bytes(text: str) -> bytes:
    return _HEX.sub(lambda pair: chr(int(pair[1], 16)), text).encode("latin-1")


@dataclass
class Disk:
    """The files of one folder by name: what is safe, and what is still on its way."""

    folder: str
    names: tuple[str, ...]
    safe: dict[str, bytes] = field(default_factory=dict)
    waiting: list[Op] = field(default_factory=list)
    existing: set[str] = field(default_factory=set)  # as the process sees it
    drafts: dict[str, "Disk"] = field(default_factory=dict)  # files on their way to a name

    def take(self, op: Op) -> None:
        """One more step of the process."""
        if op.kind == "sync":
            self._sync(op.path)
            return
        name = op.path.removeprefix(f"{self.folder}/")
        if op.kind == "link" and name in self.names:
            op = Op("link", op.path, self._finished(op.data.decode()))
            self.existing.add(name)
        if name.endswith(DRAFT) and name not in self.names:
            self._draft(name).take(op)
        if name not in self.names or (op.kind == "create" and name in self.existing):
            return
        if op.kind == "create":
            self.existing.add(name)
        if op.kind == "unlink":
            self.existing.discard(name)
        self.waiting.append(Op(op.kind, name, op.data, op.at))

    def _draft(self, name: str) -> "Disk":
        made = self.drafts.setdefault(name, Disk(self.folder, (name,)))
        made.safe.setdefault(name, b"")
        return made

    def _finished(self, path: str) -> bytes:
        """The content of a draft that gets its name, all of which has to be safe by then."""
        name = path.removeprefix(f"{self.folder}/")
        draft = self._draft(name)
        assert not [op for op in draft.waiting if op.kind != "create"], "named before it was synced"
        return draft.safe[name]

    def _sync(self, path: str) -> None:
        name = path.removeprefix(f"{self.folder}/")
        if name.endswith(DRAFT) and name not in self.names:
            self._draft(name)._sync(path)
            return
        naming = ("create", "link", "unlink")
        done = [
            op
            for op in self.waiting
            if (op.kind in naming if path == self.folder else op.path == name)
        ]
        for op in done:
            apply(self.safe, op)
        self.waiting = [op for op in self.waiting if op not in done]

    def images(self, dice: random.Random, *, some: int) -> Iterator[dict[str, bytes]]:
        """Possible contents now: nothing of what waits, all, and ``some`` other choices."""
        yield self._image([])
        if not self.waiting:
            return
        yield self._image(self.waiting)
        for _ in range(some):
            chosen = self._chosen(dice)
            torn = dice.randrange(len(chosen)) if chosen and dice.random() < 0.7 else -1
            yield self._image([_torn(op, dice) if n == torn else op for n, op in enumerate(chosen)])

    def _chosen(self, dice: random.Random) -> list[Op]:
        way = dice.random()
        if way < 0.4:
            return self.waiting[: dice.randrange(len(self.waiting)) + 1]
        if way < 0.6:
            left_out = dice.randrange(len(self.waiting))
            return [op for n, op in enumerate(self.waiting) if n != left_out]
        share = dice.random()
        return [op for op in self.waiting if dice.random() < share]

    def _image(self, kept: list[Op]) -> dict[str, bytes]:
        files = dict(self.safe)
        for op in kept:
            apply(files, op)
        return files


def apply(files: dict[str, bytes], op: Op) -> None:
    """One step on files; a write to a file whose name was lost is lost with it."""
    if op.kind == "create":
        files.setdefault(op.path, b"")
    elif op.kind == "link":
        files[op.path] = op.data
    elif op.kind == "unlink":
        files.pop(op.path, None)
    elif op.path in files:
        old = files[op.path]
        if op.kind == "truncate":
            files[op.path] = old[: op.at].ljust(op.at, b"\0")
        else:
            files[op.path] = (
                old[: op.at].ljust(op.at, b"\0") + op.data + old[op.at + len(op.data) :]
            )


def _torn(op: Op, dice: random.Random) -> Op:
    """Only some first sectors of a write arrive."""
    if op.kind != "write" or not op.data:
        return op
    whole = -(-(op.at % SECTOR + len(op.data)) // SECTOR)
    kept = dice.randrange(whole) * SECTOR - op.at % SECTOR
    return Op(op.kind, op.path, op.data[: max(0, kept)], op.at)
