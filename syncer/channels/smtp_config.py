"""Where mail is handed in and how the connection is protected, checked before it is used."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path

from syncer.errors import ConfigError


class Security(StrEnum):
    """How the connection is protected. ``none`` is accepted for this machine only."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpConfig:
    """Where and how to hand in mail. Times are seconds."""

    host: str
    port: int = 587
    security: str = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None  # a private certificate authority; None = the system's
    timeout: float = 30.0  # for one answer
    deadline: float = 120.0  # for one message, everything included
    client_name: str = ""  # said in EHLO; "" = this machine's name


def check(config: SmtpConfig) -> None:
    """Raises ConfigError when mail or a password would leave this machine unprotected."""
    if config.security not in tuple(Security):
        raise ConfigError(f"smtp security {config.security!r}: use starttls, tls or none")
    if config.security == Security.NONE and not _is_loopback(config.host):
        raise ConfigError(
            f"smtp security none: {config.host} is another machine and mail would travel "
            "unprotected; use starttls or tls"
        )
    if bool(config.username) != bool(config.password):
        raise ConfigError("smtp: give both user name and password, or neither")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def tls_context(config: SmtpConfig) -> ssl.SSLContext:
    """Verifies certificate and host name, TLS 1.2 or newer. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"smtp ca_file {config.ca_file}: cannot be read as PEM certificates "
            f"({type(error).__name__})"
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Whatever the environment's SSLKEYLOGFILE says:
    context.keylog_filename = None  # type: ignore[assignment]  # the stub does not know it
    return context
