"""Every property the simulator writes is one that the vendor's schema set names."""

import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from syncer.sandbox.book import demo_world
from syncer.sandbox.quickbooks.entities import ENTITIES
from syncer.sandbox.quickbooks.faulting import CODES, Wrong
from tests.sandbox.quickbooks.calling import Caller, caller_for

SPEC = Path(__file__).parents[3].parent / "shared" / "specs" / "quickbooks"
XS = "{http://www.w3.org/2001/XMLSchema}"
# XML attributes there, JSON properties on the wire; and the one attribute of a reference.
ALWAYS = frozenset({"domain", "sparse", "status", "Id", "SyncToken", "MetaData"})
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SPEC.exists(), reason="../shared/specs/quickbooks is absent"),
]


@pytest.fixture(scope="module")
def types() -> dict[str, Any]:
    """The complex types of the schema set by name."""
    found: dict[str, Any] = {}
    for path in sorted(SPEC.glob("*.xsd")):
        for node in ET.parse(path).getroot().iter(f"{XS}complexType"):
            found.setdefault(str(node.get("name")), node)
    return found


@pytest.fixture(scope="module")
def call() -> Caller:
    """A demo book."""
    return caller_for(demo_world(date(2026, 11, 22), customers=40))


def legal_names(types: dict[str, Any], name: str) -> set[str]:
    """The elements of a type and of what it extends."""
    node = types.get(name)
    if node is None:
        return set()
    names = {
        str(e.get("name") or e.get("ref")).rpartition(":")[2] for e in node.iter(f"{XS}element")
    }
    for extension in node.iter(f"{XS}extension"):
        names |= legal_names(types, str(extension.get("base")).rpartition(":")[2])
    return names


@pytest.mark.parametrize(
    "entity",
    sorted(each.name for each in ENTITIES.values()),
)
def test_no_invented_property(call: Caller, types: dict[str, Any], entity: str) -> None:
    """Names at the top of every record and of its lines."""
    rows = call.query(f"SELECT * FROM {entity} MAXRESULTS 1000", include="invoiceLink")[entity]
    legal = legal_names(types, entity) | ALWAYS
    assert {name for row in rows for name in row} <= legal
    lines = legal_names(types, "Line")
    assert {name for row in rows for line in row.get("Line", []) for name in line} <= lines


def test_email_and_delivery_words(types: dict[str, Any], call: Caller) -> None:
    """What goes into a line, a delivery and an address are the schema's names too."""
    row = call.query("SELECT * FROM Invoice MAXRESULTS 1")["Invoice"][0]
    sale = row["Line"][0]["SalesItemLineDetail"]
    assert set(sale) <= legal_names(types, "SalesItemLineDetail") | {"TaxCodeRef"}
    delivery = legal_names(types, "TransactionDeliveryInfo")
    assert set(row["DeliveryInfo"]) <= delivery
    assert delivery


@pytest.mark.parametrize("code", sorted(CODES))
def test_xml_faults_are_well_formed_and_named_as_the_schema_names_them(
    types: dict[str, Any], code: str, call: Caller
) -> None:
    """IntuitResponse, Fault, Error with Message and Detail."""
    now = call.app.world.clock()
    body = Wrong(code, "a < b & c").answer("2026-11-22T01:00:00-08:00", now, xml=True).body
    root = ET.fromstring(body)
    names = [node.tag.rpartition("}")[2] for node in root.iter()]
    assert names == ["IntuitResponse", "Fault", "Error", "Message", "Detail"]
    assert {"Error"} <= legal_names(types, "Fault")
    assert {"Message", "Detail"} <= legal_names(types, "Error")
