"""The state or province of a customer, as each ledger writes it."""

from typing import Any

import msgspec
import pytest

from connectors.odoo import facts as odoo
from connectors.odoo import wire as odoo_wire
from connectors.quickbooks import facts as quickbooks
from connectors.quickbooks import wire as quickbooks_wire
from connectors.tryton import wire as tryton_wire
from connectors.tryton.config import TrytonConfig
from connectors.tryton.parties import Parties
from connectors.xero import facts as xero
from connectors.xero import wire as xero_wire

TRYTON = TrytonConfig.model_construct(do_not_chase_categories=())


def read(row: type[Any], body: dict[str, Any]) -> Any:
    """A record as the connector decodes it."""
    return msgspec.json.decode(msgspec.json.encode(body), type=row)


def in_xero(*addresses: dict[str, str]) -> str:
    """A contact with these addresses."""
    body = {"ContactID": "c1", "Name": "C", "ContactStatus": "ACTIVE", "Addresses": addresses}
    return xero.account(read(xero_wire.Contact, body), frozenset()).region


def in_quickbooks(address: dict[str, str] | None) -> str:
    """A customer with this billing address."""
    body = {"Id": "1", "DisplayName": "C", "Active": True, "BillAddr": address}
    return quickbooks.account(read(quickbooks_wire.Customer, body), do_not_chase=False).region


def in_odoo(state: Any) -> str:
    """A partner in this state."""
    body = {
        "id": 1,
        "name": "C",
        "active": True,
        "commercial_partner_id": 1,
        "email": False,
        "phone": False,
        "lang": False,
        "vat": False,
        "category_id": [],
        "state_id": state,
    }
    return odoo.account(read(odoo_wire.Partner, body), (), frozenset()).region


def in_tryton(*addresses: dict[str, Any]) -> str:
    """A party with these addresses."""
    body = {
        "id": 1,
        "name": "C",
        "active": True,
        "replaced_by": None,
        "addresses.": addresses,
        "contact_mechanisms.": [],
        "categories.": [],
    }
    return Parties(TRYTON).account(read(tryton_wire.Party, body)).region


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            in_xero({"AddressType": "POBOX"}, {"AddressType": "STREET", "Region": " Ontario "}),
            "Ontario",
        ),
        (in_xero(), ""),
        (in_quickbooks({"Country": "CA", "CountrySubDivisionCode": "ON"}), "ON"),
        (in_quickbooks({"Country": "CA"}), ""),
        (in_quickbooks(None), ""),
        (in_odoo({"id": 5, "code": "ON"}), "ON"),
        (in_odoo(False), ""),
        (
            in_tryton(
                {"country.": None, "subdivision.": {"code": "CA-QC"}},
                {"country.": {"code": "CA"}, "subdivision.": {"code": "CA-ON"}},
            ),
            "CA-ON",
        ),
        (in_tryton({"country.": {"code": "CA"}, "subdivision.": None}), ""),
    ],
)
def test_the_region_is_read_where_the_ledger_has_one(found: str, expected: str) -> None:
    """A code or a name, of the address that counts; "" where nobody entered one."""
    assert found == expected
