"""Answers that do not say whether a write was done: never called done, never called refused."""

from collections.abc import Callable

import pytest

from syncer.model.outcome import Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.sandbox.faults import Fault, FaultKind

from .altered import Altered, Answer, coded
from .bench import Bench, items_of
from .test_writes import FEES, MARK, NOTE, _charge, _contact, _doc, _note, _send

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


WRITES: dict[str, Callable[[Bench], Outcome]] = {"note": _note, "email": _send, "fee": _charge}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "body",
    [
        b"<html>sign in to the wifi</html>",
        b"",
        b"{}",
        b'{"Invoice":',
        b'{"Customer":{},"Invoice":{}}',
        b'{"Estimate":{"Id":"1","SyncToken":"0"}}',
        b"%PDF",
    ],
)
def test_a_success_that_shows_no_record_is_no_proof(body: bytes, write: str) -> None:
    """A proxy's page with status 200 in place of QuickBooks: nothing was written or mailed."""

    def nobody_home(answer: Answer) -> None:
        if answer.is_write:
            answer.become("200 OK", body, "text/html")

    bench = Altered(nobody_home, settings=FEES, unreached=True)
    _doc(bench).mail_to = "billing@customer.example"
    assert isinstance(WRITES[write](bench), Uncertain)


def test_a_note_whose_answer_shows_nothing_is_found_by_its_marker() -> None:
    """The write was done and only its answer is of no use: looking it up says so."""

    def spoil(answer: Answer) -> None:
        if answer.is_write:
            answer.become("200 OK", b"<html>", "text/html")

    bench = Altered(spoil)
    outcome = _note(bench)
    assert isinstance(outcome, Delivered)
    assert "the note is there" in outcome.detail
    assert _contact(bench).memo.count("[rs-") == 1


def test_a_fault_with_status_200_in_latin_letters_is_a_refusal() -> None:
    """Letters that are no UTF-8 do not turn "no" into "done"."""

    def refuse(answer: Answer) -> None:
        if answer.is_write:
            answer.become("200 OK", coded("6000", text="Règle"), "application/json;charset=UTF-8")

    assert isinstance(_note(Altered(refuse, unreached=True)), Rejected)


def test_a_note_that_must_wait_half_way_waits() -> None:
    """The second invoice cannot be read for now: Retry, and no person has to look."""
    bench = Altered(lambda _: None, accounts=1, settings={"notes_on": "invoice"})
    items = [bench.company.txn_id(doc.doc_id) for doc in bench.world.main.open_invoices()[:3]]
    down = Fault(FaultKind.OFFLINE, method="GET", path=f"/invoice/{items[1]}", times=0)
    bench.plan.faults.append(down)
    outcome = bench.source.add_note(account_id="1", item_ids=items, text=NOTE, key="k")
    assert isinstance(outcome, Retry)
    bench.plan.faults.clear()
    again = bench.source.add_note(account_id="1", item_ids=items, text=NOTE, key="k")
    assert isinstance(again, Delivered)
    assert [doc.memo.count(MARK) for doc in bench.world.main.open_invoices()[:3]] == [1, 1, 1]
