"""Every start works by itself: what a verb imports late needs nothing that was imported before.

Most tests fork runs from an interpreter that has everything imported, so circles among modules
would show to users alone. Here each late import is the first one after the command line's own.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator

OURS = ("syncer.", "connectors.")
# Other people's packages are imported before the forks: they are not what is tried.
PROGRAM = """\
import importlib, os, sys
for name in ("sqlalchemy", "requests", "jinja2", "babel.dates", "babel.numbers", "openpyxl",
             "pydantic_settings", "holidays", "cryptography.fernet", "oauthlib.oauth2",
             "tenacity", "pyrate_limiter", "structlog", "yaml"):
    importlib.import_module(name)
from syncer.cli import entry
for name in sys.argv[1:]:
    if os.fork() == 0:
        try:
            importlib.import_module(name)
        except BaseException as error:
            os.write(1, f"{name}: {error!r}\\n".encode())
        os._exit(0)
    os.wait()
"""


def late(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that are imported inside functions."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith(OURS):
                    yield str(node.module)


def test_what_is_imported_late_can_be_first(root, production):
    """Every module that a function imports, and every connector; one that is not there is told."""
    names = {name for file in production for name in late(file.tree)}
    names |= {
        file.name.removesuffix("/__init__.py").replace("/", ".")
        for file in production
        if file.name.startswith("connectors/") and file.name.endswith("/__init__.py")
    }
    assert len(names) > 50
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *sorted(names), "syncer.nothing"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["syncer.nothing"], done
