"""The keys under an Odoo ledger's ``settings`` in the YAML file."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator

from syncer.http.address import server_address
from syncer.settings.fields import TimeZone


class Protocol(StrEnum):
    """How the server is spoken to."""

    AUTO = "auto"  # asks the server for its version
    JSON2 = "json2"  # Odoo 19 and later
    JSONRPC = "jsonrpc"  # Odoo 17 and 18


class NotesOn(StrEnum):
    """Where notes are written."""

    INVOICE = "invoice"  # the chatter of every invoice named
    ACCOUNT = "account"  # the chatter of the customer


class OdooConfig(BaseModel):
    """Access to one company in an Odoo database and what is read from it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(server_address)] = Field(
        description="Address of the Odoo server, without a path of its own.",
        examples=["https://odoo.example.com"],
    )
    database: str = Field(
        description="Name of the database, as the login page lists it.",
        min_length=1,
        examples=["example"],
    )
    api_key: SecretStr = Field(
        description=(
            "API key of the user that the worker acts as (Odoo: Preferences, Account Security, "
            "New API Key)."
        ),
        examples=["${ODOO_API_KEY}"],
    )
    login: str = Field(
        default="",
        description="Login name of that user; needed for Odoo 17 and 18, where the key is its "
        "password.",
        examples=["receivables@example.com"],
    )
    company: str = Field(
        default="",
        description="Exact name of the company; needed where the user sees several.",
        examples=["Example GmbH"],
    )
    protocol: Protocol = Field(
        default=Protocol.AUTO,
        description="json2 (Odoo 19 on), jsonrpc (17 and 18), or auto: ask the server.",
        examples=["auto"],
    )
    time_zone: TimeZone | None = Field(
        default=None,
        description="IANA time zone, where neither the company's contact nor the user has one.",
        examples=["Europe/Brussels"],
    )
    history_months: int = Field(
        default=12,
        ge=0,
        le=60,
        description="Months of paid invoices to read for payment behaviour; 0 reads none.",
        examples=[12],
    )
    notes_on: NotesOn = Field(
        default=NotesOn.INVOICE,
        description="Write notes to the chatter of every invoice named, or of the customer.",
        examples=["invoice"],
    )
    do_not_chase_tags: tuple[str, ...] = Field(
        default=(),
        description="Contact tags whose bearers are never contacted, by name in Odoo.",
        examples=[["No reminders"]],
    )
    task_user: str = Field(
        default="",
        description=(
            "Login name of the person who gets activities such as phone calls; empty gives them "
            "to the salesperson of the invoice."
        ),
        examples=["ann@example.com"],
    )
    mail_template: str = Field(
        default="Invoice: Sending",
        min_length=1,
        description="Name, in English, of the mail template that Odoo's own e-mails are made of.",
        examples=["Invoice: Sending"],
    )
    fee_account_code: str = Field(
        default="",
        max_length=64,
        description="Account code of the line of a late-fee draft; empty takes the journal's.",
        examples=["707000"],
    )
    portal_url: Annotated[str, AfterValidator(server_address)] = Field(
        default="",
        description="Address where customers reach the portal; empty means url.",
        examples=["https://portal.example.com"],
    )

    @field_validator("url")
    @classmethod
    def _there(cls, address: str) -> str:
        if not address:
            raise ValueError("give the address of the Odoo server")
        return address

    @field_validator("api_key")
    @classmethod
    def _key_there(cls, key: SecretStr) -> SecretStr:
        if not key.get_secret_value().strip():
            raise ValueError("give the API key; in Odoo: Preferences, Account Security")
        return key

    def hosts(self) -> tuple[str, ...]:
        """The one host that this configuration speaks to."""
        return (urlsplit(self.url).hostname or "",)
