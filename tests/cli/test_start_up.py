"""Start-up stays cheap: a verb pays for what it uses."""

import subprocess
import sys
from pathlib import Path

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


# What a worker over a folder of CSV files can do without until it has something to send.
UNUSED = (
    *("requests", "oauthlib", "cryptography", "pyrate_limiter", "connectors.xero"),
    *("jinja2", "openpyxl", "holidays", "pydantic_settings"),
    *("sentry_sdk", "rich", "alembic", "sqlalchemy.orm"),
)
_CONFIG = """\
state: {url: "sqlite:///state.db", dir: files}
mail:
  from: billing@example.com
  reply_to: anna@example.com
  channels: {folder: {type: folder, dir: mail}}
ledgers:
  - name: north
    connector: csv_folder
    settings:
      folder: exports
      organisation: {name: North Ltd, time_zone: Europe/London, currency: GBP}
      open_items: {file: "*.csv", layout: xero_invoices}
"""


def test_a_worker_imports_only_what_its_configuration_asks_for(tmp_path: Path):
    """Other connectors, the mail templates, Sentry and Rich stay out until they are needed."""
    config = tmp_path / "syncer.yaml"
    config.write_text(_CONFIG)
    program = (
        "import sys; from syncer.cli.call import Call; from syncer.cli.flags import Flags; "
        "from pathlib import Path; call = Call(Flags(config=(Path(sys.argv[1]),))); "
        "worker = call.worker(); worker.__enter__(); "
        f"print('LOADED', [name for name in {UNUSED!r} if name in sys.modules]); "
        "worker.__exit__(None, None, None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(config)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "LOADED []\n", done.stderr
