"""Complaints about money: asked for although paid, sums that do not foot, foreign documents."""

import re
from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes
from email import policy as mail_policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.flow.worker import Mode, RunOptions
from syncer.model.decision import Action
from syncer.model.effect import EffectKind
from syncer.model.ledger import ItemKind
from syncer.model.run import LedgerStatus
from syncer.policy.decide import decide
from syncer.policy.rules import Freshness, Ladder, StaleBooks, Step, Tone
from syncer.ports import OutboxFilter
from syncer.report.results import results_document
from syncer.report.table import end_text
from syncer.sandbox import people
from syncer.sandbox.records import Document, Kind, Line, Status
from syncer.testing import builders
from syncer.testing.sim import book
from tests.faults.sides import BOTH, QUICKBOOKS, XERO
from tests.faults.workshop import Workshop
from tests.unit.policy.make import context, credit, invoice, one, policy, snapshot

WEEK = Freshness(books_max_age=7)


def books_of(bench, days: int) -> None:
    """The bank of the bench was last reconciled so many days ago."""
    fresh = bench.clock().date() - timedelta(days=days)
    owner = bench.book.organisation
    bench.book.organisation = replace(owner, books_fresh_on=fresh, bank_account="Main")


def total_of(text: str) -> Decimal:
    """What a message asks for."""
    [found] = re.findall(r"^To be paid: £([\d,]+\.\d\d)", text, re.MULTILINE)
    return Decimal(found.replace(",", ""))


def lines_of(text: str) -> list[Decimal]:
    """The amounts at the ends of the statement's lines, credits below zero."""
    above = text.split("To be paid:")[0]
    found = re.findall(r"(-|−)?£([\d,]+\.\d\d)\s*$", above, re.MULTILINE)
    return [Decimal(f"{'-' if sign else ''}{digits.replace(',', '')}") for sign, digits in found]


def test_complaint_01_stale_books_remind_nobody(bench) -> None:
    """Payments that nobody reconciled yet: books older than allowed hold every reminder."""
    bench.owes(late=10)
    books_of(bench, 8)
    result = bench.run(rules=builders.policy(freshness=WEEK))
    assert (result.exit_code, bench.book.mailbox) == (3, [])
    assert result.ledgers[0].status is LedgerStatus.HELD


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_01_a_payment_between_plan_and_send_stops_the_mail(home, connector) -> None:
    """The account is read again right before its send: what was just paid is not asked for."""
    made = Workshop(home, connector)
    doc = made.side.late(1)
    result = made.run(made.at("claim", lambda: made.side.world.main.pay(doc)))
    assert (result.exit_code, made.last().planned, made.keys()) == (0, 1, [])
    made.pass_time(minutes=20)
    made.finish()
    assert made.keys() == []


@pytest.mark.parametrize(
    ("days", "mode", "sent", "told"),
    [
        (7, StaleBooks.HOLD, 1, ""),
        (8, StaleBooks.WARN, 1, "8 days"),
        (8, StaleBooks.HOLD, 0, "8 days"),
        (30, StaleBooks.HOLD, 0, "30 days"),
    ],
)
def test_complaint_02_the_age_of_the_books_is_told_warned_of_and_held(
    bench, days, mode, sent, told
) -> None:
    """At the limit it sends; above it, it warns or holds as set, and the report states the days."""
    bench.owes(late=10)
    books_of(bench, days)
    result = bench.run(rules=builders.policy(freshness=replace(WEEK, when_stale=mode)))
    assert len(bench.book.mailbox) == sent
    text = end_text(result)
    assert ("Main" in text, told in text) == (bool(told), True)
    assert result.exit_code == (0 if sent else 3)


def test_complaint_03_false_chases_are_measured_and_reported(bench) -> None:
    """A payment dated before a message but booked after it counts; one dated after it does not."""
    for number in range(4):
        bench.owes(f"I{number}", f"A{number}", late=10)
    assert bench.ledger().contacted == 4
    assert results_document(bench.run())["false_chase_rate"] == "0.000"
    sent_on = bench.clock().date()
    bench.book.pay("I0", sent_on - timedelta(days=2))  # was in the bank, nobody had booked it
    bench.book.pay("I1", sent_on)
    bench.book.pay("I2", sent_on + timedelta(days=1))
    bench.next_day()
    result = bench.run()
    [ledger] = result.ledgers
    assert (ledger.chases, ledger.false_chases) == (4, 1)
    assert results_document(result)["false_chase_rate"] == "0.250"
    assert "false chases" in end_text(result)
    bench.next_day(31)
    assert bench.ledger().chases < 4 + 4  # only those of the last 30 days


def test_complaint_05_the_message_shows_credits_and_foots(bench) -> None:
    """A credit note raised after delivery: listed, and the total is debits less credits."""
    bench.owes("I1", late=10, amount="100.00")
    bench.owes("I2", late=4, amount="250.00")
    bench.book.items["C1"] = builders.credit("C1", amount="30.50")
    assert bench.ledger().contacted == 1
    [mail] = bench.book.mailbox
    assert "CN-C1" in mail.text
    assert total_of(mail.text) == Decimal("319.50")
    assert sum(lines_of(mail.text)) == total_of(mail.text)


def paper(
    made: Workshop, customer: int, kind: Kind, status: Status, amount: str, **more
) -> Document:
    """A document of that customer in that state, made by hand."""
    ledger = made.side.world.main
    today = ledger.today()
    line = Line(
        line_id=ledger.books.new_id(),
        text="Goods",
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        account="200",
        tax_code="none",
    )
    values = {
        "doc_id": ledger.books.new_id(),
        "kind": kind,
        "number": "",
        "contact_id": made.side.customer(customer).contact_id,
        "status": Status.DRAFT,
        "currency": "GBP",
        "total": Decimal(amount),
        "issued_on": today - timedelta(days=60),
        "due_on": today - timedelta(days=30),
        "created_at": ledger.clock(),
        "changed_at": ledger.clock(),
        "booked_at": ledger.clock(),
        "sent": True,
        "lines": (line,),
    }
    return ledger.raise_document(Document(**(values | more)), status=status)


def asked(made: Workshop) -> list[Decimal]:
    """What arrived asks for."""
    return [mail.asked for mail in made.post.mails]


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SUBMITTED])
@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
def test_complaint_06_what_is_not_posted_changes_no_decision(home, kind, status) -> None:
    """Drafts count on neither side: neither asked for nor taken off."""
    made = Workshop(home, XERO)
    made.side.late(1, "100.00")
    paper(made, 1, kind, status, "60.00")
    made.finish()
    assert asked(made) == [Decimal(100)]


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_06_a_void_credit_changes_no_decision(home, connector) -> None:
    """A credit note that was cancelled lowers nothing."""
    made = Workshop(home, connector)
    doc = made.side.late(1, "100.00")
    ledger = made.side.world.main
    ledger.move(book.credit(ledger, ledger.contact(doc.contact_id), "60.00"), Status.VOID)
    made.finish()
    assert asked(made) == [Decimal(100)]


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_41_a_statement_lists_no_cancelled_document(home, connector) -> None:
    """Two invoices, one cancelled: the message lists and asks for the other alone."""
    made = Workshop(home, connector)
    kept = made.side.late(1, "100.00")
    ledger = made.side.world.main
    gone = book.invoice(ledger, ledger.contact(kept.contact_id), "55.00", late=20)
    ledger.move(gone, Status.VOID)
    letters = made.keep_letters()
    made.run()
    [text] = letters.texts()
    assert (kept.number in text, gone.number in text) == (True, False)
    assert total_of(text) == Decimal(100)


def test_complaint_43_what_we_owe_the_same_party_is_no_receivable(home) -> None:
    """A bill of a customer who is a supplier too is absent from its statement and sums."""
    made = Workshop(home, XERO)
    doc = made.side.late(1, "100.00")
    bill = paper(made, 1, Kind.BILL, Status.OPEN, "70.00", number="BILL-7")
    letters = made.keep_letters()
    made.run()
    [text] = letters.texts()
    assert (doc.number in text, bill.number in text) == (True, False)
    assert total_of(text) == Decimal(100)
    assert made.last().open_totals == (("GBP", Decimal("100.00")),)


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_53_net_of_credits_and_each_currency_by_itself(home, connector) -> None:
    """Credits of one currency never lower another, and each message asks in one currency."""
    made = Workshop(home, connector)
    ledger = made.side.world.main
    pounds = book.customer(ledger, 1)
    euros = book.customer(ledger, 2, currency="EUR")
    book.invoice(ledger, pounds, "100.00", late=9)
    book.credit(ledger, pounds, "25.00")
    book.invoice(ledger, euros, "80.00", late=9, currency="EUR")
    made.finish()
    found = {(mail.currency, mail.asked) for mail in made.post.mails}
    assert found == {("GBP", Decimal(75)), ("EUR", Decimal(80))}


def test_complaint_53_what_is_not_ready_to_be_paid_is_not_asked_for(home) -> None:
    """An invoice that waits for approval is in no overdue set, and a refunded credit is gone."""
    made = Workshop(home, XERO)
    doc = made.side.late(1, "100.00")
    paper(made, 1, Kind.INVOICE, Status.SUBMITTED, "900.00")
    ledger = made.side.world.main
    note = book.credit(ledger, ledger.contact(doc.contact_id), "40.00")
    ledger.pay(note)  # the credit was paid out: it lowers nothing any more
    made.finish()
    assert asked(made) == [Decimal(100)]


AMOUNTS = st.lists(st.integers(1, 99_999_99), min_size=1, max_size=50)


@settings(max_examples=40, deadline=None)
@given(debts=AMOUNTS, credited=st.lists(st.integers(1, 5_000_00), max_size=5))
def test_complaint_24_the_lines_sum_to_the_ledger_s_own_sum(debts, credited) -> None:
    """One to fifty invoices: each line is its own residual, and all of them make the total."""
    items = [invoice(f"I{n}", 9 + n, str(Decimal(c) / 100)) for n, c in enumerate(debts)]
    items += [credit(f"C{n}", str(Decimal(c) / 100)) for n, c in enumerate(credited)]
    for decision in decide(snapshot(*items), policy(), context()):
        opened = {item.item_id: item.open for item in items}
        for line in decision.lines:
            assert line.open == opened[line.item_id]
        if decision.action is Action.CONTACT:
            assert sum(line.asked for line in decision.lines) == decision.position.asked
        owed = sum(i.open if i.kind is ItemKind.INVOICE else -i.open for i in items)
        assert sum(outcome.amount for outcome in decision.outcomes) == owed


def test_complaint_57_the_message_asks_for_the_rest_and_says_of_what(bench) -> None:
    """A part was paid: the rest is asked for, the whole stands only as what it is a rest of."""
    bench.owes("I1", late=10, amount="100.00")
    bench.book.pay_part("I1", Decimal("62.50"))
    assert bench.ledger().contacted == 1
    [mail] = bench.book.mailbox
    assert total_of(mail.text) == Decimal("37.50")
    assert re.findall(r".*100\.00.*", mail.text) == ["    £37.50 (of £100.00)"]
    assert "100.00" not in mail.subject


def test_complaint_58_what_was_paid_after_the_approval_is_dropped(bench) -> None:
    """Two contacts were planned and approved; one customer pays first: one mail, one reason."""
    from syncer.flow.planfile import PlanFile, approved, entry_of

    bench.owes("I1", "A1", late=10)
    bench.owes("I2", "A2", late=10)
    found = []
    result = bench.run(RunOptions(command="plan", on_contact=found.append), mode=Mode.PLAN)
    kept = PlanFile(
        made_at=result.started_at,
        run_id=result.run_id,
        config_digest=result.config_digest,
        policy_version=result.policy_version,
        days=tuple((one.ledger, one.today) for one in result.ledgers),
        entries=tuple(map(entry_of, found)),
    )
    assert len(kept.entries) == 2
    bench.book.pay("I1", bench.clock().date())
    done = bench.ledger(RunOptions(command="apply", approved=approved(kept, bench.worker())))
    assert done.status is LedgerStatus.OK
    assert [mail.to[0].email for mail in bench.book.mailbox] == ["a2@customer.example"]
    dropped = {entry.key for entry in kept.entries} - {mail.key for mail in bench.book.mailbox}
    assert len(dropped) == 1


@settings(max_examples=25, deadline=None)
@given(late=st.lists(st.integers(-20, 30), min_size=1, max_size=8))
def test_complaint_61_asked_for_is_what_is_attached_property(late) -> None:
    """Whatever is open: the items a contact lists are those asked for, each once."""
    items = [invoice(f"I{n}", days) for n, days in enumerate(late)]
    decision = one(*items)
    listed = [line.item_id for line in decision.lines]
    overdue = [item.item_id for item, days in zip(items, late, strict=True) if days > 0]
    assert len(listed) == len(set(listed))
    assert sorted(listed) == (sorted(overdue) if decision.action is Action.CONTACT else [])


def test_complaint_61_the_attachments_are_the_invoices_of_the_lines(bench) -> None:
    """Two overdue, one to come, one of somebody else: exactly the two travel with the mail."""
    step = Step(name="friendly", tone=Tone.FRIENDLY, after_due=1, attach_invoices=True)
    rules = builders.policy(ladders=(Ladder(name="usual", steps=(step,)),))
    bench.owes("I1", late=9)
    bench.owes("I2", late=4)
    bench.owes("I3", late=-20)
    bench.owes("X1", "A2", late=-20)
    assert bench.ledger(rules=rules).contacted == 1
    [mail] = bench.book.mailbox
    parsed = message_from_bytes(mail.raw, policy=mail_policy.default)
    names = {part.get_filename() for part in parsed.iter_attachments()}
    [listed] = [e for e in bench.store.effects(OutboxFilter()) if e.kind is EffectKind.REMINDER]
    assert names == {f"INV-{item_id}.pdf" for item_id in listed.item_ids}
    assert names == {"INV-I1.pdf", "INV-I2.pdf"}


@pytest.mark.parametrize("connector", BOTH)
def test_complaint_62_number_and_reference_are_the_ledger_s(home, connector) -> None:
    """The message names the invoice exactly as the ledger does, and no other."""
    made = Workshop(home, connector)
    doc = made.side.late(1)
    letters = made.keep_letters()
    made.run()
    [text] = letters.texts()
    assert re.findall(rf"(?<![\w-]){re.escape(doc.number)}(?![\w-])", text)


@pytest.mark.parametrize("reference", ["PO 4711/A-9", "RF18 5390 0754 7034", "00017"])
def test_complaint_62_the_reference_is_copied_as_it_stands(bench, reference) -> None:
    """No blank, zero or letter of a payment reference is changed on its way into the message."""
    bench.owes("I1", late=10, reference=reference)
    assert bench.ledger().contacted == 1
    [mail] = bench.book.mailbox
    assert reference in mail.text
    assert reference in mail.html


def test_complaint_55_the_parent_who_pays_gets_one_message(home) -> None:
    """A child is overdue and its parent pays: one contact, at the parent, for both of them."""
    made = Workshop(home, QUICKBOOKS)
    ledger = made.side.world.main
    parent = book.customer(ledger, 1)
    child = people.add_contact(
        ledger,
        "Customer 1 Ltd:North store",
        email="child@elsewhere.example",
        parent_id=parent.contact_id,
        parent_pays=True,
    )
    book.invoice(ledger, child, "60.00", late=9)
    book.invoice(ledger, parent, "40.00", late=9)
    made.finish()
    assert [(mail.to, mail.asked) for mail in made.post.mails] == [(parent.email, Decimal(100))]


def test_complaint_55_a_child_that_pays_itself_is_asked_itself(home) -> None:
    """Without the mark nothing is consolidated: two customers, two messages."""
    made = Workshop(home, QUICKBOOKS)
    ledger = made.side.world.main
    parent = book.customer(ledger, 1)
    child = people.add_contact(
        ledger,
        "Customer 1 Ltd:North store",
        email="child@elsewhere.example",
        parent_id=parent.contact_id,
        parent_pays=False,
    )
    book.invoice(ledger, child, "60.00", late=9)
    book.invoice(ledger, parent, "40.00", late=9)
    made.finish()
    assert {mail.to for mail in made.post.mails} == {parent.email, child.email}
