"""Reads a layout from a YAML file of its own, so that lint sees its mistakes without an export."""

from pathlib import Path

from pydantic import ValidationError

from connectors.csv_folder.layout import Layout
from syncer.errors import ConfigError
from syncer.settings.problems import Problems
from syncer.settings.tree import plain
from syncer.settings.verdicts import report
from syncer.settings.yamltree import parse


def read_layout(path: Path) -> Layout:
    """A layout from its YAML file. Raises ConfigError listing every mistake with its line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; correct the path") from error
    root = parse(data, path.name)
    problems = Problems(root)
    try:
        return Layout.model_validate(plain(root))
    except ValidationError as error:
        report(error, problems, (), Layout)
        problems.raise_if_any()
        raise
