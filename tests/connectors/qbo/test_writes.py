"""Notes, tasks, e-mails and late fees: done once, and nothing of people's is lost."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.quickbooks import memo
from connectors.quickbooks.charges import number_of
from syncer.errors import RateLimited
from syncer.model.charge import Charge
from syncer.model.outcome import (
    AlreadyThere,
    Delivered,
    Outcome,
    Rejected,
    Retry,
    Snooze,
    Uncertain,
)
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Contact, Document, Status
from syncer.sandbox.world import World

from .bench import Bench

MARK = "[rs-0123456789abcdef0123456789abcdef-note]"
NOTE = f"Reminder sent on 2026-11-22: 40.00 asked for. {MARK}"
OTHER = "[rs-ffffffffffffffffffffffffffffffff-note]"
FEES = {"fee_item_id": "3", "fee_tax_code_id": "4"}
PEOPLE = "Ask for Ann.\n\nPays in two halves – always. [see 2024]"
words = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\x85")
)


def _bench(**more: Any) -> Bench:
    return Bench(invoices=12, accounts=3, **more)


def _contact(bench: Bench) -> Contact:
    return next(iter(bench.world.main.books.contacts.values()))


def _doc(bench: Bench) -> Document:
    return bench.world.main.open_invoices()[0]


def _note(bench: Bench, text: str = NOTE, *, key: str = "k-1") -> Outcome:
    return bench.source.add_note(
        account_id=bench.company.name_id(_contact(bench).contact_id),
        item_ids=[bench.company.txn_id(_doc(bench).doc_id)],
        text=text,
        key=key,
    )


def _send(bench: Bench) -> Outcome:
    return bench.source.email_item(item_id=bench.company.txn_id(_doc(bench).doc_id), key="m-1")


# --- the text that people share ------------------------------------------------------------


@given(existing=words, note=words, limit=st.integers(80, 300))
def test_peoples_text_is_never_lost(existing: str, note: str, limit: int) -> None:
    """Whatever stands there stays, word for word, before what is appended."""
    try:
        whole = memo.appended(existing, f"{note} {MARK}", limit=limit)
    except memo.FullError:
        return
    assert whole.startswith(existing.rstrip("\n") if existing.strip() else "")
    assert whole.endswith(MARK)
    assert len(whole) <= max(limit, len(existing))


@given(count=st.integers(1, 60), limit=st.integers(400, 900))
def test_our_oldest_lines_make_room(count: int, limit: int) -> None:
    """Notes of ours come and go; the person's line and the newest note stay."""
    text = "A person's line."
    for number in range(count):
        text = memo.appended(text, f"note {number} " + "x" * 80 + f" {MARK}", limit=limit)
    assert len(text) <= limit
    assert text.startswith("A person's line.\n")
    assert f"note {count - 1} " in text


def test_a_full_text_of_people_is_left_alone() -> None:
    """A person must make room: nothing of theirs is cut for a note."""
    bench = _bench()
    _contact(bench).memo = "x" * 1990
    assert isinstance(_note(bench), Rejected)
    assert _contact(bench).memo == "x" * 1990


def test_a_note_of_several_lines_becomes_one() -> None:
    """One line a note, so that it can be found and trimmed again."""
    assert memo.one_line("a\n- b\n\n- c") == "a · - b · - c"


# --- notes -----------------------------------------------------------------------------------


def test_a_note_is_a_sparse_update_of_one_field() -> None:
    """Only the id, the token and the text are sent: what is not named stays as it is."""
    bench = _bench()
    _contact(bench).memo = PEOPLE
    before = (_contact(bench).email, _contact(bench).name)
    assert isinstance(_note(bench), Delivered)
    assert _contact(bench).memo == f"{PEOPLE}\n{NOTE}"
    assert (_contact(bench).email, _contact(bench).name) == before
    [(_, query, body)] = bench.writes()
    assert set(json.loads(body)) == {"Id", "SyncToken", "sparse", "Notes"}
    assert len(query["requestid"][0]) <= 50


def test_a_note_on_invoices_goes_to_the_private_note() -> None:
    """notes_on invoice writes each invoice's own text, and finds it there."""
    bench = _bench(settings={"notes_on": "invoice"})
    _doc(bench).memo = PEOPLE
    assert isinstance(_note(bench), Delivered)
    assert _doc(bench).memo == f"{PEOPLE}\n{NOTE}"
    assert isinstance(_note(bench, key="k-2"), AlreadyThere)
    items = [bench.company.txn_id(_doc(bench).doc_id)]
    assert bench.source.find_note(account_id="1", item_ids=items, marker=MARK)
    assert not bench.source.find_note(account_id="1", item_ids=items, marker=OTHER)


@pytest.mark.parametrize("kind", [FaultKind.MINUTE_LIMIT, FaultKind.DAY_LIMIT])
def test_the_months_block_ends_the_writing(kind: FaultKind) -> None:
    """Waited for once, then raised: not another few minutes for every note of the run."""
    bench = _bench(faults=[Fault(kind, method="POST", times=0)])
    with pytest.raises(RateLimited, match="month") as caught:
        _note(bench)
    assert (caught.value.until - bench.clock()).total_seconds() >= 3600
    assert sum(bench.slept) < 400


def _somebody_types(world: World) -> None:
    contact = next(iter(world.main.books.contacts.values()))
    contact.memo += "typed meanwhile"
    contact.revision += 1


def test_a_stale_token_means_reading_again() -> None:
    """What a person typed between reading and writing is kept: 5010, read, write again."""
    bench = _bench()
    bench.plan.faults.append(Fault(FaultKind.BEFORE, method="POST", run=_somebody_types))
    assert isinstance(_note(bench), Delivered)
    assert _contact(bench).memo == f"typed meanwhile\n{NOTE}"
    ids = [query["requestid"] for _, query, _ in bench.writes()]
    assert len(ids) == 2
    assert ids[0] != ids[1]


def test_a_token_that_stays_stale_is_left_for_later() -> None:
    """Somebody who keeps changing the record is not fought with."""
    bench = _bench()
    bench.plan.faults.append(Fault(FaultKind.BEFORE, method="POST", run=_somebody_types, times=0))
    assert isinstance(_note(bench), Retry)
    assert len(bench.writes()) == 2
    assert NOTE not in _contact(bench).memo


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.HANG, FaultKind.SERVER_ERROR,
                                  FaultKind.COMMIT_THEN_DROP, FaultKind.COMMIT_THEN_HANG,
                                  FaultKind.COMMIT_THEN_ERROR])  # fmt: skip
def test_a_lost_answer_leaves_one_note(kind: FaultKind) -> None:
    """Looked up first; repeated under the same id only when it is not there."""
    bench = _bench(faults=[Fault(kind, method="POST")])
    outcome = _note(bench)
    assert isinstance(outcome, Delivered)
    assert _contact(bench).memo == NOTE
    assert len({query["requestid"][0] for _, query, _ in bench.writes()}) == 1


def test_refusals_are_for_a_person() -> None:
    """A business rule (closed period) is never tried again."""
    for code, kind in (("6210", Rejected), ("2050", Rejected), ("610", Rejected)):
        bench = _bench(faults=[Fault(FaultKind.CODED, method="POST", code=code, times=0)])
        assert isinstance(_note(bench), kind), code
        assert len(bench.writes()) == 1


def test_a_write_that_could_not_begin_is_for_later() -> None:
    """When the record cannot even be read nothing was done: Retry, never Uncertain."""
    down = [Fault(FaultKind.OFFLINE, method="GET", times=0)]
    outcomes = [_note(_bench(faults=down)), _send(_bench(faults=down))]
    outcomes.append(_charge(_bench(faults=down, settings=FEES)))
    assert {type(outcome) for outcome in outcomes} == {Retry}


def test_a_task_says_who_does_what_by_when() -> None:
    """A task is a line on the customer; its lines are joined, its marker ends it."""
    bench = _bench()
    number = bench.company.name_id(_contact(bench).contact_id)
    outcome = bench.source.add_task(
        account_id=number,
        item_ids=[],
        text=f"Phone them.\n- INV-1 {MARK}",
        due_on=date(2026, 11, 24),
        key="t-1",
    )
    assert isinstance(outcome, Delivered)
    assert _contact(bench).memo == f"TO DO by 2026-11-24: Phone them. · - INV-1 {MARK}"


# --- e-mails by QuickBooks ---------------------------------------------------------------------


def test_a_mail_goes_to_the_billing_address_without_naming_it() -> None:
    """Without sendTo nothing is overwritten."""
    bench = _bench()
    _doc(bench).mail_to = "billing@customer.example"
    assert isinstance(_send(bench), Delivered)
    [(path, query, body)] = bench.writes()
    assert path.endswith("/send")
    assert "sendTo" not in query
    assert body == b""
    assert bench.world.main.books.mails[0].to == ["billing@customer.example"]


def test_a_trial_address_does_not_stay_on_the_invoice(tmp_path: Path) -> None:
    """sendTo overwrites BillEmail for good: the address before is put back."""
    bench = _bench(settings={"send_to": "trial+qb@here.example"}, folder=tmp_path)
    _doc(bench).mail_to = "billing@customer.example"
    outcome = _send(bench)
    assert isinstance(outcome, Delivered)
    assert "put back" in outcome.detail
    assert bench.world.main.books.mails[0].to == ["trial+qb@here.example"]
    assert _doc(bench).mail_to == "billing@customer.example"


def test_a_billing_address_that_cannot_be_put_back_is_told(tmp_path: Path) -> None:
    """The mail left: that is what counts, and a person learns the rest."""
    bench = _bench(settings={"send_to": "trial@here.example"}, folder=tmp_path)
    _doc(bench).mail_to = "billing@customer.example"
    bench.plan.faults.append(Fault(FaultKind.CODED, method="POST", nth=2, times=0, code="6210"))
    outcome = _send(bench)
    assert isinstance(outcome, Delivered)
    assert "by hand" in outcome.detail


def test_no_billing_address_is_for_a_person() -> None:
    """Nothing is asked of QuickBooks without an address."""
    bench = _bench()
    _doc(bench).mail_to = ""
    assert isinstance(_send(bench), Rejected)
    assert not bench.writes()


def test_a_bad_address_is_a_refusal_in_spite_of_its_500() -> None:
    """HTTP 500 with code 4002: sent once, not retried, not uncertain."""
    bench = _bench()
    _doc(bench).mail_to = "nobody at all"
    assert isinstance(_send(bench), Rejected)
    assert len(bench.writes()) == 1


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(FaultKind.COMMIT_THEN_DROP, "a delivery at"), (FaultKind.DROP, "no new delivery")],
)
def test_a_lost_mail_is_uncertain_and_says_what_the_invoice_shows(
    kind: FaultKind, shown: str
) -> None:
    """It is never repeated; the person who decides gets the evidence."""
    bench = _bench(faults=[Fault(kind, method="POST")])
    _doc(bench).sent = False
    outcome = _send(bench)
    assert isinstance(outcome, Uncertain)
    assert shown in outcome.evidence
    assert len(bench.writes()) == 1


def test_a_run_of_refusals_stops_the_asking() -> None:
    """Forty e-mails a day in Intuit's sandbox: after a few refusals it waits for another day."""
    bench = _bench()
    _doc(bench).mail_to = "nobody at all"
    outcomes = [_send(bench) for _ in range(6)]
    assert isinstance(outcomes[-1], Snooze)
    assert len(bench.writes()) == 5


# --- late fees ---------------------------------------------------------------------------------


def _charge(bench: Bench, reference: str = "LF-INV-0000001-1") -> Outcome:
    contact = _contact(bench)
    return bench.source.add_charge(
        Charge(
            account_id=bench.company.name_id(contact.contact_id),
            amount=Decimal("25.50"),
            currency=contact.currency,
            description="Late payment fee",
            on=date(2026, 11, 22),
            reference=reference,
            key="fee-1",
        )
    )


def test_a_late_fee_is_raised_once_and_not_mailed() -> None:
    """It carries its number, the fee's item, no mail; asked again, the first is found."""
    bench = _bench(settings=FEES)
    first, second = _charge(bench), _charge(bench)
    assert isinstance(first, Delivered)
    assert isinstance(second, AlreadyThere)
    assert first.remote_id == second.remote_id
    [fee] = [d for d in bench.world.main.books.documents.values() if d.number.startswith("LF-")]
    assert (fee.total, fee.sent, fee.to_mail) == (Decimal("25.50"), False, False)


def test_a_number_that_another_invoice_has_is_no_late_fee() -> None:
    """An invoice of another customer is never taken for the fee, nor raised over."""
    bench = _bench(settings=FEES)
    mine = _contact(bench).contact_id
    other = next(d for d in bench.world.main.open_invoices() if d.contact_id != mine)
    outcome = _charge(bench, reference=other.number)
    assert isinstance(outcome, Rejected)
    assert "another customer" in outcome.reason
    assert not bench.writes()


def test_a_late_fee_answered_from_memory_is_read_back() -> None:
    """Its invoice was deleted, the same request is answered as before: that is no new fee."""
    bench = _bench(settings=FEES)
    assert isinstance(_charge(bench), Delivered)
    [fee] = [d for d in bench.world.main.books.documents.values() if d.number.startswith("LF-")]
    fee.status = Status.DELETED
    bench.world.main.moved(fee)
    outcome = _charge(bench)
    assert isinstance(outcome, Rejected)
    assert "deleted" in outcome.reason


def test_a_late_fee_needs_an_item() -> None:
    """Without fee_item_id nothing is raised, and the reason names the key."""
    outcome = _charge(_bench())
    assert isinstance(outcome, Rejected)
    assert "fee_item_id" in outcome.reason


def test_no_late_fee_beside_quickbooks_own() -> None:
    """The account of automatic late fees is there: nothing is charged twice unless it is said."""
    outcomes = []
    for settings in (FEES, {**FEES, "fee_beside_own": True}):
        bench = _bench(settings=settings)
        bench.world.main.org.accounts["270"].name = "Late fee income"
        outcomes.append(_charge(bench))
    refused, raised = outcomes
    assert isinstance(refused, Rejected)
    assert "fee_beside_own" in refused.reason
    assert isinstance(raised, Delivered)


@pytest.mark.parametrize("kind", [FaultKind.COMMIT_THEN_DROP, FaultKind.COMMIT_THEN_ERROR])
def test_a_lost_late_fee_is_found_by_its_number(kind: FaultKind) -> None:
    """No second invoice is raised after a lost answer."""
    bench = _bench(settings=FEES, faults=[Fault(kind, method="POST")])
    assert isinstance(_charge(bench), Delivered)
    assert len(bench.writes()) == 1


def test_a_number_taken_by_somebody_else_meanwhile_is_read_back() -> None:
    """6140 and 600 are no proof of success: the invoice is looked for."""
    bench = _bench(settings=FEES)
    bench.plan.faults.append(Fault(FaultKind.CODED, method="POST", code="6140"))
    outcome = _charge(bench)
    assert isinstance(outcome, Uncertain)


@given(reference=st.text(min_size=1, max_size=80))
def test_every_reference_becomes_a_number_quickbooks_takes(reference: str) -> None:
    """At most 21 plain characters, equal for equal references."""
    number = number_of(reference)
    assert 0 < len(number) <= 21
    assert number.isascii()
    assert number == number_of(reference)


# --- links and documents -------------------------------------------------------------------------


def test_the_pdf_is_fetched_on_demand() -> None:
    """A PDF, or an error: never another page under that name."""
    bench = _bench()
    assert bench.source.invoice_pdf(bench.company.txn_id(_doc(bench).doc_id)).startswith(b"%PDF")


def test_the_pay_link_is_asked_for_once_and_only_on_demand() -> None:
    """It costs the vendor a slow hop: no list asks for it, and a run asks once per invoice."""
    bench = _bench()
    list(bench.source.pull({}))
    assert not [q for _, _, q, _ in bench.seen if "include" in q]
    bench.seen.clear()
    number = bench.company.txn_id(_doc(bench).doc_id)
    links = {bench.source.pay_link(number) for _ in range(3)}
    assert len(bench.seen) == 1
    assert links.pop().startswith("https://")


def test_every_write_carries_a_request_id_made_of_its_key() -> None:
    """Equal keys give equal ids, other keys other ids; a company's own."""
    bench, other = _bench(settings=FEES), _bench(settings=FEES)
    for each in (bench, other):
        _note(each)
        _send(each)
        _charge(each)
    ids = [[query["requestid"][0] for _, query, _ in each.writes()] for each in (bench, other)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0]) == 3
