"""Faults 37 to 44: the books change while the worker is at work, or are not what they seem."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from syncer.model.decision import Code
from syncer.model.effect import EffectState
from syncer.model.hold import Hold, HoldKind
from syncer.model.run import LedgerStatus
from syncer.sandbox import people
from syncer.sandbox.records import Contact, Document, Status
from syncer.testing import builders
from syncer.testing.sim import book

from .sides import ALL, ODOO, QUICKBOOKS, SOME, XERO, Side, each
from .workshop import Workshop

S = EffectState
AT_LEAST_50 = builders.policy(minimum=(("GBP", Decimal(50)),))
Act = Callable[[Workshop, Document], object]


def _between_plan_and_send(made: Workshop, act: Act) -> Document:
    """One late invoice of 100.00, a run during which people do ``act``, healthy runs after it."""
    doc = made.side.late(1)
    result = made.run(made.at("claim", lambda: act(made, doc)))
    assert (result.exit_code, made.last().planned) == (0, 1)
    made.pass_time(minutes=20)
    made.finish()
    return doc


def _pay(made: Workshop, doc: Document) -> None:
    made.side.world.main.pay(doc)


def _credit(made: Workshop, doc: Document, amount: str = "100.00") -> Document:
    ledger = made.side.world.main
    return book.credit(ledger, ledger.contact(doc.contact_id), amount)


def _apply_credit(made: Workshop, doc: Document) -> None:
    made.side.world.main.allocate(_credit(made, doc), doc, doc.left)


def _void(made: Workshop, doc: Document) -> None:
    made.side.world.main.move(doc, Status.VOID)


def _delete(made: Workshop, doc: Document) -> None:
    made.side.world.main.move(doc, Status.DELETED, erase=True)


def _cancelled(made: Workshop) -> str:
    """Nothing was sent or noted; why the only planned reminder was cancelled."""
    assert (made.keys(), made.notes()) == ([], [])
    [effect] = made.effects()
    assert effect.state is S.CANCELLED
    return effect.detail


@pytest.mark.parametrize(("connector", "act"), each([_pay, _credit, _apply_credit, _void]))
def test_fault_37_settled_between_plan_and_send(home: Path, connector: str, act: Act) -> None:
    """Paid, credited or voided after it was planned: no reminder, cancelled with the reason."""
    made = Workshop(home, connector)
    _between_plan_and_send(made, act)
    assert _cancelled(made)


def test_fault_37_deleted_between_plan_and_send(home: Path) -> None:
    """Deleted at QuickBooks, which erases approved invoices: no reminder, cancelled likewise."""
    made = Workshop(home, QUICKBOOKS)
    _between_plan_and_send(made, _delete)
    assert _cancelled(made)


PARTS = {"part-payment": "60.00", "credit-note": "60.00"}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("connector", SOME)
def test_fault_38_part_is_settled(home: Path, connector: str, part: str) -> None:
    """The mail asks for what is left at the last look, and lists it so that it adds up."""
    made = Workshop(home, connector)
    _between_plan_and_send(made, _part(part, "40.00"))
    [mail] = made.post.mails
    assert mail.asked == Decimal(60)


def _part(part: str, amount: str) -> Act:
    def act(made: Workshop, doc: Document) -> None:
        if part == "part-payment":
            made.side.world.main.pay(doc, Decimal(amount))
        else:
            _credit(made, doc, amount)

    return act


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("connector", SOME)
def test_fault_38_what_is_left_is_too_little(home: Path, connector: str, part: str) -> None:
    """Below the policy's minimum after all: cancelled, and the reason says so."""
    made = Workshop(home, connector)
    made.changes["policy"] = AT_LEAST_50
    _between_plan_and_send(made, _part(part, "60.00"))
    assert Code.BELOW_MINIMUM in _cancelled(made)


def _extend(made: Workshop, doc: Document) -> None:
    made.side.world.main.change_document(doc, due_on=made.side.world.main.today())


def _dispute(made: Workshop, doc: Document) -> None:
    """In the ledger where it has a mark for it; by ``syncer hold add`` where it has none."""
    if made.side.connector == QUICKBOOKS:
        made.side.world.main.change_document(doc, disputed=True)
        return
    [effect] = made.effects()
    hold = Hold(
        hold_id="h1",
        kind=HoldKind.DISPUTE,
        account_id=effect.account_id,
        starts_on=made.side.world.main.today(),
        ends_on=made.side.world.main.today() + timedelta(days=30),
        reason="goods were broken",
    )
    with made.store() as store:
        store.add_hold(made.side.name, hold, made.clock())


def _opt_out(made: Workshop, doc: Document) -> None:
    ledger = made.side.world.main
    groups = {group.name: group.group_id for group in ledger.books.groups.values()}
    people.join_group(ledger, groups[book.OPT_OUT_GROUP], doc.contact_id)


OPT_OUT = {
    XERO: f"do_not_chase_groups: [{book.OPT_OUT_GROUP}]",
    QUICKBOOKS: f"do_not_chase_types: [{book.OPT_OUT_GROUP}]",
    ODOO: f"do_not_chase_tags: [{book.OPT_OUT_GROUP}]",
}


@pytest.mark.parametrize(("connector", "act"), each([_opt_out, _extend, _dispute]))
def test_fault_39_put_off_between_plan_and_send(home: Path, connector: str, act: Act) -> None:
    """A later due date, a dispute or a mark not to be chased cancels what was planned."""
    made = Workshop(home, connector, settings=OPT_OUT[connector])
    _between_plan_and_send(made, act)
    assert _cancelled(made)


# --- 40: customers --------------------------------------------------------------------------------


def _merged(made: Workshop, loser: int, survivor: int) -> Contact:
    ledger = made.side.world.main
    ids = [made.side.customer(number).contact_id for number in (loser, survivor)]
    return people.merge(ledger, *ids)


@pytest.mark.parametrize("connector", ALL)
def test_fault_40_merged_between_plan_and_send(home: Path, connector: str) -> None:
    """Two customers become one: one mail, to the one that goes on, for the invoices of both."""
    made = Workshop(home, connector)
    made.side.late(1, "100.00")
    made.side.late(2, "50.00")
    made.run(made.at("claim", lambda: _merged(made, 1, 2)))
    made.pass_time(minutes=20)
    made.finish()
    assert made.recipients() == [made.side.customer(2).email]
    assert [mail.asked for mail in made.post.mails] == [Decimal(150)]


CARRIED_OVER = {
    XERO: ["friendly to 1", "firm to 2"],
    ODOO: ["friendly to 1", "firm to 2"],
    # QuickBooks does not say where a merged customer went: the survivor is begun with gently
    QUICKBOOKS: ["friendly to 1", "friendly to 2", "firm to 2"],
}


@pytest.mark.parametrize("connector", ALL)
def test_fault_40_stages_are_carried_over(home: Path, connector: str) -> None:
    """What the merged customer was sent about its invoice counts, and the next step follows.

    Not at QuickBooks, whose API does not tell of merges (docs/decisions/0012-fault-catalogue.md):
    there the customer that goes on starts at the first step, and gets no step twice.
    """
    made = Workshop(home, connector)
    made.side.late(1)
    book.customer(made.side.world.main, 2)
    made.run()
    made.pass_time(days=1)
    _merged(made, 1, 2)
    for _ in range(4):
        made.run()
        made.pass_time(days=3)
    made.judge()
    names = {made.side.customer(number).email: number for number in (1, 2)}
    steps = {one.key: one.step for one in made.effects() if one.kind == "reminder"}
    assert [f"{steps[mail.key]} to {names[mail.to]}" for mail in made.post.mails] == (
        CARRIED_OVER[connector]
    )


@pytest.mark.parametrize("connector", SOME)
def test_fault_40_address_changed(home: Path, connector: str) -> None:
    """The mail goes to the address as it is at the last look."""
    made = Workshop(home, connector)
    contact = made.side.late(1).contact_id
    ledger = made.side.world.main
    new = "new@elsewhere.example"
    made.run(made.at("claim", lambda: people.change_contact(ledger, contact, email=new)))
    assert made.recipients() == [new]


@pytest.mark.parametrize("connector", SOME)
def test_fault_40_address_removed(home: Path, connector: str) -> None:
    """Without an address nothing is tried: the customer is told as held, for a person, daily."""
    made = Workshop(home, connector)
    doc = made.side.late(1)
    ledger = made.side.world.main
    made.run(made.at("claim", lambda: people.change_contact(ledger, doc.contact_id, email="")))
    for result in made.daily(3):
        [told] = result.ledgers
        assert (result.exit_code, told.status, told.errors) == (0, LedgerStatus.OK, 0)
        if result is not made.results[1]:
            assert [(one.code, one.items) for one in told.outcomes] == [(Code.NO_ADDRESS, 1)]
    assert [one.state for one in made.effects()] == [S.CANCELLED]
    people.change_contact(ledger, doc.contact_id, email="new@elsewhere.example")
    made.finish()
    assert made.recipients() == ["new@elsewhere.example"]


@pytest.mark.parametrize("connector", ALL)
def test_fault_40_archived(home: Path, connector: str) -> None:
    """A customer that was put away between plan and send is left in peace."""
    made = Workshop(home, connector)
    ledger = made.side.world.main
    _between_plan_and_send(made, lambda _, doc: people.archive(ledger, doc.contact_id))
    assert _cancelled(made)


# --- 41 and 42: identity and money ----------------------------------------------------------------


@pytest.mark.parametrize(("connector", "gone"), [(XERO, _void), (QUICKBOOKS, _delete)])
def test_fault_41_number_used_again(home: Path, connector: str, gone: Act) -> None:
    """An invoice under the number of a gone one is another debt: its first step comes first."""
    made = Workshop(home, connector)
    ledger = made.side.world.main
    doc = made.side.late(1)
    made.run()
    made.pass_time(days=1)
    gone(made, doc)
    again = book.invoice(ledger, ledger.contact(doc.contact_id), "70.00", late=3)
    ledger.change_document(again, number=doc.number)
    made.run()
    made.pass_time(minutes=20)
    made.finish()
    assert [(mail.subject, mail.asked) for mail in made.post.mails] == [
        (made.post.mails[0].subject, Decimal(100)),
        (made.post.mails[0].subject, Decimal(70)),
    ]
    assert len(set(made.keys())) == 2


def _in_currency(side: Side, number: int, currency: str, amount: str, rate: str) -> Document:
    ledger = side.world.main
    if currency not in ledger.org.currencies:
        ledger.org.currencies = [*ledger.org.currencies, currency]
    contact = book.customer(ledger, number)
    return _another(side, contact, currency, amount, rate)


def _another(side: Side, contact: Contact, currency: str, amount: str, rate: str) -> Document:
    ledger = side.world.main
    doc = book.invoice(ledger, contact, "1.00", late=9)
    doc.currency, doc.rate = currency, Decimal(rate)
    [line] = doc.lines
    line.unit_price = line.net = doc.net = doc.total = Decimal(amount)
    contact.currency = currency
    return doc


CURRENCIES = {
    "GBP": ("1234.50", "£1,234.50"),
    "JPY": ("123456", "JP¥123,456"),
    "KWD": ("1234.567", "KWD 1,234.567"),
}


@pytest.mark.parametrize(
    ("connector", "currency"),
    [(XERO, "GBP"), (XERO, "KWD"), (QUICKBOOKS, "JPY"), (QUICKBOOKS, "KWD")],
)
def test_fault_42_decimals_of_the_currency(home: Path, connector: str, currency: str) -> None:
    """No decimals for yen, three for dinars: exact in the sums and as that currency is written."""
    made = Workshop(home, connector)
    letters = made.keep_letters()
    amount, written = CURRENCIES[currency]
    _in_currency(made.side, 1, currency, amount, "1" if currency == "GBP" else "190.5")
    made.run()
    assert dict(made.last().open_totals) == {currency: Decimal(amount)}
    [text] = letters.texts()
    assert f"To be paid: {written}" in text.replace("\xa0", " ").splitlines()


def test_fault_42_currencies_are_not_mixed(home: Path) -> None:
    """An account in two currencies gets a message for each, a day apart, and no common sum."""
    made = Workshop(home)
    letters = made.keep_letters()
    pounds = made.side.late(1, "100.00")
    contact = made.side.world.main.contact(pounds.contact_id)
    book.invoice(made.side.world.main, contact, "50.00", late=9, currency="EUR")
    made.daily(3)
    asked = sorted(
        line for text in letters.texts() for line in text.splitlines() if "paid:" in line
    )
    assert asked == ["To be paid: £100.00", "To be paid: €50.00"]
    assert dict(made.last().open_totals) == {"EUR": Decimal(50), "GBP": Decimal(100)}


@pytest.mark.parametrize("connector", SOME)
def test_fault_42_currency_change_between_plan_and_send(home: Path, connector: str) -> None:
    """An invoice made out anew in another currency is asked for in that one, and only there."""
    made = Workshop(home, connector)
    ledger = made.side.world.main

    def anew() -> None:
        ledger.move(doc, Status.VOID)
        contact = ledger.contact(doc.contact_id)
        book.invoice(ledger, contact, "117.00", late=9, currency="EUR")

    doc = made.side.late(1)
    made.run(made.at("claim", anew))
    made.pass_time(minutes=20)
    made.finish()
    assert [(mail.currency, mail.asked) for mail in made.post.mails] == [("EUR", Decimal(117))]


# --- 43 and 44: lists that move -------------------------------------------------------------------


def _long_book(made: Workshop) -> list[Document]:
    """Two pages: all but the last customer's invoices are not due yet."""
    ledger = made.side.world.main
    patient = book.customer(ledger, 9)
    docs = [book.invoice(ledger, patient, "10.00", late=-20) for _ in range(1020)]
    made.side.late(1)
    made.side.unlimited()
    return docs


PAGES = {
    XERO: ("GET .*/Invoices$", 2),
    QUICKBOOKS: ("GET .*/query$", 5),
    ODOO: ("POST .*/account.move.line/web_search_read$", 2),
}


@pytest.mark.parametrize(("connector", "act"), each(["forty-leave", "forty-come"]))
def test_fault_43_page_shift(home: Path, connector: str, act: str) -> None:
    """Rows that leave or enter page 1 while page 2 is read lose nobody, and none counts as paid."""
    made = Workshop(home, connector)
    docs = _long_book(made)
    ledger = made.side.world.main

    def move() -> None:
        for doc in docs[:40]:
            if act == "forty-leave":
                ledger.pay(doc)
            else:
                contact = ledger.contact(doc.contact_id)
                book.invoice(ledger, contact, "10.00", late=-20)

    point, nth = PAGES[connector]
    assert made.run(made.at(point, move, nth=nth)).exit_code == 0
    assert made.recipients() == [made.side.customer(1).email]
    open_before = {doc.number for doc in docs if doc.left}
    assert open_before - _known_numbers(made) == set(), "open, and not known"
    made.pass_time(minutes=20)
    made.run()
    right = made.side.world.totals()[ledger.org.org_id]
    assert dict(made.last().open_totals) == {"GBP": right["GBP"]}


def _known_numbers(made: Workshop) -> set[str]:
    """Of the invoices that the state takes to be open."""
    with made.store() as store:
        session = store.take_lease(
            made.side.name, owner="test", now=made.clock(), until=made.clock()
        )
        numbers = {item.number for one in session.snapshots() for item in one.items}
        session.release()
    return numbers


@pytest.mark.parametrize("connector", ALL)
def test_fault_44_a_change_that_was_stamped_before_it_could_be_seen(
    home: Path, connector: str
) -> None:
    """A transaction that began before a read and ended after it is seen by the next run."""
    made = Workshop(home, connector)
    doc = made.side.late(1)
    ledger = made.side.world.main
    people.change_contact(ledger, doc.contact_id, email="")
    made.side.unlimited()
    made.pass_time(hours=1)
    began = made.clock()
    assert made.run().exit_code == 0
    assert made.recipients() == []  # nobody can be reached
    contact = people.change_contact(ledger, doc.contact_id, email="new@elsewhere.example")
    contact.changed_at = began - timedelta(minutes=4)
    made.pass_time(minutes=20)
    made.run()
    assert made.recipients() == ["new@elsewhere.example"]


@pytest.mark.parametrize("behind", [0, 540])
@pytest.mark.parametrize("connector", ALL)
def test_fault_44_changes_at_the_edge_of_the_cursor(
    home: Path, connector: str, behind: int
) -> None:
    """What changes in the cursor's own second, by a server ``behind`` us, is seen by the next run.

    Seeing it twice changes nothing.
    """
    made = Workshop(home, connector)
    made.changes["server_here"] = False
    made.ahead = timedelta(seconds=behind)
    made.side.late(1)
    made.side.unlimited()
    made.run(made.at("finish_run", lambda: made.side.late(2)))
    made.pass_time(minutes=1)
    made.run()
    assert made.recipients() == [made.side.customer(number).email for number in (1, 2)]
    made.run()
    assert dict(made.last().open_totals) == {"GBP": Decimal(200)}
    made.finish()
