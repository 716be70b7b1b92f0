"""Nothing private passes the redactor, whatever shape it comes in."""

import base64
import html
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.log.redact import ADDRESS, CUSTOMER_TEXT, REDACTED, Redactor, escape
from syncer.model.hold import HoldKind

SECRET = "canary/se+cret=1"


@pytest.mark.parametrize(
    "text",
    [
        f"raw {SECRET}",
        f"in a URL {quote(SECRET, safe='')}",
        f"in a header {base64.b64encode(SECRET.encode()).decode()}",
        "Authorization: Bearer canary.token-123",
        "basic Y2FuYXJ5OmNhbmFyeQ==",
        "https://user:canary@example.com/x",
        "?refresh_token=canary123&x=1",
        '{"client_secret": "canary123"}',
        "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjF9.c2ln",
    ],
)
def test_secrets_are_hidden_by_value_and_pattern(text: str) -> None:
    """A known secret goes in each of its shapes, an unknown one by how it looks."""
    said = Redactor([SECRET]).text(text)
    assert "canary" not in said
    assert "Y2FuYXJ5" not in said
    assert "eyJ" not in said
    assert REDACTED in said


@pytest.mark.parametrize(
    "key", ["password", "access_token", "client_secret", "Authorization", "Set-Cookie", "api_key"]
)
def test_secrets_are_hidden_by_key(key: str) -> None:
    """The value under a telling key goes, at any depth."""
    cleaned = Redactor().value({"outer": [{key: "canary"}]})
    assert cleaned == {"outer": [{key: REDACTED}]}


def test_addresses_follow_the_setting() -> None:
    """E-mail addresses are hidden unless the configuration shows them."""
    assert Redactor().text("to anna.b+c@mail.example.com now") == f"to {ADDRESS} now"
    assert Redactor(show_addresses=True).text("to a@b.example") == "to a@b.example"


def test_customer_text_only_for_debugging() -> None:
    """What a customer wrote or is called stays out, except in debug lines."""
    event = {"customer": "Acme", "subject": "Hi", "account_id": "17"}
    assert Redactor().value(event) == {
        "customer": CUSTOMER_TEXT,
        "subject": CUSTOMER_TEXT,
        "account_id": "17",
    }
    assert Redactor().value(event, customer_text=True)["customer"] == "Acme"


def test_values_take_a_form_json_knows() -> None:
    """Amounts become text without exponent; times, kinds and bytes become words."""
    value = {
        "amount": Decimal("1E+3"),
        "on": date(2026, 1, 31),
        "at": datetime(2026, 1, 31, tzinfo=UTC),
        "wait": timedelta(seconds=90),
        "kind": HoldKind.PLAN,
        "raw": b"canary",
        "n": 3,
        "none": None,
    }
    assert Redactor().value(value) == {
        "amount": "1000",
        "on": "2026-01-31",
        "at": "2026-01-31T00:00:00+00:00",
        "wait": "90s",
        "kind": "plan",
        "raw": "<6 bytes>",
        "n": 3,
        "none": None,
    }


def test_depth_and_length_are_bounded() -> None:
    """A value that contains itself, or a very long text, ends."""
    loop: list[object] = []
    loop.append(loop)
    assert "..." in str(Redactor().value(loop))
    assert len(Redactor().text("x" * 100_000)) < 9_000


def test_lines_of_a_key_file_are_secrets() -> None:
    """A single line of a registered key file is hidden too."""
    key = "-----BEGIN KEY-----\nY2FuYXJ5Y2FuYXJ5Y2FuYXJ5\n-----END KEY-----"
    assert "Y2Fu" not in Redactor([key]).text("got Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5")


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    """No text can start a new line, move a cursor or turn the writing direction."""
    said = escape(text)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in said)
    assert not set(said) & {"\u2028", "\u2029", "\u202e", "\u2066", "\ufeff"}


@given(st.text(min_size=4), st.text(), st.text())
def test_a_registered_secret_never_appears(secret: str, before: str, after: str) -> None:
    """Whatever surrounds it, the place of a registered value is taken by the mask."""
    redactor = Redactor([secret])
    said = redactor.text(before + secret + after)
    assert REDACTED in said or secret in REDACTED


@pytest.mark.parametrize(
    "shown",
    [
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        repr,
        lambda secret: repr(secret.encode()),
        html.escape,
        lambda secret: quote(secret, safe="").lower(),
        quote,
        lambda secret: base64.b64encode(secret.encode()).decode().rstrip("="),
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    ],
    ids=["json", "json, any letter", "repr", "bytes", "html", "url", "path", "base64", "base64url"],
)
def test_a_secret_of_odd_signs_is_known_however_it_is_quoted(shown: Callable[[str], str]) -> None:
    """A server's JSON, a page and an error of Python's spell quotes, slashes and umlauts anew."""
    secret = 'pä"ss\\w0rd<&>/+?x'
    told = Redactor([secret]).text(f"refused: {shown(secret)}!")
    assert "w0rd" not in told
    assert shown(secret).strip("'\"=b")[:12] not in told
