"""A channel that hands messages to a mail server (RFC 5321), one connection per run.

The stage at which something goes wrong decides the outcome: a server that cannot be reached
or refuses us is raised, for it is no fault of the message; before the message's last dot
left us nothing was accepted (Retry or Rejected); after it, only the server's answer can
tell, and a lost answer is Uncertain. Replies of the server are told by their code alone:
their text may quote addresses.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from enum import StrEnum
from threading import Lock, Timer

from syncer.channels.smtp_config import Security, SmtpConfig, check, tls_context
from syncer.channels.smtp_replies import Encrypted, Plain
from syncer.channels.troubles import in_words
from syncer.errors import AuthError, Unreachable
from syncer.model.effect import Message
from syncer.model.ledger import Person
from syncer.model.outcome import Delivered, Outcome, Rejected, Retry, Uncertain

__all__ = ["SmtpChannel", "SmtpConfig", "build"]

RETRY_AFTER = timedelta(minutes=15)
GREYLIST_AFTER = timedelta(minutes=30)  # RFC 5321 section 4.5.4.1 asks for at least this long
REUSE_MAX = 100  # messages over one connection; many servers close after about that many
SIZE_REFUSED = 552
RECEIPT_MAX = 100  # characters kept of the answer to an accepted message

# By preference; the connection is encrypted or stays on this machine. Names of smtplib's methods.
_MECHANISMS = {"PLAIN": "auth_plain", "LOGIN": "auth_login", "CRAM-MD5": "auth_cram_md5"}


class _Stage(StrEnum):
    OPEN = "connecting"
    OFFER = "before the message was handed over"
    COMMIT = "after the message was handed over"


class _Refused(Exception):
    """The server answered no, with a code."""

    def __init__(self, code: int, what: str) -> None:
        super().__init__(f"{what} answered {code}")
        self.code = code


class SmtpChannel:
    """Implements ``syncer.ports.Channel``; ledgers may share it, one message goes at a time."""

    name = "smtp"

    def __init__(
        self, config: SmtpConfig, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises ConfigError when mail would leave this machine unprotected."""
        check(config)
        self._config = config
        self._tls = tls_context(config)
        self._monotonic = monotonic
        self._lock = Lock()
        self._server: smtplib.SMTP | None = None
        self._used = 0
        self._stage = _Stage.OPEN

    def send(self, message: Message) -> Outcome:
        """Hand the message over once; see the module's text for how outcomes are told apart.

        Raises AuthError when the server refuses the login, shows a certificate that cannot
        be trusted, or offers no TLS, and Unreachable when no conversation comes about:
        nothing was handed over, and no other message would fare better.
        """
        with self._lock:
            return self._send(message)

    def _send(self, message: Message) -> Outcome:
        self._stage = _Stage.OPEN
        until = self._monotonic() + self._config.deadline
        try:
            server = self._connection(until)
            with self._bounded(server, until):
                return self._hand_over(server, message)
        except _Refused as refusal:
            self._drop()
            if self._stage is _Stage.OPEN:  # the server says no to us, not to this message
                raise Unreachable(f"{self._lost(refusal)}. Nothing was sent") from None
            return _outcome_of(refusal)
        except AuthError:
            raise
        except Exception as error:  # noqa: BLE001  no thread, no memory: how far it came tells all
            self._drop()
            return self._outcome_of_loss(error)

    def find(self, message_id: str) -> bool | None:
        """None: a mail server does not tell what it accepted."""
        return None

    def close(self) -> None:
        """Say goodbye and close the connection, if there is one."""
        with self._lock:
            if self._server is not None:
                with suppress(smtplib.SMTPException, OSError, ValueError):
                    self._server.quit()
            self._drop()

    def check(self) -> None:
        """Connect and log in without sending anything.

        Raises AuthError as ``send`` does, and ConnectionError when the server is not reached.
        """
        try:
            self._connection(self._monotonic() + self._config.deadline)
        except (_Refused, smtplib.SMTPException, OSError, ValueError) as error:
            self._drop()
            raise ConnectionError(self._lost(error)) from None

    def _hand_over(self, server: smtplib.SMTP, message: Message) -> Outcome:
        self._stage = _Stage.OFFER
        _expect(
            server.mail(
                message.sender, [f"size={len(message.raw)}"] if server.has_extn("size") else []
            ),
            "MAIL",
        )
        accepted, refused = self._offer_recipients(server, message.to)
        if not accepted:
            raise _Refused(min(code for _, code in refused), "every recipient")
        _expect(server.docmd("DATA"), "DATA", wanted=(354,))
        server.send(_dot_stuffed(message.raw))
        self._stage = _Stage.COMMIT
        server.send(b".\r\n")
        code, answer = server.getreply()
        _expect((code, b""), "the message")
        self._used += 1
        detail = "; ".join(filter(None, (_receipt(code, answer), _partly(accepted, refused))))
        return Delivered(remote_id=message.message_id, detail=detail)

    def _offer_recipients(
        self, server: smtplib.SMTP, people: tuple[Person, ...]
    ) -> tuple[list[Person], list[tuple[Person, int]]]:
        accepted: list[Person] = []
        refused: list[tuple[Person, int]] = []
        for person in people:
            code, _ = server.rcpt(person.email)
            if code == 421:
                raise _Refused(code, "RCPT")
            if code in (250, 251):
                accepted.append(person)
            else:
                refused.append((person, code))
        return accepted, refused

    def _connection(self, until: float) -> smtplib.SMTP:
        """The open connection when it still answers, else a new one."""
        if self._server is not None and self._used < REUSE_MAX:
            with (
                suppress(smtplib.SMTPException, OSError, ValueError),
                self._bounded(self._server, until),
            ):
                if self._server.rset()[0] == 250:
                    return self._server
        self._drop()
        self._server = self._open(until)
        self._used = 0
        return self._server

    def _open(self, until: float) -> smtplib.SMTP:
        server = self._unconnected()
        # Given to the constructor, the host would be connected to before the deadline applies.
        # smtplib checks the certificate against this name.
        server._host = self._config.host  # type: ignore[attr-defined]
        try:
            with self._bounded(server, until):
                self._greet(server)
        except BaseException:
            server.close()
            raise
        return server

    def _unconnected(self) -> smtplib.SMTP:
        name, timeout = self._config.client_name or None, self._config.timeout
        if self._config.security == Security.TLS:
            return Encrypted(local_hostname=name, timeout=timeout, context=self._tls)
        return Plain(local_hostname=name, timeout=timeout)

    def _greet(self, server: smtplib.SMTP) -> None:
        config = self._config
        code, _ = server.connect(config.host, config.port)
        if code != 220:  # the server as a whole says no, not to this message
            raise smtplib.SMTPConnectError(code, b"")
        server.ehlo_or_helo_if_needed()
        if config.security == Security.STARTTLS:
            if not server.has_extn("starttls"):
                raise AuthError(
                    f"mail server {config.host}:{config.port} offers no STARTTLS, so what is said "
                    "to it would not be encrypted; use its encrypted port, often 465, with "
                    "security: tls, or ask whoever runs it. Nothing was sent"
                )
            server.starttls(context=self._tls)
            server.ehlo()
        if config.username:
            self._log_in(server)

    def _log_in(self, server: smtplib.SMTP) -> None:
        """One try with one mechanism: several tries of a wrong password lock accounts."""
        where = f"mail server {self._config.host}:{self._config.port}"
        offered = str(server.esmtp_features.get("auth", "")).upper().split()
        mechanism = next((name for name in _MECHANISMS if name in offered), None)
        if mechanism is None:
            raise AuthError(
                f"{where} offers no login with a password; remove user name and password or use "
                "another port. Nothing was sent"
            )
        server.user, server.password = self._config.username, self._config.password
        try:
            server.auth(mechanism, getattr(server, _MECHANISMS[mechanism]))
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise _Refused(error.smtp_code, "AUTH") from None
            raise AuthError(
                f"{where} refused the login (code {error.smtp_code}); check user name and "
                "password. Nothing was sent"
            ) from None

    @contextmanager
    def _bounded(self, server: smtplib.SMTP, until: float) -> Iterator[None]:
        """Cut the connection when ``until`` passes: a server that drips bytes ends too."""
        guard = Timer(max(until - self._monotonic(), 0.0), _cut, (server,))
        guard.daemon = True
        guard.start()
        try:
            yield
        finally:
            guard.cancel()

    def _outcome_of_loss(self, error: Exception) -> Outcome:
        if isinstance(error, ssl.SSLCertVerificationError):
            raise AuthError(
                f"mail server {self._config.host}:{self._config.port} shows a certificate that "
                f"cannot be trusted ({error.verify_message}). Nothing was sent"
            ) from None
        if self._stage is _Stage.COMMIT:
            return Uncertain(evidence=self._lost(error))
        if self._stage is _Stage.OPEN:
            raise Unreachable(f"{self._lost(error)}. Nothing was sent") from None
        if isinstance(error, ValueError):  # an address that no SMTP command can carry
            return Rejected(reason=self._lost(error))
        return Retry(after=RETRY_AFTER, reason=self._lost(error))

    def _lost(self, error: Exception) -> str:
        code = getattr(error, "smtp_code", None) or getattr(error, "code", None)
        told = f", code {code}" if isinstance(code, int) else ""
        name, plain = type(error).__name__, in_words(error)
        where = f"mail server {self._config.host}:{self._config.port}"
        if not plain or isinstance(error, _Refused):
            return f"{where}: {name}{told} ({self._stage.value})"
        return f"{where}: {plain} ({name}{told}, {self._stage.value})"

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None


def build(config: SmtpConfig) -> SmtpChannel:
    """The channel for the settings of a mail server. Raises ConfigError."""
    return SmtpChannel(config)


def _expect(reply: tuple[int, bytes], what: str, wanted: tuple[int, ...] = (220, 250)) -> None:
    code = reply[0]
    if code in wanted:
        return
    if 400 <= code < 600:
        raise _Refused(code, what)
    # Neither yes nor no (RFC 5321 section 4.2.1 knows no such answer here): trust nothing.
    raise smtplib.SMTPServerDisconnected(f"{what}: an answer that is no SMTP reply")


def _outcome_of(refusal: _Refused) -> Outcome:
    if refusal.code < 500:
        after = GREYLIST_AFTER if refusal.code in (450, 451) else RETRY_AFTER
        return Retry(after=after, reason=f"mail server: {refusal}")
    size = " (message too large)" if refusal.code == SIZE_REFUSED else ""
    return Rejected(reason=f"mail server: {refusal}{size}")


def _partly(accepted: list[Person], refused: list[tuple[Person, int]]) -> str:
    """Which roles got it and which did not; no addresses."""
    if not refused:
        return ""
    total = len(accepted) + len(refused)
    roles = ", ".join(f"{person.role} contact (code {code})" for person, code in refused)
    return f"accepted for {len(accepted)} of {total} recipients; refused for {roles}"


def _receipt(code: int, answer: bytes) -> str:
    """The server's own words, by which its operator finds the message again; no addresses."""
    words = [
        word
        for word in answer.decode("ascii", "replace").split()
        if word.isascii() and word.isprintable() and "@" not in word
    ]
    said = " ".join(words)[:RECEIPT_MAX].rstrip()
    return f"accepted by the mail server: {code} {said}".strip()


def _dot_stuffed(raw: bytes) -> bytes:
    """RFC 5321 section 4.5.2: a line that begins with a dot gets a second one."""
    body = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _cut(server: smtplib.SMTP) -> None:
    sock = server.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
