"""The keys under a Xero ledger's ``settings`` in the YAML file."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from syncer.http.address import server_address
from syncer.http.oauth import Flow, Provider

API_HOST = "api.xero.com"
IDENTITY_HOST = "identity.xero.com"
LOGIN_HOST = "login.xero.com"
# The least that reading, notes, e-mail and draft invoices need (scopes page, 2026).
SCOPES = (
    "offline_access",
    "accounting.invoices",
    "accounting.payments.read",
    "accounting.contacts",
    "accounting.settings.read",
)
FINANCE_SCOPE = "finance.cashvalidation.read"  # of the Finance API: on approval by Xero


class XeroFlow(StrEnum):
    """How this installation is registered with Xero."""

    CODE = "code"
    PKCE = "pkce"
    CUSTOM_CONNECTION = "custom_connection"


class Plan(StrEnum):
    """The developer plan of the application, which sets the calls a day per organisation."""

    STARTER = "starter"
    CORE = "core"
    PLUS = "plus"
    ADVANCED = "advanced"
    ENTERPRISE = "enterprise"


class NotesOn(StrEnum):
    """Where notes are written."""

    ACCOUNT = "account"  # the contact's history, one call per reminder
    INVOICE = "invoice"  # every invoice's history, two calls per invoice


class XeroConfig(BaseModel):
    """Access to one Xero organisation and what is read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str = Field(
        description="Client id of your application at developer.xero.com.",
        min_length=1,
        examples=["0123456789ABCDEF0123456789ABCDEF"],
    )
    client_secret: SecretStr | None = Field(
        default=None,
        description="Client secret; needed for flow code and custom_connection, not for pkce.",
        examples=["${XERO_CLIENT_SECRET}"],
    )
    flow: XeroFlow = Field(
        default=XeroFlow.CODE,
        description=(
            "code: a person logs in once. pkce: the same without a secret. "
            "custom_connection: client credentials for one organisation, nobody logs in."
        ),
        examples=["code"],
    )
    tenant_id: str = Field(
        default="",
        description="Id of the organisation (xero-tenant-id); saves one call per run.",
        examples=["45e4708e-d862-4111-ab3a-dd8cd03913e1"],
    )
    organisation: str = Field(
        default="",
        description="Exact name of the organisation, instead of tenant_id.",
        examples=["Demo Company (UK)"],
    )
    redirect_port: int = Field(
        default=8484,
        ge=0,
        le=65535,
        description=(
            "Port of the login's redirect address http://localhost:PORT/callback, which must "
            "be registered with the application."
        ),
        examples=[8484],
    )
    plan: Plan = Field(
        default=Plan.CORE,
        description="Developer plan: starter allows 1,000 calls a day per organisation, else 5000.",
        examples=["starter"],
    )
    day_reserve: int = Field(
        default=50,
        ge=0,
        le=4000,
        description="Calls of the day's quota left for other programs on the same application.",
        examples=[50],
    )
    history_months: int = Field(
        default=12,
        ge=0,
        le=60,
        description="Months of paid invoices to read for payment behaviour; 0 reads none.",
        examples=[12],
    )
    notes_on: NotesOn = Field(
        default=NotesOn.ACCOUNT,
        description="Write notes to the contact's history (account) or to every invoice's.",
        examples=["account"],
    )
    do_not_chase_groups: tuple[str, ...] = Field(
        default=(),
        description="Contact groups whose members are never contacted, by name in Xero.",
        examples=[["No reminders"]],
    )
    bank_freshness: bool = Field(
        default=False,
        description=(
            "Ask how far the bank is entered and matched, for freshness.books_max_age: two calls "
            f"a run. Needs the scope {FINANCE_SCOPE}, which Xero gives to applications that it "
            "approves; log in again after switching it on."
        ),
        examples=[True],
    )
    bank_accounts: tuple[str, ...] = Field(
        default=(),
        description=(
            "Bank accounts that bank_freshness looks at, by name or code in Xero; empty means "
            "every active one that is no credit card."
        ),
        examples=[["Business Bank Account"]],
    )
    fee_account_code: str = Field(
        default="",
        max_length=10,
        description="Account code of the line of a late-fee draft; empty leaves it to the person.",
        examples=["200"],
    )
    time_zone: str = Field(
        default="",
        description="IANA time zone, only where Xero's own setting is wrong or unknown.",
        examples=["Pacific/Auckland"],
    )
    base_url: Annotated[
        str, Field(examples=["http://127.0.0.1:8700"]), AfterValidator(server_address)
    ] = Field(
        default=f"https://{API_HOST}",
        description="Address of the API; changed only to use the sandbox.",
    )
    identity_url: Annotated[str, AfterValidator(server_address)] = Field(
        default="",
        description="Address of the login and token pages; empty means Xero's own.",
        examples=["http://127.0.0.1:8700"],
    )

    @model_validator(mode="after")
    def _secret_fits_flow(self) -> "XeroConfig":
        if self.flow is not XeroFlow.PKCE and self.client_secret is None:
            raise ValueError(f"client_secret is needed for flow {self.flow.value}")
        if self.bank_accounts and not self.bank_freshness:
            raise ValueError("bank_accounts is read with bank_freshness: true alone")
        if self.tenant_id and self.organisation:
            raise ValueError("give tenant_id or organisation, not both")
        return self

    def hosts(self) -> tuple[str, ...]:
        """Every host that this configuration speaks to."""
        urls = (self.base_url, self.identity_url or f"https://{IDENTITY_HOST}")
        return tuple({urlsplit(url).hostname or "" for url in urls})

    @property
    def calls_per_day(self) -> int:
        """The plan's cap per organisation (limits page, read 2026)."""
        return 1000 if self.plan is Plan.STARTER else 5000


def provider(config: XeroConfig) -> Provider:
    """Xero's OAuth endpoints for this application (auth-flow page; xero-identity spec)."""
    own = config.identity_url
    flow = {
        XeroFlow.CODE: Flow.CODE,
        XeroFlow.PKCE: Flow.PKCE,
        XeroFlow.CUSTOM_CONNECTION: Flow.CLIENT,
    }[config.flow]
    secret = config.client_secret.get_secret_value() if config.client_secret else ""
    scopes = SCOPES if flow is not Flow.CLIENT else SCOPES[1:]
    if config.bank_freshness:
        scopes = (*scopes, FINANCE_SCOPE)
    return Provider(
        authorize_url=f"{own or f'https://{LOGIN_HOST}'}/identity/connect/authorize",
        token_url=f"{own or f'https://{IDENTITY_HOST}'}/connect/token",
        revoke_url=f"{own or f'https://{IDENTITY_HOST}'}/connect/revocation",
        client_id=config.client_id,
        client_secret=secret,
        scopes=scopes,
        flow=flow,
        redirect_port=config.redirect_port,
    )
