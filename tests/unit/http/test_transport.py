"""The transport over real sockets: one deadline for everything, whatever the server does."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from syncer.http.faults import Lost, NotSent, Untrusted
from syncer.http.transport import Transport

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@contextmanager
def _server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A loopback server whose every connection is handled by ``behave``."""
    listener = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            held.append(connection)
            try:
                connection.recv(65536)
                behave(connection)
            except OSError:
                continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        thread.join(timeout=5)


def _drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.15)  # the head alone takes six seconds


def _hang(connection: socket.socket) -> None:
    """Say nothing; the connection stays open."""


@pytest.mark.parametrize(
    "behave",
    [
        _hang,
        lambda connection: _drip(connection, HEAD),
        lambda connection: (connection.sendall(HEAD), _drip(connection, b"x" * 200)),
    ],
    ids=["never answers", "headers byte by byte", "body byte by byte"],
)
def test_a_slow_server_is_left_at_the_deadline(behave: Callable[[socket.socket], None]) -> None:
    """Each byte in time is not enough: the whole call has one deadline."""
    with _server(behave) as url:
        start = time.monotonic()
        with pytest.raises(Lost):
            Transport(hosts=["127.0.0.1"]).exchange("GET", url, headers={}, seconds=0.4)
        assert time.monotonic() - start < 4


def test_a_connection_cut_inside_the_body_is_lost() -> None:
    """Half a body is never returned as a body."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"half")
        connection.shutdown(socket.SHUT_RDWR)

    with _server(behave) as url, pytest.raises(Lost):
        Transport(hosts=["127.0.0.1"]).exchange("GET", url, headers={}, seconds=5)


def test_nobody_listening_is_not_sent() -> None:
    """A refused connection is known not to have delivered the request."""
    with pytest.raises(NotSent):
        Transport(hosts=["127.0.0.1"]).exchange(
            "PUT", "http://127.0.0.1:9/x", headers={}, body=b"x", seconds=2
        )


def test_a_connection_is_used_again() -> None:
    """Two calls in a row go over one connection, each with its own deadline."""
    served: list[int] = []

    def behave(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            served.append(1)
            if not connection.recv(65536):
                return

    with _server(behave) as url:
        transport = Transport(hosts=["127.0.0.1"])
        for _ in range(3):
            answer = transport.exchange("GET", url, headers={}, seconds=5)
            assert (answer.status, answer.body) == (200, b"ok")
    assert len(served) == 3


def test_a_certificate_nobody_signed_is_refused(tmp_path: Path) -> None:
    """TLS fails closed: a self-signed server is never spoken to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            context.wrap_socket(connection, server_side=True).close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
    with pytest.raises(Untrusted):
        Transport(hosts=["127.0.0.1"]).exchange("GET", url, headers={}, seconds=5)
    listener.close()
    thread.join(timeout=5)


def _self_signed(folder: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return str(file)
