"""The folder channel's files: whole, private, found again, never outside the folder."""

import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncer.channels.folder import FolderChannel
from syncer.errors import Unreachable
from syncer.model.outcome import AlreadyThere, Delivered, Rejected
from syncer.testing.channel_suite import HOSTILE_KEYS, message


def test_file_is_named_by_day_and_key_and_private(tmp_path: Path) -> None:
    """A delivered message is <date>-<key>.eml, readable by its owner only, with no leftovers."""
    mail = tmp_path / "a" / "mail"
    outcome = FolderChannel(mail).send(message("contact-1"))
    assert outcome == Delivered(remote_id="2026-11-20-contact-1.eml")
    assert os.listdir(mail) == ["2026-11-20-contact-1.eml"]
    assert stat.S_IMODE((mail / "2026-11-20-contact-1.eml").stat().st_mode) == 0o600
    assert stat.S_IMODE(mail.stat().st_mode) == 0o700


def test_hostile_keys_stay_inside_the_folder(tmp_path: Path) -> None:
    """No key writes outside the folder or hides its file."""
    mail = tmp_path / "mail"
    channel = FolderChannel(mail)
    for key in HOSTILE_KEYS:
        channel.send(message(key))
    assert os.listdir(tmp_path) == ["mail"]
    names = os.listdir(mail)
    assert len(names) == len(HOSTILE_KEYS)
    assert all(name.startswith("2026-11-20-") and name.endswith(".eml") for name in names)


def test_same_key_with_other_content_is_already_there(tmp_path: Path) -> None:
    """The key decides: the same contact rendered anew does not go out again."""
    mail = tmp_path / "mail"
    FolderChannel(mail).send(message("contact-1"))
    anew = message("contact-1", body="other words")
    assert isinstance(FolderChannel(mail).send(anew), AlreadyThere)
    assert len(os.listdir(mail)) == 1


def test_a_renamed_file_is_still_found(tmp_path: Path) -> None:
    """A person may rename files: Message-ID and key inside them count."""
    mail, sent = tmp_path / "mail", message("contact-1")
    FolderChannel(mail).send(sent)
    (mail / "2026-11-20-contact-1.eml").rename(mail / "sent by hand.eml")
    assert FolderChannel(mail).find(sent.message_id) is True
    assert FolderChannel(mail).find("contact-1") is True
    assert isinstance(FolderChannel(mail).send(sent), AlreadyThere)


def test_name_taken_by_another_process_is_not_overwritten(tmp_path: Path) -> None:
    """A file that appeared after the folder was read is left as it is."""
    mail, sent = tmp_path / "mail", message("contact-1")
    channel = FolderChannel(mail)
    assert channel.find(sent.message_id) is False
    mail.mkdir()
    (mail / "2026-11-20-contact-1.eml").write_bytes(b"theirs")
    assert isinstance(channel.send(sent), AlreadyThere)
    assert (mail / "2026-11-20-contact-1.eml").read_bytes() == b"theirs"


def test_unwritable_folder_is_told(tmp_path: Path) -> None:
    """A folder that cannot be made is a refusal with advice, not a crash."""
    (tmp_path / "file").write_text("")
    outcome = FolderChannel(tmp_path / "file" / "mail").send(message())
    assert isinstance(outcome, Rejected)
    assert "check the folder's path" in outcome.reason


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    """A folder, a pipe and links to nothing under a mail's name hold up no message."""
    (tmp_path / "a.eml").mkdir()
    os.mkfifo(tmp_path / "b.eml")
    (tmp_path / "c.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.eml").symlink_to(tmp_path / "d.eml")
    assert isinstance(FolderChannel(tmp_path).send(message()), Delivered)


def test_a_message_that_cannot_be_read_lets_none_go_out(tmp_path: Path) -> None:
    """It may be the one that is to go: the folder is unreachable, and says which file it is."""
    (tmp_path / "odd.eml").symlink_to("/proc/self/mem")  # a file whose first byte is no byte
    with pytest.raises(Unreachable, match=r"odd\.eml in the mail folder cannot be read"):
        FolderChannel(tmp_path).send(message())
    (tmp_path / "odd.eml").unlink()
    assert isinstance(FolderChannel(tmp_path).send(message()), Delivered)


def test_foreign_files_do_no_harm(tmp_path: Path) -> None:
    """An empty, a binary and an unfinished file in the folder are no obstacle."""
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "binary.eml").write_bytes(bytes(range(256)) * 300)
    for number, odd in enumerate((b"<", b"<a@", b"<@b>", b"<a@[", b"\x00<>", b"(", b'"@')):
        (tmp_path / f"odd{number}.eml").write_bytes(b"Message-ID: " + odd + b"\r\n\r\nx")
    (tmp_path / ".half.tmp").write_bytes(b"Message-ID: <x@y>")
    channel = FolderChannel(tmp_path)
    assert channel.find("<x@y>") is False
    assert isinstance(channel.send(replace(message(), key="contact-9")), Delivered)
