"""Documents of invoices: fetched when wanted, checked, and never at the cost of a message."""

from datetime import timedelta
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import AuthError, ContractError, RateLimited, RecordError, Transient
from syncer.flow.documents import (
    ALL_BYTES_MAX,
    COUNT_MAX,
    FAULTS_MAX,
    ONE_BYTES_MAX,
    Fetched,
    enclose,
)
from syncer.flow.worker import RunOptions
from syncer.model.decision import Action, Decision, Line, Position
from syncer.model.ledger import ItemKind
from syncer.model.outcome import Retry
from syncer.policy.rules import Ladder, Step, Tone
from syncer.ports import Capability, OutboxFilter
from syncer.testing import builders
from syncer.testing.memory import ALL_CAPABILITIES, Crash

AN_HOUR = timedelta(hours=1)


def rules(**facts):
    """Friendly a day after due, with documents unless told otherwise."""
    step = Step(
        name="friendly", tone=Tone.FRIENDLY, after_due=1, **({"attach_invoices": True} | facts)
    )
    return builders.policy(ladders=(Ladder(name="usual", steps=(step,)),))


def pdf(size=64, mark=b"x"):
    """A document of that many bytes."""
    return b"%PDF-1.4\n" + mark * (size - 16) + b"\n%%EOF\n"


class Shelf:
    """Hands out documents by item id, notes who asked, and raises what it is given to raise."""

    def __init__(self, bench, **given):
        self.bench = bench
        self.given = given
        self.asked = []

    def __call__(self, item_id):
        self.asked.append(item_id)
        given = self.given.get(item_id, pdf(mark=item_id.encode()[-1:]))
        if isinstance(given, Exception):
            raise given
        return given


@pytest.fixture
def shelf(bench):
    """The bench's source gives documents from here."""
    made = Shelf(bench)
    bench.source.invoice_pdf = made
    return made


def files(message):
    """The attached files of a message as a mail program sees them."""
    mail = message_from_bytes(message.raw, policy=policy.default)
    return {part.get_filename(): part.get_content() for part in mail.iter_attachments()}


def detail(bench):
    """What the journal says of the reminder."""
    return next(e.detail for e in bench.store.effects(OutboxFilter()) if e.kind == "reminder")


def test_the_documents_of_the_invoices_asked_for_go_along(bench, shelf):
    """Each invoice asked for has its PDF; credits and what is not yet due have none."""
    bench.owes("I1", late=9)
    bench.owes("I2", late=4)
    bench.owes("I3", late=-20)
    bench.book.items["C1"] = builders.credit("C1", amount="30.00")
    assert bench.ledger(rules=rules()).contacted == 1
    (message,) = bench.book.mailbox
    assert files(message) == {"INV-I1.pdf": pdf(mark=b"1"), "INV-I2.pdf": pdf(mark=b"2")}
    assert shelf.asked == ["I1", "I2"]
    assert "Not attached" not in message.text


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": rules(attach_invoices=False)},
        {"rules": rules(), "capabilities": ALL_CAPABILITIES - {Capability.INVOICE_PDF}},
    ],
)
def test_nothing_is_fetched_that_nobody_attaches(bench, shelf, changes):
    """Without the step's wish or the connector's word no call is spent."""
    bench.owes(late=4)
    bench.run(**changes)
    assert shelf.asked == []
    assert [files(message) for message in bench.book.mailbox] == [{}]


def test_the_guards_read_comes_last(bench, shelf):
    """What is paid while documents are fetched is neither asked for nor attached."""
    bench.owes("I1", late=9)
    bench.owes("I2", late=4)
    fetch = bench.source.invoice_pdf

    def pay_meanwhile(item_id):
        if item_id == "I2":
            bench.book.pay("I2", bench.clock().date())
        return fetch(item_id)

    bench.source.invoice_pdf = pay_meanwhile
    assert bench.ledger(rules=rules()).contacted == 1
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["INV-I1.pdf"]
    assert "INV-I2" not in message.text


def test_a_message_that_waited_has_the_documents_of_what_it_asks_for_now(bench, shelf):
    """Planned on one day and sent on a later one, it asks for what fell overdue since as well."""
    bench.owes("I1", late=9)
    bench.owes("I2", late=0)
    bench.run(RunOptions(sends_max=0), rules=rules())
    bench.next_day()
    assert bench.ledger(rules=rules()).contacted == 1
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["INV-I1.pdf", "INV-I2.pdf"]
    assert "Not attached" not in message.text


def test_what_comes_up_meanwhile_is_said_to_be_missing(bench, shelf):
    """An invoice that only the guard finds is asked for, and its document is not there."""
    bench.owes("I1", late=9)
    fetch = bench.source.invoice_pdf

    def enter_meanwhile(item_id):
        bench.owes("I2", late=4)
        return fetch(item_id)

    bench.source.invoice_pdf = enter_meanwhile
    assert bench.run(rules=rules()).exit_code == 0
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["INV-I1.pdf"]
    assert "Not attached to this message: INV-I2." in message.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (ContractError("the answer is no PDF"), "the answer is no PDF"),
        (b"<html>Log in</html>", "what the ledger gave is no PDF"),
        (b"", "what the ledger gave is no PDF"),
        (b" %PDF-1.4\n%%EOF\n", "what the ledger gave is no PDF"),
        (b"%PDF-1.4\n1 0 obj", "the PDF is cut off"),
    ],
)
def test_a_document_that_cannot_be_had_does_not_stop_the_message(bench, shelf, given, says):
    """It goes without, says so to the customer, and the run tells a person."""
    bench.owes("I1", late=9)
    bench.owes("I2", late=4)
    shelf.given = {"I1": given}
    result = bench.run(rules=rules())
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["INV-I2.pdf"]
    assert "Not attached to this message: INV-I1. If you need a copy" in message.text
    assert detail(bench).startswith("sent without documents: INV-I1: ")
    assert detail(bench).endswith(says)
    assert (result.exit_code, result.ledgers[0].errors) == (1, 1)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (RecordError("the ledger keeps no PDF of it"), "INV-I1: the ledger keeps no PDF of it"),
        (pdf(ONE_BYTES_MAX + 1), "more than 5 MB"),
    ],
)
def test_a_document_that_is_not_to_be_had_is_no_error(bench, shelf, given, says):
    """The message and the journal say that there is none; nothing went wrong."""
    bench.owes("I1", late=9)
    shelf.given = {"I1": given}
    result = bench.run(rules=rules())
    (message,) = bench.book.mailbox
    assert "Not attached to this message: INV-I1." in message.text
    assert detail(bench).endswith(says)
    assert (result.exit_code, result.ledgers[0].errors) == (0, 0)


def test_a_passing_fault_puts_the_message_off_once(bench, shelf):
    """The first time it waits; the next time the document is there."""
    bench.owes(late=4)
    shelf.given = {"I1": Transient("the server is busy")}
    assert (bench.run(rules=rules()).exit_code, bench.book.mailbox) == (0, [])
    [waiting] = bench.store.effects(OutboxFilter())
    assert (waiting.state, waiting.attempt) == ("pending", 1)
    shelf.given = {}
    bench.clock.now += AN_HOUR
    assert bench.ledger(rules=rules()).contacted == 1
    assert list(files(bench.book.mailbox[0])) == ["INV-I1.pdf"]


def test_a_lasting_fault_does_not_hold_the_message_back_for_ever(bench, shelf):
    """The second time the message goes without the document, and says so."""
    bench.owes(late=4)
    shelf.given = {"I1": Transient("the server is busy")}
    bench.run(rules=rules())
    bench.clock.now += AN_HOUR
    result = bench.run(rules=rules())
    assert (result.exit_code, result.ledgers[0].contacted) == (1, 1)
    (message,) = bench.book.mailbox
    assert (files(message), "Not attached to this message: INV-I1." in message.text) == ({}, True)
    assert "the server is busy" in detail(bench)


def test_a_ledger_without_documents_is_left_in_peace(bench, shelf):
    """After a few faults in a row the rest of the run asks for none."""
    many = FAULTS_MAX + 4
    for number in range(many):
        bench.owes(f"I{number}", f"A{number}", late=4)
    shelf.given = {f"I{number}": Transient("down") for number in range(many)}
    bench.run(rules=rules())
    assert len(shelf.asked) == FAULTS_MAX
    shelf.given = {}
    bench.clock.now += AN_HOUR
    assert bench.ledger(rules=rules()).contacted == many


@pytest.mark.parametrize(
    "failure", [AuthError("refused"), RateLimited("spent", until=None, scope="day")]
)
def test_what_ends_the_ledger_ends_it_here_too(bench, shelf, failure):
    """A refused access and a used-up quota leave the message as it was."""
    bench.owes(late=4)
    if isinstance(failure, RateLimited):
        failure.until = bench.clock() + AN_HOUR
    shelf.given = {"I1": failure}
    bench.run(rules=rules())
    (effect,) = bench.store.effects(OutboxFilter())
    assert (effect.state, effect.attempt, bench.book.mailbox) == ("pending", 0, [])


def test_the_number_of_documents_is_bounded(bench, shelf):
    """The first on the statement go along; the rest is named, which is no error."""
    for number in range(COUNT_MAX + 2):
        bench.owes(f"I{number:02}", late=30 - number)
        shelf.given[f"I{number:02}"] = pdf(mark=bytes([97 + number]))
    result = bench.run(rules=rules())
    (message,) = bench.book.mailbox
    assert list(files(message)) == [f"INV-I{number:02}.pdf" for number in range(COUNT_MAX)]
    assert "Not attached to this message: INV-I10, INV-I11." in message.text
    assert (len(shelf.asked), result.exit_code) == (COUNT_MAX, 0)


def test_the_size_of_all_documents_is_bounded(bench, shelf):
    """What does not fit a mail any more is named; what still fits goes along."""
    big = ALL_BYTES_MAX // 2
    for number, size in enumerate((big, big, 5000, 900)):
        bench.owes(f"I{number}", late=30 - number)
        shelf.given[f"I{number}"] = pdf(size, mark=bytes([97 + number]))
    assert bench.run(rules=rules()).exit_code == 0
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["INV-I0.pdf", "INV-I1.pdf"]
    assert "Not attached to this message: INV-I2, INV-I3." in message.text
    assert len(message.raw) < 10_240_000


def test_one_document_is_attached_once(bench, shelf):
    """Instalments of one invoice share its document."""
    bench.owes("I1", late=9, number="INV-7")
    bench.owes("I2", late=4, number="INV-7")
    shelf.given = {"I1": pdf(), "I2": pdf()}
    bench.run(rules=rules())
    (message,) = bench.book.mailbox
    assert message.attachments == ("INV-7.pdf",)
    assert "Not attached" not in message.text


def test_a_message_put_off_by_the_mail_server_fetches_anew(bench, shelf):
    """Documents are no older than the message: each attempt reads them again."""
    bench.owes(late=4)
    send, answers = bench.channel.send, [Retry(after=AN_HOUR / 2, reason="451 later")]
    bench.channel.send = lambda message: answers.pop() if answers else send(message)
    bench.run(rules=rules())
    shelf.given = {"I1": pdf(mark=b"new")}
    bench.clock.now += AN_HOUR
    assert bench.ledger(rules=rules()).contacted == 1
    assert files(bench.book.mailbox[0]) == {"INV-I1.pdf": pdf(mark=b"new")}


def test_a_merged_accounts_invoices_have_their_documents_too(bench, shelf):
    """Invoices of an account that was merged into this one are attached as its own are."""
    bench.owes("I1", "A1", late=9)
    bench.customer("A2", merged_into="A1")
    bench.owes("I2", "A2", late=4)
    assert bench.ledger(rules=rules()).contacted == 1
    (message,) = bench.book.mailbox
    assert sorted(files(message)) == ["INV-I1.pdf", "INV-I2.pdf"]


def test_an_invoice_without_a_number_has_a_name(bench, shelf):
    """Its reference names the file, else a plain word does; a long number is cut."""
    bench.owes("I1", late=9, number="", reference="PO 7")
    bench.owes("I2", late=8, number="")
    bench.owes("I3", late=7, number="9" * 300)
    bench.run(rules=rules())
    (message,) = bench.book.mailbox
    assert list(files(message)) == ["PO 7.pdf", "invoice.pdf", f"{'9' * 80}.pdf"]


def test_a_crash_while_fetching_sends_nothing_and_loses_nothing(bench, shelf):
    """The message was only claimed: the next run fetches anew and sends once."""
    bench.owes(late=4)
    bench.source.invoice_pdf = lambda _: (_ for _ in ()).throw(Crash("killed"))
    with pytest.raises(Crash):
        bench.run(rules=rules())
    assert bench.book.mailbox == []
    bench.source.invoice_pdf = shelf
    bench.clock.now += AN_HOUR
    bench.run(rules=rules())
    assert [list(files(message)) for message in bench.book.mailbox] == [["INV-I1.pdf"]]


CONTENTS = st.one_of(
    st.none(), st.sampled_from([pdf(mark=b"a"), pdf(mark=b"b"), pdf(ALL_BYTES_MAX // 3, b"c")])
)
SIZES = st.lists(st.tuples(CONTENTS, st.booleans()), min_size=1, max_size=14)


@given(SIZES)
def test_every_invoice_asked_for_is_attached_or_named(given_files):
    """Whatever was fetched: each has its document or is said to lack it, within the limits."""
    lines, fetched = [], {}
    for number, (content, held) in enumerate(given_files):
        item_id = f"I{number}"
        amount = Decimal(100)
        lines.append(
            Line(
                item_id=item_id,
                number=item_id,
                kind=ItemKind.INVOICE,
                issued_on=None,
                due_on=None,
                total=amount,
                open=amount,
                held=amount if held else Decimal(0),
                asked=Decimal(0) if held else amount,
            )
        )
        if content is not None:
            fetched[item_id] = content
    step = Step(name="s", tone=Tone.FRIENDLY, after_due=1, attach_invoices=True)
    enclosed = enclose(Fetched(fetched), decided(lines), step)
    attached = [i for one in enclosed.attachments for i in (one.item_id, *one.also_for)]
    asked = [line.item_id for line in lines if line.held < line.open]
    assert sorted([*attached, *enclosed.without]) == sorted(asked)
    assert sum(len(one.content) for one in enclosed.attachments) <= ALL_BYTES_MAX
    assert len({one.content for one in enclosed.attachments}) == len(enclosed.attachments)
    assert not set(enclosed.without) - set(asked)


def decided(lines):
    """A contact about these lines."""
    nothing = Decimal(0)
    return Decision(
        account_id="A1",
        currency="GBP",
        action=Action.CONTACT,
        reasons=(),
        position=Position(
            currency="GBP",
            open_invoices=nothing,
            overdue=nothing,
            held=nothing,
            credits=nothing,
            net=nothing,
            asked=nothing,
        ),
        outcomes=(),
        lines=tuple(lines),
    )
