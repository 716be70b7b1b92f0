"""Text from a ledger is shown, never obeyed: headers, HTML, templates, addresses, links."""

import re
from dataclasses import replace as changed
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from syncer.channels.addresses import is_robot, normal_address, parse_field
from syncer.channels.cleaning import one_line
from syncer.channels.render import TemplateRenderer
from syncer.errors import RecordError
from syncer.model.effect import Attachment, Message
from syncer.model.ledger import Person
from tests.channels.cases import CONTEXT, LETTERHEAD, decision, invoice, render, snapshot

RENDERER = TemplateRenderer()
ATTACKS = (
    "x\r\nBcc: thief@evil.example",
    "x\nX-Receivables-Key: forged",
    "x\r\n\r\nnew body",
    "x\u2028Bcc: thief@evil.example",
    "x\x0bBcc: thief@evil.example\x00",
    "=?utf-8?q?=0ABcc:_thief@evil.example?=",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><h1>pay here</h1>",
    "<!-- <a href='javascript:alert(1)'>",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    "{{ ''.__class__.__mro__ }}",
    "%s%s%n{0}",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "zero\u200bwidth\ufeff",
    "lone \ud800 surrogate",
    "shalom שלום عليكم",
    "very long " * 500,
    'comma, "quote" <thief@evil.example>',
    "a@evil.example, b",
    "--=_boundary--",
)
HIDDEN = re.compile(
    "[\u200b\ufeff\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x0b\x0c\x0e-\x1f]"
)


class _Tags(HTMLParser):
    """Collects the tags and link targets of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what opens."""
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def _tags(html: str) -> _Tags:
    page = _Tags()
    page.feed(html)
    return page


def _attacked(text: str) -> Message:
    """The attack in every field that comes from a ledger or a letterhead."""
    return render(
        RENDERER,
        decision(invoice(text, "10.00", item_id="i", reference=text)),
        snapshot=snapshot(name=text, people=(Person(email="jo@c.example", name=text),)),
        context=replace(CONTEXT, organisation=replace(CONTEXT.organisation, name=text)),
        letterhead=changed(
            LETTERHEAD, sender_name=text, signatures={"en": f"A\n{text}"}, bank_details=f"B\n{text}"
        ),
    )


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda text: ascii(text)[:30])
def test_attack_changes_no_header_and_no_markup(attack: str) -> None:
    """Headers, recipients and the tags of the page stay those of a harmless message."""
    harmless, message = _attacked("harmless"), _attacked(attack)
    seen = message_from_bytes(message.raw, policy=policy.default)
    expected = message_from_bytes(harmless.raw, policy=policy.default)
    assert seen.keys() == expected.keys()
    assert [a.addr_spec for a in seen["To"].addresses] == ["jo@c.example"]
    assert [a.addr_spec for a in seen["From"].addresses] == [LETTERHEAD.sender]
    assert seen["X-Receivables-Key"] == message.key
    page, plain = _tags(message.html), _tags(harmless.html)
    # A line of a signature may split an attack over lines; tags that carry text stay the same.
    assert set(page.tags) == set(plain.tags)
    assert page.links == plain.links
    assert not HIDDEN.search(message.text + message.html + message.subject)
    assert "49" not in message.subject
    assert len(list(seen.walk())) == len(list(expected.walk()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_any_text_gives_a_well_formed_message(text: str) -> None:
    """Whatever a name holds, the message is rendered and reads back with the same headers."""
    message = _attacked(text)
    seen = message_from_bytes(message.raw, policy=policy.default)
    assert [a.addr_spec for a in seen["To"].addresses] == ["jo@c.example"]
    assert "\n" not in message.subject
    assert len(message.subject) <= 180


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://pay.example.com/x",
        "https://bank.example@evil.example/x",
        'https://pay.example.com/"><script>',
        "https://pay.example.com/x y",
        "https://pay.example.com/\r\nx",
        "https://pаy.example.com/x",
        "https://",
        "https://[broken",
        "data:text/html,x",
        "https://pay.example.com/" + "x" * 3000,
        "https://127.0.0.1/x",
        "https://10.0.0.1:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "https://192.0.2.7/x",
        "https://2130706433/x",
        "https://0x7f.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://router.local/x",
        "https://odoo.corp.internal/x",
        "https://intranet/x",
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_unsafe_pay_link_is_left_out(link: str) -> None:
    """Only a plain https address of a name that the public can look up becomes a link."""
    message = render(RENDERER, pay_links={"id-INV-1": link})
    assert _tags(message.html).links == []
    assert "Pay online" not in message.text


def test_safe_pay_link_is_escaped() -> None:
    """A link with & is a link with &amp; in HTML and unchanged in text."""
    link = "https://pay.example.com/i?a=1&b=2"
    message = render(RENDERER, pay_links={"id-INV-1": link})
    assert link in message.text
    assert "a=1&amp;b=2" in message.html
    assert _tags(message.html).links == [link]


FIELDS: list[tuple[str, list[str]]] = [
    ("a@b.example", ["a@b.example"]),
    (" A.B+c@B.EXAMPLE ", ["A.B+c@b.example"]),
    ("a@b.example, c@d.example", ["a@b.example", "c@d.example"]),
    ("a@b.example;c@d.example", ["a@b.example", "c@d.example"]),
    ("a@b.example c@d.example", ["a@b.example", "c@d.example"]),
    ("Jo <a@b.example>", ["a@b.example"]),
    ('"Roe, Jo" <a@b.example>', ["a@b.example"]),
    ("mailto:a@b.example", ["a@b.example"]),
    ("a@bücher.example", ["a@xn--bcher-kva.example"]),
    ("a@b.example\r\nBcc: c@d.example", []),
    ("a@b.example\x00", []),
    ("a@b@c.example", []),
    ("a..b@c.example", []),
    (".a@c.example", []),
    ('"a b"@c.example', []),
    ("jösé@c.example", []),
    ("a@localhost", []),
    ("a@192.168.0.1", []),
    ("a@[127.0.0.1]", []),
    ("a@-b.example", []),
    ("a@b..example", []),
    ("a@straße.example", []),
    ("a@b.example>", []),
    ("<a@b.example", []),
    ("a@b.example<c@d.example>", ["c@d.example"]),
    ("x" * 65 + "@b.example", []),
    ("a@" + "b" * 64 + ".example", []),
    ("n/a", []),
    ("", []),
    ("@", []),
    ("a@b.example " * 400, []),
]


@pytest.mark.parametrize(("field", "expected"), FIELDS, ids=lambda value: ascii(value)[:30])
def test_address_fields(field: str, expected: list[str]) -> None:
    """A field is split into plain addresses, or refused."""
    assert [address for _, address in parse_field(field)] == expected


@given(st.text(max_size=100))
def test_accepted_addresses_are_plain_ascii(text: str) -> None:
    """Whatever is accepted has one @, no blank, no control character and no bracket."""
    address = normal_address(text)
    assert not address or re.fullmatch(r"[!-~]+@[a-z0-9.-]+", address)
    assert not set(address) & set('<>()[],;:\\" ')


@pytest.mark.parametrize("address", ["norma@c.example", "anoreply.fan@c.example", "r@c.example"])
def test_people_are_not_robots(address: str) -> None:
    """A person's name that looks a little like a robot's stays a person."""
    assert not is_robot(address)


def test_attachment_names_and_types_are_tamed() -> None:
    """A document's name can leave no folder and write no header; a wrong type is refused."""
    wild = Attachment(
        name="../../x\r\nBcc: y\u202egnp.pdf", mime_type="application/pdf", content=b"%"
    )
    message = render(RENDERER, attachments=[wild])
    assert message.attachments == ("_.._x Bcc: ygnp.pdf",)
    with pytest.raises(RecordError, match="not a MIME type"):
        render(RENDERER, attachments=[replace(wild, mime_type="text/html; x\r\ny")])


@pytest.mark.parametrize("text", ["a\u202eb", "a\r\nb", "\u2067a", "a\tb\x00"])
def test_one_line_is_one_line(text: str) -> None:
    """Nothing is left that hides, reverses or breaks a line; joiners of scripts stay."""
    assert one_line(text, 50).isprintable()
    assert one_line("می\u200cخواهم", 50) == "می\u200cخواهم"


def test_error_of_a_template_tells_no_customer_data(tmp_path: Any) -> None:
    """A template that fails names itself and the account, not what it held."""
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "friendly.j2").write_text(
        "{% block subject %}{{ account.nothing_here }}{% endblock %}"
        "{% block before %}{% endblock %}{% block after %}{% endblock %}"
    )
    with pytest.raises(RecordError) as caught:
        render(TemplateRenderer(tmp_path))
    assert "acc-17" in str(caught.value)
    assert "en/friendly" in str(caught.value)
    assert "Möller" not in str(caught.value)
