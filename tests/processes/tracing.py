"""strace on one of our processes: to see its system calls, to fail one, or to end it at one."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .running import Process

ATTACH_SECONDS = 20


def missing() -> str:
    """Why this machine cannot trace; "" where it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = ["strace", "-e", "inject=getppid:error=EIO", "-o", os.devnull, "true"]
    done = subprocess.run(probe, capture_output=True, text=True, timeout=30, check=False)
    return f"strace may not trace here: {done.stderr.strip()[:80]}" if done.returncode else ""


@contextmanager
def traced(process: Process, *options: str, out: Path = Path(os.devnull)) -> Iterator[None]:
    """``process`` was started with ``wait`` and goes on once it is traced."""
    _until_stopped(process)
    words = ["strace", "-f", "-p", str(process.pid), "-o", str(out), *options]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        assert "attached" in said, said
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGCONT)
        try:
            yield
        finally:
            if not process.ended.wait(ATTACH_SECONDS):
                process.send(signal.SIGKILL)
            tracer.wait(ATTACH_SECONDS)


def _until_stopped(process: Process) -> None:
    """It stops itself a moment after it was forked; going on before that would be lost."""
    until = time.monotonic() + ATTACH_SECONDS
    while time.monotonic() < until:
        state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2]
        if state.startswith("T"):
            return
        time.sleep(0.005)
    raise TimeoutError(f"{process.pid} does not wait to be traced")
