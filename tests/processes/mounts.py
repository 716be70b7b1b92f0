"""A small file system that one thread and what it starts can see, and nobody else."""

import ctypes
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_CLONE_FS, _CLONE_NEWNS = 0x200, 0x20000
_libc = ctypes.CDLL(None, use_errno=True)


class Mounts:
    """Work done by ``apart`` sees ``disk`` as a file system of its own, empty each time."""

    def __init__(self, disk: Path) -> None:
        """Raises OSError where this machine does not let us mount."""
        self.disk = disk
        disk.mkdir()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._thread.submit(self._leave).result()

    def apart(self, work: Callable[[], T], *, size: str) -> T:
        """The result of ``work``, done on a file system of ``size`` (as tmpfs takes it)."""
        return self._thread.submit(self._mounted, work, size).result()

    def remount(self, option: str) -> None:
        """Change it, such as ``ro``; called inside ``apart``."""
        _mount("-o", f"remount,{option}", str(self.disk))

    def close(self) -> None:
        """End the thread; its file systems go with it."""
        self._thread.shutdown()

    def _leave(self) -> None:
        """This thread alone gets mounts of its own."""
        if _libc.unshare(_CLONE_FS | _CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        _mount("--make-rprivate", "/")

    def _mounted(self, work: Callable[[], T], size: str) -> T:
        _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(self.disk))
        try:
            return work()
        finally:
            subprocess.run(["umount", "-l", str(self.disk)], check=True)


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.returncode, done.stderr.strip())


def fill(disk: Path, *, leave: int = 0) -> None:
    """Take the space away but for ``leave`` bytes."""
    free = os.statvfs(disk)
    (disk / "other").write_bytes(bytes(max(0, free.f_bavail * free.f_bsize - leave)))


def make_room(disk: Path) -> None:
    """Undo ``fill``."""
    (disk / "other").unlink()
