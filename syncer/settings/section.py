"""What every section of the configuration shares: frozen, closed, and empty means default."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A group of keys. Unknown keys are refused; a key left empty has its default.

    Defaults are written as in YAML and validated like any other value.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
        defer_build=True,  # the whole is built once, instead of every part and then the whole
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, data: Any) -> Any:
        return without_empty(cls, data)


def without_empty(model: type[BaseModel], data: Any) -> Any:
    """``data`` without the known keys that were left empty."""
    if not isinstance(data, dict):
        return data
    known = keys_of(model)
    return {key: value for key, value in data.items() if value is not None or key not in known}


def keys_of(model: type[BaseModel]) -> dict[str, str]:
    """Keys as written in YAML, each with its field name."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def key(
    default: Any, description: str, *, unit: str = "", example: str = "", alias: str = ""
) -> Any:
    """Declare a key: its default (``...`` = required), meaning, unit and a worked example."""
    return Field(
        default,
        alias=alias or None,
        description=description,
        examples=[example] if example else None,
        json_schema_extra={"x-unit": unit} if unit else None,
    )


def group(factory: type[dict[str, Any]] | type[list[Any]], description: str) -> Any:
    """Declare a key that holds further keys or a list, empty by default."""
    return Field(default_factory=factory, description=description)
