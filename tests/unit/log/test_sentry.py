"""Sentry gets what a developer needs and nothing that belongs to a customer."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from syncer.errors import (
    AuthError,
    ConfigError,
    ContractError,
    InvariantError,
    LeaseHeld,
    RateLimited,
    StalePlan,
    Transient,
)
from syncer.log import Redactor, monitor, report_error, set_up_sentry, work_scope

DSN = "https://key@sentry.example/1"


class Mailbox(Transport):
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep every item."""
        self.events.extend(item.payload.json for item in envelope.items if item.payload.json)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """Sentry switched on, towards a mailbox; off again afterwards."""
    box = Mailbox()
    assert set_up_sentry(DSN, "test", "1.0", box, redactor=Redactor(["canary-secret"]))
    yield box
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def test_without_dsn_nothing_happens() -> None:
    """No DSN: every helper works and sends nothing."""
    assert not set_up_sentry("", "test", "1.0")
    with work_scope(run_id="r1"), monitor("daily") as check_in:
        report_error(ContractError("x"))
        check_in.exit_code = 0
    assert not sentry_sdk.is_initialized()


def test_events_are_scrubbed(mailbox: Mailbox) -> None:
    """Canaries in message, locals, breadcrumbs, request, user and extra do not leave."""
    sentry_sdk.add_breadcrumb(message="GET a@b.example", data={"body": "canary-secret"})
    local = "canary-secret in a local variable"
    with sentry_sdk.new_scope() as scope:
        scope.set_user({"email": "canary@b.example"})
        scope.set_extra("body", local)
        scope.set_context("request", {"headers": {"Authorization": "Bearer canary-token"}})
        with pytest.raises(ContractError) as raised:
            _fail(local)
        assert report_error(raised.value, connector="xero")
    (event,) = mailbox.events
    text = json.dumps(event)
    assert "canary" not in text
    assert "b.example" not in text
    assert event["exception"]["values"][0]["value"] == "[redacted] of [address]"
    assert event["fingerprint"] == ["xero", "ContractError"]
    assert "vars" not in text
    assert event["environment"] == "test"


def test_the_text_of_a_librarys_error_stays_here(mailbox: Mailbox) -> None:
    """Neither an unforeseen error nor what one of ours was raised from tells what it read."""
    try:
        try:
            raise KeyError("Harbour Roofing")
        except KeyError as error:
            raise ContractError("the list has no end") from error
    except ContractError as error:
        report_error(error)
    report_error(ValueError("Harbour Roofing owes 5"))
    text = json.dumps(mailbox.events)
    assert "Harbour" not in text
    assert "the list has no end" in text
    assert "KeyError" in text


def _fail(body: str) -> None:
    """Raises with a private value in a local variable."""
    del body
    private = "canary-secret"
    raise ContractError(f"{private} of a@b.example")


def test_scope_ends_with_its_ledger(mailbox: Mailbox) -> None:
    """Tags of run and ledger are on events inside, and not on the next ledger's."""
    with work_scope(run_id="r1"):
        with work_scope(ledger="north", connector="xero"):
            report_error(InvariantError("a"))
        report_error(InvariantError("b"))
    report_error(InvariantError("c"))
    tags = [event.get("tags", {}) for event in mailbox.events]
    assert tags == [
        {"run_id": "r1", "ledger": "north", "connector": "xero"},
        {"run_id": "r1"},
        {},
    ]


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (AuthError("x"), True),
        (ContractError("x"), True),
        (InvariantError("x"), True),
        (ValueError("x"), True),
        (ConfigError("x"), False),
        (Transient("x"), False),
        (LeaseHeld("x"), False),
        (StalePlan("x"), False),
        (RateLimited("x", until=datetime(2026, 1, 1, tzinfo=UTC), scope="day"), False),
    ],
)
def test_which_errors_are_worth_an_event(mailbox: Mailbox, error: Exception, worth: bool) -> None:
    """Defects and refusals go to a person; quotas, locks and passing faults do not."""
    assert report_error(error) is worth
    assert bool(mailbox.events) is worth


@pytest.mark.parametrize(("code", "status"), [(0, "ok"), (1, "error"), (3, "error"), (7, "error")])
def test_check_ins_follow_the_exit_code(mailbox: Mailbox, code: int, status: str) -> None:
    """In progress first, then ok for exit code 0 alone."""
    with monitor("daily") as check_in:
        check_in.exit_code = code
    first, last = mailbox.events
    assert (first["status"], last["status"]) == ("in_progress", status)
    assert first["check_in_id"] == last["check_in_id"]


def test_a_crash_checks_in_as_error(mailbox: Mailbox) -> None:
    """A run that breaks off is not reported as good."""
    with pytest.raises(InvariantError), monitor("daily"):
        raise InvariantError("broken")
    assert mailbox.events[-1]["status"] == "error"
