"""A small world and a caller that speaks to the simulator without a socket."""

import pytest

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact
from syncer.sandbox.world import World
from syncer.sandbox.xero.limits import Allowance
from tests.sandbox.calling import Caller, caller_for, plain_world


@pytest.fixture
def world() -> World:
    """See ``plain_world``."""
    return plain_world()


@pytest.fixture
def ledger(world: World) -> Ledger:
    """Its books."""
    return world.main


@pytest.fixture
def contact(ledger: Ledger) -> Contact:
    """A customer with an address."""
    return people.add_contact(ledger, "Ōtaki Café", email="pay@cafe.example")


@pytest.fixture
def call(world: World) -> Caller:
    """A caller with every scope and the vendor's usual limits lifted."""
    return caller_for(world, allowance=Allowance(None, None, None, None, 100_000))
