"""Offers for paying early, sites, and documents left out: what a customer is told of them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.channels.notes import task_text
from syncer.channels.render import TemplateRenderer
from syncer.errors import RecordError
from syncer.model.decision import AccountSnapshot
from syncer.model.effect import Attachment, Message
from syncer.model.ledger import EarlyPayment, ItemKind, OpenItem
from tests.channels.cases import (
    AT,
    CONTEXT,
    TODAY,
    credit,
    decision,
    invoice,
    render,
    snapshot,
)

RENDERER = TemplateRenderer()
PDF = "application/pdf"
OFFER = EarlyPayment(until=date(2026, 11, 27), amount=Decimal("17.00"))
COMING = {"days_late": 0, "due_on": date(2026, 12, 17)}
SENTENCES = {
    "en": "If paid by 27 November 2026: €17.00 off this invoice, leaving €833.00",
    "de": "Bei Zahlung bis zum 27. November 2026: 17,00 € Skonto auf diese Rechnung, "
    "es bleiben 833,00 €",
    "fr": "En cas de paiement au plus tard le 27 novembre 2026 : 17,00 € d'escompte sur cette "
    "facture, soit 833,00 €",
    "nl": "Bij betaling uiterlijk op 27 november 2026: € 17,00 korting op deze factuur, "
    "dan resteert € 833,00",
    "es": "Si paga a más tardar el 27 de noviembre de 2026: 17,00 € de descuento en esta "
    "factura, que queda en 833,00 €",
}


def _offered(at: datetime = AT, **changes: Any) -> Message:
    decided = decision(
        invoice("INV-1", "850.00", early_payment=OFFER, **COMING),
        invoice("INV-2", "100.00", **COMING),
    )
    return render(RENDERER, decided, at=at, tone="heads_up", **changes)


def _plain(text: str) -> str:
    """With the spaces that keep an amount together as plain ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("&#39;", "'")


@pytest.mark.parametrize("language", SENTENCES)
def test_an_offer_is_one_plain_line_below_its_invoice(language: str) -> None:
    """Each language says till when, how much less and what is then left; once per invoice."""
    country = {"en": "GB"}.get(language, language.upper())
    message = _offered(snapshot=snapshot(language=language, country=country))
    wanted = SENTENCES[language]
    lines = [_plain(line).strip() for line in message.text.splitlines()]
    assert lines.count(wanted) == 1
    assert "INV-1" in lines[lines.index(wanted) - 2]
    assert _plain(message.html).count(wanted) == 1


def test_an_offer_changes_nothing_that_is_asked() -> None:
    """The statement foots to the same total with the offer as without it."""
    without = decision(invoice("INV-1", "850.00", **COMING), invoice("INV-2", "100.00", **COMING))
    total = "To be paid: €950.00"
    assert total in _offered().text
    assert total in render(RENDERER, without, tone="heads_up").text


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 27, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 0, 0, tzinfo=UTC), False),
    ],
)
def test_the_last_day_is_the_organisations_own(at: datetime, *, shown: bool) -> None:
    """An offer holds on its last day, and is gone a minute later, though the run goes on."""
    assert ("If paid by" in _offered(at).text) is shown


@given(
    zone=st.sampled_from(["Europe/London", "Pacific/Auckland", "America/Los_Angeles", "UTC"]),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    until=st.dates(date(2025, 12, 1), date(2028, 1, 31)),
    tone=st.sampled_from(["heads_up", "friendly", "firm", "formal", "final"]),
    language=st.sampled_from(list(SENTENCES)),
    behind=st.integers(0, 2),
)
def test_no_message_past_the_last_day_tells_of_the_offer(
    zone: str, at: datetime, until: date, tone: str, language: str, behind: int
) -> None:
    """Whenever a message is written, it tells of an offer exactly until that offer's last day."""
    local = at.astimezone(ZoneInfo(zone)).date()
    organisation = replace(CONTEXT.organisation, time_zone=zone)
    context = replace(CONTEXT, organisation=organisation, today=local - timedelta(days=behind))
    offer = EarlyPayment(until=until, amount=Decimal("12.34"))
    decided = decision(invoice("INV-1", "850.00", early_payment=offer))
    account = snapshot(language=language)
    message = render(RENDERER, decided, at=at, tone=tone, context=context, snapshot=account)
    told = "12.34" in message.text or "12,34" in message.text
    assert told is (local <= until)
    assert ("12.34" in message.html or "12,34" in message.html) is told


def _at_sites(*sites: str) -> AccountSnapshot:
    items = tuple(
        OpenItem(
            item_id=f"id-{number}",
            account_id="acc-17",
            kind=ItemKind.INVOICE,
            number=f"INV-{number}",
            currency="EUR",
            total=Decimal("100.00"),
            open=Decimal("100.00"),
            site=site,
        )
        for number, site in enumerate(sites)
    )
    return replace(snapshot(), items=items)


def test_sites_are_named_where_there_are_several() -> None:
    """An account with two sites reads which one an invoice is for; with one, nothing is said."""
    decided = decision(invoice("INV-0", site="Leeds"), invoice("INV-1", site="York"))
    several = render(RENDERER, decided, snapshot=_at_sites("Leeds", "York"))
    assert "Invoice INV-0, for Leeds, issued 3 Sept 2026" in several.text
    assert "for <bdi>York</bdi>" in several.html
    alone = render(RENDERER, decision(invoice("INV-0", site="Leeds")), snapshot=_at_sites("Leeds"))
    assert "Leeds" not in alone.text + alone.html


def test_the_account_itself_counts_as_a_place() -> None:
    """Beside invoices of its own, one for a site is told apart."""
    decided = decision(invoice("INV-0"), invoice("INV-1", site="York"))
    message = render(RENDERER, decided, snapshot=_at_sites("", "York"))
    assert "Invoice INV-0, issued" in message.text
    assert "Invoice INV-1, for York, issued" in message.text


def test_a_sites_name_is_only_ever_text() -> None:
    """Markup, templates and line ends in a site's name do nothing."""
    wild = "<b>x</b>{{ 7 * 7 }}%s\r\nBcc: a@b"
    decided = decision(invoice("INV-0", site=wild), invoice("INV-1"))
    message = render(RENDERER, decided, snapshot=_at_sites(wild, ""))
    assert "for <b>x</b>{{ 7 * 7 }}%s Bcc: a@b, issued" in message.text
    assert "<bdi>&lt;b&gt;x&lt;/b&gt;{{ 7 * 7 }}%s Bcc: a@b</bdi>" in message.html


def test_a_task_for_a_call_names_offer_and_site() -> None:
    """The person who phones sees what the customer could be told."""
    decided = decision(
        invoice("INV-0", "850.00", early_payment=OFFER, site="Leeds"), invoice("INV-1")
    )
    text = task_text(decided, _at_sites("Leeds", ""), CONTEXT)
    assert "for Leeds, EUR 17.00 less if paid by 2026-11-27" in text


def _document(number: str, **facts: Any) -> Attachment:
    return Attachment(
        name=f"{number}.pdf", mime_type=PDF, content=b"%PDF", item_id=f"id-{number}", **facts
    )


@pytest.mark.parametrize("language", SENTENCES)
def test_what_is_not_attached_is_said(language: str) -> None:
    """Each language names the invoices whose document should be there and is not."""
    decided = decision(invoice("A"), invoice("B"), invoice("C"))
    message = render(
        RENDERER,
        decided,
        snapshot=snapshot(language=language),
        attachments=[_document("A")],
        not_attached=("id-C", "id-B"),
    )
    sentence = next(line for line in message.text.splitlines() if "B, C." in line)
    assert sentence in message.html.replace("&#39;", "'")
    assert message.attachments == ("A.pdf",)


def test_a_long_list_of_missing_documents_is_cut() -> None:
    """Beyond twenty the rest is counted."""
    numbers = [f"N{number:02}" for number in range(23)]
    decided = decision(*(invoice(number) for number in numbers))
    missing = [f"id-{number}" for number in numbers]
    message = render(RENDERER, decided, not_attached=missing)
    assert "N18, N19 and 3 more. If you need a copy" in message.text
    assert "N18, N19 and 3 more. If you need a copy" in message.html


def test_one_document_may_stand_for_its_instalments() -> None:
    """A document counts for every instalment that it names."""
    decided = decision(invoice("A"), invoice("B"), credit(used="50.00"))
    message = render(RENDERER, decided, attachments=[_document("A", also_for=("id-B",))])
    assert message.attachments == ("A.pdf",)


@pytest.mark.parametrize(
    ("attached", "missing"),
    [
        (["A"], []),  # B is gone without a word
        (["A", "B"], ["id-B"]),  # said to be missing, yet there
        ([], ["id-C"]),  # not on the statement at all
        (["A"], ["id-B", "id-C"]),
    ],
)
def test_documents_and_what_is_said_of_them_agree(attached: list[str], missing: list[str]) -> None:
    """No message says of a document what is not so."""
    decided = decision(invoice("A"), invoice("B"))
    documents = [_document(number) for number in attached]
    with pytest.raises(RecordError, match="not those of the invoices"):
        render(RENDERER, decided, attachments=documents, not_attached=missing)


def test_documents_of_wholly_held_invoices_are_not_wanted() -> None:
    """An invoice that the statement leaves out needs no document."""
    held = invoice("B", held=Decimal("100.00"))
    message = render(RENDERER, decision(invoice("A"), held), attachments=[_document("A")])
    assert message.attachments == ("A.pdf",)


def test_the_day_of_the_sample_is_the_clocks() -> None:
    """The tests' clock stands on the day their decisions are made for."""
    assert datetime.combine(TODAY, time(9, 30, 15), UTC) == AT


COVERED = {
    "en": (
        "1 invoice is due soon",
        "already past its due date is covered",
        "one of the invoices below",
    ),
    "de": (
        "1 Rechnung wird demnächst fällig",
        "bereits überfällig ist, ist durch",
        "Eine der unten aufgeführten",
    ),
    "fr": (
        "1 facture arrive bientôt à échéance",
        "déjà échu est couvert",
        "l'une des factures ci-dessous",
    ),
    "nl": (
        "1 factuur vervalt binnenkort",
        "al vervallen is, wordt gedekt",
        "een van de onderstaande facturen",
    ),
    "es": (
        "1 factura vence próximamente",
        "ya ha vencido queda cubierto",
        "una de las facturas siguientes",
    ),
}


@pytest.mark.parametrize("language", COVERED)
def test_a_heads_up_counts_only_what_falls_due(language: str) -> None:
    """Late invoices that credits cover are listed, and are not announced as due soon."""
    late, soon = invoice("INV-1", "60.00", days_late=18), invoice("INV-2", "100.00", **COMING)
    subject, sentence, single = COVERED[language]
    who = snapshot(language=language)
    netted = decision(late, soon, credit("CN-1", used="60.00"))
    told = render(RENDERER, netted, tone="heads_up", snapshot=who)
    assert told.subject == subject
    assert sentence in told.text
    assert sentence in told.html
    assert single in told.text
    without = render(RENDERER, decision(soon, soon), tone="heads_up", snapshot=who)
    assert sentence not in without.text
    assert single not in without.text


def test_a_payment_without_a_number_is_named_by_its_day() -> None:
    """A payment has no number as a rule: its row shows kind and day, and no dash in its place."""
    paid = credit("", used="40.00", kind=ItemKind.PAYMENT, issued_on=date(2026, 11, 14))
    told = render(RENDERER, decision(invoice("INV-1", "100.00"), paid))
    assert "Payment received, 14 Nov 2026\n" in told.text
    assert "–" not in told.html
