"""strace on one of our processes: to see its system calls, to fail one, or to end it at one."""

import contextlib
import os
import shutil
import signal
import subprocess
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
