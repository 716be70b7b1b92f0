"""Sections about being watched: what counts as unusual, metrics, and the health ping."""

from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

from syncer.settings.fields import Count, Days, LocalPath, Share, web_address, wrong
from syncer.settings.operation import secret
from syncer.settings.section import Section
from syncer.settings.section import key as setting


def _ping_address(value: Any) -> Any:
    """The address is a password of its own: it must not be shown, nor carry a question."""
    text = secret(value)
    if isinstance(text, str):
        web_address(text)
        if "?" in text or "#" in text:
            raise wrong("leave out everything from ? or # on: /start and /fail are put behind it")
    return text


class AlarmSettings(Section):
    """What is far outside the usual, compared with the ledger's earlier runs."""

    silent_after: Days = setting(
        "4d",
        "A ledger that no run has completed for longer is reported; 0d = never.",
        unit="days",
        example="2d",
    )
    fall: Share = setting(
        "50%",
        "Open invoices or credits below the usual by more than this share; 100% = off.",
        unit="percent",
        example="30%",
    )
    rise: Count = setting(
        3,
        "More contacts or money open than this many times the most ever: nothing is sent "
        "without a person; 0 = off.",
        unit="times",
        example="5",
    )
    least: Count = setting(
        20, "With fewer items or contacts nothing is unusual.", unit="items", example="50"
    )
    quiet_runs: Count = setting(
        20,
        "Runs in a row, those of one day counted once, without anybody due for contact; 0 = off.",
        unit="runs",
        example="10",
    )


class MetricsSettings(Section):
    """Figures for a monitoring system."""

    file: LocalPath | None = setting(
        None,
        "Written after every run in Prometheus' text format, for the node exporter's textfile "
        "collector (name it .prom); empty = none.",
        unit="path",
        example="/var/lib/node_exporter/syncer.prom",
    )


class HealthSettings(Section):
    """A service that waits for a sign of life."""

    ping_url: Annotated[SecretStr, BeforeValidator(_ping_address)] | None = setting(
        None,
        "Called after every run, with /fail behind it after a bad one and /start before; "
        "https only. Empty = none.",
        example="https://hc-ping.example/${PING_ID}",
    )
