"""Mail servers on loopback: a real one (aiosmtpd), and one that follows a script of faults."""

import asyncio
import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .listening import served

USER, PASSWORD = "billing", "canary-password-51c0"


def make_certificate(folder: Path, *, host: str = "127.0.0.1") -> Path:
    """A self-signed certificate with its key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test mail server")])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = (
        [x509.IPAddress(ip_address(host))] if host[0].isdigit() else [x509.DNSName(host)]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@dataclass
class Mailbox:
    """What the real server took, and how it answers."""

    messages: list[bytes] = field(default_factory=list)
    peers: set[tuple[str, int]] = field(default_factory=set)
    tls: list[bool] = field(default_factory=list)
    rcpt_answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 taken"
    port: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer per address, 250 by default."""
        answer = self.rcpt_answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message when the answer is a yes."""
        if self.data_answer.startswith("250"):
            content = envelope.content
            self.messages.append(content if isinstance(content, bytes) else str(content).encode())
            self.peers.add(session.peer)
            transport = server.transport
            self.tls.append(bool(transport and transport.get_extra_info("ssl_object")))
        return self.data_answer


def _authenticator(*arguments: Any) -> AuthResult:
    data = arguments[-1]
    good = isinstance(data, LoginPassword) and data == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=good, handled=False)


@contextmanager
def real_server(
    *, certificate: Path | None = None, implicit: bool = False, auth: bool = False, **changes: Any
) -> Iterator[Mailbox]:
    """An aiosmtpd server on a free port of 127.0.0.1, in its own thread."""
    mailbox = Mailbox(**changes)
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def protocol(loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.test",
            tls_context=None if implicit else context,
            require_starttls=bool(context) and not implicit,
            authenticator=_authenticator if auth else None,
            auth_required=auth,
            auth_require_tls=not implicit,
            loop=loop,
        )

    with served(protocol, context=context if implicit else None) as mailbox.port:
        yield mailbox


@dataclass
class Script:
    """A server that answers by rule and can break off; ``got`` are the bodies it read whole."""

    port: int = 0
    got: list[bytes] = field(default_factory=list)
    connections: int = 0


Rule = Callable[[str], str | None]
"""Command line to answer; None = cut the connection; "drip" = a byte now and then for ever."""


@contextmanager
def scripted_server(rule: Rule, *, greeting: str | None = "220 script") -> Iterator[Script]:
    """A plain-text server on loopback that follows ``rule``."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    script = Script(port=listener.getsockname()[1])
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            script.connections += 1
            with connection:
                connection.settimeout(5)
                try:
                    _talk(connection, rule, greeting, script, done)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        done.set()
        thread.join(10)
        listener.close()


def _talk(
    connection: socket.socket,
    rule: Rule,
    greeting: str | None,
    script: Script,
    done: threading.Event,
) -> None:
    with connection.makefile("rb") as lines:
        if greeting is None:
            return
        if not _answer(connection, greeting, done):
            return
        while line := lines.readline():
            command = line.decode("ascii", "replace").strip()
            answer = rule(command)
            if answer is None or not _answer(connection, answer, done):
                return
            if answer.startswith("354"):
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    more = lines.readline()
                    if not more:
                        return
                    body += more
                script.got.append(body)
                end = rule("<body>")
                if end is None or not _answer(connection, end, done):
                    return


def _answer(connection: socket.socket, answer: str, done: threading.Event) -> bool:
    if answer == "drip":
        until = time.monotonic() + 20
        while not done.is_set() and time.monotonic() < until:
            connection.sendall(b"2")
            time.sleep(0.05)
        return False
    connection.sendall(answer.encode() + b"\r\n")
    return True
