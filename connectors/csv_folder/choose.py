"""Which layout a file is read with: built in, written in the configuration, or in its own YAML."""

from pathlib import Path

from pydantic import ValidationError

from connectors.csv_folder.builtin import LAYOUTS
from connectors.csv_folder.config import FileSettings
from connectors.csv_folder.layout import Layout
from syncer.errors import ConfigError
from syncer.settings.problems import Problems
from syncer.settings.tree import plain
from syncer.settings.verdicts import report
from syncer.settings.yamltree import parse


def choose_layout(settings: FileSettings) -> Layout:
    """The layout for ``settings``. Raises ConfigError naming the file, line and key."""
    if settings.layout_file is not None:
        return read_layout(settings.layout_file)
    if isinstance(settings.layout, Layout):
        return settings.layout
    return LAYOUTS[settings.layout]


def read_layout(path: Path) -> Layout:
    """A layout from its YAML file. Raises ConfigError listing every mistake with its line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"layout_file {path}: {error.strerror}; correct the path") from error
    root = parse(data, path.name)
    problems = Problems(root)
    try:
        return Layout.model_validate(plain(root))
    except ValidationError as error:
        report(error, problems, (), Layout)
        problems.raise_if_any()
        raise
