"""The shipped connector suite over the stand-in: Odoo 19 by JSON-2, Odoo 17 by JSON-RPC.

The same suite runs against a real Odoo in tests/live/odoo.
"""

from pathlib import Path

from connectors.odoo import SPEC
from syncer.sandbox.world import World
from syncer.testing.connector_case import ConnectorCase, Mounted
from syncer.testing.connector_suite import connector_suite

from .wires import mounted

WAIVED = {"renews_a_token_once": "an API key is not renewed: a 401 is the end"}


def _mount_19(world: World, folder: Path) -> Mounted:
    return mounted(world, folder)[0]


def _mount_17(world: World, folder: Path) -> Mounted:
    return mounted(world, folder, major=17)[0]


TestOdoo19 = connector_suite(ConnectorCase(spec=SPEC, mount=_mount_19, waived=WAIVED))
TestOdoo17 = connector_suite(ConnectorCase(spec=SPEC, mount=_mount_17, waived=WAIVED))
