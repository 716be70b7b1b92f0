"""What can go wrong between us and a server, classed by what is known about the request.

Connectors and the token keeper read these; nothing here names a secret, a body or an
e-mail address. All of them are public errors (``syncer.errors``), so a connector that
does not care about the difference may let them pass.
"""

from syncer.errors import SyncerError, Transient


class NotSent(Transient):
    """The request certainly never reached the server (refused, no route, no name)."""


class Lost(Transient):
    """No usable answer came: the server may or may not have acted."""


class Untrusted(Transient):
    """The server's certificate does not hold: fail closed, never tried again by itself."""


class AmbiguousWriteError(SyncerError):
    """A write whose answer was lost. Look it up before repeating, or call it uncertain."""

    exit_code = 5


class MalformedError(Exception):
    """Raised by a caller's ``parse`` hook: this body is not what a healthy server says.

    The client reads the same page again a few times, then raises ContractError.
    """
