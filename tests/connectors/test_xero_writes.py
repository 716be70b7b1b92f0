"""Writes: notes found again, lost answers looked up, e-mails at most once, drafts by reference."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.xero.writer import NOTE_LENGTH_MAX, safe_key
from syncer.model.charge import Charge
from syncer.model.note import cut_note
from syncer.model.outcome import AlreadyThere, Delivered, Rejected, Retry, Snooze, Uncertain
from syncer.sandbox.faults import Fault, FaultKind
from syncer.sandbox.records import Status

from .conftest_xero import Bench

MARK = "[r:0123456789abcdef]"


def _first(bench: Bench) -> tuple[str, str]:
    doc = bench.world.main.open_invoices()[0]
    return doc.contact_id, doc.doc_id


def _notes(bench: Bench, parent: str) -> list[str]:
    return [note.text for note in bench.world.main.notes_of(parent) if MARK in note.text]


def test_a_note_is_written_once_and_found_again() -> None:
    """A note stands in the contact's history and its marker finds it."""
    bench = Bench(invoices=5, accounts=2)
    account, item = _first(bench)
    done = bench.source.add_note(
        account_id=account, item_ids=[item], text=f"Reminder sent. {MARK}", key="k-1"
    )
    assert isinstance(done, Delivered)
    assert _notes(bench, account) == [f"Reminder sent. {MARK}"]
    assert bench.source.find_note(account_id=account, item_ids=[item], marker=MARK)
    assert not bench.source.find_note(account_id=account, item_ids=[item], marker="[other]")


def test_notes_can_go_to_every_invoice() -> None:
    """With notes_on invoice each invoice named shows the note once, also when repeated."""
    bench = Bench(invoices=5, accounts=1, settings={"notes_on": "invoice"})
    docs = [doc.doc_id for doc in bench.world.main.open_invoices()[:3]]
    account, _ = _first(bench)
    for attempt in ("k-1", "k-2"):
        bench.source.add_note(
            account_id=account, item_ids=docs, text=f"Reminder. {MARK}", key=attempt
        )
    assert [len(_notes(bench, doc)) for doc in docs] == [1, 1, 1]


@pytest.mark.parametrize(
    "kind",
    [FaultKind.COMMIT_THEN_HANG, FaultKind.COMMIT_THEN_DROP, FaultKind.COMMIT_THEN_ERROR],
)
def test_a_note_whose_answer_was_lost_is_written_once(kind: FaultKind) -> None:
    """After a lost answer the history is looked at; the note is there and is not repeated."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(kind, method="PUT")])
    account, item = _first(bench)
    done = bench.source.add_note(account_id=account, item_ids=[item], text=f"x {MARK}", key="k")
    assert isinstance(done, Delivered)
    assert len(_notes(bench, account)) == 1


def test_a_note_that_never_arrived_is_repeated_under_its_key() -> None:
    """A dropped write that is not in the history goes out once more with the same key."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(FaultKind.DROP, method="PUT")])
    account, item = _first(bench)
    done = bench.source.add_note(account_id=account, item_ids=[item], text=f"x {MARK}", key="k")
    assert isinstance(done, Delivered)
    assert len(_notes(bench, account)) == 1
    puts = [seen for seen in bench.seen if seen[0] == "PUT"]
    assert puts[0][3] == puts[1][3]
    assert puts[0][4]["HTTP_IDEMPOTENCY_KEY"] == puts[1][4]["HTTP_IDEMPOTENCY_KEY"] == "k"


def test_a_note_that_stays_unclear_is_uncertain() -> None:
    """When neither write is answered and nothing can be seen, a person must look."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(FaultKind.HANG, method="PUT", times=0)])
    account, item = _first(bench)
    done = bench.source.add_note(account_id=account, item_ids=[item], text=f"x {MARK}", key="k")
    assert isinstance(done, Uncertain)


@pytest.mark.parametrize("length", [10, 2499, 2500, 2501, 9000])
def test_long_notes_are_cut_and_keep_their_marker(length: int) -> None:
    """A note fits Xero's length, is cut between words, and always ends with its marker."""
    words = ("word " * length)[: length - len(MARK) - 1].rstrip()
    cut = cut_note(f"{words} {MARK}", length=NOTE_LENGTH_MAX)
    assert len(cut) <= NOTE_LENGTH_MAX
    assert cut.endswith(MARK)
    assert "wor…" not in cut


def test_a_note_without_spaces_is_cut_too() -> None:
    """A text without a space is cut at the length, marker kept."""
    cut = cut_note("x" * 5000 + f" {MARK}", length=NOTE_LENGTH_MAX)
    assert len(cut) <= NOTE_LENGTH_MAX
    assert cut.endswith(MARK)


def test_a_task_is_found_wherever_notes_go() -> None:
    """A task stands on the contact, and is found there also where notes go to the invoices."""
    bench = Bench(invoices=5, accounts=2, settings={"notes_on": "invoice"})
    account, item = _first(bench)
    where = {"account_id": account, "item_ids": [item]}
    assert not bench.source.find_note(**where, marker=MARK)
    bench.source.add_task(**where, text=f"Phone {MARK}", due_on=date(2026, 12, 1), key="t")
    assert bench.source.find_note(**where, marker=MARK)


def test_a_task_is_a_note_for_a_person() -> None:
    """Xero has no tasks: the note names the day and can be found by its marker."""
    bench = Bench(invoices=5, accounts=2)
    account, item = _first(bench)
    bench.source.add_task(
        account_id=account, item_ids=[item], text=f"Phone {MARK}", due_on=date(2026, 12, 1), key="t"
    )
    assert _notes(bench, account) == [f"TO DO by 2026-12-01: Phone {MARK}"]


def test_xero_mails_an_invoice_once() -> None:
    """A 204 is delivered."""
    bench = Bench(invoices=5, accounts=2)
    assert isinstance(bench.source.email_item(item_id=_first(bench)[1], key="m"), Delivered)


@pytest.mark.parametrize(
    "kind", [FaultKind.COMMIT_THEN_HANG, FaultKind.DROP, FaultKind.SERVER_ERROR]
)
def test_an_email_whose_answer_was_lost_is_uncertain_and_not_repeated(kind: FaultKind) -> None:
    """Nothing shows whether an e-mail went out: it is asked for once."""
    bench = Bench(invoices=5, accounts=2, faults=[Fault(kind, method="POST", path="/Email")])
    assert isinstance(bench.source.email_item(item_id=_first(bench)[1], key="m"), Uncertain)
    assert sum(path.endswith("/Email") for _, path, *_ in bench.seen) == 1


def test_refused_emails_stop_the_mailing() -> None:
    """Each refusal is final for its invoice; after several in a row nothing more is asked."""
    bench = Bench(invoices=20, accounts=2)
    bench.world.main.org.mails_per_day = 0
    docs = [doc.doc_id for doc in bench.world.main.open_invoices()[:7]]
    outcomes = [bench.source.email_item(item_id=doc, key=f"m{doc}") for doc in docs]
    assert [type(outcome) for outcome in outcomes] == [Rejected] * 5 + [Snooze] * 2
    assert sum(path.endswith("/Email") for _, path, *_ in bench.seen) == 5


def _fee(bench: Bench, reference: str = "LATEFEE:INV-1:2026-11") -> object:
    doc = bench.world.main.open_invoices()[0]
    return bench.source.add_charge(
        Charge(
            account_id=doc.contact_id,
            amount=Decimal("40.10"),
            currency="NZD",
            description="Late payment fee",
            on=date(2026, 11, 22),
            reference=reference,
            key=f"fee-{reference}",
        )
    )


def test_a_late_fee_is_a_draft_and_is_raised_once() -> None:
    """The fee is a draft with only the contact's id; a second call finds the first."""
    bench = Bench(invoices=5, accounts=2)
    first, second = _fee(bench), _fee(bench)
    assert isinstance(first, Delivered)
    assert second == AlreadyThere(remote_id=first.remote_id)
    doc = bench.world.main.document(first.remote_id)
    assert (doc.status, doc.total) == (Status.DRAFT, Decimal("40.10"))


def test_a_late_fee_whose_answer_was_lost_is_found() -> None:
    """The draft that was made without an answer is found by its reference."""
    fault = Fault(FaultKind.COMMIT_THEN_DROP, method="PUT")
    bench = Bench(invoices=5, accounts=2, faults=[fault])
    assert isinstance(_fee(bench), Delivered)
    assert sum(method == "PUT" for method, *_ in bench.seen) == 1


def test_a_locked_period_refuses_the_fee_in_words() -> None:
    """Xero's validation message reaches the person."""
    bench = Bench(invoices=5, accounts=2)
    bench.world.main.org.lock_date = date(2026, 12, 31)
    refused = _fee(bench)
    assert isinstance(refused, Rejected)
    assert "lock date" in refused.reason


def test_pay_links_are_fetched_once() -> None:
    """A pay link costs one call per invoice and run."""
    bench = Bench(invoices=5, accounts=2)
    item = _first(bench)[1]
    assert bench.source.pay_link(item) == bench.source.pay_link(item)
    assert bench.source.pay_link(item).startswith("https://")
    assert sum(path.endswith("/OnlineInvoice") for _, path, *_ in bench.seen) == 1


def test_the_ledgers_own_reminders_are_warned_of() -> None:
    """Double chasing is said before it happens."""
    bench = Bench(invoices=5, accounts=2)
    bench.world.main.org.own_reminders = True
    health = bench.source.check()
    assert health.organisation.own_reminders
    assert "chased twice" in health.reminders
    assert health.warnings == ()


def test_a_refused_connection_is_a_retry_not_a_doubt() -> None:
    """A write that certainly never left may simply be tried later."""
    inner = Bench(invoices=5, accounts=2)

    def app(environ: dict[str, Any], start: Any) -> Any:
        if environ["REQUEST_METHOD"] == "PUT":
            raise ConnectionRefusedError
        return inner.app(environ, start)

    bench = Bench(world=inner.world, app=app)
    account, item = _first(bench)
    done = bench.source.add_note(account_id=account, item_ids=[item], text=MARK, key="k")
    assert isinstance(done, Retry)


@pytest.mark.parametrize("key", ["plain-key:1", "x" * 129, "with space", "ümlaut"])
def test_keys_always_fit_the_header(key: str) -> None:
    """Any key becomes at most 128 plain characters, the same for the same key."""
    made = safe_key(key)
    assert len(made) <= 128
    assert made.isascii()
    assert " " not in made
    assert made == safe_key(key)
