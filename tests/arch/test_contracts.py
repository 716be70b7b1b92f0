"""The layers are contracts, and each of them bites: a planted violation breaks exactly it."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# contract -> (file that gets a line, the line)
PLANTED = {
    "layers": ("syncer/model/money.py", "import syncer.policy.rules"),
    "connectors-below-bootstrap": ("connectors/__init__.py", "import syncer.store"),
    "connectors-independent": (
        "connectors/csv_folder/__init__.py",
        "import connectors.xero",
    ),
    "sandbox-apart": ("syncer/sandbox/world.py", "import connectors.xero"),
    "connectors-only-from-bootstrap": ("syncer/report/__init__.py", "import connectors.xero"),
    "pure-core": ("syncer/policy/text.py", "import os"),
    "flow-speaks-ports": ("syncer/flow/plan.py", "import sqlite3"),
    "adapters-never-call-flow": ("syncer/report/__init__.py", "import syncer.flow.cycle"),
    "who-touches-http": ("syncer/flow/deliver.py", "import syncer.http.client"),
    "http-libraries": ("syncer/channels/smtp.py", "import requests"),
    "database-libraries": ("syncer/flow/pull.py", "import sqlalchemy"),
    "terminal-libraries": ("syncer/flow/cycle.py", "import rich"),
    "no-testing-in-production": ("syncer/flow/rescue.py", "import syncer.testing"),
}


def check(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a source tree."""
    chosen = [part for name in contracts for part in ("--contract", name)]
    program = "import sys; from importlinter.cli import lint_imports_command as c; c(sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache", *chosen],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def clean_tree(root, tmp_path_factory) -> Path:
    """A copy of the sources that tests may spoil."""
    tree = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", "templates", "locale")
    for package in ("syncer", "connectors"):
        shutil.copytree(root / package, tree / package, ignore=ignored)
    shutil.copy(root / ".importlinter", tree)
    return tree


def test_every_contract_has_a_planted_violation(root):
    """No contract is taken on trust."""
    contracts = configparser.ConfigParser()
    contracts.read(root / ".importlinter")
    names = {name.split(":")[-1] for name in contracts.sections() if "contract:" in name}
    assert names == set(PLANTED)


def test_the_sources_keep_every_contract(clean_tree):
    """The layers are as docs/ARCHITECTURE.md draws them."""
    done = check(clean_tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_breaks_its_contract(contract, clean_tree):
    """One forbidden import is found."""
    name, line = PLANTED[contract]
    path = clean_tree / name
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        done = check(clean_tree, contract)
    finally:
        path.write_text(before, encoding="utf-8")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_a_module_without_a_place_is_refused(clean_tree):
    """The layers are exhaustive: a new ``helpers.py`` beside them has no place."""
    stray = clean_tree / "syncer" / "helpers.py"
    stray.write_text('"""Nowhere."""\n', encoding="utf-8")
    try:
        done = check(clean_tree, "layers")
    finally:
        stray.unlink()
    assert done.returncode == 1, done.stdout
