"""The transport over real sockets: one deadline for everything, whatever the server does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from syncer.http.faults import Lost, NotSent
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
        time.sleep(0.05)


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
        assert time.monotonic() - start < 1.5


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
