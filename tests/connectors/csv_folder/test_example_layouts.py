"""The layouts under config/ are valid, and the example configuration uses them."""

from pathlib import Path

import pytest
import yaml

from connectors.csv_folder.config import FolderSettings
from connectors.csv_folder.layout_file import read_layout

FOLDER = Path(__file__).parents[3] / "config" / "layouts"
LAYOUTS = sorted(path for path in FOLDER.glob("*.yaml") if not path.name.startswith("example-"))


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: path.name)
def test_a_layout_file_is_valid(path: Path) -> None:
    """Every example layout is read without a complaint."""
    assert read_layout(path).columns.mapped()


def test_the_example_ledgers_use_every_layout() -> None:
    """The walk-through's configuration has valid settings and leaves no layout unused."""
    text = (FOLDER / "example-ledgers.yaml").read_text(encoding="utf-8")
    used = set()
    for ledger in yaml.safe_load(text)["ledgers"]:
        settings = FolderSettings.model_validate(ledger["settings"], context={"base": FOLDER})
        for file in (settings.open_items, settings.history):
            if file is not None and file.layout_file is not None:
                used.add(file.layout_file)
    assert used == set(LAYOUTS)


def test_every_key_says_what_it_is() -> None:
    """Each key of the settings has a description, so the schema explains itself in an editor."""
    schema = FolderSettings.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    missing = [
        f"{model['title']}.{name}"
        for model in models
        for name, entry in model.get("properties", {}).items()
        if not entry.get("description")
    ]
    assert missing == []
