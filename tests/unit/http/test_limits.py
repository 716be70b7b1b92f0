"""What a 429 says is read, and nonsense in it is bounded rather than believed."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.http.limits import (
    WAIT_MAX,
    Dialect,
    limited_until,
    read_date,
    read_remaining,
    read_throttle,
)
from syncer.http.transport import Response

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
DIALECT = Dialect(remaining={"day": "X-DayLimit-Remaining"})


@pytest.mark.parametrize("said", ["99999999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_beyond_reason_is_cut(said: str) -> None:
    """A Retry-After past every calendar ends the ledger early; it does not break the run."""
    throttle = read_throttle(Response(429, {"Retry-After": said}, b""), DIALECT, NOW)
    assert limited_until(throttle, NOW) == NOW + timedelta(seconds=WAIT_MAX)


def test_a_counter_of_endless_digits_is_left_out() -> None:
    """A remaining counter that is no number is not known."""
    response = Response(200, {"X-DayLimit-Remaining": "9" * 5000}, b"")
    assert read_remaining(response, DIALECT) == {}


@pytest.mark.parametrize("text", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "1 Jan 1 9999999999:0:0"])
def test_a_date_beyond_any_calendar_is_none(text: str) -> None:
    """Numbers too large for a clock in Date or Retry-After are as if nothing had been said."""
    said = Response(429, {"Date": text, "Retry-After": text}, b"")
    assert read_date(said) is None
    assert read_throttle(said, Dialect(), datetime(2026, 1, 1, tzinfo=UTC)).wait is None
