"""Sending an invoice, its PDF and its pay link."""

import json
from typing import Any

import pytest

from syncer.sandbox.world import World
from tests.sandbox.quickbooks.calling import Caller, sale


def test_sending_fills_status_and_delivery_and_moves_the_token(
    call: Caller, world: World, invoice: Any
) -> None:
    """The answer is the invoice with EmailSent, DeliveryInfo and a new token."""
    sent = json.loads(call.raw("POST", f"/invoice/{invoice['Id']}/send").body)["Invoice"]
    assert sent["EmailStatus"] == "EmailSent"
    assert sent["DeliveryInfo"] == {
        "DeliveryType": "Email",
        "DeliveryTime": "2026-11-20T01:00:00-08:00",
    }
    assert int(sent["SyncToken"]) > int(invoice["SyncToken"])
    assert [mail.to for mail in world.main.books.mails] == [["bills@cafe.example"]]


def test_send_to_overwrites_the_billing_address(call: Caller, world: World, invoice: Any) -> None:
    """A test address given once is the customer's billing address from then on."""
    params = {"sendTo": "test+1@me.example"}
    sent = json.loads(call.raw("POST", f"/invoice/{invoice['Id']}/send", **params).body)
    assert sent["Invoice"]["BillEmail"] == {"Address": "test+1@me.example"}
    assert world.main.books.mails[0].to == ["test+1@me.example"]
    contact = next(iter(world.main.books.contacts.values()))
    assert contact.email == "joe@cafe.example"


@pytest.mark.parametrize("query", ["sendTo=nobody", "sendTo=test+1@me.example"])
def test_a_bad_address_is_500_with_4002(call: Caller, invoice: Any, query: str) -> None:
    """Also a plus sign that was not encoded: it arrives as a space. Nothing is sent."""
    answer = call.raw("POST", f"/invoice/{invoice['Id']}/send", raw_query=query)
    assert (answer.status, call.code(json.loads(answer.body))) == (500, "4002")
    assert call.get(f"/invoice/{invoice['Id']}")["Invoice"]["EmailStatus"] == "NotSet"


def test_copies_get_the_mail_too_and_nobody_is_an_error(
    call: Caller, world: World, customer: str
) -> None:
    """Cc and Bcc are addressed; without any address it is 6000; a voided invoice is not sent."""
    body = sale(customer, BillEmail={"Address": "a@x.example"})
    body |= {"BillEmailCc": {"Address": "b@x.example"}, "BillEmailBcc": {"Address": "c@x.example"}}
    made = call.post("/invoice", body)["Invoice"]
    call.raw("POST", f"/invoice/{made['Id']}/send")
    assert world.main.books.mails[0].to == ["a@x.example", "b@x.example", "c@x.example"]
    bare = call.post("/invoice", sale(customer))["Invoice"]
    void = call.post("/invoice", body)["Invoice"]
    call.post("/invoice", {"Id": void["Id"], "SyncToken": "0"}, operation="void")
    for refused in (bare, void):
        answer = call.raw("POST", f"/invoice/{refused['Id']}/send")
        assert (answer.status, call.code(json.loads(answer.body))) == (400, "6000")


def test_a_requestid_does_not_protect_a_send(call: Caller, world: World, invoice: Any) -> None:
    """Nobody documents that it does: two calls are two mails."""
    for _ in range(2):
        call.raw("POST", f"/invoice/{invoice['Id']}/send", requestid="r1")
    assert len(world.main.books.mails) == 2


def test_what_was_mailed_cannot_be_sent_back_whole(call: Caller, invoice: Any) -> None:
    """A read invoice with DeliveryInfo is refused as a write body until that is taken out."""
    call.raw("POST", f"/invoice/{invoice['Id']}/send")
    read = call.get(f"/invoice/{invoice['Id']}")["Invoice"]
    assert call.code(call.post("/invoice", read)) == "2010"
    del read["DeliveryInfo"]
    assert "Invoice" in call.post("/invoice", read)


def test_need_to_send_only_queues(call: Caller, world: World, invoice: Any) -> None:
    """EmailStatus can be written; no mail leaves by it."""
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    queued = call.post("/invoice", head | {"EmailStatus": "NeedToSend"})["Invoice"]
    assert (queued["EmailStatus"], world.main.books.mails) == ("NeedToSend", [])
    token = {"SyncToken": queued["SyncToken"]}
    marked = call.post("/invoice", head | token | {"EmailStatus": "EmailSent"})["Invoice"]
    assert (marked["EmailStatus"], world.main.books.mails) == ("EmailSent", [])


def test_the_pdf(call: Caller, invoice: Any) -> None:
    """A real one-page document, whatever is accepted; 610 for no invoice."""
    call.accept = "application/pdf"
    answer = call.raw("GET", f"/invoice/{invoice['Id']}/pdf")
    assert answer.content_type == "application/pdf"
    assert answer.body.startswith(b"%PDF-1.4")
    start = int(answer.body.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert answer.body[start:].startswith(b"xref")
    assert call.raw("GET", "/invoice/99/pdf").status == 400


def test_the_pay_link_comes_only_when_asked_for_and_possible(
    call: Caller, world: World, customer: str, invoice: Any
) -> None:
    """Opt-in; needs online payment on the invoice and in the company, and a billing address."""
    path = f"/invoice/{invoice['Id']}"
    asked = {"include": "invoiceLink"}
    assert "InvoiceLink" not in call.get(path)["Invoice"]
    link = call.get(path, **asked)["Invoice"]["InvoiceLink"]
    assert link.startswith("https://connect.intuit.com/")
    listed = call.query("SELECT * FROM Invoice", **asked)["Invoice"]
    assert listed[0]["InvoiceLink"] == link
    head = {"Id": invoice["Id"], "SyncToken": "0", "sparse": True}
    off = {"AllowOnlineCreditCardPayment": False, "AllowOnlineACHPayment": False}
    call.post("/invoice", head | off)
    assert "InvoiceLink" not in call.get(path, **asked)["Invoice"]
    bare = call.post("/invoice", sale(customer))["Invoice"]
    assert "InvoiceLink" not in call.get(f"/invoice/{bare['Id']}", **asked)["Invoice"]
    world.main.org.takes_cards = False
    call.post("/invoice", head | {"SyncToken": "1"} | dict.fromkeys(off, True))
    assert "InvoiceLink" not in call.get(path, **asked)["Invoice"]
