"""Addresses of servers: what a secret may be sent to, and nothing else."""

import pytest

from syncer.http.address import server_address


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://odoo.example.com/", "https://odoo.example.com"),
        ("https://books.example.com:8069/tryton", "https://books.example.com:8069/tryton"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("", ""),
    ],
)
def test_an_address_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    """Encrypted, or on this machine; an empty one is for the connector to judge."""
    assert server_address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "http://odoo.example.com",
        "ftp://odoo.example.com",
        "odoo.example.com",
        "https://",
        "https://ann:secret@odoo.example.com",
        "https://odoo.example.com/?db=x",
        "https://odoo.example.com/#top",
        "https://odoo.example.com\n.evil.example",
        "http://127.0.0.1@evil.example",
    ],
)
def test_what_a_secret_could_leave_by_is_refused(given: str) -> None:
    """Neither in the clear to another machine, nor with a user, a question or a fragment."""
    with pytest.raises(ValueError, match="must be"):
        server_address(given)
