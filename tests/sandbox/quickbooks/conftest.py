"""A small US company and somebody connected to it."""

from typing import Any

import pytest

from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import Caller, caller_for, sale, us_world


@pytest.fixture
def world() -> World:
    """See ``us_world``."""
    return us_world()


@pytest.fixture
def call(world: World) -> Caller:
    """A connected program without limits."""
    return caller_for(world)


@pytest.fixture
def customer(call: Caller) -> str:
    """The Id of a customer with an address."""
    body = {"DisplayName": "Joe's Café", "PrimaryEmailAddr": {"Address": "joe@cafe.example"}}
    return str(call.post("/customer", body)["Customer"]["Id"])


@pytest.fixture
def invoice(call: Caller, customer: str) -> Any:
    """An invoice over 100, mailed to an address of its own."""
    body = sale(customer, BillEmail={"Address": "bills@cafe.example"}, PrivateNote="Old note")
    return call.post("/invoice", body)["Invoice"]
