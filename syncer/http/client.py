"""The HTTP client that connectors are handed: bounded retries, pacing, tokens, deadlines.

A read is tried again after anything that may pass. A write is never repeated once it may
have arrived: then ``AmbiguousWriteError`` tells the connector to look it up. Waits longer than
``WAIT_CAP`` seconds are not slept through: ``RateLimited`` ends the ledger early instead.
"""

import random
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from syncer.errors import AuthError, ContractError, RateLimited, Transient
from syncer.http.faults import AmbiguousWriteError, Lost, MalformedError, NotSent
from syncer.http.limits import (
    Dialect,
    is_day,
    limited_until,
    read_date,
    read_remaining,
    read_throttle,
)
from syncer.http.pace import Pacer
from syncer.http.transport import Response, Transport

T = TypeVar("T")

WAIT_CAP = 90.0  # seconds; a longer Retry-After ends the ledger's run instead
_ATTEMPTS = 5
_REREADS = 3  # times one malformed page is read before it counts as the vendor's word
_BACKOFF_FIRST = 1.0
_BACKOFF_MAX = 30.0
_FAR_OFF = 300.0  # seconds; a clock that is less wrong is taken as it is
_JITTER = 0.25  # share of a wait that is added at random


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes | None = None
    seconds: float | None = None  # None = the client's own ``call_seconds``
    batched: int = 0  # questions in it, where several share the call

    def bearing(self, token: str, scheme: str) -> "_Request":
        return replace(self, headers={**self.headers, "Authorization": f"{scheme} {token}"})


class Auth(Protocol):
    """Supplies access tokens; ``syncer.http.oauth.TokenKeeper`` is one."""

    def token(self) -> str:
        """A token that lives a little longer. Raises AuthError, Transient."""

    def renewed(self, rejected: str) -> str:
        """A newer token than ``rejected``. Raises AuthError, Transient."""


@dataclass(slots=True)
class Calls:
    """What this client did, for logs, reports and tests that count."""

    made: int = 0
    retried: int = 0
    waited: float = 0.0  # seconds
    skew: float | None = None  # seconds the server's clock is ahead of ours; None = not said
    remaining: dict[str, int] = field(default_factory=dict)


class _AgainError(Exception):
    """An attempt failed in a way that may pass; ``cause`` is raised when attempts run out."""

    def __init__(self, cause: Exception, wait: float | None = None) -> None:
        super().__init__()
        self.cause = cause
        self.wait = wait


class HttpClient:
    """One ledger's way out. ``deadline`` seconds after its making, no call starts any more.

    ``call_seconds`` bounds one exchange, ``patience`` one call with all its retries.
    Copies made by ``adapted`` share transport, pacing, deadline and counters.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], datetime],
        pacer: Pacer | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        call_seconds: float = 30.0,
        patience: float = 240.0,
        run_seconds: float = 3600.0,
        attempts: int = _ATTEMPTS,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._pacer = pacer
        self._monotonic = monotonic
        self._sleep = sleep
        self._call_seconds = call_seconds
        self._patience = patience
        self._run_end = monotonic() + run_seconds
        self._attempts = attempts
        self._auth: Auth | None = None
        self._dialect = Dialect()
        self.calls = Calls()

    def adapted(
        self, *, auth: Auth | None = None, dialect: Dialect | None = None, paced: bool = True
    ) -> "HttpClient":
        """This client speaking a vendor's dialect, with tokens, or outside the pacing."""
        twin = copy(self)
        twin._auth = auth or self._auth
        twin._dialect = dialect or self._dialect
        twin._pacer = self._pacer if paced else None
        return twin

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Read. 429s, 5xx and broken connections are retried; other statuses are returned."""
        return self.read(url, lambda response: response, params=params, headers=headers)

    def read(
        self,
        url: str,
        parse: Callable[[Response], T],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
        seconds: float | None = None,
        batched: int = 0,
    ) -> T:
        """Read and parse. ``parse`` raises MalformedError to have the page read again.

        Raises ContractError when it stays malformed, Transient, RateLimited, AuthError.
        ``method`` and ``body`` are for servers that are asked by POST: only questions that
        change nothing may be put this way, for they are repeated after a lost answer.
        ``seconds`` bounds one exchange where ``call_seconds`` is too short for it; ``batched``
        is how many questions share the call, for vendors that limit those.
        """
        spoilt = 0
        request = _Request(method, url, params or {}, headers or {}, body, seconds, batched)

        def attempt() -> T:
            nonlocal spoilt
            response = self._readable(request)
            try:
                return parse(response)
            except MalformedError as error:
                spoilt += 1
                lasting = ContractError(f"{_path(url)}: {error} (read {spoilt} times)")
                if spoilt >= _REREADS:
                    raise lasting from None
                raise _AgainError(lasting) from None

        return self._retrying(attempt)

    def write(
        self,
        method: str,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Response:
        """Write once. Repeated only with a ``key`` and only when it certainly was not executed.

        Raises NotSent (certainly not executed), AmbiguousWriteError (it may have been),
        RateLimited (not executed), AuthError. Statuses below 500 are returned.
        """
        sent = dict(headers or {})
        params: dict[str, str] = {}
        if key is not None:
            place = params if self._dialect.key_param else sent
            place[self._dialect.key_param or self._dialect.key_header] = key
        request = _Request(method, url, params, sent, body)

        def attempt() -> Response:
            try:
                response = self._exchange(request)
            except NotSent as error:
                raise _AgainError(error) from None
            except Lost as error:
                raise AmbiguousWriteError(str(error)) from None
            if self._failed(response):
                raise AmbiguousWriteError(f"{method} {_path(url)}: status {response.status}")
            return response

        if key is None:
            try:
                return attempt()
            except _AgainError as error:
                raise error.cause from None
        return self._retrying(attempt)

    def pause(self, seconds: float) -> None:
        """Wait, counted, never past the run's deadline."""
        if self._monotonic() + seconds > self._run_end:
            raise Transient("this run's time is used up; the next run goes on")
        self.calls.waited += seconds
        self._sleep(seconds)

    def _readable(self, request: _Request) -> Response:
        try:
            response = self._exchange(request)
        except (NotSent, Lost) as error:
            raise _AgainError(error) from None
        if self._failed(response):
            where = f"{request.method} {_path(request.url)}"
            cause = Transient(f"{where}: the server says {response.status}")
            raise _AgainError(cause)
        return response

    def _failed(self, response: Response) -> bool:
        """Whether the server broke down; some vendors refuse with a 500 as well."""
        return response.status >= 500 and not self._dialect.refused(response)

    def _exchange(self, request: _Request) -> Response:
        """One exchange with tokens: the word that a token expired is answered by one refresh."""
        if self._auth is None:
            return self._judged(self._call(request), request.url)
        token, scheme = self._auth.token(), self._dialect.scheme
        response = self._call(request.bearing(token, scheme))
        if self._expired(response):
            response = self._call(request.bearing(self._auth.renewed(token), scheme))
            if self._expired(response):
                raise AuthError("the ledger refuses even a fresh access token")
        return self._judged(response, request.url)

    def _expired(self, response: Response) -> bool:
        return self._dialect.unauthenticated(response) and self._dialect.token_expired(response)

    def _call(self, request: _Request) -> Response:
        if self._pacer is None:
            return self._one(request)
        with self._pacer.call(until=self._run_end, batched=request.batched):
            return self._one(request)

    def _one(self, request: _Request) -> Response:
        left = self._run_end - self._monotonic()
        if left <= 0:
            raise Transient("this run's time is used up; the next run goes on")
        self.calls.made += 1
        response = self._transport.exchange(
            request.method,
            request.url,
            params=request.params,
            headers=request.headers,
            body=request.body,
            seconds=min(request.seconds or self._call_seconds, left),
        )
        self._note(response)
        return response

    def _note(self, response: Response) -> None:
        at = read_date(response)
        if at is not None:
            self.calls.skew = (at - self._clock()).total_seconds()
        remaining = read_remaining(response, self._dialect)
        self.calls.remaining.update(remaining)
        if self._pacer is not None:
            self._pacer.observe(remaining)

    def _judged(self, response: Response, url: str) -> Response:
        """Turn a 429 into a wait, or into the end of this ledger's run."""
        if not self._dialect.throttled(response):
            return response
        now = self._their_now()
        throttle = read_throttle(response, self._dialect, now)
        limited = RateLimited(
            f"{_path(url)}: the vendor's limit is reached ({throttle.scope or 'not named'})",
            until=limited_until(throttle, now),
            scope=throttle.scope,
        )
        if is_day(throttle.scope) or (throttle.wait or 0.0) > WAIT_CAP:
            raise limited
        if throttle.wait is None:
            limited = RateLimited(
                str(limited), until=now + timedelta(minutes=1), scope=throttle.scope
            )
        wait = self._dialect.silent_wait if throttle.wait is None else throttle.wait
        raise _AgainError(limited, wait)

    def _their_now(self) -> datetime:
        """The time. Where our clock is far off, by the vendor's: its limit ends by that one, and
        ours will have been set right by then.
        """
        now, skew = self._clock(), self.calls.skew
        return now if skew is None or abs(skew) < _FAR_OFF else now + timedelta(seconds=skew)

    def _retrying(self, attempt: Callable[[], T]) -> T:
        end = min(self._monotonic() + self._patience, self._run_end)
        attempts = stop_after_attempt(self._attempts)

        def stop(state: RetryCallState) -> bool:
            return attempts(state) or self._monotonic() + state.upcoming_sleep > end

        retrying = Retrying(
            stop=stop,
            wait=_wait,
            sleep=self._rest,
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
        )
        try:
            return retrying(attempt)
        except _AgainError as error:
            raise error.cause from None

    def _rest(self, seconds: float) -> None:
        self.calls.retried += 1
        self.calls.waited += seconds
        self._sleep(seconds)


def _wait(state: RetryCallState) -> float:
    """Retry-After when the server said one, else exponential; jitter is only ever added."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _AgainError) else None
    wait = asked
    if wait is None:
        wait = min(_BACKOFF_MAX, _BACKOFF_FIRST * 2 ** (state.attempt_number - 1))
    return wait + random.uniform(0, _JITTER) * max(wait, 1.0)  # noqa: S311


def _path(url: str) -> str:
    return urlsplit(url).path
