"""A channel that delivers by writing letters into a folder, for a person to print and post.

One HTML file a letter, laid out for A4 with a window for the address: every browser prints it or
saves it as PDF. A file appears whole or not at all, readable by its owner only. Nothing here
deletes or changes a file; what became of the paper only the person knows.
"""

from pathlib import Path

from syncer.channels.folder import free_name, write_whole
from syncer.model.effect import Message
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected


class LetterFolder:
    """Implements ``syncer.ports.Channel`` for messages without receivers by mail."""

    name = "letter"

    def __init__(self, folder: Path) -> None:
        """``folder`` is made at the first letter."""
        self._folder = folder

    def send(self, message: Message) -> Outcome:
        """Write ``<key>.html``; AlreadyThere when the key has its file."""
        target = self._file(message.key)
        try:
            write_whole(target, message.raw)
        except FileExistsError:
            return AlreadyThere(remote_id=target.name)
        except OSError as error:
            return Rejected(
                reason=f"cannot write to the folder of letters: {error.strerror}; check the path "
                "mail.letters, its rights and free space"
            )
        return Delivered(remote_id=target.name)

    def find(self, message_id: str) -> bool | None:
        """Whether this contact key has its letter here; None: a person may have taken it away."""
        return self._file(message_id).exists() or None

    def _file(self, key: str) -> Path:
        return self._folder / f"{free_name(key)}.html"
