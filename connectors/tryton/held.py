"""Notes in Tryton that speak to this program: those of parties and invoices that begin with ``#``.

Tryton keeps notes as records of their own (``ir.note``), and since 8.0 shows them only to who names
the records they stand on (trytond/ir/resource.py). So they are asked for in batches of records that
are read anyway: with every whole read, for whatever changed, and for the guard. A new note on a
record that did not change is found at the latest right before a message would leave, and stops it.
Its change or end leaves no trace: the few that held when they were read last are kept with the
cursor and looked at again. A user who may not read notes sees none, and the run says so.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from msgspec import field

from connectors.tryton import fields, wire
from connectors.tryton.api import TrytonApi
from connectors.tryton.entries import INVOICE, is_id
from connectors.tryton.faults import RefusedReadError
from syncer.model.marked import MARK, marked_line

NOTE = "ir.note"
BATCH = 1000  # records in one call
UNSEEN = (
    "this user may not read notes (ir.note), so none of them holds anybody: give its group access "
    "to them"
)


class Noted(wire.Wire, kw_only=True):
    """A note, and ``model,id`` of what it stands on."""

    id: int
    about: str | None = field(name="resource", default=None)
    message: str | None = None


class HeldNotes:
    """The first line of such a note by the record it stands on (``model,id``), once looked at."""

    def __init__(self, api: TrytonApi) -> None:
        self._api = api
        self._lines: dict[str, str] = {}
        self._unknown: dict[str, str] = {}  # fingerprints that could not be compared
        self.unseen = False  # the user may not read them

    def party(self, number: int) -> str:
        """What a note on the party says; "" = nothing to this program."""
        return self._lines.get(f"{fields.PARTY},{number}", "")

    def invoice(self, number: int | None) -> str:
        """The same of an invoice."""
        return "" if number is None else self._lines.get(f"{INVOICE},{number}", "")

    def look(self, *, parties: Iterable[int] = (), invoices: Iterable[int] = ()) -> None:
        """Read the notes on these as they are now; they must be there."""
        about = [f"{fields.PARTY},{one}" for one in sorted(set(parties))]
        about += [f"{INVOICE},{one}" for one in sorted(set(invoices))]
        self.look_at(about)

    def look_at(self, about: list[str]) -> None:
        """The same of records named ``model,id``, each once."""
        for start in range(0, len(about), BATCH):
            if not self._read(about[start : start + BATCH]):
                self.unseen = True
                return

    def prints(self) -> dict[str, str]:
        """A short fingerprint of each that holds, to be kept and compared."""
        found = {one: sha256(line.encode()).hexdigest()[:8] for one, line in self._lines.items()}
        return self._unknown | found

    def changed(self, known: Mapping[str, str]) -> tuple[list[int], list[int]]:
        """Numbers of the parties and of the invoices whose note is not as it was ``known``.

        One call, and only where a note held when they were read last. Where one of the records
        is gone Tryton tells nothing of the others: they hold until the next whole read.
        """
        about = sorted(known)
        for start in range(0, len(about), BATCH):
            batch = about[start : start + BATCH]
            if not self._read(batch):
                self._unknown |= {one: known[one] for one in batch}
        now = self.prints()
        other = [one for one, said in known.items() if now.get(one) != said]
        return _numbers(other, fields.PARTY), _numbers(other, INVOICE)

    def _read(self, about: list[str]) -> bool:
        """In the order of their ids: of several notes on a record the newest counts.

        False: Tryton refuses it.
        """
        domain = [["resource", "in", about], ["message", "like", f"{MARK}%"]]
        try:
            rows = self._api.rows(NOTE, Noted, ("resource", "message"), domain)
        except RefusedReadError:
            return False
        for one in about:
            self._lines.pop(one, None)
        for row in rows:
            line = marked_line(row.message)
            if row.about and line:
                self._lines[row.about] = line
        return True


def _numbers(about: Iterable[str], model: str) -> list[int]:
    pairs = [one.partition(",") for one in about]
    return sorted(int(number) for name, _, number in pairs if name == model and is_id(number))
