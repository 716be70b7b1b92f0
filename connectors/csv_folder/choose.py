"""Which layout a file is read with: built in, written in the configuration, or in its own YAML."""

from connectors.csv_folder.builtin import LAYOUTS
from connectors.csv_folder.config import FileSettings
from connectors.csv_folder.layout import Layout
from connectors.csv_folder.layout_file import read_layout


def choose_layout(settings: FileSettings) -> Layout:
    """The layout for ``settings``. Raises ConfigError naming the file, line and key."""
    if settings.layout_file is not None:
        return read_layout(settings.layout_file)
    if isinstance(settings.layout, Layout):
        return settings.layout
    return LAYOUTS[settings.layout]
