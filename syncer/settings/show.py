"""The configuration shown: every value in force, secrets as stars; its digest; its JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from syncer.ports import ConnectorSpec
from syncer.settings.root import Settings
from syncer.settings.section import keys_of
from syncer.settings.tree import Mark, Node, child, from_plain, walk
from syncer.settings.tree import Path as KeyPath

MASK = "********"
DIGEST_LENGTH = 16
_DEFAULT = Mark("default")
_SECRET_WORDS = ("secret", "password", "token", "dsn", "credential", "private", "api_key", "apikey")


def resolved(settings: Settings) -> dict[str, Any]:
    """Every key with the value in force, in the words of YAML; secrets are stars."""
    return _shown_model(settings, settings.tree)


def digest_of(settings: Settings, tree: Node) -> str:
    """A digest of the content, in which secrets do not take part."""
    text = json.dumps(_shown_model(settings, tree), sort_keys=True)
    return sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def secrets_in(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every secret of a validated value with its path."""
    if isinstance(value, SecretStr):
        yield path, value.get_secret_value()
    elif isinstance(value, BaseModel):
        for key, name in keys_of(type(value)).items():
            yield from secrets_in(getattr(value, name), (*path, key))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from secrets_in(entry, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, entry in enumerate(value):
            yield from secrets_in(entry, (*path, place))


def secret_values(settings: Settings) -> frozenset[str]:
    """Every secret in force, for the redactor of the logs; also the password inside an address."""
    values = {secret for _, secret in secrets_in(settings) if not secret.startswith("sqlite:///")}
    for path, node in walk(settings.tree):
        if node.referenced and isinstance(node.value, str) and is_secret_name(str(path[-1])):
            values.add(node.value)
    values.update(password for value in tuple(values) if (password := _password_in(value)))
    return frozenset(values - {""})


def _password_in(value: str) -> str:
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""


def is_secret_name(key: str) -> bool:
    """Whether a key's name says that its value is a secret."""
    return any(word in key.lower() for word in _SECRET_WORDS)


def _shown_model(model: BaseModel, node: Node | None) -> dict[str, Any]:
    shown = {}
    for key, name in keys_of(type(model)).items():
        value = getattr(model, name)
        written = child(node, key)
        if written is None or written.value is None:
            default = type(model).model_fields[name].default
            written = from_plain(default, _DEFAULT) if isinstance(default, str | tuple) else None
        shown[key] = _shown(value, written, masked=is_secret_name(key))
    return shown


def _shown(value: Any, node: Node | None, *, masked: bool) -> Any:
    if isinstance(value, SecretStr):
        return _shown_secret(value.get_secret_value(), node)
    if isinstance(value, BaseModel):
        return _shown_model(value, node)
    if isinstance(value, Mapping):
        return {
            str(key): _shown(
                entry, child(node, str(key)), masked=masked or is_secret_name(str(key))
            )
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [
            _shown(entry, child(node, place), masked=masked) for place, entry in enumerate(value)
        ]
    if value is None or isinstance(value, bool):
        return value
    if masked and value != "":
        return MASK
    if node is not None and isinstance(node.value, str | int | float):
        return node.value
    return words(value)


def _shown_secret(value: str, node: Node | None) -> str:
    """An SQLite path is no secret and worth seeing; all else is."""
    if value.startswith("sqlite:///"):
        return str(node.value) if node is not None else value
    return MASK if value else ""


def words(value: Any) -> Any:
    """A value as YAML would say it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())}s"
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    return value


def json_schema(specs: Mapping[str, ConnectorSpec]) -> dict[str, Any]:
    """The JSON Schema of the YAML file, for completion in editors."""
    schema = Settings.model_json_schema(by_alias=True, mode="validation")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Receivables syncer"
    ledger = schema["$defs"]["LedgerSettings"]
    ledger["properties"]["connector"]["enum"] = sorted(specs)
    ledger["allOf"] = [_when(name, spec, schema) for name, spec in sorted(specs.items())]
    return schema


def _when(name: str, spec: ConnectorSpec, schema: dict[str, Any]) -> dict[str, Any]:
    """``settings`` follow the model of the connector that is named beside them."""
    model: type[BaseModel] = spec.config
    own = model.model_json_schema(by_alias=True, ref_template=f"#/$defs/{name}.{{model}}")
    for inner, definition in own.pop("$defs", {}).items():
        schema["$defs"][f"{name}.{inner}"] = definition
    schema["$defs"][f"{name}.settings"] = own
    return {
        "if": {"properties": {"connector": {"const": name}}, "required": ["connector"]},
        "then": {"properties": {"settings": {"$ref": f"#/$defs/{name}.settings"}}},
    }
