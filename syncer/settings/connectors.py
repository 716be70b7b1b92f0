"""The keys that belong to a connector, read by the connector's own model.

What: finds the declaration a ledger names and validates ``ledgers[].settings`` with its model.
Why here: its complaints get lines too, and start-up receives ready instances.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from syncer.ports import ConnectorSpec
from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.section import keys_of, without_empty
from syncer.settings.tree import Node, Path, child, plain, said
from syncer.settings.verdicts import report

Context = dict[str, Any]


def read_settings(
    ledger: Node,
    path: Path,
    specs: Mapping[str, ConnectorSpec],
    problems: Problems,
    context: Context,
) -> Any:
    """An instance of the connector's config model, or None when something is wrong (noted)."""
    connector = child(ledger, "connector")
    if connector is None or not isinstance(connector.value, str):
        return None  # the ledger's own model says so
    spec = specs.get(connector.value)
    if spec is None:
        known = did_you_mean(connector.value, specs)
        problems.add((*path, "connector"), f"there is no connector {said(connector)}{known}")
        return None
    model: type[BaseModel] = spec.config
    return _validate(model, ledger, (*path, "settings"), problems, context)


def _validate(
    model: type[BaseModel], ledger: Node, path: Path, problems: Problems, context: Context
) -> Any:
    node = child(ledger, "settings")
    data = plain(node) if node is not None and node.value is not None else {}
    before = len(problems.found)
    _refuse_unknown(model, data, path, problems)
    try:
        instance = model.model_validate(without_empty(model, data), context=context)
    except ValidationError as error:
        report(error, problems, path, model)
        return None
    return instance if len(problems.found) == before else None


def _refuse_unknown(model: type[BaseModel], data: Any, path: Path, problems: Problems) -> None:
    """Unknown keys are refused even where a connector's model would ignore them."""
    if not isinstance(data, dict) or model.model_config.get("extra") == "forbid":
        return
    known = keys_of(model)
    for key in data:
        if key not in known:
            problems.add((*path, key), f"unknown key{did_you_mean(key, known)}")
