"""Tryton's session: opened with user and password, opened anew once when it has gone stale.

A session is named in the header ``Authorization: Session`` by base64 of ``user:id:token``.
Sessions end after minutes without a call (``[session] timeout``), with 401 for whatever comes
next. Since 8.0 remote calls go to ``/<database>/rpc/``, before to ``/<database>/``; which of
the two it is shows by whether ``/rpc/`` tells the server's version (trytond 7.0.59 says 401
there, 8.2.1 answers).
"""

import threading
from base64 import b64encode
from functools import partial

import msgspec

from connectors.tryton import wire
from connectors.tryton.config import TrytonConfig
from syncer.errors import AuthError, ContractError
from syncer.http.client import HttpClient
from syncer.http.faults import MalformedError
from syncer.http.limits import Dialect
from syncer.http.transport import Response

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
SILENT_WAIT = 10.0  # seconds; a 429 means too many failed logins and names no time
_LOOKED_AT = 100  # bytes: 7.0 says so in its answer where 8.x gives a status
_OLD_SERIES, _FIRST_WITH_RPC = "", "rpc/"


class _Version(msgspec.Struct):
    result: str


class _Login(msgspec.Struct):
    result: list[int | str | None]  # id, token and, since 7.2, the address of a bus


class Session:
    """Supplies session tokens to the HTTP client, and the address of the database.

    One login serves all threads: whoever finds a token rejected that has been replaced in the
    meantime takes the new one.
    """

    def __init__(self, http: HttpClient, config: TrytonConfig, *, ledger: str) -> None:
        self._http = http.adapted(dialect=Dialect(silent_wait=SILENT_WAIT))
        self._config = config
        self._ledger = ledger
        self._lock = threading.Lock()
        self._token = ""
        self._version = ""
        self._path = _OLD_SERIES

    @property
    def version(self) -> str:
        """The server's version, for example 8.2; asked once."""
        if not self._version:
            self._find_path()
        return self._version

    @property
    def address(self) -> str:
        """Where calls to the database go."""
        if not self._version:
            self._find_path()
        return f"{self._config.url}/{self._config.database}/{self._path}"

    def token(self) -> str:
        """The open session; opened when there is none. Raises AuthError, Transient."""
        with self._lock:
            return self._token or self._log_in()

    def renewed(self, rejected: str) -> str:
        """A session other than ``rejected``. Raises AuthError, Transient."""
        with self._lock:
            return self._log_in() if self._token == rejected else self._token

    def _find_path(self) -> None:
        body = wire.question("common.server.version")
        for path in (_FIRST_WITH_RPC, _OLD_SERIES):
            url = f"{self._config.url}/{path}"
            version = self._http.read(url, _version, body=body, method="POST", headers=JSON)
            if version:
                self._version, self._path = version, path
                return
        raise ContractError(
            "`url` does not answer as a Tryton server does: it must be the server's own "
            "address, without the database"
        )

    def _log_in(self) -> str:
        secret = {"password": self._config.password.get_secret_value()}
        body = wire.question("common.db.login", self._config.user, secret, "en")
        parse = partial(_session, ledger=self._ledger)
        number, token = self._http.read(self.address, parse, body=body, method="POST", headers=JSON)
        plain = f"{self._config.user}:{number}:{token}"
        self._token = b64encode(plain.encode()).decode()
        return self._token


def _version(response: Response) -> str:
    """The version, "" where this is not the place to ask."""
    if response.status != 200:
        return ""
    try:
        return msgspec.json.decode(response.body, type=_Version).result
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


def _session(response: Response, *, ledger: str) -> tuple[int, str]:
    """The user's id and the session's token."""
    if response.status in (401, 403):
        raise AuthError(
            f"Tryton refuses user and password of ledger '{ledger}': correct `user` and "
            "`password` in its settings"
        )
    if b'"LoginException"' in response.body[:_LOOKED_AT]:
        raise AuthError(
            f"Tryton asks the user of ledger '{ledger}' for more than a password: let it log in "
            "by password alone"
        )
    if response.status == 404 or b'"error"' in response.body[:_LOOKED_AT]:
        raise AuthError("Tryton has no database of this name: correct `database` in the settings")
    try:
        match msgspec.json.decode(response.body, type=_Login).result:
            case [int(number), str(token), *_]:
                return number, token
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    raise MalformedError("the answer to the login cannot be read")
