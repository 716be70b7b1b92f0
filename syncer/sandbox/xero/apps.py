"""The programs registered with the simulated vendor. Their secrets guard nothing: play money.

Source: "auth flow", "PKCE flow" and "custom connections" pages, read November 2026.
"""

from dataclasses import dataclass
from enum import StrEnum

SCOPES = (
    "offline_access",
    "accounting.invoices",
    "accounting.payments",
    "accounting.contacts",
    "accounting.settings",
    "finance.cashvalidation",
)


class AppType(StrEnum):
    """How a program proves who it is."""

    WEB = "web"  # authorisation code with a secret
    PKCE = "pkce"  # authorisation code with a verifier, no secret
    CUSTOM = "custom"  # client credentials, one organisation, no refresh token


@dataclass(frozen=True, slots=True)
class App:
    """One registered program. ``redirects`` empty = any http://localhost or https address."""

    client_id: str
    type: AppType
    secret: str = ""
    redirects: tuple[str, ...] = ()
    scopes: tuple[str, ...] = SCOPES


WEB_APP = App("sandbox-web", AppType.WEB, "sandbox-web-secret")
PKCE_APP = App("sandbox-pkce", AppType.PKCE)
CUSTOM_APP = App("sandbox-custom", AppType.CUSTOM, "sandbox-custom-secret")
DEMO_APPS = (WEB_APP, PKCE_APP, CUSTOM_APP)
