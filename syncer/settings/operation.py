"""Sections about running: state, reports, log, Sentry, secrets, limits of a run.

What: their keys with default, unit and example. Not here: mail, policies and ledgers.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationInfo

from syncer.settings.fields import (
    Count,
    Days,
    Duration,
    LocalPath,
    OneLine,
    at_least,
    at_most,
    is_loopback,
    one_of,
    wrong,
)
from syncer.settings.section import Section
from syncer.settings.section import key as setting

_SQLITE = "sqlite:///"
_DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")
SECRET_KEY_MIN = 32


class LogFormat(StrEnum):
    """How a log line looks."""

    AUTO = "auto"  # text on a terminal, else json
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """The least important kind of line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Addresses(StrEnum):
    """Whether e-mail addresses may appear in logs."""

    REDACT = "redact"
    SHOW = "show"


def _database(value: Any, info: ValidationInfo) -> str:
    """A database address; a relative SQLite path starts at the configuration's folder."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or urlsplit_scheme(text) not in _DATABASES:
        raise wrong(
            "not a database address; write sqlite:///state/syncer.db or postgresql://host/name"
        )
    if not text.startswith("sqlite"):
        return text
    path = text.removeprefix(_SQLITE)
    if path == text or not path or path.startswith(":"):
        raise wrong(
            "SQLite needs a file, else nothing is remembered; write sqlite:///state/syncer.db"
        )
    base = Path((info.context or {}).get("base", Path()))
    return f"{_SQLITE}{base / path}"


def urlsplit_scheme(text: str) -> str:
    """The scheme of an address, or "" when it has none."""
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""


def secret(value: Any) -> Any:
    """A secret must be text; its value never appears in the sentence."""
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise wrong('expected a secret as text; write "${NAME}", file:/path, or put it in quotes')
    if not value.strip():
        raise wrong("the secret is empty; set the variable or file it comes from")
    return value


def _encryption_key(value: Any) -> Any:
    text = secret(value)
    if isinstance(text, str) and len(text) < SECRET_KEY_MIN:
        raise wrong(
            f"the key is shorter than {SECRET_KEY_MIN} characters; make one with: syncer auth key"
        )
    return text


def _dsn(value: Any) -> Any:
    text = secret(value)
    parts = urlsplit(text) if isinstance(text, str) and "[" not in text else urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.username or not parts.path.strip("/"):
        raise wrong(
            "not a Sentry DSN; copy it from the project's settings, e.g. https://key@host/1"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise wrong("plain http to another machine can be read on the way; write https://")
    return text


def _slug(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9_-]{0,50}", value):
        raise wrong("not a monitor slug; use up to 50 small letters, digits, '-' and '_'")
    return value


Secret = Annotated[SecretStr, BeforeValidator(secret)]


class State(Section):
    """Where the worker remembers what it read, decided and sent."""

    url: Annotated[SecretStr, BeforeValidator(_database)] = setting(
        "sqlite:///state/syncer.db",
        "The database: SQLite by default, PostgreSQL by its address.",
        example="postgresql://syncer:${DB_PASSWORD}@db/syncer",
    )
    dir: LocalPath = setting(
        "state", "Folder for files that connectors keep.", unit="path", example="/data/state"
    )


class Reports(Section):
    """What is written about each run."""

    dir: LocalPath = setting(
        "reports",
        "Folder for run reports and run_results.json.",
        unit="path",
        example="/data/reports",
    )
    keep: Annotated[Days, at_least(1)] = setting(
        "90d", "Older reports are removed.", unit="days", example="2w"
    )


class Log(Section):
    """Log lines, on standard error."""

    format: Annotated[LogFormat, one_of(LogFormat)] = setting(
        "auto", "auto: text on a terminal, JSON lines elsewhere.", example="json"
    )
    level: Annotated[LogLevel, one_of(LogLevel)] = setting(
        "info", "The least important lines to write.", example="debug"
    )
    addresses: Annotated[Addresses, one_of(Addresses)] = setting(
        "redact", "Whether customers' e-mail addresses may appear in logs.", example="show"
    )


class Sentry(Section):
    """Error tracking, off without a DSN."""

    dsn: Annotated[SecretStr, BeforeValidator(_dsn)] | None = setting(
        None, "The project's DSN.", example="${SENTRY_DSN}"
    )
    environment: OneLine = setting("production", "Shown beside each event.", example="staging")
    monitor_slug: Annotated[str, BeforeValidator(_slug)] = setting(
        "", "Cron monitor to check in with; empty = none.", example="receivables-syncer"
    )


class Secrets(Section):
    """Keys of our own."""

    key: Annotated[SecretStr, BeforeValidator(_encryption_key)] | None = setting(
        None,
        "Encrypts stored login tokens; needed by connectors with a login.",
        unit="32 characters or more",
        example="file:/run/secrets/syncer_key",
    )
    previous_keys: tuple[Annotated[SecretStr, BeforeValidator(_encryption_key)], ...] = setting(
        (), "Older keys that may still open stored tokens after a change.", example="[${OLD_KEY}]"
    )


class Run(Section):
    """Limits of one run."""

    threads: Annotated[Count, at_most(64)] = setting(
        4, "Ledgers worked on at once; 0 = one after the other.", unit="ledgers", example="8"
    )
    lease: Duration = setting(
        "15m", "How long a run owns a ledger before it must renew.", unit="duration", example="30m"
    )
    guard_age_max: Duration = setting(
        "60s",
        "How old the last look at an account may be when its message leaves.",
        unit="duration",
        example="30s",
    )
    clock_skew_max: Duration = setting(
        "10m",
        "Nothing is sent while this machine's clock and the ledger's server are further apart.",
        unit="duration",
        example="5m",
    )
    sends_max: Annotated[Count, at_least(1)] | None = setting(
        None, "Messages per ledger and run; empty = no limit.", unit="messages", example="200"
    )
