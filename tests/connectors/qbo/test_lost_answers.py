"""Answers that do not say whether a write was done: never called done, never called refused."""

import pytest

from syncer.model.outcome import Rejected, Uncertain

from .altered import Altered, Answer, coded
from .bench import items_of
from .test_writes import _doc, _send

GATEWAY_504 = (
    b'{"fault":{"error":[{"message":"message=GatewayTimeout; errorCode=000004; statusCode=504",'
    b'"code":"4"}],"type":"SERVICE"}}'
)


def _mailing(status: str, body: bytes) -> Altered:
    """A bench where the e-mail goes out and the answer is replaced."""

    def change(answer: Answer) -> None:
        if answer.path.endswith("/send"):
            answer.become(status, body)

    bench = Altered(change)
    _doc(bench).mail_to = "billing@customer.example"
    return bench


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("504 Gateway Timeout", GATEWAY_504),
        ("503 Service Unavailable", coded("4002")),
        ("500 Internal Server Error", coded("4002", "SystemFault")),
        ("500 Internal Server Error", coded("10001", "SystemFault")),
    ],
)
def test_a_gateways_number_is_no_refusal_of_an_email(status: str, body: bytes) -> None:
    """The mail has left when the gateway loses patience: it is uncertain and looked up."""
    bench = _mailing(status, body)
    outcome = _send(bench)
    assert isinstance(outcome, Uncertain)
    assert "shows a delivery" in outcome.evidence
    assert len(bench.world.main.books.mails) == 1


def test_a_500_that_judges_the_content_is_a_refusal() -> None:
    """The control: 4002 with a 500 is about what was sent."""
    assert isinstance(_send(_mailing("500 Internal Server Error", coded("4002"))), Rejected)


def test_a_coded_503_of_a_read_is_read_again() -> None:
    """One passing 503 of the gateway, with a number, costs a call and no ledger."""
    hits: list[str] = []

    def change(answer: Answer) -> None:
        if answer.path.endswith("/query") and not hits:
            hits.append(answer.path)
            answer.become("503 Service Unavailable", coded("1001", "SERVICE"))

    bench = Altered(change)
    assert sum(item.kind == "invoice" for item in items_of(bench.pull()).values()) == 12
