"""A later pull reads what changed in Tryton, and says what is closed, whatever happened to it."""

from typing import Any

import pytest

from syncer.model.ledger import ItemKind, OpenItem, Stop, Stream
from syncer.testing.connector_case import Pulled

from .book import GERMANS
from .conftest import enter_book
from .entering import Booked
from .seeding import GERMAN, Office
from .test_book import reader

HALF_AN_HOUR = 1800


class Ledger:
    """What a store would know after one pull and another."""

    def __init__(self, booked: Booked) -> None:
        self.booked = booked
        self.clerk = booked.office.clerk
        self.source = reader(booked, GERMAN)
        self.first = Pulled().take(self.source.pull({}))
        self.open = {item.item_id: item for item in self.first.items}

    def again(self, **settings: object) -> Pulled:
        """Pull what changed and take it over; a whole list would hide what was missed."""
        source = reader(self.booked, GERMAN, **settings) if settings else self.source
        second = Pulled().take(source.pull(self.first.cursors))
        assert not second.ends[Stream.ITEMS].full
        self.open = {key: one for key, one in self.open.items() if key not in second.gone}
        self.open |= {item.item_id: item for item in second.items}
        return second

    def line(self, number: str) -> str:
        """The id of an invoice's first line."""
        return str(self.booked.lines[number][0])

    def item(self, number: str) -> OpenItem | None:
        """What is known of an invoice's first line."""
        return self.open.get(self.line(number))

    def party(self, key: str) -> int:
        """A customer's id."""
        return self.booked.parties[key]

    def enter(self, **invoice: Any) -> dict[str, Any]:
        """A new invoice of an ordinary customer."""
        booked = self.booked
        entry = {
            "party": booked.parties["plain-1"],
            "amount": "77.00",
            "currency": "EUR",
            "issued": booked.day(3),
            "due": [booked.day(1)],
            "number": "NEW-1",
            **invoice,
        }
        company = booked.office.companies[GERMAN]
        made: dict[str, Any] = self.clerk("invoices", company=company, entries=[entry])[0]
        return made


@pytest.fixture
def ledger(office: Office) -> Ledger:
    """The book as it was put in, and pulled once."""
    return Ledger(enter_book(office))


def test_when_nothing_changed_nothing_is_read(ledger: Ledger) -> None:
    """No item, no account, nothing gone."""
    second = ledger.again()
    assert (second.items, second.accounts, second.gone, second.settled) == ([], [], set(), [])


def test_a_new_invoice_is_read_though_it_was_never_written(ledger: Ledger) -> None:
    """``write_date`` is empty until a record's first change: then ``create_date`` counts."""
    made = ledger.enter()
    (line,) = made["lines"]
    assert ledger.clerk("never_written", line=line)
    ledger.again()
    assert ledger.open[str(line)].number == "NEW-1"


def test_a_paid_invoice_is_gone_and_settled(ledger: Ledger) -> None:
    """Its line was reconciled since: it is closed, and the history has it."""
    invoice = ledger.booked.invoices["G-100"]
    ledger.clerk("pay", invoice=invoice, amount="119.00", on=ledger.booked.day(0))
    second = ledger.again()
    assert ledger.item("G-100") is None
    assert ledger.line("G-100") in {one.item_id for one in second.settled}


def test_a_part_payment_lowers_what_is_open(ledger: Ledger) -> None:
    """The invoice's own line did not change at all: the payment leads to it."""
    invoice = ledger.booked.invoices["G-100"]
    ledger.clerk("pay", invoice=invoice, amount="19.00", on=ledger.booked.day(0))
    ledger.again()
    item = ledger.item("G-100")
    assert item is not None
    assert str(item.open) == "100.00"


def test_credit_that_is_put_on_an_invoice_is_no_credit_any_more(ledger: Ledger) -> None:
    """Neither line changed, only the invoice: both are read again."""
    invoice = ledger.booked.invoices["G-119"]
    ledger.clerk("put_on", invoice=invoice, line=int(ledger.line("G-120")))
    ledger.again()
    item = ledger.item("G-119")
    assert item is not None
    assert str(item.open) == "140.00"
    assert ledger.item("G-120") is None


def test_an_invoice_that_tryton_mailed_is_read_again(ledger: Ledger) -> None:
    """The e-mail leaves no stamp on the invoice; a mail about a dunning of it counts as well."""
    before = ledger.item("G-100")
    assert before is not None
    assert before.sent_on is None
    ledger.clerk("mailed", about=f"account.invoice,{ledger.booked.invoices['G-100']}")
    ledger.again()
    item = ledger.item("G-100")
    assert item is not None
    assert item.sent_on is not None


def test_a_note_that_holds_is_found_and_missed(ledger: Ledger) -> None:
    """By the guard at once, by a pull once its record changed; its end is noticed without that."""
    clerk, party = ledger.clerk, ledger.party("plain-1")
    invoice = ledger.booked.invoices["G-100"]
    noted = clerk("note", about=f"party.party,{party}", message="#hold until 2026-12-01 x\nmore")
    clerk("note", about=f"party.party,{party}", message="call before noon")
    on_invoice = clerk("note", about=f"account.invoice,{invoice}", message="#hold until 2026-12-02")
    item = ledger.item("G-100")
    assert item is not None
    fresh = ledger.source.read_accounts([str(party), item.account_id])
    assert fresh[str(party)].account.note == "#hold until 2026-12-01 x"
    (known,) = [one for one in fresh[item.account_id].items if one.item_id == item.item_id]
    assert known.note == "#hold until 2026-12-02"
    clerk("rename", party=party, name="Renamed")
    clerk("pay", invoice=invoice, amount="19.00", on=ledger.booked.day(0))
    second = ledger.again()
    assert _notes(ledger, second, party) == ("#hold until 2026-12-01 x", "#hold until 2026-12-02")
    ledger.first = second
    clerk("delete", model="ir.note", number=noted)
    clerk("note", about=f"account.invoice,{invoice}", message="#hold until 2026-12-24")
    third = ledger.again()
    assert _notes(ledger, third, party) == ("", "#hold until 2026-12-24")
    ledger.first = third
    clerk("delete", model="ir.note", number=on_invoice)
    ledger.again()
    item = ledger.item("G-100")
    assert item is not None
    assert item.note == "#hold until 2026-12-24"  # the newer note says what it said


def _notes(ledger: Ledger, pulled: Pulled, party: int) -> tuple[str, str]:
    """What the party's note says by a pull, and what that of G-100 does."""
    (account,) = [one for one in pulled.accounts if one.account_id == str(party)]
    item = ledger.item("G-100")
    assert item is not None
    return account.note, item.note


def test_a_note_of_a_party_that_is_gone_hides_no_other(ledger: Ledger) -> None:
    """Somebody wrote a note on a party and deleted the party: the rest is read all the same."""
    company = ledger.booked.office.companies[GERMAN]
    (gone,) = ledger.clerk("parties", company=company, entries=[{"name": "Gone"}])
    party = ledger.party("plain-1")
    for number in (gone, party):
        ledger.clerk("note", about=f"party.party,{number}", message="#hold until 2026-12-01")
    ledger.clerk("rename", party=party, name="Renamed")
    ledger.first = second = ledger.again()
    assert {one.note for one in second.accounts} == {"#hold until 2026-12-01"}
    ledger.clerk("delete", model="party.party", number=gone)
    third = ledger.again()
    assert [one for one in third.accounts if not one.note] == []
    whole = Pulled().take(reader(ledger.booked, GERMAN).pull({}))
    (account,) = [one for one in whole.accounts if one.account_id == str(party)]
    assert account.note == "#hold until 2026-12-01"


@pytest.mark.parametrize("end", ["cancel", "credit"])
def test_an_invoice_that_is_taken_back_is_gone(ledger: Ledger, end: str) -> None:
    """Cancelled or credited in Tryton: closed here, and no payment is made of it."""
    day = {"on": ledger.booked.day(0)} if end == "credit" else {}
    ledger.clerk(end, invoice=ledger.booked.invoices["G-100"], **day)
    second = ledger.again()
    assert ledger.item("G-100") is None
    assert second.settled == []
    assert all(item.kind is ItemKind.INVOICE for item in second.items)


def test_an_archived_customer_is_told_and_still_owes(ledger: Ledger) -> None:
    """Putting a party away closes nothing."""
    ledger.clerk("archive", party=ledger.party("plain-2"))
    second = ledger.again()
    assert [account.archived for account in second.accounts] == [True]
    assert ledger.item("P-2") is not None


def test_a_merge_moves_the_invoices_although_it_leaves_no_stamp_on_them(ledger: Ledger) -> None:
    """The wizard moves lines without a stamp: the parties lead to them."""
    ledger.clerk("merge", party=ledger.party("plain-2"), into=ledger.party("plain-5"))
    second = ledger.again()
    item = ledger.item("P-2")
    assert item is not None
    assert item.account_id == str(ledger.party("plain-5"))
    into = {account.account_id: account.merged_into for account in second.accounts}
    assert into[str(ledger.party("plain-2"))] == str(ledger.party("plain-5"))


def test_a_block_in_tryton_holds_the_invoice_and_nothing_else(ledger: Ledger) -> None:
    """A dunning that a person blocks leads to its line."""
    ledger.clerk("block", line=int(ledger.line("G-100")))
    ledger.again()
    item, other = ledger.item("G-100"), ledger.item("G-126")
    assert item is not None
    assert item.stop is Stop.BLOCKED
    assert other is not None
    assert other.stop is None


def test_a_transaction_that_committed_late_is_read(ledger: Ledger) -> None:
    """Dated half an hour before it could be seen: within ``late_commits`` it is not missed."""
    made = ledger.enter()
    ledger.clerk("commit_late", invoice=made["id"], seconds=HALF_AN_HOUR)
    ledger.again()
    assert str(made["lines"][0]) in ledger.open


def test_what_lies_in_the_overlap_comes_again_and_is_one(ledger: Ledger) -> None:
    """The same change is told by two pulls under the same id: stored once."""
    made = ledger.enter()
    once = ledger.again()
    again = Pulled().take(ledger.source.pull(once.cursors))
    told = [item.item_id for item in again.items]
    assert told.count(str(made["lines"][0])) == 1
    assert {item.item_id for item in again.items} == {item.item_id for item in once.items}


def test_later_than_allowed_is_found_by_the_next_whole_read(ledger: Ledger) -> None:
    """Outside the overlap a change is missed until everything is read again: both are so."""
    made = ledger.enter()
    ledger.clerk("commit_late", invoice=made["id"], seconds=HALF_AN_HOUR)
    ledger.again(late_commits="5m")
    assert str(made["lines"][0]) not in ledger.open
    whole = Pulled().take(ledger.source.pull({}))
    assert str(made["lines"][0]) in {item.item_id for item in whole.items}


def test_another_configuration_reads_everything(ledger: Ledger) -> None:
    """What is asked for changed, so what was read before proves nothing."""
    source = reader(ledger.booked, GERMAN, dunning="ignore")
    second = Pulled().take(source.pull(ledger.first.cursors))
    assert second.ends[Stream.ITEMS].full
    assert not any(item.stop is Stop.BLOCKED for item in second.items)


def _books(ledger: Ledger) -> tuple[str, str]:
    """Up to which day the books speak, and by which journal."""
    owner = reader(ledger.booked, GERMAN).check().organisation
    return str(owner.books_fresh_on), owner.bank_account


def test_the_books_are_as_fresh_as_the_bank(ledger: Ledger) -> None:
    """By the last payment where nobody uses statements, then by the last one that was posted; a
    receipt that lies in a draft takes back what came after it, a later one does not.
    """
    company, day = ledger.booked.office.companies[GERMAN], ledger.booked.day
    paid = min(payment.ago for one in GERMANS for a in one.asked for payment in a.paid)
    assert _books(ledger) == (day(paid), "Cash")
    ledger.clerk("bank_fee", company=company, amount="4.90", on=day(2))
    assert _books(ledger) == (day(2), "Cash")
    ledger.clerk("statement", company=company, on=day(3), amount="-4.90", state="posted")
    assert _books(ledger) == (day(3), "Bank")
    savings = {"company": company, "amount": "25.00", "bank": "Savings", "state": "draft"}
    ledger.clerk("statement", on=day(1), **savings)
    assert _books(ledger) == (day(3), "Bank")
    ledger.clerk("statement", on=day(9), **savings)
    assert _books(ledger) == (day(10), "Savings")


def test_tryton_chasing_too_is_warned_of(ledger: Ledger) -> None:
    """Dunnings that were processed lately mean that customers would get both."""
    ledger.clerk("process", company=ledger.booked.office.companies[GERMAN])
    source = reader(ledger.booked, GERMAN)
    assert source.check().organisation.own_reminders is True
    organisation = Pulled().take(source.pull({})).organisation
    assert organisation is not None
    assert organisation.own_reminders is True
