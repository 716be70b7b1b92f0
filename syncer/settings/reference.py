"""The reference of every setting, made from the models: the table in docs/configuration.md.

What: one row per key with its default, unit, example and meaning. A test keeps the document and
config/syncer.example.yaml equal to this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from syncer.settings.inventory import ANY_NAME, declared, entry_type, models_in
from syncer.settings.root import Settings
from syncer.settings.show import words
from syncer.settings.tree import Path

REQUIRED = "required"
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as the reference shows it; every part is text."""

    path: str  # ``ledgers[].mode``, ``policies.NAME.minimum``
    default: str
    unit: str
    example: str
    meaning: str

    def __str__(self) -> str:
        cells = (f"`{self.path}`", self.default, self.unit, self.example, self.meaning)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    def comment(self) -> str:
        """What stands above the key in the example file."""
        details = [("unit", self.unit), ("example", self.example.strip("`"))]
        said = "".join(f"; {name}: {text}" for name, text in details if text)
        return f"{self.meaning} Default: {self.default.strip('`')}{said}."


HEADER = "| Key | Default | Unit | Example | Meaning |\n|---|---|---|---|---|"


def rows(root: type[BaseModel] = Settings) -> Iterator[Row]:
    """A row per key below ``root``, in the order of the models. Groups have no row of their own."""
    seen: set[str] = set()
    for path, field in declared(root):
        shown = show(path, root)
        if not is_group(field) and shown not in seen:
            seen.add(shown)
            yield row(shown, field)


def table(root: type[BaseModel] = Settings) -> str:
    """The Markdown table of every key below ``root``."""
    return "\n".join([HEADER, *(str(entry) for entry in rows(root))])


def row(path: str, field: FieldInfo) -> Row:
    """One key's row."""
    extra = field.json_schema_extra
    unit = str(extra.get("x-unit", "")) if isinstance(extra, Mapping) else ""
    example = f"`{field.examples[0]}`" if field.examples else ""
    return Row(path, default_of(field), unit, example, field.description or "")


def default_of(field: FieldInfo) -> str:
    """The default in the words of YAML."""
    if field.is_required():
        return REQUIRED
    value = field.default
    if value is None or value in ("", PydanticUndefined):
        return EMPTY
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_yaml(entry) for entry in value) + "]"
    return str(words(value))


def is_group(field: FieldInfo) -> bool:
    """Whether the key holds further keys instead of a value."""
    return bool(models_in(field.annotation)) or _holds_models(field.annotation)


def _holds_models(annotation: Any) -> bool:
    inner = entry_type(annotation)
    return inner is not None and (bool(models_in(inner)) or _holds_models(inner))


def show(path: Path, root: type[BaseModel] = Settings) -> str:
    """``policies.NAME.ladders.NAME.steps[].name``."""
    lists = {above for above, field in declared(root) if _is_list(field.annotation)}
    shown = ""
    for place, key in enumerate(path):
        if key != ANY_NAME:
            shown += f".{key}" if shown else str(key)
        else:
            shown += "[]" if path[:place] in lists else ".NAME"
    return shown


def _is_list(annotation: Any) -> bool:
    return "tuple[" in str(annotation).split("dict[", maxsplit=1)[0]
