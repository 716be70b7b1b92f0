"""What went wrong with a mail server, said so that somebody who knows no protocols can act."""

import smtplib
import socket
import ssl

_PLAIN: tuple[tuple[type[Exception], str], ...] = (
    (
        ConnectionRefusedError,
        "nobody answers there; compare host and port with what your mail provider says",
    ),
    (
        socket.gaierror,
        "no server of that name was found; correct host, or see whether this machine is online",
    ),
    (
        ssl.SSLError,
        "no encrypted connection came about; security must fit the port: tls 465, starttls 587",
    ),
    (
        TimeoutError,
        "it did not answer in time; a firewall may be in the way, or security and port do not fit",
    ),
    (smtplib.SMTPServerDisconnected, "it broke the connection off"),
    (smtplib.SMTPConnectError, "it turns connections away"),
    (smtplib.SMTPException, "it answered in a way that cannot be used"),
    (OSError, "the connection broke"),
    (ValueError, "the message has an address or a line that no mail server takes"),
    (MemoryError, "this machine gave no more memory; raise its limit"),
    (RuntimeError, "this machine gave no more threads; raise its limit of processes or memory"),
)


def in_words(error: Exception) -> str:
    """A sentence for the error; "" for one that nobody foresaw. Never the error's own text."""
    return next((said for kind, said in _PLAIN if isinstance(error, kind)), "")
