"""The texts of the user's own that go to customers, each with its place."""

from collections.abc import Iterator

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
    yield from _of(("mail",), settings.mail.signature, settings.mail.bank_details)
    for place, ledger in enumerate(settings.ledgers):
        own = ledger.mail
        yield from _of(("ledgers", place, "mail"), own.signature, own.bank_details)


def _of(path: Path, signature: str | None, bank: str | None) -> Iterator[tuple[Path, str, str]]:
    for key, text in (("signature", signature), ("bank_details", bank)):
        yield (*path, key), "", text or ""
