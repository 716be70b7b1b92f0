"""The keys of a Tryton ledger: what is refused, and in which words."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.tryton import TrytonConfig

GOOD: dict[str, Any] = {
    "url": "https://tryton.example",
    "database": "acme",
    "user": "syncer",
    "password": SecretStr("canary-password"),
}


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("url", "http://tryton.example", "https"),
        ("url", "https://user:pw@tryton.example", "no user"),
        ("url", "https://tryton.example/?x=1", r"no user, \? or #"),
        ("url", "tryton.example", "https"),
        ("database", "../acme", "match"),
        ("database", "acme/rpc", "match"),
        ("late_commits", "30s", "between 1m and 1d"),
        ("full_read_every", "60d", "31d or less"),
        ("rows_per_call", 5000, "1000"),
        ("time_zone", "Berlin", "zone"),
    ],
)
def test_a_wrong_value_is_refused_in_words(key: str, value: object, word: str) -> None:
    """What is wrong and what would be right; never the password."""
    with pytest.raises(ValidationError, match=word) as raised:
        TrytonConfig(**{**GOOD, key: value})
    assert "canary-password" not in str(raised.value)


def test_a_server_of_ones_own_may_be_spoken_to_without_tls() -> None:
    """On this machine alone."""
    config = TrytonConfig(**{**GOOD, "url": "http://127.0.0.1:8000/"})
    assert config.hosts() == ("127.0.0.1",)
    assert config.url == "http://127.0.0.1:8000"
