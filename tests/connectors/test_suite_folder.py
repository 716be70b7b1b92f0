"""The shipped connector suite over the folder connector: the book as CSV exports."""

import csv
import io
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from connectors.csv_folder import SPEC
from connectors.csv_folder.notebook import fitted, harmless
from syncer.ports import ConnectorDeps
from syncer.sandbox.records import Contact, Document, Status
from syncer.sandbox.world import World
from syncer.testing.connector_book import NO_REMINDERS
from syncer.testing.connector_case import ConnectorCase, Mounted, Trouble, Written
from syncer.testing.connector_manners import NEEDS_A_SERVER
from syncer.testing.connector_suite import connector_suite

NO_SERVER = "a file has no server that could refuse, throttle, cut off or log in"
WAIVED = {
    "archived_accounts_still_owe": "an export of contacts has no mark for archived ones",
    "merged_accounts_say_where": "a merged customer has left the export of contacts",
    "a_note_to_nobody_is_refused": "notes.csv takes any customer: nobody is asked",
    "a_lost_answer_is_looked_up": NO_SERVER,
    "outcomes_keep_secrets": NO_SERVER,
    **dict.fromkeys(NEEDS_A_SERVER, NO_SERVER),
}
LAYOUT: dict[str, Any] = {
    "columns": {
        "item_id": "Id",
        "number": "Number",
        "account_id": "Customer Id",
        "account": "Customer",
        "kind": "Kind",
        "status": "Status",
        "issued_on": "Issued",
        "due_on": "Due",
        "paid_on": "Paid",
        "total": "Total",
        "open": "Open",
        "currency": "Currency",
        "reference": "Reference",
        "sent": "Sent",
        "sent_on": "Mailed",
        "expected_on": "Expected",
    },
    "kinds": {
        "Invoice": "invoice",
        "Credit_Note": "credit_note",
        "Overpayment": "overpayment",
        "Prepayment": "prepayment",
        "Bill": "ignore",
    },
    "statuses": {
        "Outstanding": "open",
        "Paid": "settled",
        "Draft": "ignore",
        "Void": "ignore",
        "Deleted": "ignore",
    },
}
CONTACTS: dict[str, Any] = {
    "file": "contacts.csv",
    "columns": {
        "account": "Id",
        "name": "Name",
        "person": "Person",
        "email": "Email",
        "do_not_chase": "No reminders",
    },
}
SPOILT: Mapping[Trouble, Callable[[str], str]] = {
    Trouble.MISSING_KEY: lambda text: text.replace(",Open,", ",Offen,", 1),
    Trouble.HTML: lambda _: "<html><body>Please log in</body></html>",
    Trouble.TRUNCATED: lambda text: text[: len(text) * 3 // 5],
    Trouble.EMPTY_LIST: lambda text: text.splitlines(keepends=True)[0],
    Trouble.UNKNOWN_STATUS: lambda text: text.replace("Outstanding", "Pondering", 1),
    Trouble.BAD_AMOUNT: lambda text: text.replace("250.50,150.25", "250.50,many", 1),
}


class Exports:
    """A world's books as files that a person exported."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.notes_folder = folder / "written"
        self.publish()

    def publish(self) -> None:
        """Export everything anew."""
        ledger = self.world.main
        documents = list(map(self._document, ledger.books.documents.values()))
        self._write("open.csv", _csv(list(LAYOUT["columns"].values()), documents))
        people = [row for one in ledger.books.contacts.values() for row in self._people(one)]
        self._write("contacts.csv", _csv(list(CONTACTS["columns"].values()), people))

    def suffer(self, trouble: Trouble) -> None:
        """Spoil the export of open items."""
        before = (self.folder / "open.csv").read_text(encoding="utf-8")
        after = SPOILT[trouble](before)
        assert after != before
        self._write("open.csv", after)

    def written(self) -> Written:
        """What lies in notes.csv and tasks.csv."""
        return Written(
            notes=lambda account: self._texts("notes.csv", account),
            tasks=lambda account: self._texts("tasks.csv", account),
            charges=lambda _: [],
            mails=lambda _: 0,
        )

    def _texts(self, name: str, account: str) -> list[str]:
        path = self.notes_folder / name
        if not path.exists():
            return []
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        return [
            " ".join(filter(None, (row.get("due_on"), row["text"])))
            for row in rows
            if row["account_id"] == account
        ]

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text, encoding="utf-8", newline="")
        at = self.world.clock().timestamp()
        os.utime(path, (at, at))

    def _document(self, doc: Document) -> list[object]:
        contact = self.world.main.contact(doc.contact_id)
        is_open = doc.status is Status.OPEN
        zone = ZoneInfo(self.world.main.org.time_zone)
        status = "Outstanding" if is_open else doc.status.title()
        return [
            doc.doc_id,
            doc.number,
            doc.contact_id,
            contact.name,
            doc.kind.title(),
            status,
            doc.issued_on,
            doc.due_on or "",
            doc.paid_on or "",
            doc.total,
            doc.left if is_open else 0,
            doc.currency,
            doc.reference,
            "yes" if doc.sent else "no",
            doc.sent_at.astimezone(zone).date() if doc.sent_at else "",
            doc.expected_on or "",
        ]

    def _people(self, contact: Contact) -> list[list[object]]:
        if contact.merged_into:
            return []
        groups = [group.name for group in self.world.main.groups_of(contact.contact_id)]
        quiet = "yes" if NO_REMINDERS in groups else "no"
        head = [contact.contact_id, contact.name]
        rows: list[list[object]] = [
            [*head, f"{contact.first_name} {contact.last_name}", contact.email, quiet]
        ]
        rows += [
            [*head, f"{one.first_name} {one.last_name}", one.email, quiet]
            for one in contact.people
            if one.gets_mail
        ]
        return rows


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue()


def mount(world: World, folder: Path) -> Mounted:
    """The book as exports, and the connector over them."""
    exports = Exports(world, folder)
    org = world.main.org
    config = SPEC.config.model_validate(
        {
            "folder": str(folder),
            "organisation": {
                "name": org.name,
                "time_zone": org.time_zone,
                "currency": org.currency,
                "country": org.country,
            },
            "open_items": {
                "file": "open.csv",
                "layout": LAYOUT,
                "empty_ok": not world.main.books.documents,
            },
            "contacts": CONTACTS,
            "notes_folder": str(exports.notes_folder),
        }
    )
    deps = ConnectorDeps(
        ledger="suite", config=config, http=None, tokens=None, clock=world.clock, data_dir=folder
    )
    return Mounted(
        source=SPEC.build(deps),
        written=exports.written(),
        suffer=exports.suffer,
        publish=exports.publish,
    )


CASE = ConnectorCase(spec=SPEC, mount=mount, waived=WAIVED)
TestFolder = connector_suite(CASE)


@given(words=st.text(max_size=80), longest=st.integers(20, 60))
def test_a_note_of_any_shape_fits_and_keeps_its_marker(words: str, longest: int) -> None:
    """However long a note is, the cell holds it and ends with its marker."""
    written = harmless(fitted(f"{words} [r:9f]", longest=longest))
    assert len(written) <= max(longest, len(" [r:9f]"))
    assert written.endswith("[r:9f]")
