"""The keys of an Odoo ledger: what is refused, and in which words."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.odoo import SPEC, OdooConfig
from connectors.odoo.source import build
from syncer.errors import InvariantError
from syncer.ports import ConnectorDeps

GOOD: dict[str, Any] = {
    "url": "https://odoo.example.com",
    "database": "acme",
    "api_key": "k" * 40,
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "http://odoo.example.com"}, "https"),
        ({"url": "https://user:pw@odoo.example.com"}, "host, port and path"),
        ({"url": "https://odoo.example.com/?db=x"}, "host, port and path"),
        ({"url": ""}, "address of the Odoo server"),
        ({"api_key": " "}, "API key"),
        ({"database": ""}, "database"),
        ({"portal_url": "ftp://x"}, "https"),
        ({"time_zone": "Europe/Bruxelles"}, "time zone"),
        ({"history_months": 61}, "history_months"),
        ({"protocol": "xmlrpc"}, "protocol"),
        ({"no_such_key": 1}, "no_such_key"),
    ],
)
def test_wrong_values_are_refused_by_name(changes: dict[str, Any], told: str) -> None:
    """What would fail later, or leak, fails before any call."""
    with pytest.raises(ValidationError, match=told):
        OdooConfig(**{**GOOD, **changes})


def test_only_its_own_server_is_spoken_to() -> None:
    """The host of ``url`` and no other; a port and a trailing slash do not matter."""
    assert OdooConfig(**{**GOOD, "url": "https://odoo.example.com:8443/"}).hosts() == (
        "odoo.example.com",
    )
    assert SPEC.hosts == ()


def test_the_key_is_not_shown() -> None:
    """A printed configuration keeps it in."""
    assert "k" * 40 not in repr(OdooConfig(**GOOD))


def test_it_is_not_built_without_its_parts(tmp_path: Any) -> None:
    """A connector without settings or a client is a bug, said at once."""
    deps = ConnectorDeps(
        ledger="x",
        config=OdooConfig(**GOOD),
        http=None,
        tokens=None,
        clock=lambda: pytest.fail("no clock is needed"),
        data_dir=tmp_path,
    )
    with pytest.raises(InvariantError):
        build(deps)
