"""smtplib's clients with a bound on what one reply may hold.

smtplib keeps every line of a reply, however many there are: whoever answers in the mail server's
place before TLS begins could fill the memory of this machine.
"""

import smtplib
from typing import IO, Any

REPLY_MAX = 64 * 1024  # bytes; RFC 5321 section 4.5.3.1.5: 512 a line, and nobody needs a hundred


class _Frugal:
    """A connection's reader that gives out no more than ``left`` bytes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.left = REPLY_MAX

    def readline(self, longest: int) -> bytes:
        """One line. Raises OSError where the reply is longer than any is."""
        line = self._file.readline(longest)
        self.left -= len(line)
        if self.left < 0:
            raise OSError("the reply does not end")
        return line

    def close(self) -> None:
        """Let go of the connection."""
        self._file.close()


class _Bounded:
    file: Any
    sock: Any

    def getreply(self) -> tuple[int, bytes]:
        """The server's next reply; SMTPServerDisconnected where it is too long."""
        if self.file is None:
            self.file = _Frugal(self.sock.makefile("rb"))
        self.file.left = REPLY_MAX
        reply: tuple[int, bytes] = super().getreply()  # type: ignore[misc]  # of smtplib
        return reply


class Plain(_Bounded, smtplib.SMTP):
    """Begins unencrypted; STARTTLS may follow."""


class Encrypted(_Bounded, smtplib.SMTP_SSL):
    """TLS from the first byte."""
