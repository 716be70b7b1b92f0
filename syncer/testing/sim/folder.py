"""The ledger that is a folder of exports: which looks a run makes at it, and what they mean."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from connectors.csv_folder import SPEC
from connectors.csv_folder.config import FolderSettings
from syncer.http.oauth import Provider, TokenKeeper
from syncer.ports import ConnectorSpec
from syncer.sandbox.faults import FaultPlan
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.records import Contact, Document
from syncer.sandbox.world import World
from syncer.testing.sim.exports import OF_CONTACTS, OF_ITEMS, OF_NOTES, ExportFolder, FileTrouble
from syncer.testing.sim.forms import LOOK_UP, NOTE, Asked

OPENING, ITEMS, ACCOUNTS, SETTLED = "opening", "items", "accounts", "settled"
GUARD = "guard: exports"
_COLUMNS = {
    "item_id": "Id",
    "number": "Number",
    "account_id": "Customer Id",
    "account": "Customer",
    "kind": "Kind",
    "issued_on": "Issued",
    "due_on": "Due",
    "paid_on": "Paid",
    "expected_on": "Expected",
    "sent": "Sent",
    "sent_on": "Mailed",
    "currency": "Currency",
    "total": "Total",
    "open": "Open",
}
_KINDS = {
    "Invoice": "invoice",
    "Credit note": "credit_note",
    "Overpayment": "overpayment",
    "Prepayment": "prepayment",
}
_CONTACTS = {
    "file": "contacts.csv",
    "columns": {
        "account": "Customer Id",
        "name": "Name",
        "email": "Address",
        "do_not_chase": "No reminders",
    },
}
_AS_FOUND = tuple(one for one in OF_ITEMS if one is not FileTrouble.TWO_FILES)
# Which files a step looks at: what befalls another one is no trouble of that step.
_LOOKS = {
    OPENING: (*OF_ITEMS, *OF_CONTACTS),
    ITEMS: _AS_FOUND,
    ACCOUNTS: (),
    SETTLED: _AS_FOUND,
    GUARD: (*OF_ITEMS, *OF_CONTACTS),
    NOTE: OF_NOTES,
    LOOK_UP: OF_NOTES,
}


class Folder:
    """Two exports that people make by hand, and notes in a file beside the state."""

    name: str = "csv_folder"
    spec: ConnectorSpec = SPEC
    kinds: tuple[StrEnum, ...] = tuple(FileTrouble)
    lists: frozenset[str] = frozenset({OPENING, ITEMS, SETTLED})
    steps: tuple[str, ...] = (OPENING, ITEMS, ACCOUNTS, SETTLED, GUARD, NOTE, LOOK_UP)
    asked_often: frozenset[str] = frozenset()
    knows_promises: bool = True
    one_currency_each: bool = False
    person_logs_in: bool = False
    tells_mail_day: bool = True
    knows_blocks: bool = False

    def app(self, world: World, faults: FaultPlan, home: Path) -> ExportFolder:
        """Nothing is exported yet."""
        return ExportFolder(world, home, faults)

    def config(self, world: World, home: Path) -> FolderSettings:
        """As ``config/syncer.example.yaml`` shows it, with every column that stories need."""
        org = world.main.org
        return FolderSettings.model_validate(
            {
                "folder": str(home / "exports"),
                "organisation": {
                    "name": org.name,
                    "time_zone": org.time_zone,
                    "currency": org.currency,
                    "country": org.country,
                },
                "open_items": {
                    "file": "open-items*.csv",
                    "layout": {"columns": _COLUMNS, "kinds": _KINDS},
                },
                "contacts": _CONTACTS,
                "notes_folder": str(home / "notes"),
            }
        )

    def provider(self, config: Any) -> Provider | None:
        """There is no login."""
        del config
        return None

    def log_in(self, app: Any, config: Any, keeper: TokenKeeper) -> None:
        """Nobody can."""

    def cannot_be(self, what: str, step: str) -> str:
        """Why a file's trouble cannot meet a step; "" = it can."""
        if what in set(FileTrouble) and what not in _LOOKS.get(step, ()):
            return "the step does not look for that file, or at it"
        return ""

    def asked(self, environ: Mapping[str, Any], before: Asked) -> Asked:
        """No request arrives at files."""
        del environ
        return before

    def step(self, asked: Asked) -> str:
        """It says so itself."""
        return asked.path

    def looks_at(self, world: World, asked: Asked) -> Sequence[str]:
        """The customers of the last look."""
        known = world.main.books.contacts
        ids = asked.query.split() if asked.path == GUARD else []
        return [contact_id for contact_id in ids if contact_id in known]

    def notes(self, world: World, app: Any) -> Iterable[str]:
        """Whole lines of the notes' file."""
        del world
        texts: Iterable[str] = app.texts()
        return texts

    def tasks(self, world: World, app: Any) -> Iterable[str]:
        """Lines of a file beside that of the notes."""
        del world
        texts: Iterable[str] = app.texts(app.notes.with_name("tasks.csv"))
        return texts

    def told(self, world: World, app: Any) -> Ledger:
        """What the files say."""
        del world
        books: Ledger = app.told
        return books

    def unreadable(self, app: Any) -> str:
        """A customer one of whose records is spoilt."""
        said: str = app.unreadable
        return said

    def account_id(self, world: World, contact: Contact) -> str:
        """As the exports tell it."""
        del world
        return contact.contact_id

    def item_id(self, world: World, doc: Document) -> str:
        """As the exports tell it."""
        del world
        return doc.doc_id

    def revoke(self, world: World) -> bool:
        """Nobody gave it any access."""
        del world
        return False

    def tell(self, app: Any) -> None:
        """Both files anew."""
        app.export()

    def heeded(self, app: Any, config: Any) -> Any:
        """An export that rightly lists nothing has to be allowed."""
        if app.lists_something:
            return config
        allowed = config.open_items.model_copy(update={"empty_ok": True})
        return config.model_copy(update={"open_items": allowed})


FOLDER = Folder()
