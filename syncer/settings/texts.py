"""The texts of the user's own that go to customers, each with its place."""

from collections.abc import Iterator

from syncer.settings.mail import LedgerMail, Mail
from syncer.settings.root import Settings
from syncer.settings.tree import Path

_KINDS = (".j2", ".toml")
_FILE_MAX = 1_000_000  # characters looked at; a template is a page


def own_texts(settings: Settings) -> Iterator[tuple[Path, str, str]]:
    """(Place, file below it or "", text) of templates, signatures and bank details."""
    folder = settings.mail.templates
    if folder is not None and folder.is_dir():
        for file in sorted(folder.rglob("*")):
            if file.suffix in _KINDS and file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")[:_FILE_MAX]
                yield ("mail", "templates"), file.relative_to(folder).as_posix(), text
    yield from _of(("mail",), settings.mail)
    for place, ledger in enumerate(settings.ledgers):
        yield from _of(("ledgers", place, "mail"), ledger.mail)


def _of(path: Path, said: Mail | LedgerMail) -> Iterator[tuple[Path, str, str]]:
    yield (*path, "signature"), "", said.signature or ""
    for language, text in said.signatures.items():
        yield (*path, "signatures", language), "", text
    yield (*path, "bank_details"), "", said.bank_details or ""
