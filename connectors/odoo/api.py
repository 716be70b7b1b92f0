"""Speaks to one Odoo database: which version it is, who we are, reads and writes.

Reads are repeated by the HTTP client like any other; a write is sent once. The version is asked
once a run: ``/json/version`` exists since Odoo 19 and stands for JSON-2; where it is missing,
``common.version`` over JSON-RPC tells (both seen on 19.0, November 2026).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from connectors.odoo import wire
from connectors.odoo.config import OdooConfig, Protocol
from connectors.odoo.speech import (
    Call,
    Json2,
    JsonRpc,
    Request,
    Speech,
    ambiguous,
    is_refusal,
    rpc_result,
    service,
)
from syncer.errors import AuthError, ConfigError, ContractError
from syncer.http.client import HttpClient
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.limits import Dialect
from syncer.http.transport import Response

T = TypeVar("T")

OLDEST = 17
JSON2_FROM = 19
LANGUAGE = "en_US"  # of names and errors; every database has it
ARCHIVED_TOO = {"active_test": False}  # of questions; a write must not reach who was put away
DIALECT = Dialect(refused=is_refusal)


class OdooApi:
    """One database, as one user. ``speech`` is settled by the first call."""

    def __init__(self, http: HttpClient, config: OdooConfig) -> None:
        self._http = http.adapted(dialect=DIALECT)
        self._config = config
        self._speech: Speech | None = None
        self._context: dict[str, Any] = {"lang": LANGUAGE}
        self.version = ""

    @property
    def protocol(self) -> str:
        """What is spoken, for people."""
        return self._said().name

    def server_now(self, now: datetime) -> datetime | None:
        """The server's time (UTC) as its last answer told; None when none has told it."""
        skew = self._http.calls.skew
        return None if skew is None else (now + timedelta(seconds=skew)).astimezone(UTC)

    def act_for(self, company_id: int) -> None:
        """From now on every call is on behalf of this company alone."""
        self._context["allowed_company_ids"] = [company_id]

    def ask(
        self,
        model: str,
        method: str,
        kind: type[T],
        *,
        ids: Sequence[int] | None = None,
        **named: Any,
    ) -> T:
        """Call a method that changes nothing and decode its result as ``kind``.

        Raises AuthError, DeniedError, GoneError, RefusedError, ContractError, Transient.
        """

        def parse(result: bytes) -> T:
            try:
                return msgspec.json.decode(result, type=kind)
            except wire.UNREADABLE as error:
                raise MalformedError(f"{model}.{method} gave {_where(error)}") from None

        return self.read(Call(model, method, self._named(named, ARCHIVED_TOO), ids), parse)

    def read(self, call: Call, parse: Callable[[bytes], T]) -> T:
        """The same with a parser of one's own, which may raise MalformedError."""
        speech = self._said()
        return self._post(
            speech.request(call), lambda response: parse(speech.result(response, call))
        )

    def question(self, model: str, method: str, **named: Any) -> Call:
        """A call with the context that all questions have."""
        return Call(model, method, self._named(named, ARCHIVED_TOO))

    def write(
        self,
        model: str,
        method: str,
        *,
        ids: Sequence[int] | None = None,
        context: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> bytes:
        """Call a method that changes something, once; its result as JSON.

        Raises RefusedError, GoneError, DeniedError (certainly not done), NotSent,
        RateLimited, AuthError, and AmbiguousWriteError for everything else.
        """
        speech = self._said()
        call = Call(model, method, self._named(named, context or {}), ids)
        request = speech.request(call)
        response = self._http.write(
            "POST", self._url(request.path), body=request.body, headers=request.headers
        )
        try:
            return speech.result(response, call)
        except (MalformedError, ContractError) as error:
            raise ambiguous(error) from None

    def _named(self, named: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
        return {**named, "context": {**self._context, **more}}

    def _said(self) -> Speech:
        if self._speech is None:
            self._speech = self._introduced()
        return self._speech

    def _introduced(self) -> Speech:
        config, key = self._config, self._config.api_key.get_secret_value()
        if config.protocol is not Protocol.JSONRPC:
            major = self._version_by_json()
            if config.protocol is Protocol.JSON2 or major >= JSON2_FROM:
                return Json2(config.database, key)
        self._check_old(self._version_by_rpc())
        return JsonRpc(config.database, key, self._log_in(key))

    def _version_by_json(self) -> int:
        """The version that ``/json/version`` tells; 0 where there is no such page."""

        def parse(response: Response) -> wire.Version | None:
            if response.status != 200:
                return None
            told = _decoded(response.body, wire.Version)
            if not told.parts:
                raise MalformedError("the server does not say which version it is")
            return told

        said = self._http.read(self._url("/json/version"), parse)
        if said is None:
            return 0
        self.version = said.text
        return _major(said.parts)

    def _version_by_rpc(self) -> int:
        request = service("common", "version", [])

        def parse(response: Response) -> wire.OldVersion:
            return _decoded(rpc_result(response, Call("common", "version")), wire.OldVersion)

        said = self._post(request, parse)
        self.version = said.text
        return _major(said.parts)

    def _check_old(self, major: int) -> None:
        if major < OLDEST:
            raise ContractError(
                f"this server is Odoo {self.version or '?'}; Odoo {OLDEST} or later is needed"
            )
        if not self._config.login:
            raise ConfigError(
                f"Odoo {self.version} takes the API key as a password: give settings.login, the "
                "login name of the key's user"
            )

    def _log_in(self, key: str) -> int:
        config = self._config
        request = service("common", "authenticate", [config.database, config.login, key, {}])
        call = Call("common", "authenticate")

        def parse(response: Response) -> int:
            result = rpc_result(response, call)
            return 0 if result == b"false" else _decoded(result, int)

        uid = self._post(request, parse)
        if not uid:
            raise AuthError(
                "Odoo refuses this login and API key: correct settings.login, or make a new key "
                "in Odoo under Preferences, Account Security"
            )
        return uid

    def _post(self, request: Request, parse: Callable[[Response], T]) -> T:
        return self._http.read(
            self._url(request.path),
            parse,
            method="POST",
            body=request.body,
            headers=request.headers,
        )

    def _url(self, path: str) -> str:
        return f"{self._config.url}{path}"


def written_id(result: bytes) -> int:
    """The id in the answer to a write, alone or in a list; 0 when it names none.

    Before Odoo 19 a method may answer with the text of a record, which is no id.
    """
    try:
        said = msgspec.json.decode(result, type=int | bool | list[int] | str | None)
    except wire.UNREADABLE:
        raise AmbiguousWriteError("Odoo's answer to a write cannot be read") from None
    if isinstance(said, list):
        return said[0] if said else 0
    return 0 if isinstance(said, bool | str) or said is None else said


def _major(parts: Sequence[int | str]) -> int:
    digits = "".join(one for one in str(parts[0]) if one.isdecimal()) if parts else ""
    return int(digits[:9]) if digits else 0  # more is no version, and past a point no number


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except wire.UNREADABLE as error:
        raise MalformedError(f"the answer is {_where(error)}") from None


def _where(error: Exception) -> str:
    """What msgspec says of the shape, without the values."""
    said = str(error)
    return f"no usable answer (at {said.split(' - at ')[1]})" if " - at " in said else "no JSON"
