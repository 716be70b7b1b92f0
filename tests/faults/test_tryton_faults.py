"""Faults 10 and 14 to 17 on Tryton's wire: its connector over a Tryton that says what is written.

What the flow makes of a reading that fails is the same for every ledger, and shown beside this.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from syncer.errors import ContractError, SyncerError, Transient
from syncer.model.ledger import Stream, StreamEnd
from syncer.model.outcome import Uncertain
from syncer.testing.connector_case import Pulled
from tests.connectors.tryton.scripted import Bench, Status, books
from tests.connectors.tryton.test_lists import LIST, Lines, instalment

READ_MAX = 3  # times a page that cannot be right is read
NOTES = "model.ir.note.create"
Alter = Callable[[bytes], bytes]


class Altered(Lines):
    """Two open invoices, whose list is altered on its way out as often as ``times`` says."""

    alter: Alter
    times: int
    read: int = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """One call."""
        before = self.count(LIST)
        body = b"".join(super().__call__(environ, start))
        if self.count(LIST) == before:
            return [body]
        self.read += 1
        return [self.alter(body) if self.read <= self.times else body]


def _altered(alter: Alter, times: int) -> tuple[Altered, Bench]:
    tryton = Altered.of([instalment(1), instalment(2)])
    assert isinstance(tryton, Altered)
    tryton.alter, tryton.times = alter, times
    return tryton, Bench(tryton, settings={"history_months": 0})


SPOILT: dict[str, Alter] = {
    "cut off": lambda body: body[: len(body) // 2],
    "cut off by one byte": lambda body: body[:-1],
    "nothing": lambda _: b"",
    "html": lambda _: b"<html><body>Back soon</body></html>",
    "null": lambda _: b"null",
    "an empty object": lambda _: b"{}",
    "neither result nor error": lambda _: b'{"id": 1}',
    "an object for a list": lambda _: b'{"id": 1, "result": {}}',
}


@pytest.mark.parametrize("how", SPOILT)
def test_fault_15_a_page_of_tryton_s_that_cannot_be_right(how: str) -> None:
    """Cut off, empty, HTML: read again, and after three readings loud; never "no invoices"."""
    tryton, bench = _altered(SPOILT[how], times=1)
    pulled = Pulled().take(bench.source.pull({}))
    assert [item.item_id for item in pulled.items] == ["1", "2"]
    tryton, bench = _altered(SPOILT[how], times=99)
    parts: list[Any] = []
    with pytest.raises(ContractError):
        parts.extend(bench.source.pull({}))
    assert tryton.read == READ_MAX
    assert not [one for one in parts if isinstance(one, StreamEnd) and one.stream is Stream.ITEMS]


def test_fault_16_an_error_of_tryton_s_with_status_200() -> None:
    """Its errors come with status 200: an error, read again, is never "no invoices"."""
    error = b'{"id": 1, "error": ["division by zero", ""]}'
    tryton, bench = _altered(lambda _: error, times=99)
    with pytest.raises(SyncerError):
        list(bench.source.pull({}))
    assert tryton.read > 1
    _, bench = _altered(lambda _: error, times=1)
    assert len(Pulled().take(bench.source.pull({})).items) == 2


def test_fault_17_an_empty_page_of_tryton_s() -> None:
    """Fewer rows than were counted: read again, then loud, and nothing is called finished."""
    empty = b'{"id": 1, "result": []}'
    _, bench = _altered(lambda _: empty, times=1)
    assert len(Pulled().take(bench.source.pull({})).items) == 2
    tryton, bench = _altered(lambda _: empty, times=99)
    with pytest.raises(Transient, match="counts 2 rows and gives 0"):
        list(bench.source.pull({}))
    assert tryton.read >= READ_MAX


def test_fault_10_a_note_of_tryton_s_of_which_nobody_can_tell() -> None:
    """Its answer is lost and so is the look: unknown, and not written a second time."""

    def lost(*_: Any) -> Any:
        raise Status(502)

    tryton = books(model__ir__note__create=lost, model__ir__note__search_read=lost)
    tryton.answers["model.party.party.search_count"] = 1
    outcome = Bench(tryton).source.add_note(
        account_id="5", item_ids=(), text="Said. [rs-1-note]", key="k"
    )
    assert isinstance(outcome, Uncertain), outcome
    assert tryton.count(NOTES) == 1
