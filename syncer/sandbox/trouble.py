"""Faults of the connection itself, as exceptions that a mount turns into socket behaviour.

A simulator is a WSGI callable. When a script asks for a fault that WSGI cannot express, the
callable raises one of these *instead of* answering. The HTTP server (``syncer.sandbox.serve``)
turns it into what happens on a socket; an in-process mount turns it into its client's own
exception. Each class also derives from the built-in exception a socket would raise, so a
mount can catch ``ConnectionError`` and ``TimeoutError`` without importing this module:

===============  ======================  ====================================================
raised           also a                  means
===============  ======================  ====================================================
``Dropped``      ConnectionError         the peer closed without sending a byte
``ResetMidBody`` ConnectionResetError    status, headers and part of the body came, then RST
``Hang``         TimeoutError            nothing will ever come; the client's deadline decides
===============  ======================  ====================================================

``committed`` says whether the request was executed before the fault: the client cannot know,
the judge of a test can. Two slower faults are ordinary answers that carry a header for the
mount, which must act on it and take it off: ``X-Sandbox-Delay`` (seconds before the answer)
and ``X-Sandbox-Drip`` (seconds between 64-byte pieces of the body).
"""

DELAY_HEADER = "X-Sandbox-Delay"
DRIP_HEADER = "X-Sandbox-Drip"
DRIP_BYTES = 64


class Trouble(Exception):
    """Base of the connection faults; ``committed`` = the request was executed first."""

    def __init__(self, message: str = "", *, committed: bool = False) -> None:
        super().__init__(message or self.__doc__)
        self.committed = committed


class Dropped(Trouble, ConnectionError):
    """The connection was closed without an answer."""


class Hang(Trouble, TimeoutError):
    """No answer will come."""


class ResetMidBody(Trouble, ConnectionResetError):
    """The connection was reset in the middle of the body."""

    def __init__(
        self, *, status: str, headers: list[tuple[str, str]], sent: bytes, length: int
    ) -> None:
        super().__init__()
        self.status = status
        self.headers = headers
        self.sent = sent  # the bytes that still arrive
        self.length = length  # what Content-Length promised
