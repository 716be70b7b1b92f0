"""What a write that failed is told as."""

from datetime import UTC, datetime

import pytest

from connectors.odoo.api import written_id
from connectors.odoo.failing import Known, failed
from connectors.odoo.speech import DeniedError, GoneError, RefusedError
from syncer.errors import ContractError, RateLimited, Transient
from syncer.http.faults import AmbiguousWriteError, NotSent
from syncer.model.outcome import Rejected, Retry, Snooze, Uncertain

UNTIL = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSent("x"), Retry),
        (Transient("x"), Retry),
        (RateLimited("x", until=UNTIL, scope=""), Snooze),
        (GoneError("x"), Rejected),
        (RefusedError("x"), Rejected),
        (DeniedError("x"), Rejected),
        (ContractError("x"), Uncertain),
    ],
)
def test_only_what_is_certain_is_told_as_certain(error: Known, kind: type) -> None:
    """Tried again when nothing was sent, refused when Odoo said no, unclear otherwise."""
    assert isinstance(failed(error, "the note was not written"), kind)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        (b"[102]", 102),
        (b"102", 102),
        (b"[]", 0),
        (b"false", 0),
        (b"null", 0),
        (b'"mail.activity(5,)"', 0),  # what Odoo 17 writes of a record
    ],
)
def test_the_answer_to_a_write_may_name_a_record(answer: bytes, number: int) -> None:
    """A number, a list of one, or nothing that is one."""
    assert written_id(answer) == number


def test_an_answer_to_a_write_that_cannot_be_read_is_unclear() -> None:
    """It was done or not: looked up, never repeated."""
    with pytest.raises(AmbiguousWriteError):
        written_id(b'{"half":')
