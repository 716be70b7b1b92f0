"""What this connector believes of Odoo, asked of Odoo: if a version changes it, this tells."""

import shutil
import time
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from connectors.odoo.speech import DeniedError, GoneError, RefusedError
from syncer.errors import AuthError, ContractError, RecordError
from syncer.model.charge import Charge
from syncer.model.ledger import ItemKind, Stop
from syncer.model.outcome import AlreadyThere, Delivered, Rejected

from .desk import LOGIN, Desk
from .running import BASE, Live
from .test_book import connector

pytestmark = pytest.mark.live

DATABASE = "habits"
MARK = "[r:00112233445566ff]"
TODAY = date.today()
PAGE_LEAST = 5_000  # bytes; a stub of a page is smaller


@dataclass
class Shop:
    """A company with one customer who owes two invoices."""

    live: Live
    desk: Desk
    source: Any
    older: Any  # the same by JSON-RPC
    partner: int
    moves: list[int]
    key: str

    def item(self, index: int = 0) -> str:
        """The id of an invoice's line."""
        move = self.moves[index]
        return f"{move}.{self.desk.receivable_lines(move)[0]}"

    def changed(self, model: str, record: int) -> str:
        """When Odoo says that a record was written."""
        return str(self.desk.read(model, [["id", "=", record]], "write_date")[0]["write_date"])


@pytest.fixture
def shop(live: Live, tmp_path: Path) -> Shop:
    """A fresh one."""
    live.odoo.clone(BASE, DATABASE)
    desk = Desk(live.odoo, DATABASE)
    desk.open_company(name="Habits Ltd", currency="EUR", zone="Europe/Berlin")
    desk.add_user(LOGIN, 1)
    key = live.odoo.api_key(DATABASE, LOGIN)
    partner = desk.add_customer("Customer", email="ap@customer.example")
    issued = TODAY - timedelta(days=60)
    due = issued + timedelta(days=30)
    moves = [desk.post(desk.draft(partner, Decimal(100), issued=issued, due=due)) for _ in "ab"]
    source = connector(live, DATABASE, key, tmp_path)
    older = connector(live, DATABASE, key, tmp_path, protocol="jsonrpc", login=LOGIN)
    live.post.received.clear()
    return Shop(live, desk, source, older, partner, moves, key)


def test_a_payment_changes_the_time_of_the_invoice_and_of_all_its_lines(shop: Shop) -> None:
    """Matching a payment moves ``write_date`` of the entry and of its receivable line."""
    move = shop.moves[0]
    line = shop.desk.receivable_lines(move)[0]
    before = shop.changed("account.move", move), shop.changed("account.move.line", line)
    time.sleep(1.1)  # Odoo's times are to the second
    shop.desk.pay(move, Decimal(10), on=TODAY)
    after = shop.changed("account.move", move), shop.changed("account.move.line", line)
    assert after[0] > before[0]
    assert after[1] > before[1]


def test_a_merge_changes_no_time_of_a_line(shop: Shop) -> None:
    """Merged partners' lines change hands by SQL: why open lines are always read whole."""
    survivor = shop.desk.add_customer("Survivor")
    line = shop.desk.receivable_lines(shop.moves[0])[0]
    before = shop.changed("account.move.line", line)
    time.sleep(1.1)
    shop.desk.merge(shop.partner, survivor)
    assert shop.changed("account.move.line", line) == before
    facts = shop.source.read_accounts([str(shop.partner)])
    assert facts[str(shop.partner)].account.merged_into == str(survivor)
    assert len(facts[str(survivor)].items) == 2


@pytest.mark.parametrize("older", [False, True])
def test_notes_come_back_word_for_word(shop: Shop, older: bool) -> None:
    """Whatever a note holds, it is found by its marker, and only where it stands."""
    source = shop.older if older else shop.source
    items = [shop.item(0), shop.item(1)]
    text = f'Wrote to <b>"them"</b> & Ärger\nsecond line {MARK}'
    place: dict[str, Any] = {"account_id": str(shop.partner), "item_ids": items}
    assert not source.find_note(**place, marker=MARK)
    assert isinstance(source.add_note(**place, text=text, key="k"), Delivered)
    assert isinstance(source.add_note(**place, text=text, key="k"), AlreadyThere)
    assert source.find_note(**place, marker=MARK)
    assert not source.find_note(**place, marker="[r:00112233445566fe]")


def test_an_activity_is_found_after_it_is_done(shop: Shop) -> None:
    """Done, an activity is put away and leaves a message: still there, not planned twice."""
    asked: dict[str, Any] = {
        "account_id": str(shop.partner),
        "item_ids": [shop.item(0), shop.item(1)],
        "text": f"Phone them <today>\nDetails {MARK}",
        "due_on": TODAY,
        "key": "t",
    }
    assert isinstance(shop.source.add_task(**asked), Delivered)
    (activity,) = shop.desk.read("mail.activity", [], "summary", "note", "res_id", "user_id")
    assert (activity["summary"], activity["res_id"]) == ("Phone them <today>", shop.moves[0])
    assert activity["user_id"][0] == 2  # the salesperson: whoever entered the invoice
    shop.desk.do("mail.activity", "action_feedback", [activity["id"]], feedback="They pay Friday")
    assert shop.desk.find("mail.activity", ["active", "=", True]) == []
    assert isinstance(shop.source.add_task(**asked), AlreadyThere)
    place = {"account_id": asked["account_id"], "item_ids": asked["item_ids"]}
    assert shop.source.find_note(**place, marker=MARK)


@pytest.mark.parametrize("older", [False, True])
def test_own_notes_are_told_word_for_word(shop: Shop, older: bool) -> None:
    """Notes, an activity, and what an activity that is done left: each text once, by both ways."""
    source = shop.older if older else shop.source
    place: dict[str, Any] = {
        "account_id": str(shop.partner),
        "item_ids": [shop.item(0), shop.item(1)],
    }
    note = f'Wrote to <b>"them"</b> & Ärger on 2026-11-20 (step firm) {MARK}'
    task = f"Phone <them> & ask\nStep: call. EUR 1,200.00\n\nDetails {MARK}"
    assert source.own_notes(**place, marker=MARK[:4]) == ()
    source.add_note(**place, text=note, key="k")
    source.add_task(**place, text=task, due_on=TODAY, key="t")
    assert source.own_notes(**place, marker=MARK[:4]) == (task, note)
    assert source.own_notes(**place, marker="[r:9") == ()
    (activity,) = shop.desk.find("mail.activity")
    shop.desk.do("mail.activity", "action_feedback", [activity], feedback="They pay Friday")
    told = source.own_notes(**place, marker=MARK[:4])
    assert task in told
    assert note in told


def test_odoo_mails_with_its_own_words_once(shop: Shop) -> None:
    """The template's subject reaches the customer's mailbox; the same key sends nothing more."""
    for expected in (Delivered, AlreadyThere):
        assert isinstance(shop.source.email_item(item_id=shop.item(), key="m-1"), expected)
    (mail,) = shop.live.post.messages()
    assert "ap@customer.example" in mail["To"]
    assert "Habits Ltd Invoice" in mail["Subject"]
    followers = shop.desk.read("account.move", [["id", "=", shop.moves[0]]], "message_partner_ids")
    assert shop.partner not in followers[0]["message_partner_ids"]


def test_a_mail_that_odoo_cannot_send_is_refused(shop: Shop) -> None:
    """Odoo posts the message and notes the failure: told to a person, never repeated."""
    shop.desk.make("ir.mail_server", name="none", smtp_host="127.0.0.1", smtp_port=1)
    for _ in "ab":
        outcome = shop.source.email_item(item_id=shop.item(), key="m-2")
        assert isinstance(outcome, Rejected)
    assert shop.live.post.received == []


def test_a_fee_is_a_draft_in_the_right_currency(shop: Shop) -> None:
    """The draft has the amount to the cent, no tax, its reference, and is found again."""
    shop.desk.currency("USD")
    fee = Charge(
        account_id=str(shop.partner),
        amount=Decimal("40.10"),
        currency="USD",
        description="Late payment fee",
        on=TODAY,
        reference="LATEFEE:1",
        key="f",
    )
    assert isinstance(shop.source.add_charge(fee), Delivered)
    assert isinstance(shop.older.add_charge(fee), AlreadyThere)
    fields = ("state", "amount_total", "currency_id", "amount_tax", "invoice_date")
    (draft,) = shop.desk.read("account.move", [["ref", "=", "LATEFEE:1"]], *fields)
    assert (draft["state"], draft["amount_total"], draft["amount_tax"]) == ("draft", 40.1, 0.0)
    assert draft["currency_id"][1] == "USD"


def test_a_payment_on_its_way_holds_its_invoice(shop: Shop) -> None:
    """A registered payment without an entry of its own leaves the residual and says in_payment."""
    move = shop.moves[0]
    shop.live.odoo.sql(
        DATABASE, f"update account_move set payment_state = 'in_payment' where id = {move}"
    )
    items = shop.source.read_accounts([str(shop.partner)])[str(shop.partner)].items
    stops = {item.item_id: item.stop for item in items}
    assert stops == {shop.item(0): Stop.PAYMENT_HELD, shop.item(1): None}


def test_money_sent_back_is_not_asked_for(shop: Shop) -> None:
    """A refund to the customer that nobody matched counts, and has no day on which it is due."""
    payment = shop.desk.make(
        "account.payment",
        payment_type="outbound",
        partner_type="customer",
        partner_id=shop.partner,
        amount=15.0,
        date=TODAY.isoformat(),
        journal_id=shop.desk.bank_journal(),
    )
    shop.desk.do("account.payment", "action_post", [payment])
    items = shop.source.read_accounts([str(shop.partner)])[str(shop.partner)].items
    (sent_back,) = [item for item in items if item.open == Decimal(15)]
    assert (sent_back.kind, sent_back.due_on) == (ItemKind.INVOICE, None)


@pytest.mark.parametrize("older", [False, True])
def test_errors_are_what_they_are_taken_for(shop: Shop, older: bool) -> None:
    """Each kind of refusal, by both interfaces, is the error that says what to do."""
    api = (shop.older if older else shop.source)._api
    with pytest.raises(ContractError):
        api.ask("account.move", "search", list[int], domain=[["no_such_field", "=", 1]])
    with pytest.raises(GoneError):
        api.write("account.move", "message_post", ids=[999_999], body="x")
    with pytest.raises(DeniedError):
        api.ask("ir.model.data", "search", list[int], domain=[])
    with pytest.raises(DeniedError):
        api.ask("account.move", "_post", list[int], ids=[shop.moves[0]])
    with pytest.raises(RefusedError):
        api.write("account.move", "action_post", ids=[shop.moves[0]])
    assert api.ask("account.move", "search", list[int], domain=[["id", "=", 0]]) == []


@pytest.mark.parametrize("protocol", ["json2", "jsonrpc"])
def test_a_key_that_is_not_taken_is_an_auth_error(
    live: Live, shop: Shop, tmp_path: Path, protocol: str
) -> None:
    """A withdrawn key says where to make a new one, and never what it was."""
    wrong = "f" * 40
    source = connector(live, DATABASE, wrong, tmp_path, protocol=protocol, login=LOGIN)
    with pytest.raises(AuthError, match="Account Security") as told:
        source.check()
    assert wrong not in str(told.value)


@pytest.mark.parametrize("protocol", ["json2", "jsonrpc"])
def test_a_database_that_is_not_there_is_named_as_such(
    live: Live, shop: Shop, tmp_path: Path, protocol: str
) -> None:
    """A misspelt database is an error that names the key to correct."""
    source = connector(live, "no_such", shop.key, tmp_path, protocol=protocol, login=LOGIN)
    with pytest.raises((AuthError, ContractError), match="database"):
        source.check()


@pytest.mark.skipif(shutil.which("wkhtmltopdf") is None, reason="no wkhtmltopdf on this machine")
@pytest.mark.parametrize("older", [False, True])
def test_the_pdf_is_the_one_that_odoo_printed(shop: Shop, older: bool) -> None:
    """Before a person prints it there is none; then it is the very file that Odoo keeps."""
    source = shop.older if older else shop.source
    with pytest.raises(RecordError, match="print or send it once"):
        source.invoice_pdf(shop.item())
    shop.desk.print_pdf(shop.moves[0])
    (kept,) = shop.desk.read(
        "ir.attachment",
        [["res_field", "=", "invoice_pdf_report_file"], ["res_id", "=", shop.moves[0]]],
        "checksum",
        "mimetype",
    )
    paper = source.invoice_pdf(shop.item())
    assert paper.startswith(b"%PDF-")
    assert len(paper) > PAGE_LEAST
    assert kept["mimetype"] == "application/pdf"
    assert sha1(paper, usedforsecurity=False).hexdigest() == kept["checksum"]
    with pytest.raises(RecordError):
        source.invoice_pdf(shop.item(1))


def test_the_portal_link_opens_the_invoice_for_anybody(
    live: Live, shop: Shop, tmp_path: Path
) -> None:
    """The link carries the token, is the same when asked again, and is https."""
    source = connector(live, DATABASE, shop.key, tmp_path, portal_url="https://pay.example")
    first, second = source.pay_link(shop.item()), source.pay_link(shop.item())
    assert first == second
    assert first.startswith(f"https://pay.example/my/invoices/{shop.moves[0]}?access_token=")
    assert shop.source.pay_link(shop.item()) == ""  # this one's Odoo is reached by http
