"""The shipped channel suite, run on every channel that ships."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.channels.folder import FolderChannel
from syncer.channels.smtp import SmtpChannel, SmtpConfig
from syncer.testing import channel_suite
from syncer.testing.channel_suite import CHECKS, ChannelCase
from tests.channels.mail_server import (
    PASSWORD,
    USER,
    make_certificate,
    real_server,
    scripted_server,
)


@pytest.fixture
def folder_case(tmp_path: Path) -> ChannelCase:
    """The folder channel, and one whose folder is a file."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    mail = tmp_path / "mail"
    return ChannelCase(
        open=lambda: FolderChannel(mail),
        received=lambda: [path.read_bytes() for path in sorted(mail.glob("*.eml"))],
        refusing=lambda: FolderChannel(blocked / "mail"),
        remembers=True,
    )


@pytest.fixture
def smtp_case(tmp_path: Path) -> Iterator[ChannelCase]:
    """SMTP with STARTTLS and a login against a real server."""
    certificate = make_certificate(tmp_path)
    opened: list[SmtpChannel] = []

    def channel(port: int, *, secure: bool = True) -> SmtpChannel:
        config = SmtpConfig(
            host="127.0.0.1",
            port=port,
            security="starttls" if secure else "none",
            username=USER if secure else "",
            password=PASSWORD if secure else "",
            ca_file=certificate,
            timeout=5,
        )
        opened.append(SmtpChannel(config))
        return opened[-1]

    def refuse(command: str) -> str:
        return "554 go away" if command.startswith("MAIL") else "250 OK"

    with (
        real_server(certificate=certificate, auth=True) as server,
        scripted_server(refuse) as refusing,
    ):
        yield ChannelCase(
            open=lambda: channel(server.port),
            received=lambda: server.messages,
            refusing=lambda: channel(refusing.port, secure=False),
            remembers=False,
            secrets=(PASSWORD,),
        )
        for one in opened:
            one.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_folder_channel_keeps(
    check: Callable[[ChannelCase], None], folder_case: ChannelCase
) -> None:
    """The folder channel keeps every promise of a channel."""
    check(folder_case)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_smtp_channel_keeps(check: Callable[[ChannelCase], None], smtp_case: ChannelCase) -> None:
    """The SMTP channel keeps every promise of a channel."""
    check(smtp_case)


class _Forgetful(FolderChannel):
    """Says it delivered, and keeps nothing."""

    def send(self, message: object) -> channel_suite.Delivered:
        """Lie."""
        return channel_suite.Delivered()


def test_suite_catches_a_liar(tmp_path: Path) -> None:
    """A channel that says delivered and delivers nothing fails the suite."""
    case = ChannelCase(
        open=lambda: _Forgetful(tmp_path),
        received=list,
        refusing=lambda: _Forgetful(tmp_path),
        remembers=True,
    )
    failed = []
    for check in CHECKS:
        try:
            check(case)
        except AssertionError:
            failed.append(check.__name__)
    assert len(failed) >= len(CHECKS) - 1  # only secrecy can be kept by doing nothing
