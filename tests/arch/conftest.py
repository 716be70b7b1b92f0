"""The source tree as the architecture tests see it: parsed once, named by repository path."""

import ast
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class SourceFile:
    """One Python file, parsed on first use."""

    path: Path

    @property
    def name(self) -> str:
        """Its path inside the repository, with forward slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """Its content."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text, filename=self.name)


def _python_files(*folders: str) -> tuple[SourceFile, ...]:
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return tuple(SourceFile(path) for path in found)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def production() -> tuple[SourceFile, ...]:
    """Everything that ships."""
    return _python_files("syncer", "connectors")


@pytest.fixture(scope="session")
def tests() -> tuple[SourceFile, ...]:
    """Every test module and its fixtures."""
    return _python_files("tests")


@pytest.fixture(scope="session")
def committed() -> tuple[Path, ...]:
    """Every file that git would commit; all files of a tree that is no clone."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        return tuple(path for path in ROOT.rglob("*") if path.is_file())
    names = listing.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())
