"""Notes that hold: which of Tryton's notes speak, on what, and what changed since the last look."""

from typing import Any

from connectors.tryton.faults import RefusedReadError
from connectors.tryton.held import HeldNotes
from connectors.tryton.reader import Cursor

from .scripted import NOW

PARTY, INVOICE = "party.party,5", "account.invoice,7"


def note(number: int, about: str | None, message: str | None) -> dict[str, Any]:
    """A note as Tryton tells it."""
    return {"id": number, "resource": about, "message": message}


class Api:
    """As much of the connection as notes need: it tells of records that are named and there."""

    def __init__(self, *notes: dict[str, Any]) -> None:
        self.notes = list(notes)
        self.gone: set[str] = set()
        self.calls = 0

    def rows(self, _: str, row: Any, __: Any, domain: Any) -> list[Any]:
        """The notes on the records that the domain names."""
        self.calls += 1
        (field, how, about), _marked = domain
        assert (field, how) == ("resource", "in")
        if self.gone.intersection(about):
            raise RefusedReadError("no")
        told = [one for one in self.notes if one["resource"] in about]
        return [row(id=n["id"], about=n["resource"], message=n["message"]) for n in told]


def held(*notes: dict[str, Any]) -> tuple[HeldNotes, Api]:
    """What these notes say, and how often it was asked."""
    api = Api(*notes)
    return HeldNotes(api), api  # type: ignore[arg-type]


def test_the_first_line_of_the_newest_note_speaks() -> None:
    """Further lines and other words are none of this program's business."""
    notes, api = held(
        note(1, PARTY, "#hold until 2026-12-01 old"),
        note(2, PARTY, "#hold until 2026-12-24 why\nsecret"),
        note(3, "party.party,6", "please #hold"),
        note(5, INVOICE, "#stop"),
    )
    notes.look(parties=[5, 6], invoices=[7, 8])
    assert (notes.party(5), notes.party(6)) == ("#hold until 2026-12-24 why", "")
    assert (notes.invoice(7), notes.invoice(8), notes.invoice(None)) == ("#stop", "", "")
    api.notes.clear()
    notes.look(parties=[5])
    assert (notes.party(5), notes.invoice(7)) == ("", "#stop")  # what was not asked about stays
    assert api.calls == 2


def test_many_records_are_asked_about_in_batches() -> None:
    """A thousand at a time, each once, and nothing where there is nothing to ask about."""
    notes, api = held()
    notes.look(parties=[*range(1, 2002), 1])
    assert api.calls == 3
    notes.look()
    assert notes.changed({}) == ([], [])
    assert api.calls == 3


def test_what_is_other_or_gone_is_a_change() -> None:
    """By fingerprints of the last look, which are no word of anybody's."""
    before, _ = held(note(1, PARTY, "#hold a"), note(2, INVOICE, "#hold b"))
    before.look(parties=[5], invoices=[7])
    known = before.prints()
    assert set(known) == {PARTY, INVOICE}
    assert all("hold" not in one for one in known.values())
    now, api = held(note(1, PARTY, "#hold c"))
    assert now.changed(known) == ([5], [7])
    assert (api.calls, set(now.prints())) == (1, {PARTY})
    same, _ = held(note(1, PARTY, "#hold a"), note(2, INVOICE, "#hold b"))
    assert same.changed(known) == ([], [])


def test_where_one_record_is_gone_the_others_hold_on() -> None:
    """Tryton then tells nothing of any of them: nobody is let go by that."""
    known = {PARTY: "12345678", "party.party,6": "87654321"}
    notes, api = held()
    api.gone.add(PARTY)
    assert notes.changed(known) == ([], [])
    assert (notes.prints(), notes.unseen) == (known, False)


def test_who_may_not_read_notes_is_told() -> None:
    """None of them holds anybody then, and the run says so."""
    notes, api = held(note(1, PARTY, "#hold a"))
    api.gone.add(PARTY)
    notes.look(parties=[5])
    assert (notes.party(5), notes.unseen) == ("", True)


def test_a_cursor_of_an_earlier_release_knows_no_notes() -> None:
    """Then there is nothing to compare, and nothing is asked."""
    cursor = Cursor(since=NOW, full_at=NOW, settings="")
    notes, api = held(note(1, PARTY, "#hold"))
    assert (notes.changed(cursor.held), api.calls) == (([], []), 0)
