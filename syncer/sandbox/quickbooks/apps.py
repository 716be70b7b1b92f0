"""The programs registered with the simulated vendor, and how it numbers companies.

The secrets guard nothing: play money. Source: "authentication and authorization" FAQ, read
November 2026: development keys reach sandbox companies only, production keys real ones only.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.sandbox.ledger import Ledger
from syncer.sandbox.world import World

SCOPE = "com.intuit.quickbooks.accounting"
OTHER_SCOPES = frozenset({"openid", "profile", "email", "phone", "address"})
# Only these two hosts tell the environments apart; on any other host every key works.
ENVIRONMENTS = {
    "quickbooks.api.intuit.com": "production",
    "sandbox-quickbooks.api.intuit.com": "sandbox",
}


@dataclass(frozen=True, slots=True)
class App:
    """One registered program. ``environment`` empty = its keys work in both."""

    client_id: str
    secret: str
    environment: str = ""
    redirects: tuple[str, ...] = ()  # empty = any http://localhost or https address


WEB_APP = App("sandbox-qbo", "sandbox-qbo-secret")
DEVELOPMENT_APP = App("sandbox-qbo-dev", "sandbox-qbo-dev-secret", "sandbox")
PRODUCTION_APP = App("sandbox-qbo-live", "sandbox-qbo-live-secret", "production")
DEMO_APPS = (WEB_APP, DEVELOPMENT_APP, PRODUCTION_APP)


def realm_of(org_id: str) -> str:
    """The company number of an organisation: 16 digits, always the same."""
    digest = hashlib.blake2b(org_id.encode(), digest_size=8).digest()
    return "9341" + str(int.from_bytes(digest) % 10**12).zfill(12)


def realms(world: World) -> Mapping[str, Ledger]:
    """Every company by its number."""
    return {realm_of(org_id): ledger for org_id, ledger in world.ledgers.items()}
