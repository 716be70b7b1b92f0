"""Invoices mailed by QuickBooks: whose address they keep, and what counts as sent."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer.model.outcome import Delivered, Outcome, Rejected, Uncertain
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Document
from syncer.sandbox.world import World

from .altered import Altered, Answer
from .bench import Bench

TRIAL = {"send_to": "Trial@here.example"}
THEIRS, NEW = "billing@customer.example", "new@customer.example"


class _Crash(BaseException):
    """The process dies here."""


def _doc(bench: Bench) -> Document:
    return bench.world.main.open_invoices()[0]


def _send(bench: Bench, key: str = "m-1") -> Outcome:
    return bench.source.email_item(item_id=bench.company.txn_id(_doc(bench).doc_id), key=key)


def _bench(to: str = THEIRS, **more: Any) -> Bench:
    bench = Bench(invoices=12, accounts=3, **more)
    _doc(bench).mail_to = to
    return bench


def _crash(world: World) -> None:
    raise _Crash


def _edited(world: World) -> None:
    world.main.change_document(world.main.open_invoices()[0], mail_to=NEW)


def _cut_off(tmp_path: Path) -> Bench:
    """A trial whose process died between QuickBooks' answer and putting the address back."""
    bench = _bench(settings=TRIAL, folder=tmp_path)
    bench.plan.faults.append(Fault(FaultKind.BEFORE, method="POST", nth=2, run=_crash))
    with pytest.raises(_Crash):
        _send(bench)
    bench.plan.faults.clear()
    bench.source = bench.new_source()
    assert _doc(bench).mail_to == TRIAL["send_to"]
    return bench


def _send_another(bench: Bench) -> Outcome:
    other = bench.world.main.open_invoices()[1]
    other.mail_to = THEIRS
    return bench.source.email_item(item_id=bench.company.txn_id(other.doc_id), key="m-3")


@pytest.mark.parametrize("trial", [True, False], ids=["still on trial", "trial over"])
def test_a_trial_cut_off_is_mended_by_the_next_mail(tmp_path: Path, *, trial: bool) -> None:
    """Whichever invoice it is for: the address before was noted and is put back first."""
    bench = _cut_off(tmp_path)
    bench.config = bench.config if trial else bench.config.model_copy(update={"send_to": ""})
    bench.source = bench.new_source()
    assert isinstance(_send_another(bench), Delivered)
    assert _doc(bench).mail_to == THEIRS
    bench.seen.clear()
    bench.source = bench.new_source()
    assert isinstance(_send(bench, key="m-2"), Delivered)
    assert _doc(bench).mail_to == THEIRS
    assert len(bench.writes()) == (2 if trial else 1)  # nothing is left to be put back


def test_an_address_that_a_person_put_back_is_not_touched(tmp_path: Path) -> None:
    """Between the crash and the next mail somebody entered another one: it stays."""
    bench = _cut_off(tmp_path)
    _edited(bench.world)
    assert isinstance(_send_another(bench), Delivered)
    assert _doc(bench).mail_to == NEW


@pytest.mark.parametrize("then", ["Trial@here.example", "other@here.example", ""])
def test_an_address_that_cannot_be_put_back_yet_is_tried_again(tmp_path: Path, then: str) -> None:
    """A closed book refuses it: the invoice is refused by number, others go out, later it works.

    So it is when mails go elsewhere by then, or to the customers: nobody's reminder goes astray.
    """
    bench = _cut_off(tmp_path)
    bench.config = bench.config.model_copy(update={"send_to": then})
    bench.source = bench.new_source()
    bench.plan.faults.append(Fault(FaultKind.CODED, method="POST", code="6210"))
    assert isinstance(_send(bench, key="m-2"), Rejected)
    assert isinstance(_send_another(bench), Delivered)
    assert _doc(bench).mail_to == TRIAL["send_to"]
    bench.source = bench.new_source()
    assert isinstance(_send(bench, key="m-4"), Delivered)
    assert _doc(bench).mail_to == THEIRS


def test_a_trial_cut_off_whose_note_was_lost_is_noticed(tmp_path: Path) -> None:
    """The next mail of that invoice is refused by number; nothing more is sent."""
    bench = _cut_off(tmp_path)
    (tmp_path / "trial_addresses.json").unlink()
    outcome = _send(bench, key="m-2")
    assert isinstance(outcome, Rejected)
    assert f"invoice {_doc(bench).number}" in outcome.reason
    assert "by hand" in outcome.reason
    assert len(bench.world.main.books.mails) == 1


def test_what_a_trial_notes_is_for_its_owner_and_goes_again(tmp_path: Path) -> None:
    """While it is lent the address lies in a private file; afterwards no address is kept."""
    bench = _cut_off(tmp_path)
    [noted] = list(tmp_path.iterdir())
    assert noted.stat().st_mode & 0o777 == 0o600
    assert THEIRS in noted.read_text()
    _send_another(bench)
    assert noted.read_text() == "{}"


def test_nothing_is_sent_on_trial_that_could_not_be_noted() -> None:
    """No place to remember the address: refused before QuickBooks is asked."""
    bench = _bench(settings=TRIAL)
    outcome = _send(bench)
    assert isinstance(outcome, Rejected)
    assert "nothing was sent" in outcome.reason
    assert not bench.writes()


def test_a_damaged_note_stops_mails_and_shows_no_address(tmp_path: Path) -> None:
    """Nobody knows which invoices carry a trial address: a person looks first."""
    bench = _bench(settings=TRIAL, folder=tmp_path)
    (tmp_path / "trial_addresses.json").write_text(f'{{"7":{{"address":"{THEIRS}"')
    outcome = _send(bench)
    assert isinstance(outcome, Rejected)
    assert "damaged" in outcome.reason
    assert THEIRS not in outcome.reason
    assert not bench.writes()


def test_a_trial_writes_no_address_where_there_was_none() -> None:
    """An address could not be emptied again: the invoice is refused, as it would be for real."""
    bench = _bench("", settings=TRIAL)
    assert isinstance(_send(bench), Rejected)
    assert not bench.writes()
    assert _doc(bench).mail_to == ""


BEFORE_IT = Fault(FaultKind.BEFORE, method="POST", run=_edited)
AFTER_IT = Fault(FaultKind.BEFORE, method="GET", nth=2, run=_edited)


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({}, [BEFORE_IT]),
        ({}, [BEFORE_IT, Fault(FaultKind.COMMIT_THEN_DROP, method="POST")]),
        (TRIAL, [Fault(FaultKind.DROP, method="POST"), AFTER_IT]),
    ],
    ids=["answered", "answer lost", "on trial, not carried out"],
)
def test_an_address_that_a_person_enters_meanwhile_stays(
    settings: dict[str, str], faults: list[Fault], tmp_path: Path
) -> None:
    """Only the trial address is ever replaced."""
    bench = _bench(settings=settings, folder=tmp_path, faults=[replace(f) for f in faults])
    _send(bench)
    assert _doc(bench).mail_to == NEW
    assert len(bench.writes()) == 1


def test_a_lost_trial_mail_puts_the_address_back(tmp_path: Path) -> None:
    """The answer is lost, the invoice shows the trial address: it is mended and said."""
    bench = _bench(settings=TRIAL, folder=tmp_path)
    bench.plan.faults.append(Fault(FaultKind.COMMIT_THEN_DROP, method="POST", path="/send"))
    outcome = _send(bench)
    assert isinstance(outcome, Uncertain)
    assert "put back" in outcome.evidence
    assert _doc(bench).mail_to == THEIRS


def test_a_lost_trial_mail_that_cannot_be_looked_at_says_what_to_look_for(tmp_path: Path) -> None:
    """Nobody knows which address the invoice has: a person is told."""
    bench = _bench(settings=TRIAL, folder=tmp_path)
    bench.plan.faults.append(Fault(FaultKind.DROP, method="POST", path="/send"))
    bench.plan.faults.append(Fault(FaultKind.OFFLINE, method="GET", nth=2, times=0))
    outcome = _send(bench)
    assert isinstance(outcome, Uncertain)
    assert "by hand" in outcome.evidence


def _unsent(answer: Answer) -> None:
    said = json.loads(answer.body)
    said["Invoice"] |= {"EmailStatus": "NeedToSend", "DeliveryInfo": None}
    answer.become("200 OK", json.dumps(said).encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: answer.become("200 OK", b"<html>sign in</html>", "text/html"),
        lambda answer: answer.become("200 OK", b"{}"),
        lambda answer: answer.become("200 OK", b""),
        _unsent,
    ],
    ids=["a page", "no invoice", "nothing", "not sent"],
)
def test_only_an_invoice_shown_as_sent_counts_as_mailed(change: Callable[[Answer], None]) -> None:
    """Whatever else answers with a 2xx is Uncertain, never "mailed"."""
    bench = Altered(lambda answer: change(answer) if answer.path.endswith("/send") else None)
    _doc(bench).mail_to = THEIRS
    assert isinstance(_send(bench), Uncertain)


def test_a_new_delivery_counts_without_the_state() -> None:
    """The time of a delivery is proof enough where the state is left out."""

    def stateless(answer: Answer) -> None:
        if answer.path.endswith("/send"):
            said = json.loads(answer.body)
            said["Invoice"].pop("EmailStatus")
            answer.body = json.dumps(said).encode()

    bench = Altered(stateless)
    _doc(bench).mail_to = THEIRS
    assert isinstance(_send(bench), Delivered)
