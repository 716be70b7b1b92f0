"""Who answers in the mail server's place gets no more out of us than a broken connection."""

import socket

import pytest

from syncer.channels.smtp import SmtpChannel, SmtpConfig

from .house import parrot

MIB = 1 << 20
LINE = b"x" * 1000 + b"\r\n"


@pytest.mark.parametrize("stage", ["welcome", "capabilities"])
def test_a_reply_without_end_is_cut_off(stage: str) -> None:
    """A reply of any number of lines, at any stage, is left after 64 KiB instead of kept."""
    sent = 0

    def flood(connection: socket.socket, code: bytes) -> None:
        nonlocal sent
        piece = (code + b"-" + LINE) * 256
        while sent < 48 * MIB:
            sent += connection.send(piece)

    def speak(connection: socket.socket) -> None:
        if stage == "welcome":
            flood(connection, b"220")
        connection.sendall(b"220 mail.test\r\n")
        connection.recv(4096)
        flood(connection, b"250")

    with parrot(speak) as port:
        channel = SmtpChannel(SmtpConfig(host="127.0.0.1", port=port, security="none"))
        with pytest.raises(ConnectionError, match="broke the connection off"):
            channel.check()
    assert sent < 16 * MIB  # what the system holds between two sockets
