"""Every request the connector makes, checked against Xero's published OpenAPI file."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from connectors.xero.zones import ZONES
from syncer.model.charge import Charge

from .conftest_xero import Bench

SPEC = Path(__file__).parents[2].parent / "shared" / "specs" / "xero" / "xero_accounting.yaml"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SPEC.exists(), reason="../shared/specs/xero is absent"),
]
ROOT = "/api.xro/2.0"
DOCUMENTED_ELSEWHERE = {"where", "order"}


class Loader(yaml.CSafeLoader):
    """Keeps the file's unquoted timestamps as text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, rx) for tag, rx in rules if tag != "tag:yaml.org,2002:timestamp"]
        for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    """The official file."""
    with SPEC.open(encoding="utf-8") as file:
        loaded: dict[str, Any] = yaml.load(file, Loader=Loader)
    return loaded


def _operation(spec: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    tail = path.removeprefix(ROOT)
    exact = [p for p in spec["paths"] if "{" not in p and p == tail]
    like = [p for p in spec["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", p), tail)]
    for found in (*exact, *like):
        operation = spec["paths"][found].get(method.lower())
        if operation:
            return dict(operation)
    raise AssertionError(f"{method} {tail} is not in the specification")


def _resolved(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _complaints(spec: dict[str, Any], registry: Any, call: tuple[Any, ...]) -> list[str]:
    method, path, query, body, headers = call
    operation = _operation(spec, method, path)
    parameters = [_resolved(spec, p) for p in operation.get("parameters", [])]
    known = {p["name"].lower() for p in parameters}
    said = [f"unknown parameter {n}" for n in parse_qs(query) if n.lower() not in known]
    for header in ("HTTP_IDEMPOTENCY_KEY", "HTTP_IF_MODIFIED_SINCE"):
        name = header.removeprefix("HTTP_").replace("_", "-").lower()
        if header in headers and name not in known:
            said.append(f"unknown header {name}")
    if headers.get("HTTP_ACCEPT") != "application/json":
        said.append("Accept does not ask for JSON")
    if body:
        request = _resolved(spec, operation["requestBody"])
        schema = request["content"]["application/json"]["schema"]
        shown = {"$ref": f"urn:xero{schema['$ref']}"} if "$ref" in schema else schema
        validator = OAS30Validator(shown, registry=registry, format_checker=oas30_format_checker)
        said += [error.message for error in validator.iter_errors(json.loads(body))]
    return said


def test_every_request_is_in_the_specification(spec: dict[str, Any]) -> None:
    """Paths, parameters, headers and bodies of the whole job are those Xero published."""
    bench = Bench(
        invoices=1500,
        accounts=20,
        settings={"do_not_chase_groups": ["x"], "fee_account_code": "200"},
    )
    doc = bench.world.main.open_invoices()[0]
    where = {"account_id": doc.contact_id, "item_ids": [doc.doc_id]}
    bench.source.check()
    cursors = {e.stream: e.cursor for e in bench.pull() if hasattr(e, "cursor")}
    bench.pull(cursors)
    bench.source.read_accounts([doc.contact_id])
    bench.source.add_note(**where, text="note [m]", key="n")
    bench.source.find_note(**where, marker="[m]")
    bench.source.add_task(**where, text="call [m]", due_on=date(2026, 12, 1), key="t")
    bench.source.email_item(item_id=doc.doc_id, key="e")
    bench.source.pay_link(doc.doc_id)
    bench.source.add_charge(
        Charge(
            account_id=doc.contact_id,
            amount=Decimal("40.00"),
            currency="NZD",
            description="fee",
            on=date(2026, 11, 22),
            reference="LATEFEE:1",
            key="f",
        )
    )
    registry = Registry().with_resource("urn:xero", Resource(contents=spec, specification=DRAFT4))
    calls = [call for call in bench.seen if call[1].startswith(ROOT)]
    assert {call[0] for call in calls} == {"GET", "PUT", "POST"}
    complaints = {f"{c[0]} {c[1]}": _complaints(spec, registry, c) for c in calls}
    assert {call: said for call, said in complaints.items() if said} == {}


def test_every_time_zone_of_the_specification_is_mapped(spec: dict[str, Any]) -> None:
    """All of Xero's zone names have an IANA zone, and no name is invented."""
    assert set(ZONES) == set(spec["components"]["schemas"]["TimeZone"]["enum"])
