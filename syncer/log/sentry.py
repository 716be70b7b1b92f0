"""Sentry: errors with their ledger and run, scrubbed; cron check-ins; nothing without a DSN.

Without a DSN the SDK is not even imported.

What: set-up that sends no request bodies, headers, local variables, arguments or breadcrumb
data; a scope per run and ledger; which errors are worth an event.
Source for option names: https://docs.sentry.io/platforms/python/configuration/options/ (2026-11).
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncer.errors import ConfigError, LeaseHeld, RateLimited, StalePlan, SyncerError, Transient
from syncer.log.redact import WITHHELD, Redactor

if TYPE_CHECKING:
    from sentry_sdk.transport import Transport

BREADCRUMBS_MAX = 20
_EXPECTED = (ConfigError, LeaseHeld, RateLimited, StalePlan, Transient)  # no defect: no event
_DROPPED = ("request", "user", "server_name", "extra", "modules", "threads")
_FRAME_DROPPED = ("vars", "pre_context", "post_context", "context_line", "abs_path")


def set_up_sentry(
    dsn: str,
    environment: str,
    release: str,
    transport: "Transport | None" = None,
    *,
    redactor: Redactor | None = None,
) -> bool:
    """Start error tracking; False (and nothing happens, ever) when ``dsn`` is empty."""
    if not dsn:
        return False
    import sentry_sdk
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.threading import ThreadingIntegration

    scrub = _Scrub(redactor or Redactor())
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        transport=transport,
        before_send=scrub.event,
        before_breadcrumb=scrub.breadcrumb,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=BREADCRUMBS_MAX,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[ExcepthookIntegration(), ThreadingIntegration(propagate_scope=True)],
        server_name="",
        auto_session_tracking=False,
        send_client_reports=False,
        http_proxy="",  # these four: whatever the environment says
        https_proxy="",
        spotlight=False,
        debug=False,
    )
    return True


class _Scrub:
    """The last look at everything that leaves for Sentry."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def event(self, event: Any, hint: Mapping[str, Any]) -> Any:
        """An event without what must stay in; the rest cleaned like a log line."""
        del hint
        kept = {key: value for key, value in event.items() if key not in _DROPPED}
        for values in _exceptions(kept):
            if values.get("module") != SyncerError.__module__:
                values["value"] = WITHHELD  # it may quote what was read
            for frame in (values.get("stacktrace") or {}).get("frames", ()):
                for name in _FRAME_DROPPED:
                    frame.pop(name, None)
        return self._redactor.value(kept, customer_text=False)

    def breadcrumb(self, crumb: Any, hint: Mapping[str, Any]) -> Any:
        """Only what kind of thing happened, and when."""
        del hint
        kept = {
            key: crumb[key] for key in ("type", "category", "level", "timestamp") if key in crumb
        }
        kept["message"] = self._redactor.text(str(crumb.get("message") or ""))
        return kept


def _exceptions(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = (event.get("exception") or {}).get("values", [])
    return [entry for entry in found if isinstance(entry, dict)]


@contextmanager
def work_scope(**tags: str) -> Iterator[None]:
    """Tags (``run_id``, ``ledger``, ``connector``) on every event inside, on none outside."""
    sdk = _started()
    if sdk is None:
        yield
        return
    with sdk.isolation_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, value)
        yield


def report_error(error: BaseException, *, connector: str = "") -> bool:
    """Send ``error`` if a person should look: grouped by connector and class. Was it worth it?"""
    if isinstance(error, _EXPECTED):
        return False
    sdk = _started()
    if sdk is not None:
        with sdk.new_scope() as scope:
            if isinstance(error, SyncerError):
                scope.fingerprint = [connector or "-", type(error).__name__]
            sdk.capture_exception(error)
    return True


def report_notice(text: str, *, ledger: str, kind: str) -> None:
    """Send what no error says, e.g. a ledger that fell silent: one issue a ledger and kind."""
    sdk = _started()
    if sdk is None:
        return
    with sdk.new_scope() as scope:
        scope.fingerprint = [kind, ledger]
        scope.set_tag("ledger", ledger)
        sdk.capture_message(text, level="warning")


def _started() -> Any:
    """The SDK, or None when there was no DSN to start it with."""
    sdk = sys.modules.get("sentry_sdk")
    return sdk if sdk is not None and sdk.is_initialized() else None


@dataclass(slots=True)
class CheckIn:
    """How the run ended; the command sets it. Stays 1 when the run did not get that far."""

    exit_code: int = 1


@contextmanager
def monitor(slug: str) -> Iterator[CheckIn]:
    """A cron check-in around a run: in progress, then ok for exit code 0, else error.

    A check-in has no place for the code itself; the run's log line has it. Does nothing when
    ``slug`` is empty or Sentry is off.
    """
    outcome = CheckIn()
    sdk = _started()
    if not slug or sdk is None:
        yield outcome
        return
    from sentry_sdk.crons import capture_checkin

    check_in = capture_checkin(monitor_slug=slug, status="in_progress")
    try:
        yield outcome
    finally:
        status = "ok" if outcome.exit_code == 0 else "error"
        capture_checkin(monitor_slug=slug, check_in_id=check_in, status=status)
        sdk.flush()
