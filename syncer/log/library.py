"""structlog, imported without Rich.

Why: structlog imports Rich and a syntax highlighter wherever they are installed, to draw
tracebacks. Ours are written as places (``setup``), so this cost 45 ms and 5 MB for nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Inside, importing ``name`` fails as if it were not installed; a loaded module stays."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # the import system's own mark
    try:
        yield
    finally:
        del sys.modules[name]


with _absent("rich"):
    import structlog

__all__ = ["structlog"]
