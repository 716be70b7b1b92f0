"""What people do to the books while the worker is at work: acts by name, each from its own dice.

An act that the books refuse (paying what is paid) is no act. Every act tells itself in a
sentence, so that a failing story can be read.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from syncer.model.hold import Hold, HoldKind
from syncer.sandbox import people, post
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.sandbox.refusal import Refused
from syncer.testing.sim import book
from syncer.testing.sim.judges import Judges
from syncer.testing.sim.rig import Rig
from syncer.testing.sim.side import Side
from syncer.testing.sim.truth import item_known_as, known_as

EXPORTED_AT_ONCE = 0.75  # else with what somebody does later, or on another day
Act = Callable[["People", Side, random.Random], str]


def _an_open_invoice(side: Side, rng: random.Random) -> Document | None:
    found = side.world.main.open_invoices()
    return rng.choice(found) if found else None


def _a_customer(side: Side, rng: random.Random) -> Contact:
    return rng.choice(list(side.world.main.books.contacts.values()))


def pay(_: "People", side: Side, rng: random.Random) -> str:
    """An invoice is paid in full."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    side.world.main.pay(doc)
    return f"{doc.number} paid"


def pay_all(_: "People", side: Side, rng: random.Random) -> str:
    """A customer pays everything."""
    contact = _a_customer(side, rng)
    for doc in side.world.main.open_invoices():
        if doc.contact_id == contact.contact_id:
            side.world.main.pay(doc)
    return f"{contact.name} pays everything"


def part_pay(_: "People", side: Side, rng: random.Random) -> str:
    """Some of an invoice is paid."""
    doc = _an_open_invoice(side, rng)
    if doc is None or doc.left < Decimal("0.02"):
        return ""
    amount = Decimal(rng.randint(1, int(doc.left * 100) - 1)) / 100
    side.world.main.pay(doc, amount)
    return f"{amount} of {doc.number} paid"


def take_back(_: "People", side: Side, rng: random.Random) -> str:
    """A payment bounces: its invoice is open again."""
    ledger = side.world.main
    payments = [payment for payment in ledger.books.payments.values() if not payment.deleted]
    if not payments:
        return ""
    payment = ledger.delete_payment(rng.choice(payments).payment_id)
    return f"payment of {payment.amount} taken back"


def give_credit(_: "People", side: Side, rng: random.Random) -> str:
    """A credit note that nobody applies yet."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    ledger = side.world.main
    amount = book.random_amount(rng, 300)
    book.credit(ledger, ledger.contact(doc.contact_id), amount, currency=doc.currency)
    return f"credit of {amount} for whoever owes {doc.number}"


def apply_credit(_: "People", side: Side, rng: random.Random) -> str:
    """A credit is applied to an invoice: nothing changes in what is owed in all."""
    ledger = side.world.main
    unused = [
        doc
        for doc in ledger.books.documents.values()
        if doc.kind is Kind.CREDIT_NOTE and doc.status is Status.OPEN
    ]
    doc = _an_open_invoice(side, rng)
    if doc is None or not unused:
        return ""
    used = rng.choice(unused)
    ledger.allocate(used, doc, min(used.left, doc.left))
    return f"{used.number} applied to {doc.number}"


def void(_: "People", side: Side, rng: random.Random) -> str:
    """An invoice turns out to be wrong."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    side.world.main.move(doc, Status.VOID)
    return f"{doc.number} voided"


def change_currency(_: "People", side: Side, rng: random.Random) -> str:
    """An invoice is voided and raised again in another currency.

    Where a customer can owe in one currency only, the new invoice is for a new customer.
    """
    doc = _an_open_invoice(side, rng)
    if doc is None or doc.touched or doc.due_on is None:
        return ""
    ledger = side.world.main
    contact = ledger.contact(doc.contact_id)
    currency = rng.choice([one for one in book.RATES if one != doc.currency])
    late, amount = (ledger.today() - doc.due_on).days, str(doc.total)
    ledger.contact_for_new(doc.contact_id)
    ledger.move(doc, Status.VOID)
    if side.form.one_currency_each:
        word = f"{len(ledger.books.contacts) + 1} {currency}"
        contact = book.customer(ledger, word, currency=currency)
    again = book.invoice(ledger, contact, amount, late=late, currency=currency)
    return f"{doc.number} voided, raised again as {again.number} in {currency}"


def due_later(_: "People", side: Side, rng: random.Random) -> str:
    """Somebody grants more time."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    ledger = side.world.main
    ledger.change_document(doc, due_on=ledger.today() + timedelta(days=rng.randint(0, 20)))
    return f"{doc.number} falls due on {doc.due_on}"


def promise(_: "People", side: Side, rng: random.Random) -> str:
    """The expected payment date is entered in the ledger."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    ledger = side.world.main
    ledger.change_document(doc, expected_on=ledger.today() + timedelta(days=rng.randint(0, 6)))
    return f"{doc.number} promised for {doc.expected_on}"


def dispute(crowd: "People", side: Side, rng: random.Random) -> str:
    """An invoice, or a whole customer, is put on hold in this program."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    today = side.world.main.today()
    account_id = known_as(side, side.world.main.contact(doc.contact_id))
    hold = Hold(
        hold_id=f"h{len(crowd.told)}",
        kind=HoldKind.DISPUTE,
        account_id=account_id,
        item_id=rng.choice((item_known_as(side, doc), "")),
        starts_on=today,
        ends_on=today + timedelta(days=rng.randint(0, 5)),
        reason="says it is wrong",
        author="Sam",
    )
    if not crowd.known(side, account_id):
        return ""
    crowd.rig.add_hold(side, hold)
    return f"{doc.number if hold.item_id else 'its customer'} disputed until {hold.ends_on}"


def block(_: "People", side: Side, rng: random.Random) -> str:
    """An invoice is blocked in the ledger itself, where that can be, or let go again."""
    doc = _an_open_invoice(side, rng)
    if doc is None or not side.form.knows_blocks:
        return ""
    side.world.main.change_document(doc, disputed=not doc.disputed)
    return f"{doc.number} {'blocked' if doc.disputed else 'no longer blocked'}"


def opt_out(_: "People", side: Side, rng: random.Random) -> str:
    """A customer goes into the group that is left in peace, or leaves it."""
    ledger, contact = side.world.main, _a_customer(side, rng)
    group = next(g for g in ledger.books.groups.values() if g.name == book.OPT_OUT_GROUP)
    if contact.contact_id in group.members:
        people.leave_group(ledger, group.group_id, contact.contact_id)
        return f"{contact.name} may be reminded again"
    people.join_group(ledger, group.group_id, contact.contact_id)
    return f"{contact.name} is not to be reminded"


def archive(_: "People", side: Side, rng: random.Random) -> str:
    """A contact is archived, or brought back."""
    contact = _a_customer(side, rng)
    if contact.merged_into:
        return ""
    people.archive(side.world.main, contact.contact_id, archived=not contact.archived)
    return f"{contact.name} archived: {contact.archived}"


def merge(_: "People", side: Side, rng: random.Random) -> str:
    """Two contacts turn out to be one."""
    loser, survivor = _a_customer(side, rng), _a_customer(side, rng)
    if loser.merged_into or survivor.merged_into or survivor.archived:
        return ""
    if side.form.one_currency_each and loser.currency != survivor.currency:
        return ""
    people.merge(side.world.main, loser.contact_id, survivor.contact_id)
    return f"{loser.name} merged into {survivor.name}"


def move_away(_: "People", side: Side, rng: random.Random) -> str:
    """A customer's address changes, or is taken out."""
    ledger, contact = side.world.main, _a_customer(side, rng)
    if contact.merged_into:
        return ""
    fresh = f"new{contact.revision}.{book.address(ledger, contact.name.split()[1])}"
    address = rng.choice(("", fresh, fresh))
    people.change_contact(ledger, contact.contact_id, email=address)
    return f"{contact.name} is reached at {address or 'no address'}"


def mail_by_hand(_: "People", side: Side, rng: random.Random) -> str:
    """The ledger's user mails an invoice from the ledger itself."""
    doc = _an_open_invoice(side, rng)
    if doc is None:
        return ""
    post.send_mail(side.world.main, doc, by="Sam")
    return f"{doc.number} mailed by Sam"


def revoke(_: "People", side: Side, rng: random.Random) -> str:
    """The program's access is taken back, where anybody gave it any."""
    del rng
    return "access revoked" if side.form.revoke(side.world) else ""


def sell(_: "People", side: Side, rng: random.Random) -> str:
    """A new invoice, sometimes already late."""
    contact = _a_customer(side, rng)
    currency = contact.currency or "GBP"
    if not side.form.one_currency_each:
        currency = rng.choice(book.CURRENCIES)  # customers may owe in several
    doc = book.random_invoice(side.world.main, contact, rng, currency)
    return f"{doc.number} over {doc.total} {doc.currency} for {contact.name}"


def export(_: "People", side: Side, rng: random.Random) -> str:
    """What was done in the books reaches the files, where a run sees files alone."""
    del rng
    side.tell()
    return "exported"


def nap(crowd: "People", side: Side, rng: random.Random) -> str:
    """The machine sleeps for five minutes: nothing in the books changes. Only where asked for."""
    del side, rng
    crowd.rig.clock.advance(minutes=5)
    return "the machine sleeps for five minutes"


ACTS: tuple[Act, ...] = (
    *(pay, pay, pay_all, part_pay, take_back, give_credit, apply_credit, void, due_later),
    *(promise, dispute, opt_out, archive, merge, sell, sell, change_currency, move_away),
    *(mail_by_hand, revoke, block),
)
BY_NAME: dict[str, Act] = {act.__name__: act for act in (*ACTS, export, nap)}


@dataclass(slots=True)
class People:
    """The crowd around a rig: whoever acts is noted, and the judges are told."""

    rig: Rig
    judges: Judges
    told: list[str] = field(default_factory=list)

    def act(self, act: Act, side: Side, rng: random.Random, when: str = "") -> None:
        """Let one thing happen and tell the judges."""
        try:
            what = act(self, side, rng)
        except Refused:
            return
        if what:
            if rng.random() < EXPORTED_AT_ONCE:
                side.tell()
            self.told.append(f"{when}: {side.name}: {what}")
            self.judges.somebody_acted()

    def known(self, side: Side, account_id: str) -> bool:
        """Whether the worker has met the account: only then can a hold be entered for it."""
        with self.rig.store() as store:
            return bool(store.find_account(side.name, account_id))
