"""Start-up stays cheap: a verb pays for what it uses."""

import subprocess
import sys

import pytest

# pydantic is not among them: Typer itself brings it in.
HEAVY = (
    "sqlalchemy",
    "requests",
    "openpyxl",
    "jinja2",
    "babel",
    "holidays",
    "sentry_sdk",
)


@pytest.mark.parametrize("words", [["version"], ["--help"], ["outbox", "list", "--help"]])
def test_light_verbs_import_no_heavy_library(words):
    """version and help come up without the database, HTTP and template libraries."""
    program = (
        "import sys; from syncer.cli.entry import run; run(sys.argv[1:]); "
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
    )
    assert "LOADED []" in done.stderr
