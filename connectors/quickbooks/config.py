"""The keys under a QuickBooks ledger's ``settings`` in the YAML file."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncer.http.address import server_address
from syncer.http.oauth import Flow, Provider
from syncer.settings.fields import Duration, TimeZone

LIVE_HOST = "quickbooks.api.intuit.com"
TRIAL_HOST = "sandbox-quickbooks.api.intuit.com"
TOKEN_HOST = "oauth.platform.intuit.com"  # noqa: S105 - a host
DEVELOPER_HOST = "developer.api.intuit.com"
LOGIN_HOST = "appcenter.intuit.com"
HOSTS = (LIVE_HOST, TRIAL_HOST, TOKEN_HOST, DEVELOPER_HOST)
SCOPE = "com.intuit.quickbooks.accounting"  # there is none for reading alone (SDK, 2026)
HARD_END_HEADER = "x-include-refresh-token-hard-expires-in"


class Environment(StrEnum):
    """Which of Intuit's two worlds the company lives in; each has its own keys."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


class NotesOn(StrEnum):
    """Where notes are written."""

    ACCOUNT = "account"  # the customer's notes, two calls per reminder
    INVOICE = "invoice"  # every invoice's private note, two calls per invoice


class QuickBooksConfig(BaseModel):
    """Access to one QuickBooks Online company and what is read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str = Field(
        description="Client id of your application at developer.intuit.com.",
        min_length=1,
        examples=["ABc1dEfGhIjKlMnOpQrStUvWxYz0123456789"],
    )
    client_secret: SecretStr = Field(
        description="Client secret of your application.",
        examples=["${QUICKBOOKS_CLIENT_SECRET}"],
    )
    realm_id: str = Field(
        description=(
            "Company ID: digits, shown in QuickBooks under Account and settings, Billing & "
            "Subscription, and as realmId in the address a login ends on."
        ),
        pattern=r"^\d{4,20}$",
        examples=["9341452178830651"],
    )
    environment: Environment = Field(
        default=Environment.PRODUCTION,
        description="production: a real company. sandbox: one of Intuit's for development.",
        examples=["production"],
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
    redirect_url: str = Field(
        default="",
        description=(
            "An https page of yours, registered with the application, that a login ends on: "
            "production keys take no other. Log in with --paste then."
        ),
        pattern=r"^$|^https://[^\s?#]+$",
        examples=["https://www.example.com/quickbooks"],
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="IANA time zone, where QuickBooks does not name the company's own.",
        examples=["America/New_York"],
    )
    history_months: int = Field(
        default=12,
        ge=0,
        le=60,
        description="Months of paid invoices to read for payment behaviour; 0 reads none.",
        examples=[12],
    )
    full_read_every: Duration = Field(
        default="7d",
        validate_default=True,
        description=(
            "How often every list is read whole and counted; between, only what changed is "
            "asked for. At most 25d: QuickBooks forgets changes after 30 days."
        ),
        examples=["7d"],
    )
    notes_on: NotesOn = Field(
        default=NotesOn.ACCOUNT,
        description=(
            "Write notes to the customer's notes (account) or to every invoice's private note, "
            "which QuickBooks also prints on statements (invoice)."
        ),
        examples=["account"],
    )
    do_not_chase_types: tuple[str, ...] = Field(
        default=(),
        description="Customer types whose members are never contacted, by name in QuickBooks.",
        examples=[["No reminders"]],
    )
    reference_field: str = Field(
        default="P.O. Number",
        description="Name of the invoices' custom field that holds the customer's reference.",
        examples=["P.O. Number"],
    )
    send_to: str = Field(
        default="",
        description=(
            "Where QuickBooks mails an invoice instead of its billing address, for trials; the "
            "billing address is put back afterwards."
        ),
        pattern=r"^$|^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$",
        examples=["trial@example.com"],
    )
    fee_item_id: str = Field(
        default="",
        pattern=r"^\d*$",
        description="Id of the product or service for late fees; without it none are raised.",
        examples=["27"],
    )
    fee_tax_code_id: str = Field(
        default="",
        pattern=r"^\w*$",
        description="Id of the tax code of a late fee; needed outside the United States.",
        examples=["NON"],
    )
    fee_beside_own: bool = Field(
        default=False,
        description=(
            "Raise late fees although the company has the account that QuickBooks makes when "
            "its own automatic late fees are switched on; set it once those are off."
        ),
        examples=[False],
    )
    base_url: Annotated[
        str, Field(examples=["http://127.0.0.1:8700"]), AfterValidator(server_address)
    ] = Field(
        default="",
        description="Address of the API; set only to use the sandbox. Empty means Intuit's own.",
    )

    @field_validator("full_read_every")
    @classmethod
    def _within_memory(cls, every: timedelta) -> timedelta:
        if not 0 <= every.total_seconds() <= 25 * 86400:
            raise ValueError("must be 25d or less: QuickBooks forgets changes after 30 days")
        return every

    @property
    def api_url(self) -> str:
        """Where the API is."""
        host = LIVE_HOST if self.environment is Environment.PRODUCTION else TRIAL_HOST
        return self.base_url or f"https://{host}"

    def hosts(self) -> tuple[str, ...]:
        """Hosts to speak to besides Intuit's own."""
        host = urlsplit(self.base_url).hostname
        return (host,) if host else ()


def provider(config: QuickBooksConfig) -> Provider:
    """Intuit's login. The addresses here serve where the discovery document is silent.

    A refresh value that was replaced is dead at once (support article "validity of refresh
    token", 2026): there is no grace for the former one.
    """
    own = config.base_url
    trial = config.environment is Environment.SANDBOX
    document = "openid_sandbox_configuration" if trial else "openid_configuration"
    return Provider(
        authorize_url=f"{own or f'https://{LOGIN_HOST}'}/connect/oauth2",
        token_url=f"{own or f'https://{TOKEN_HOST}'}/oauth2/v1/tokens/bearer",
        revoke_url=f"{own or f'https://{DEVELOPER_HOST}'}/v2/oauth2/tokens/revoke",
        discovery_url=f"{own or f'https://{DEVELOPER_HOST}'}/.well-known/{document}",
        client_id=config.client_id,
        client_secret=config.client_secret.get_secret_value(),
        scopes=(SCOPE,),
        flow=Flow.CODE,
        redirect_port=config.redirect_port,
        redirect_address=config.redirect_url,
        grace=timedelta(0),
        token_headers={HARD_END_HEADER: "true"},
        idle_key="x_refresh_token_expires_in",
        end_key="x_refresh_token_hard_expires_in",
        revoke_json=True,
        redirect_expects={"realmId": config.realm_id},
    )
