"""The documents tell the truth: nothing that exists goes unnamed, nothing named is missing.

Command lines in fenced ``sh`` blocks are checked against the command tree; a block opened
with ``sh run`` is executed in an empty folder.
"""

import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from syncer import errors
from syncer.cli.entry import build
from syncer.report.words import EXIT
from syncer.settings.inventory import declared

CHANGES_PRESENT = 10
FENCE = re.compile(r"^```(?P<kind>[^\n`]*)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)


def documents(root: Path) -> list[Path]:
    """Every document for users."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


@pytest.fixture(scope="module")
def prose(root) -> str:
    """All documents as one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in documents(root))


@pytest.fixture(scope="module")
def tree():
    """The command tree."""
    return typer.main.get_command(build())


def leaves(command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command that does something, with its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, child in inner.items():
        yield from leaves(child, (*path, name))


def shell_blocks(root: Path, kind: str) -> Iterator[tuple[str, str]]:
    """(place, body) of the fenced blocks of a kind."""
    for path in documents(root):
        text = path.read_text(encoding="utf-8")
        for block in FENCE.finditer(text):
            if block["kind"].strip() == kind:
                line = text.count("\n", 0, block.start()) + 1
                yield f"{path.relative_to(root)}:{line}", block["body"]


def command_lines(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Every ``syncer ...`` line of the shell blocks, split into words."""
    for kind in ("sh", "sh run"):
        for place, body in shell_blocks(root, kind):
            for line in body.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["syncer"]:
                    yield f"{place}: {line.strip()}", words[1:]


def test_every_command_is_named(tree, prose):
    """A command that no document names might as well not exist."""
    missing = [
        " ".join(words)
        for words, _ in leaves(tree)
        if not re.search(rf"syncer (?:--config \S+ )?{' '.join(words)}\b", prose)
        and words[:1] not in [("promise",), ("dispute",), ("exclude",)]
    ]
    assert missing == []


def test_every_exit_code_is_named(prose):
    """Each exit code that a run can end with has its line in the table."""
    rows = set(re.findall(r"^\| ([\d, ]+) \|", prose, re.MULTILINE))
    named = {int(code) for row in rows for code in row.split(",") if code.strip()}
    assert {*EXIT, CHANGES_PRESENT} - named == set()


def test_every_error_is_named_with_its_code(prose):
    """Operators find each error's name beside the exit code that the program uses."""
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if kind.__module__ != errors.__name__:
            continue
        row = re.search(rf"^\| `{name}` \| ([\d, ]+) \|", prose, re.MULTILINE)
        assert row, f"{name} is not in the table of errors"
        if name != "Interrupted":
            assert int(row[1]) == kind.exit_code, name


def test_every_setting_is_named(prose):
    """Each key of the configuration is written down for users."""
    keys = {str(path[-1]) for path, _ in declared()}
    missing = sorted(key for key in keys if not re.search(rf"\b{re.escape(key)}\b", prose))
    assert missing == []


def test_command_lines_in_documents_exist(root, tree):
    """Every command line that a reader may copy names real commands and options."""
    wrong = []
    for place, words in command_lines(root):
        command, seen = tree, []
        for word in words:
            if getattr(command, "commands", None) and word in command.commands:
                command = command.commands[word]
                seen.append(word)
        known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
        given = {word.split("=")[0] for word in words if word.startswith("--")}
        if getattr(command, "commands", None) or given - known - {"--help"}:
            wrong.append(f"{place}: {sorted(given - known) or 'no such command'}")
    assert wrong == []


def test_documents_link_to_files_that_exist(root):
    """No relative link leads nowhere."""
    broken = []
    for path in documents(root):
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(root)}: {target}")
    assert broken == []


def test_runnable_blocks_run(root, tmp_path):
    """What the documents mark as runnable runs, in an empty folder, in the order of the text."""
    shim = tmp_path / "bin" / "syncer"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m syncer "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    path = f"{shim.parent}{os.pathsep}{os.environ['PATH']}"
    environ = {"PATH": path, "PYTHONPATH": str(root), "HOME": str(tmp_path), "NO_COLOR": "1"}
    blocks = list(shell_blocks(root, "sh run"))
    assert blocks
    for place, body in blocks:
        done = subprocess.run(
            ["sh", "-eu", "-c", body],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{place}\n{done.stdout}\n{done.stderr}"
