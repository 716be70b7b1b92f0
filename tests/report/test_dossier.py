"""The dossier's page: the charges that a message named, with their working, and who approved it."""

import html
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from syncer.model.charge import ChargeKind, ChargeLine
from syncer.model.effect import Attempt, EffectState, Message
from syncer.model.evidence import Contacted, Entry, Evidence, Head, Kept
from syncer.model.ledger import Account, Person
from syncer.report.dossier_page import dossier_page

from .sample import HOSTILE, effect

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LINE = ChargeLine(
    kind=ChargeKind.INTEREST,
    item_id="a",
    number="INV-7",
    amount=Decimal("3.21"),
    currency="EUR",
    rows=("de.interest",),
    working=("1,000.00 EUR at 11.27 % for 10 days", "= 3.09 EUR"),
    since=date(2026, 11, 10),
    until=date(2026, 11, 20),
)


def evidence() -> Evidence:
    """One approved reminder that names interest, with hostile words in every free field."""
    sent = Message(
        key="key-delivered",
        message_id="<m@example.org>",
        sender="billing@example.org",
        reply_to="anna@example.org",
        to=(Person(email="pay@customer.example", name=HOSTILE),),
        subject=HOSTILE,
        text=HOSTILE,
        html="",
        language="en",
        raw=b"raw",
        attachments=("INV-7.pdf",),
        charges=(LINE,),
    )
    made = effect(EffectState.DELIVERED, detail="accepted by the mail server: 250 queued as 4X")
    tried = Attempt(key=made.key, number=1, at=AT, outcome="delivered", detail=made.detail)
    body = {"author": "anna", "note": HOSTILE}
    approved = Entry(
        journal="event",
        number=1,
        at=AT.isoformat(),
        row=json.dumps([1, AT.isoformat(), "approved", made.key, body]),
        previous="",
        hash="h",
    )
    return Evidence(
        ledger="northwind",
        account=Account(account_id="acc-17", name="Harbour Roofing"),
        contacts=(
            Contacted(
                effect=made,
                attempts=(tried,),
                messages=(Kept(number=1, sha256="0" * 64, message=sent),),
            ),
        ),
        holds=(),
        entries=(approved,),
        heads=(Head(journal="event", number=1, hash="h"),),
        numbers={},
    )


def test_the_page_shows_how_every_charge_was_reckoned_and_who_let_the_message_go() -> None:
    """Charge, working, rule and amount; approval with its author; the server's own words."""
    found = evidence()
    [one] = found.contacts
    page = dossier_page(found, (), files=[("messages/001.eml", one, one.messages[0])], made_at=AT)
    text = html.unescape(re.sub("<[^>]+>", "", page))
    for words in (
        "interest for INV-7",
        "1,000.00 EUR at 11.27 % for 10 days",
        "de.interest",
        "3.21 EUR",
        "step friendly, by anna",
        "250 queued as 4X",
        "INV-7.pdf",
        "2026-11-20 09:30:00 UTC: delivered.",
    ):
        assert words in text
    assert "Accepted by the mail server2026-11-20 09:30:00 UTC, step friendly" in text
    assert "Handed over" not in text
    assert "<script>" not in page
