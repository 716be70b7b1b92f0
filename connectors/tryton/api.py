"""Speaks to one Tryton database: calls, their context, and its errors as ours.

Reads may be repeated by the HTTP client, writes are made once. Every call names the company in
its context and, where records have one, in its domain too: two companies are never mixed.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from connectors.tryton import wire
from connectors.tryton.config import TrytonConfig
from connectors.tryton.faults import RefusedError, RefusedReadError, StrangeError, raise_fault
from connectors.tryton.session import JSON, SILENT_WAIT, Session
from syncer.errors import AuthError, ContractError
from syncer.http.client import HttpClient
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.limits import Dialect
from syncer.http.transport import Response

T = TypeVar("T")

Domain = list[Any]

DIALECT = Dialect(silent_wait=SILENT_WAIT, scheme="Session", token_expired=lambda _: True)


class TrytonApi:
    """One database, spoken to as one user."""

    def __init__(self, http: HttpClient, config: TrytonConfig, *, ledger: str) -> None:
        self._session = Session(http, config, ledger=ledger)
        self._http = http.adapted(auth=self._session, dialect=DIALECT)
        self._company: int | None = None
        self.rows_per_call = config.rows_per_call

    def __repr__(self) -> str:
        return f"TrytonApi(company {self._company})"

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version of the server."""
        parts = self._session.version.split(".")
        told = (part if part.isdecimal() else "0" for part in (*parts, "0")[:2])
        numbers = [int(part[:9]) for part in told]  # more is no version
        return numbers[0], numbers[1]

    @property
    def skew(self) -> float:
        """Seconds the server's clock is ahead of ours, by its last answer."""
        return self._http.calls.skew or 0.0

    def enter(self, company: int) -> None:
        """From now on, work in this company."""
        self._company = company

    def rows(
        self,
        model: str,
        row: type[T],
        fields: Sequence[str],
        domain: Domain,
        *,
        order: Sequence[tuple[str, str]] = (("id", "ASC"),),
        limit: int | None = None,
    ) -> list[T]:
        """Records of a short list, all of them. ContractError when one cannot be read."""
        arguments = (domain, 0, limit, order, fields)
        shape: Any = list[row]  # type: ignore[valid-type]
        found: list[T] = self.call(f"model.{model}.search_read", shape, *arguments)
        return found

    def count(self, model: str, domain: Domain) -> int:
        """How many records there are."""
        found: int = self.call(f"model.{model}.search_count", int, domain)
        return found

    def call(self, method: str, result: Any, *params: object) -> Any:
        """A call that changes nothing, or may be repeated without harm; its ``result``."""
        return self.read(method, _whole(wire.answer(result)), *params)

    def read(self, method: str, parse: Callable[[bytes], T], *params: object) -> T:
        """A call that changes nothing; ``parse`` reads its answer.

        Raises RefusedReadError, UnknownNameError, Transient, RateLimited, ContractError, AuthError.
        """

        def judge(response: Response) -> T:
            _check(response, method)
            try:
                return parse(response.body)
            except StrangeError as error:
                raise MalformedError(str(error)) from None
            except RefusedError as error:
                raise _unseen(error, method) from None

        body = wire.question(method, *params, self._context())
        return self._http.read(self._session.address, judge, method="POST", body=body, headers=JSON)

    def write(self, method: str, result: Any, *params: object) -> Any:
        """A call that changes something, made once.

        What is answered by a refusal was taken back whole; an answer that proves nothing is an
        AmbiguousWriteError. Also raises NotSent, RateLimited, AuthError, RefusedError, BusyError,
        UnknownNameError.
        """
        body = wire.question(method, *params, self._context())
        response = self._http.write("POST", self._session.address, body=body, headers=JSON)
        _check(response, method)
        try:
            return _whole(wire.answer(result))(response.body)
        except (MalformedError, StrangeError) as error:
            raise AmbiguousWriteError(f"{method}: {error}") from None

    def _context(self) -> dict[str, object]:
        """English messages, put-away records too, and the company this ledger is."""
        context: dict[str, object] = {"language": "en", "active_test": False}
        if self._company is not None:
            context |= {"company": self._company, "companies": [self._company]}
        return context


def _whole(decoder: Any) -> Callable[[bytes], Any]:
    def parse(body: bytes) -> Any:
        try:
            said = decoder.decode(body)
        except wire.UNREADABLE as error:
            where = str(error).split(" - at ")[-1] if " - at " in str(error) else "not JSON"
            raise MalformedError(f"the answer cannot be read ({where})") from None
        return result_of(said)

    return parse


def result_of(said: Any) -> Any:
    """The result of an answer. Raises what its error means, MalformedError without either."""
    if said.error is not msgspec.UNSET:
        raise_fault(bytes(said.error))
    if said.result is msgspec.UNSET:
        raise MalformedError("the answer holds no result")
    return said.result


def _unseen(error: RefusedError, method: str) -> RefusedReadError:
    """What a user may not read is never taken for not being there."""
    return RefusedReadError(
        f"Tryton does not let this user read what it needs ({method}: {error}): look at its groups"
    )


def _check(response: Response, method: str) -> None:
    """Raise what a status means that is none of a call that reached the database."""
    if response.status in (401, 403):
        raise AuthError(
            f"Tryton does not let this user call {method}: look at its groups, and whether the "
            "modules party, account and account_invoice are activated"
        )
    if response.status != 200:
        raise ContractError(f"Tryton answered {method} with status {response.status}")
