"""A channel that delivers by writing ``.eml`` files into a folder.

For trials, for people who send by hand, and for ledgers kept as files. A file appears
whole or not at all, readable by its owner only. Nothing here deletes or changes a file.
"""

import os
import re
import tempfile
from datetime import UTC
from email import policy
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from syncer.channels.envelope import KEY_HEADER, header_key
from syncer.errors import Unreachable
from syncer.model.effect import Message
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected

HEAD_MAX = 64 * 1024  # bytes read of a file to find its headers
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_MAX = 80


class FolderChannel:
    """Implements ``syncer.ports.Channel``; one process at a time per folder (the lease)."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        """``folder`` is made at the first delivery."""
        self._folder = folder
        self._lock = Lock()  # ledgers may share the channel
        self._seen: dict[str, Path] | None = None  # by Message-ID and by header key

    def send(self, message: Message) -> Outcome:
        """Write ``<date>-<key>.eml``; AlreadyThere when the key or Message-ID has a file.

        Raises Unreachable when a file that is there already cannot be read.
        """
        with self._lock:
            return self._send(message)

    def _send(self, message: Message) -> Outcome:
        seen = self._index()
        known = seen.get(message.message_id) or seen.get(header_key(message.key))
        if known:
            return AlreadyThere(remote_id=known.name)
        target = self._folder / _file_name(message)
        try:
            write_whole(target, message.raw)
        except FileExistsError:
            return AlreadyThere(remote_id=target.name)
        except OSError as error:
            return Rejected(
                reason=f"cannot write to the mail folder: {error.strerror}; "
                "check the folder's path, rights and free space"
            )
        seen[message.message_id] = seen[header_key(message.key)] = target
        return Delivered(remote_id=target.name)

    def find(self, message_id: str) -> bool | None:
        """Whether a file carries this Message-ID (or contact key). Raises Unreachable."""
        with self._lock:
            known = self._index()
        return message_id in known or header_key(message_id) in known

    def _index(self) -> dict[str, Path]:
        if self._seen is None:
            self._seen = {}
            try:
                for path in sorted(self._folder.glob("*.eml")):
                    for name in _identities(path):
                        self._seen.setdefault(name, path)
            except OSError as error:  # what cannot be read may be the very message
                self._seen = None
                raise Unreachable(
                    f"{path.name} in the mail folder cannot be read ({error.strerror}); mend its "
                    "rights, or move it away. Nothing was sent"
                ) from None
        return self._seen

    def close(self) -> None:
        """Forget what was read of the folder."""
        self._seen = None


def build(folder: Path) -> FolderChannel:
    """The channel for a folder named in the settings."""
    return FolderChannel(folder)


def _identities(path: Path) -> list[str]:
    if not path.is_file():  # a folder, a broken link; a pipe would never end
        return []
    with path.open("rb") as file:
        head = file.read(HEAD_MAX)
    # Read as it stands: the fuller policy takes foreign headers apart, and breaks on some.
    headers = BytesHeaderParser(policy=policy.compat32).parsebytes(head)
    found = (headers[name] for name in ("Message-ID", KEY_HEADER))
    return ["".join(str(value).split()) for value in found if value]


def _file_name(message: Message) -> str:
    headers = BytesHeaderParser(policy=policy.default).parsebytes(message.raw[:HEAD_MAX])
    day = parsedate_to_datetime(str(headers["Date"])).astimezone(UTC).date().isoformat()
    return f"{day}-{free_name(message.key)}.eml"


def free_name(key: str) -> str:
    """A file name that no other key has, without letters that some system forbids."""
    plain = _UNSAFE.sub("_", key)[:_NAME_MAX].strip("._")
    if plain != key:  # two keys must not share a name once their odd letters are gone
        plain = f"{plain}-{sha256(key.encode()).hexdigest()[:12]}"
    return plain


def write_whole(target: Path, content: bytes) -> None:
    """Temporary file, fsync, then a link that fails when the name is taken, fsync of the folder."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, target)
    finally:
        os.unlink(temporary)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
