"""One HTTP exchange, start to finish, under one deadline.

Every socket read is given only the time that is left, so a server that sends one byte a
second, in headers or body, cannot hold us (requests' own timeout starts anew at each
read). TLS is verified, redirects are refused, only the given hosts are spoken to and a
body has a size cap. Retries, pacing and meaning are not here: see ``client``.
"""

import io
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse as StdlibResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from syncer.errors import ContractError
from syncer.http.faults import Lost, NotSent, Untrusted

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CHUNK = 1 << 18
_CONNECT_SECONDS = 10.0
_DIGITS_MAX = 18  # a length of more digits is none
# Nothing else before the path: what two readers could take for two hosts is no address.
_AUTHORITY = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?=[/?#]|\Z)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read whole. ``headers`` look up by name in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; "" when absent."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()


class _Due(threading.local):
    """The deadline of the exchange this thread is in, in ``time.monotonic`` seconds."""

    at: float = float("inf")


_due = _Due()


class _TimedReader(io.RawIOBase):
    """A socket's reader that gives each read only the time left before the deadline."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = _due.at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's deadline has passed")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedResponse(StdlibResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        plain = self.fp
        raw: Any = sock.makefile("rb", buffering=0)
        self.fp = io.BufferedReader(_TimedReader(sock, raw), 1 << 16)
        plain.close()


class _Plain(HTTPConnection):
    response_class = _TimedResponse


class _Secure(HTTPSConnection):
    response_class = _TimedResponse


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _TimedAdapter(HTTPAdapter):
    """requests' adapter over connections that keep the deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        # Whatever the environment's SSLKEYLOGFILE says:
        context.keylog_filename = None  # type: ignore[assignment]  # the stub does not know it
        super().init_poolmanager(*args, **kwargs, ssl_context=context)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Session(requests.Session):
    """A session that looks at no redirect: requests would read its whole body, however large."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: none is followed."""


class Transport:
    """Performs exchanges, one requests.Session per thread.

    ``mounts`` maps a URL prefix to a requests adapter, for in-process servers. ``proxies``
    is explicit (scheme -> URL): the environment and .netrc are not read.
    """

    def __init__(
        self,
        *,
        hosts: Iterable[str],
        mounts: Mapping[str, BaseAdapter] | None = None,
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        body_max: int = 64 << 20,
        monotonic: Callable[[], float] = time.monotonic,
        user_agent: str = "receivables-syncer",
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._mounts = dict(mounts or {})
        self._proxies = dict(proxies or {})
        self._verify: bool | str = ca_bundle or True
        self._body_max = body_max
        self._monotonic = monotonic
        self._user_agent = user_agent
        self._local = threading.local()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str],
        body: bytes | None = None,
        seconds: float,
    ) -> Response:
        """One request and its whole answer within ``seconds``.

        Raises NotSent, Lost or Untrusted by what is known about the request, and
        ContractError for a host that is not allowed, a redirect or an oversized body.
        """
        self._check_host(url)
        end = self._monotonic() + seconds
        _due.at = time.monotonic() + seconds
        where = f"{method} {urlsplit(url).path}"
        try:
            with self._session().request(
                method,
                url,
                params=params,
                headers=dict(headers),
                data=body,
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            ) as answer:
                self._refuse_redirect(answer, where)
                content = self._read(answer, end, where)
                return Response(answer.status_code, answer.headers, content)
        except requests.RequestException as error:
            raise _classed(error, where) from None
        except (HTTPError, OSError, ValueError) as error:  # ValueError: http.client of odd lengths
            raise Lost(f"{where}: the answer broke off ({type(error).__name__})") from None
        finally:
            _due.at = float("inf")

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if host not in self._hosts or not _AUTHORITY.match(url):
            raise ContractError(f"this connector may not speak to host {host!r}")
        if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
            raise ContractError(f"only https is spoken to {host!r}")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = _Session()
            session.trust_env = False
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # none is kept
            session.proxies.update(self._proxies)
            session.headers["User-Agent"] = self._user_agent
            session.mount("https://", _TimedAdapter(pool_maxsize=1))
            session.mount("http://", _TimedAdapter(pool_maxsize=1))
            for prefix, adapter in self._mounts.items():
                session.mount(prefix, adapter)
            self._local.session = session
        return session

    def _read(self, answer: requests.Response, end: float, where: str) -> bytes:
        """The body in large pieces: requests' own 10 kB pieces cost more than decoding.

        Where its length is announced and bounded it is read in one piece; the socket's
        reader keeps the deadline.
        """
        length = answer.headers.get("Content-Length", "")
        plain = "Content-Encoding" not in answer.headers
        known = length.isdecimal() and len(length) <= _DIGITS_MAX
        if plain and known and 0 < int(length) <= self._body_max:
            whole: bytes = answer.raw.read()
            if len(whole) != int(length):
                raise Lost(f"{where}: the answer broke off")
            if self._monotonic() > end:
                raise Lost(f"{where}: the answer took longer than the call's deadline")
            return whole
        pieces: list[bytes] = []
        size = 0
        while piece := answer.raw.read(_CHUNK, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > self._body_max:
                raise ContractError(f"{where}: the answer is larger than {self._body_max} bytes")
            if self._monotonic() > end:
                raise Lost(f"{where}: the answer took longer than the call's deadline")
        return b"".join(pieces)

    def _refuse_redirect(self, answer: requests.Response, where: str) -> None:
        if 300 <= answer.status_code < 400 and answer.status_code != 304:
            raise ContractError(f"{where}: answered with a redirect, which is never followed")


def _classed(error: requests.RequestException, where: str) -> NotSent | Lost | Untrusted:
    if isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower():
        return Untrusted(
            f"{where}: the server's certificate is not trusted, so nothing was told to it; see "
            "whether its address and this machine's clock are right"
        )
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        return NotSent(
            f"{where}: no connection could be made; see whether this machine is online, and "
            "whether a firewall lets it out"
        )
    if isinstance(error, requests.Timeout):
        return Lost(f"{where}: no answer came in time")
    return Lost(f"{where}: the connection broke ({type(error).__name__})")


def _never_connected(error: BaseException) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | NameResolutionError)
