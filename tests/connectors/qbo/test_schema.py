"""Every property read or sent, and every statement, against Intuit's own schema set."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from defusedxml import ElementTree  # type: ignore[import-untyped]

from connectors.quickbooks import wire
from syncer.model.charge import Charge

from .bench import Bench, cursors_of

FOLDER = Path(__file__).parents[3].parent / "shared" / "specs" / "quickbooks"
XS = "{http://www.w3.org/2001/XMLSchema}"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="../shared/specs/quickbooks is absent"),
]
FEES = {"fee_item_id": "3", "fee_tax_code_id": "4"}
READ = {
    "Invoice": (wire.Invoice, wire.Kept),
    "CreditMemo": (wire.CreditMemo,),
    "Payment": (wire.Payment,),
    "Customer": (wire.Customer,),
    "CompanyInfo": (wire.CompanyInfo,),
    "Preferences": (wire.Preferences,),
    "Term": (wire.Term,),
}
OF_CUSTOMERS = {"Notes"}  # ``Kept`` reads customers as well


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The vendor's complex types by name."""
    found: dict[str, Any] = {}
    for path in sorted(FOLDER.glob("*.xsd")):
        for node in ElementTree.parse(path).getroot().iter(f"{XS}complexType"):
            if node.get("name"):
                found[node.get("name")] = node
    return found


def _legal(schema: dict[str, Any], entity: str) -> set[str]:
    """Names of a type's elements and attributes (properties on the wire), inherited ones too."""
    kind = schema[entity]
    names = {str(e.get("name") or e.get("ref")) for e in kind.iter(f"{XS}element")}
    names |= {str(a.get("name")) for a in kind.iter(f"{XS}attribute")}
    for base in kind.iter(f"{XS}extension"):
        parent = base.get("base").split(":")[-1]
        names |= _legal(schema, parent) if parent in schema else set()
    return names


@pytest.mark.parametrize("entity", sorted(READ))
def test_every_property_we_read_exists(schema: dict[str, Any], entity: str) -> None:
    """No field is invented."""
    for struct in READ[entity]:
        names = {field.encode_name for field in msgspec.structs.fields(struct)}
        assert names - _legal(schema, entity) - OF_CUSTOMERS == set(), struct


def test_every_property_we_send_exists(schema: dict[str, Any], tmp_path: Path) -> None:
    """Bodies hold what their type has, and nothing of a record that was read."""
    trial = {**FEES, "send_to": "t@x.example"}
    bench = Bench(invoices=5, accounts=2, settings=trial, folder=tmp_path)
    doc = bench.world.main.open_invoices()[0]
    contact = bench.company.name_id(doc.contact_id)
    item = bench.company.txn_id(doc.doc_id)
    bench.source.add_note(
        account_id=contact, item_ids=[item], text="n [r:0000000000000000]", key="1"
    )
    bench.source.email_item(item_id=item, key="2")
    bench.source.add_charge(
        Charge(
            account_id=contact,
            amount=Decimal("5.00"),
            currency=doc.currency,
            description="fee",
            on=date(2026, 11, 22),
            reference="LF-1",
            key="3",
        )
    )
    sent = [(path, json.loads(body)) for path, _, body in bench.writes() if body]
    assert len(sent) == 3
    for path, body in sent:
        entity = path.rsplit("/", 1)[1].capitalize()
        assert set(body) <= _legal(schema, entity), path


def test_every_statement_names_properties_of_its_entity(schema: dict[str, Any]) -> None:
    """What is filtered and sorted by exists; the simulator refuses what cannot be filtered."""
    bench = Bench(invoices=30, accounts=4, settings={"do_not_chase_types": ["x"]})
    cursors = cursors_of(bench.pull())
    bench.world.advance(hours=1)
    bench.world.main.pay(bench.world.main.open_invoices()[0], account="090")
    bench.pull(cursors)
    bench.new_source().read_accounts(["1", "2"])
    statements = [one for one in bench.reads() if one.startswith("SELECT")]
    assert len(statements) > 10
    for one in statements:
        entity = re.findall(r"FROM (\w+)", one)[0]
        used = re.findall(r"(\w+)(?:\.\w+)? (?:=|>|>=|<=|IN) ", one) + re.findall(
            r"ORDERBY (\w+)", one
        )
        assert set(used) <= _legal(schema, entity), one
