"""Secrets and addresses never survive redaction."""

import pytest

from syncer.http.redact import redact

CANARY = "cAnArY-123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"authorization: basic {CANARY}==",
        f'{{"access_token": "{CANARY}", "x": 1}}',
        f"{{'refresh_token': '{CANARY}'}}",
        f"grant_type=refresh_token&refresh_token={CANARY}&x=1",
        f"https://x.test/callback?code={CANARY}&state=1",
        f"client_secret={CANARY}",
        f"https://user:{CANARY}@proxy.test/",
        f"mail to {CANARY}@example.test now",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    """Every place where an exchange carries a secret is masked."""
    assert CANARY not in redact(text)
    assert "redacted" in redact(text)


def test_known_secrets_are_masked_wherever_they_stand() -> None:
    """A literal the caller knows is removed even without a telling context."""
    assert CANARY not in redact(f"odd {CANARY} place", secrets=[CANARY])


def test_jwts_are_masked() -> None:
    """A token of three base64 parts is recognised by itself."""
    assert "eyJhbGciOiJSUzI1NiJ9" not in redact("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOjF9.c2ln")


@pytest.mark.parametrize("text", ["Invoice INV-0042 is paid", "status 429 (day)", "token expired"])
def test_plain_sentences_stay_readable(text: str) -> None:
    """Ordinary words are left alone."""
    assert redact(text) == text
