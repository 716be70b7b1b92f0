"""Sections about mail: who writes, and the channels that deliver.

What: sender, Reply-To, signature and bank details, and named channels (SMTP or a folder).
Not here: wording (templates) and who is written to (policies).
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from syncer.settings.fields import (
    Count,
    Duration,
    Email,
    HostName,
    Language,
    LocalPath,
    Name,
    OneLine,
    at_least,
    at_most,
    is_loopback,
    one_of,
    wrong,
)
from syncer.settings.operation import Secret
from syncer.settings.section import Section, group, key

PORT_MAX = 65_535
TEXT_MAX = 4_000


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"  # loopback only


DEFAULT_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


def _paragraphs(value: Any) -> str:
    """Text of several lines, without control characters."""
    if not isinstance(value, str):
        raise wrong("expected a text; put it in quotes or after '|'")
    if not all(char.isprintable() or char in "\n\t" for char in value):
        raise wrong("a control character; remove it")
    if len(value) > TEXT_MAX:
        raise wrong(f"longer than {TEXT_MAX} characters; shorten it")
    return value.strip("\n")


Paragraphs = Annotated[str, BeforeValidator(_paragraphs)]


class Smtp(Section):
    """A mail server."""

    type: Literal["smtp"] = key(..., "smtp (a mail server) or folder (.eml files).", example="smtp")
    host: HostName = key(..., "The server's name.", example="smtp.example.com")
    port: Annotated[Count, at_least(1), at_most(PORT_MAX)] | None = key(
        None, "Empty = 587 for starttls, 465 for tls, 25 for none.", example="2525"
    )
    security: Annotated[Security, one_of(Security)] = key(
        "starttls", "starttls, tls, or none (only for a server on this machine).", example="tls"
    )
    username: OneLine = key("", "Login name; empty = no login.", example="billing@example.com")
    password: Secret | None = key(
        None, "Login password, from a variable or file.", example="${SMTP_PASSWORD}"
    )
    ca_file: LocalPath | None = key(
        None,
        "PEM file of your own certificate authority; empty = those the system trusts.",
        unit="path",
        example="/etc/ssl/our-ca.pem",
    )
    timeout: Duration = key("30s", "Longest wait for the server.", unit="duration", example="10s")

    @property
    def port_used(self) -> int:
        """The port to connect to."""
        return self.port or DEFAULT_PORTS[self.security]

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.security is Security.NONE and not is_loopback(self.host):
            raise wrong("security: none is only for a server on this machine; use starttls or tls")
        if bool(self.username) != (self.password is not None):
            raise wrong("username and password belong together; give both or neither")
        return self


class Folder(Section):
    """A folder that receives one .eml file per message, for trials or another program."""

    type: Literal["folder"] = key(
        ..., "smtp (a mail server) or folder (.eml files).", example="smtp"
    )
    dir: LocalPath = key(..., "The folder.", unit="path", example="./outbox")


ChannelSettings = Annotated[Smtp | Folder, Field(discriminator="type")]


class Mail(Section):
    """Who writes to customers, and how messages leave."""

    sender: Email = key(
        ..., "Address the messages come from.", alias="from", example="billing@example.com"
    )
    from_name: OneLine = key("", "Name shown beside it.", example="Example Ltd, Accounts")
    reply_to: Email = key(
        ..., "Where customers' answers go: read by a person.", example="anna@example.com"
    )
    signature: Paragraphs = key("", "Ends every message.", example="Anna Smith, Accounts")
    signatures: dict[Language, Paragraphs] = key(
        {}, "Instead of signature, by the message's language.", example="{de: Anna Smith}"
    )
    bank_details: Paragraphs = key("", "How to pay, shown under the statement.", example="IBAN ...")
    language: Language = key("en", "Language where an account names none.", example="de")
    templates: LocalPath | None = key(
        None,
        "Folder with templates of your own; empty = those that ship.",
        unit="path",
        example="./templates",
    )
    letters: LocalPath | None = key(
        None,
        "Folder for the letters of letter steps, to print and post.",
        unit="path",
        example="./letters",
    )
    channels: dict[Name, ChannelSettings] = group(
        dict, "Ways to deliver, by a name of your choice; ledgers refer to them."
    )


class LedgerMail(Section):
    """What a ledger says differently from ``mail``; empty = as there."""

    sender: Email | None = key(None, "As mail.from.", alias="from", example="north@example.com")
    from_name: OneLine | None = key(None, "As mail.from_name.", example="North branch")
    reply_to: Email | None = key(None, "As mail.reply_to.", example="ben@example.com")
    signature: Paragraphs | None = key(None, "As mail.signature.", example="Ben")
    signatures: dict[Language, Paragraphs] = key(
        {}, "As mail.signatures, language by language.", example="{de: Ben}"
    )
    bank_details: Paragraphs | None = key(None, "As mail.bank_details.", example="IBAN ...")
