"""Xero's dates, rates and contacts as the product's records."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.xero import XeroConfig, facts, wire
from connectors.xero.config import provider
from connectors.xero.dates import latest, read_day, read_instant, since_header
from connectors.xero.zones import iana_zone
from syncer.errors import ContractError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(
    ms=st.integers(-62_000_000_000_000, 250_000_000_000_000),
    offset=st.sampled_from(["", "+0000", "+1300", "-0930"]),
)
def test_every_instant_is_read_exactly(ms: int, offset: str) -> None:
    """Milliseconds since 1970, negative ones and any offset included, to the millisecond."""
    assert read_instant(f"/Date({ms}{offset})/") == EPOCH + timedelta(milliseconds=ms)


STAMPS = st.one_of(
    st.integers(0, 2_500_000_000_000).map(lambda ms: f"/Date({ms}+0000)/"),
    st.integers(-9_000_000_000, 0).map(lambda ms: f"/Date({ms}+0000)/"),
    st.datetimes(min_value=datetime(1990, 1, 1)).map(datetime.isoformat),
)


@given(st.lists(STAMPS, max_size=8))
def test_the_latest_change_is_the_latest_instant(texts: list[str]) -> None:
    """Comparing texts that are written alike finds what comparing instants would find."""
    assert latest(texts) == max(map(read_instant, texts), default=None)


def test_a_change_that_cannot_be_read_may_be_any() -> None:
    """A list with an unreadable stamp counts as changed, so that it is read again."""
    changed = latest(["/Date(1573755038314+0000)/", "yesterday"])
    assert changed is not None
    assert changed > datetime(9999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("/Date(1793491200000+0000)/", date(2026, 11, 1)),
        ("/Date(1793491200000+1300)/", date(2026, 11, 1)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        ("/Date(0+0000)/", None),
        ("2009-05-27T00:00:00", date(2009, 5, 27)),
        ("2026-11-01", date(2026, 11, 1)),
    ],
)
def test_calendar_dates_are_never_moved_by_a_zone(text: str, day: date | None) -> None:
    """A date is midnight UTC whatever offset is shown; zero means no date."""
    assert read_day(text) == day


@pytest.mark.parametrize("text", ["/Date(x)/", "", "soon", "/Date()/"])
def test_unreadable_dates_are_errors(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"."):
        read_day(text)


def test_the_delta_header_is_plain_utc() -> None:
    """If-Modified-Since is ISO in UTC with whole seconds and no zone."""
    moment = datetime(2026, 11, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert since_header(moment) == "2026-11-01T23:59:59"


def _invoice(**changes: Any) -> wire.OpenInvoice:
    row = {
        "InvoiceID": "i",
        "Contact": {"ContactID": "c"},
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "CurrencyCode": "USD",
        "Total": 100.10,
        "AmountDue": 100.10,
        **changes,
    }
    return msgspec.json.decode(msgspec.json.encode(row), type=wire.OpenInvoice)


def test_money_keeps_its_digits() -> None:
    """A JSON number becomes exactly the decimal that was written."""
    item = facts.open_invoice(_invoice())
    assert item is not None
    assert item.open == Decimal("100.1")
    assert str(item.open) == "100.1"


def test_the_rate_is_turned_round() -> None:
    """Xero counts foreign units per base unit; ours is base units per unit."""
    item = facts.open_invoice(_invoice(CurrencyRate=0.25))
    assert item is not None
    assert item.rate_to_base == Decimal(4)


@pytest.mark.parametrize("rate", [0, -1, None, "NaN", "Infinity", 1e-30, 1e30, "1e-999999"])
def test_a_senseless_rate_is_unknown(rate: Any) -> None:
    """No rate is invented, and none that is past reason is kept or stops anybody."""
    item = facts.open_invoice(_invoice(CurrencyRate=rate))
    assert item is not None
    assert item.rate_to_base is None


def test_missing_due_date_and_sent_flag_stay_unknown() -> None:
    """What the ledger does not say is None, not a default."""
    item = facts.open_invoice(_invoice())
    assert item is not None
    assert (item.due_on, item.sent, item.expected_on) == (None, None, None)


def test_recipients_are_the_primary_address_then_included_people_once() -> None:
    """Only people marked to be included, no address twice, the primary one first."""
    contact = wire.Contact(
        id="c",
        name="C",
        email=" Main@c.test ",
        persons=[
            wire.ContactPerson(email="main@C.test", include=True),
            wire.ContactPerson(email="a@c.test", include=True, first_name="A", last_name="B"),
            wire.ContactPerson(email="not@c.test", include=False),
            wire.ContactPerson(email="", include=True),
        ],
    )
    people = facts.account(contact, frozenset()).people
    assert [(p.email, p.name) for p in people] == [("Main@c.test", ""), ("a@c.test", "A B")]


def test_an_unknown_zone_is_an_error_that_says_what_to_set() -> None:
    """A zone that Xero did not publish stops the ledger and names the setting."""
    with pytest.raises(ContractError, match="time_zone"):
        iana_zone("MARSSTANDARDTIME")


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "http://evil.test"},
        {"base_url": "ftp://127.0.0.1"},
        {"identity_url": "http://10.0.0.1"},
        {"base_url": "https://user:word@api.xero.com"},
        {"base_url": "https://api.xero.com\\@evil.test"},
        {"base_url": "https://api.xero.com/?a=b"},
        {"client_secret": None},
        {"tenant_id": "a", "organisation": "b"},
        {"unknown": 1},
        {"history_months": -1},
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any]) -> None:
    """Plain http beyond this machine, a missing secret, both names, unknown keys."""
    with pytest.raises(ValidationError):
        XeroConfig(**{"client_id": "i", "client_secret": "s", **settings})


def test_every_setting_is_described() -> None:
    """Every key has a description and an example for the configuration's schema."""
    for name, field in XeroConfig.model_fields.items():
        assert field.description, name
        assert field.examples or name == "base_url", name


def test_secrets_do_not_show() -> None:
    """Printing the settings or the provider shows no secret."""
    config = XeroConfig(client_id="i", client_secret="cAnArY-secret")
    assert "cAnArY" not in repr(config) + repr(provider(config))


def test_a_custom_connection_asks_for_no_offline_access() -> None:
    """Client credentials have no refresh token to ask for."""
    config = XeroConfig(client_id="i", client_secret="s", flow="custom_connection")
    assert "offline_access" not in provider(config).scopes
