"""The JSON Schema helps an editor: it knows every key, and each connector's own."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from syncer.ports import ConnectorSpec
from syncer.settings import Settings, json_schema


@pytest.fixture(scope="module")
def validator(specs: Mapping[str, ConnectorSpec]) -> Draft202012Validator:
    """A checker for the schema with the pretend connectors."""
    schema = json_schema(specs)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _broken(minimal: str, old: str, new: str) -> Any:
    return yaml.safe_load(minimal.replace(old, new))


def test_accepts_what_loads(
    validator: Draft202012Validator, minimal: str, load: Callable[..., Settings]
) -> None:
    """A valid file is valid for the editor too."""
    text = minimal + '    policy: p\npolicies: {p: {use: gentle, minimum: "5.00"}}\n'
    load(text)
    assert list(validator.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reply_to", "replyto"),
        ("connector: folder", "connector: sap"),
        ("{dir: exports}", "{dir: exports, currncy: EUR}"),
        ("{dir: exports}", "{}"),
        ("type: folder", "type: fax"),
        ("name: north", "name: north\n    mode: maybe"),
        ("name: north", "name: north\n    sends_max: many"),
    ],
)
def test_refuses_mistakes(
    validator: Draft202012Validator, minimal: str, old: str, new: str
) -> None:
    """Unknown keys, words and types are underlined while typing, a connector's own included."""
    assert list(validator.iter_errors(_broken(minimal, old, new)))


def test_every_key_is_described(specs: Mapping[str, ConnectorSpec]) -> None:
    """Completion shows a meaning for each key, beside it or on the group it refers to."""
    definitions = json_schema(specs)["$defs"]
    for name, definition in definitions.items():
        if "." in name:
            continue  # a connector's own
        for key, value in definition.get("properties", {}).items():
            group = definitions.get(value.get("$ref", "").rpartition("/")[2], {})
            assert value.get("description") or group.get("description"), f"{name}.{key}"
