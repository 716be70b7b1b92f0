"""The renderer's rules: who, which language, which amounts, and what it refuses."""

from dataclasses import replace as changed
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.channels.locales import style_for
from syncer.channels.render import TemplateRenderer
from syncer.channels.statement import Showing, build_statement
from syncer.errors import ConfigError, InvariantError, RecordError
from syncer.model.decision import Code, Contact, Decision, Reason
from syncer.model.effect import Attachment
from syncer.model.ledger import ItemKind, Person
from syncer.model.money import minor_digits
from tests.channels.cases import (
    CONTEXT,
    LETTERHEAD,
    TODAY,
    credit,
    decision,
    invoice,
    render,
    snapshot,
)

RENDERER = TemplateRenderer()
PDF = "application/pdf"


def test_same_inputs_give_the_same_bytes() -> None:
    """Two renderers give byte-identical messages; another key gives another identity."""
    first, second = render(RENDERER), render(TemplateRenderer())
    other = render(RENDERER, replace(decision(), key="another"))
    assert first.raw == second.raw
    assert first.message_id != other.message_id
    assert first.message_id.endswith("@northwind.example>")


@pytest.mark.parametrize(("spoken", "end"), [("de", "Gruß"), ("de-AT", "Gruß"), ("fr", "Anna")])
def test_a_message_is_signed_in_its_own_language(spoken: str, end: str) -> None:
    """A signature of that language where there is one, else the one for all."""
    house = changed(LETTERHEAD, signature="Anna", signatures={"de-CH": "Gruß"})
    assert render(RENDERER, letterhead=house, spoken=spoken).text.rstrip().endswith(end)


def test_headers_are_those_of_a_polite_robot() -> None:
    """Reply-To, Auto-Submitted, date, language and the contact's key are there, lines end CRLF."""
    message = render(RENDERER)
    mail = message_from_bytes(message.raw, policy=policy.default)
    assert mail["Reply-To"] == "anna@northwind.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Fri, 20 Nov 2026 09:30:15 +0000"
    assert mail["Content-Language"] == "en"
    assert mail["X-Receivables-Key"] == message.key
    assert mail["Message-ID"] == message.message_id
    assert mail.get_content_type() == "multipart/alternative"
    assert message.raw.count(b"\n") == message.raw.count(b"\r\n")
    assert max(len(line) for line in message.raw.split(b"\r\n")) <= 998
    plain, html = mail.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == message.text
    assert html.get_content().replace("\r\n", "\n") == message.html


@pytest.mark.parametrize(
    ("account", "house", "expected"),
    [
        ("de-AT", "fr", "de"),
        ("pt-BR", "nl", "nl"),
        ("pt", "xx", "en"),
        ("", "es", "es"),
        ("", "", "en"),
        ("FR", "en", "fr"),
    ],
)
def test_language_falls_back_as_a_whole(account: str, house: str, expected: str) -> None:
    """Account's language, else the house's, else English; the whole message follows."""
    message = render(
        RENDERER,
        snapshot=snapshot(language=account),
        letterhead=changed(LETTERHEAD, language=house),
    )
    pure = render(RENDERER, snapshot=snapshot(language=expected))
    assert message.language == expected
    assert message.text.splitlines()[-8:] == pure.text.splitlines()[-8:]


@pytest.mark.parametrize(
    ("currency", "amount", "tag", "country", "expected"),
    [
        ("JPY", "125000", "en", "", "¥125,000"),
        ("KWD", "12.5", "en", "", "KWD\xa012.500"),
        ("IQD", "1.5", "en", "", "IQD\xa01.500"),
        ("RSD", "10", "en", "", "RSD\xa010.00"),
        ("EUR", "1234.5", "de", "", "1.234,50\xa0€"),
        ("CHF", "1234.5", "de", "CH", "CHF\xa01’234.50"),
        ("USD", "1234.5", "en", "AU", "USD\xa01,234.50"),
        ("USD", "1234.5", "es", "MX", "USD\xa01,234.50"),
        ("GBP", "0.005", "en", "", "£0.005"),
    ],
)
def test_amounts_have_the_currencys_digits(
    currency: str, amount: str, tag: str, country: str, expected: str
) -> None:
    """Yen have no decimals, dinars three, and a finer amount is never rounded away."""
    style = style_for(tag, tag=tag, countries=(country,))
    assert style.money(Decimal(amount), currency) == expected


def test_dates_follow_the_customers_country() -> None:
    """An American and a British customer read the same day differently."""
    american = style_for("en", tag="en", countries=("US",))
    british = style_for("en", tag="en-GB", countries=("US",))
    assert american.long_date(date(2026, 3, 4)) == "March 4, 2026"
    assert british.long_date(date(2026, 3, 4)) == "4 March 2026"


def test_part_paid_shows_the_rest_and_the_gross_only_as_of() -> None:
    """What is asked is the residual; the gross stands beside it as "of"."""
    text = render(RENDERER, decision(invoice("INV-9", "1000.00", open=Decimal("400.00")))).text
    assert "€400.00 (of €1,000.00)" in text
    assert "To be paid: €400.00" in text


def test_reference_is_the_ledgers_own() -> None:
    """The number to quote is the ledger's number, letter for letter."""
    message = render(RENDERER, decision(invoice("RE/2026-00.17#b", "10.00")))
    assert "Please quote with your payment: RE/2026-00.17#b\n" in message.text


def test_what_is_held_in_whole_is_not_spoken_of() -> None:
    """A disputed invoice is neither counted nor listed nor to be quoted; a part is deducted."""
    decided = decision(
        invoice("INV-1", "100.00"),
        invoice("INV-2", "70.00", held=Decimal("70.00")),
        invoice("INV-3", "50.00", held=Decimal("20.00")),
    )
    message = render(RENDERER, decided)
    assert "2 open invoices" in message.subject
    assert "INV-2" not in message.text
    assert "INV-2" not in message.html
    assert "To be paid: €130.00" in message.text


amounts = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Any set of lines a decision may carry: part-paid, partly held, with credits."""
    lines = []
    for number in range(draw(st.integers(1, 6))):
        total = draw(amounts)
        open_now = draw(st.sampled_from([total, (total / 2).quantize(Decimal("0.01"))])) or total
        held = draw(
            st.sampled_from([Decimal(0), (open_now / 3).quantize(Decimal("0.01")), open_now])
        )
        lines.append(invoice(f"I{number}", str(total), open=open_now, held=held))
    asked = sum((line.asked for line in lines), Decimal(0))
    for number in range(draw(st.integers(0, 3))):
        used = min(draw(amounts), (asked / 4).quantize(Decimal("0.01")))
        asked -= used
        kind = draw(st.sampled_from([kind for kind in ItemKind if kind is not ItemKind.INVOICE]))
        lines.append(credit(f"C{number}", str(used * 2), str(used), kind=kind))
    return decision(*draw(st.permutations(lines)), currency=draw(st.sampled_from(["EUR", "GBP"])))


@given(decisions())
def test_statement_foots(decided: Decision) -> None:
    """The amounts shown, read back as a person would, sum to the total shown."""
    if decided.position.asked <= 0:
        return
    style = style_for("en", tag="en", countries=())
    statement = build_statement(decided, Showing(style=style, day=TODAY, pay_links={}))

    def read(text: str) -> Decimal:
        return Decimal(text.replace("€", "").replace("£", "").replace(",", ""))

    assert sum(read(row.amount) for row in statement.rows) == read(statement.total)
    assert read(statement.total) == decided.position.asked


def test_statement_that_does_not_foot_is_never_shown() -> None:
    """A cent too much stops the message and names the account."""
    wrong = decision(invoice("INV-1", "100.00", asked=Decimal("100.00")))
    off = replace(wrong, position=replace(wrong.position, asked=Decimal("100.01")))
    with pytest.raises(InvariantError, match=r"account acc-17.*does not foot"):
        render(RENDERER, off)


@pytest.mark.parametrize("digits", [("JPY", 0), ("KWD", 3), ("EUR", 2)])
def test_minor_digits_reach_the_message(digits: tuple[str, int]) -> None:
    """A message in a currency shows its own number of decimals in the total."""
    currency, places = digits
    amount = Decimal(5000).scaleb(-places)
    message = render(RENDERER, decision(invoice("I", str(amount)), currency=currency))
    total = message.text.split("To be paid: ")[1].split("\n")[0]
    assert minor_digits(currency) == places
    assert len(total.partition(".")[2]) == places


def test_roles_are_tried_in_order() -> None:
    """The first role with an address gets it; without any, the account's first address does."""
    people = (
        Person(email="invoice@c.example", role="invoice"),
        Person(email="collect@c.example", role="collections"),
        Person(email="second@c.example", role="collections"),
    )
    chosen = [
        tuple(
            person.email
            for person in render(RENDERER, snapshot=snapshot(people=people), recipients=roles).to
        )
        for roles in (("collections",), ("escalation", "invoice"), ("escalation",))
    ]
    assert chosen == [
        ("collect@c.example", "second@c.example"),
        ("invoice@c.example",),
        ("invoice@c.example",),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "no-reply@c.example",
        "noreply+x@c.example",
        "do_not.reply@c.example",
        "bounces@c.example",
        "invoices-noreply@c.example",
        "MAILER-DAEMON@c.example",
        "donotreply@c.example",
    ],
)
def test_robot_never_gets_a_final_notice(address: str) -> None:
    """A mailbox nobody reads gets no formal or final step; a person beside it goes first."""
    robot = Person(email=address)
    human = Person(email="norma.reply@c.example", role="other")
    for tone in ("formal", "final"):
        with pytest.raises(RecordError, match="no usable mail address"):
            render(RENDERER, snapshot=snapshot(people=(robot,)), tone=tone)
    both = render(RENDERER, snapshot=snapshot(people=(robot, human)), tone="final")
    assert [person.email for person in both.to] == ["norma.reply@c.example"]
    assert render(RENDERER, snapshot=snapshot(people=(robot,)), tone="friendly").to


def test_no_address_names_the_account_and_nothing_personal() -> None:
    """The error tells which account to mend without telling who it is."""
    broken = snapshot(people=(Person(email="jo at home", name="Jo Secret"),))
    with pytest.raises(RecordError) as caught:
        render(RENDERER, snapshot=broken)
    assert "acc-17" in str(caught.value)
    assert not any(word in str(caught.value) for word in ("Jo", "home", "Möller"))


def test_attachments_travel_and_match_the_items() -> None:
    """Documents of all invoices go along; one missing or foreign stops the message."""
    decided = decision(invoice("A"), invoice("B"), credit(used="50.00"))
    good = [
        Attachment(name=f"{number}.pdf", mime_type=PDF, content=b"%PDF", item_id=f"id-{number}")
        for number in "AB"
    ]
    message = render(RENDERER, decided, attachments=good)
    mail = message_from_bytes(message.raw, policy=policy.default)
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["A.pdf", "B.pdf"] == list(message.attachments)
    for wrong in (good[:1], [*good, replace(good[0], item_id="id-C")]):
        with pytest.raises(RecordError, match="not those of the invoices"):
            render(RENDERER, decided, attachments=wrong)


@pytest.mark.parametrize("key", ["sender", "reply_to"])
def test_reply_to_and_sender_are_required(key: str) -> None:
    """Without a plain sender and Reply-To there is no message."""
    with pytest.raises(ConfigError, match=f"{key} is not a plain mail address"):
        render(RENDERER, letterhead=changed(LETTERHEAD, **{key: ""}))


def test_unknown_template_is_a_config_error() -> None:
    """A step's template that exists nowhere is told by name."""
    with pytest.raises(ConfigError, match="'nowhere' exists in neither"):
        render(RENDERER, template="nowhere")


def test_note_tells_what_was_sent_by_role() -> None:
    """The ledger's note has amount, step, day, numbers and role; addresses only when asked for."""
    decided = decision(invoice("INV-1", "100.00", held=Decimal("20.00")), credit(used="30.00"))
    message = render(RENDERER, decided)
    note = RENDERER.note(message=message, decision=decided, context=CONTEXT)
    assert note == (
        "Reminder sent on 2026-11-20 (step friendly) to the invoice contact: EUR 50.00 asked for "
        "1 invoice (INV-1). EUR 30.00 of credits deducted and EUR 20.00 held back as disputed or "
        "promised."
    )
    open_note = TemplateRenderer(addresses_in_notes=True).note(
        message=message, decision=decided, context=CONTEXT
    )
    assert "jo@moeller.example" in open_note


def test_task_gives_a_caller_what_is_needed() -> None:
    """A task names customer, phone, amount, lines and the last contact."""
    last = Contact(
        account_id="acc-17",
        currency="EUR",
        step="firm",
        step_index=2,
        episode="e",
        key="k",
        on=date(2026, 11, 1),
        channel="smtp",
    )
    facts = replace(snapshot(phone="+49 30 1234\n567"), contacts=(last,))
    text = RENDERER.task_text(decision=decision(), snapshot=facts, context=CONTEXT)
    assert "Möller & Söhne GmbH (account acc-17) about 1 open invoice: EUR 100.00" in text
    assert "Phone number: +49 30 1234 567." in text
    assert "- INV-1: EUR 100.00, due 2026-10-03, 48 days late" in text
    assert "Last contact: 2026-11-01, step firm; 1 in all." in text
    assert "not up to date" not in text
    old = Reason(code=Code.STALE_SOFTENED, args=("2026-11-01", "19", "7"))
    stale = RENDERER.task_text(decision=decision(reasons=(old,)), snapshot=facts, context=CONTEXT)
    assert "The books are not up to date" in stale
