"""Remembers the billing addresses that trial mails overwrite, until they are back in place.

One small file in the ledger's own directory, durable before QuickBooks is asked to mail to
``send_to``: when the process dies in between, the next one knows what to put back. It holds
e-mail addresses of customers and is readable by its owner alone. Not here: reading and writing
invoices (``mailer``).
"""

import os
import tempfile
from pathlib import Path

import msgspec

_NAME = "trial_addresses.json"


class TrialFileError(Exception):
    """The file cannot be used; the text says which and what to do, and names no address."""


class Lent(msgspec.Struct, frozen=True):
    """What stood on an invoice, and what a trial mail was about to put there."""

    address: str
    trial: str


class TrialFile:
    """The lent addresses by invoice id."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _NAME

    def lent(self) -> dict[str, Lent]:
        """All that are not known to be back. Raises TrialFileError."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Lent])
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._unusable(error) from None

    def lend(self, invoice_id: str, lent: Lent) -> None:
        """Note one, durable before this returns. Raises TrialFileError."""
        known = self.lent()
        if known.get(invoice_id) != lent:
            self._write({**known, invoice_id: lent})

    def give_back(self, invoice_id: str) -> None:
        """Forget one that is back. Raises TrialFileError."""
        known = self.lent()
        if known.pop(invoice_id, None) is not None:
            self._write(known)

    def _write(self, known: dict[str, Lent]) -> None:
        try:
            self._replace(msgspec.json.encode(known))
        except OSError as error:
            raise self._unusable(error) from None

    def _replace(self, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=".")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path)
        except BaseException:
            os.unlink(temporary)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unusable(self, error: Exception) -> TrialFileError:
        why = getattr(error, "strerror", None) or "it is damaged"
        return TrialFileError(
            f"{self._path}, which keeps the addresses that trial mails overwrite, cannot be used "
            f"({why}): nothing was sent. Make it writable, or put the invoices' own addresses back "
            "by hand and delete it"
        )
