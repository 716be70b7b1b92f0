"""A Tryton that says what a test wrote down, and remembers what it was asked."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.tryton import SPEC, TrytonConfig
from connectors.tryton.source import TrytonSource
from syncer.http.client import HttpClient
from syncer.http.transport import Transport
from syncer.http.wsgi import WsgiAdapter
from syncer.ports import ConnectorDeps

HOST = "tryton.example"
USER, PASSWORD = "syncer", "canary-password"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
COMPANY = {
    "id": 1,
    "timezone": "Europe/Berlin",
    "currency.": {"id": 1, "code": "EUR"},
    "party.": {"id": 1, "name": "ACME GmbH", "addresses.": []},
}
Answer = Callable[..., Any]


class Refusal(Exception):
    """Answered as ``error`` with status 200."""

    def __init__(self, *said: Any) -> None:
        super().__init__()
        self.said = list(said)


class Status(Exception):
    """Answered by a status alone."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


@dataclass
class Scripted:
    """A WSGI application. ``answers`` are functions of a method's parameters, or their results."""

    answers: dict[str, Any] = field(default_factory=dict)
    version: str = "8.2"
    asked: list[tuple[str, list[Any]]] = field(default_factory=list)
    tokens: int = 0
    stale: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    clock: datetime = NOW

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """One call."""
        call = json.loads(environ["wsgi.input"].read())
        self.paths.append(environ["PATH_INFO"])
        date = [("Date", format_datetime(self.clock, usegmt=True))]
        try:
            body = {"id": 1, "result": self._answer(environ, call)}
        except Refusal as refusal:
            body = {"id": 1, "error": refusal.said}
        except Status as status:
            start(f"{status.status} Said", date)
            return [b"<html>canary-page</html>"]
        start("200 OK", [*date, ("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    def _answer(self, environ: dict[str, Any], call: dict[str, Any]) -> Any:
        assert set(call) == {"id", "method", "params"}
        method, params = call["method"], call["params"]
        if method == "common.server.version":
            if environ["PATH_INFO"] == ("/" if self.version >= "8" else "/rpc/"):
                raise Status(401 if environ["PATH_INFO"] == "/rpc/" else 405)
            return self.version
        self.asked.append((method, params))
        if method == "common.db.login":
            return self._log_in(params)
        word = b64decode(environ["HTTP_AUTHORIZATION"].removeprefix("Session ")).decode()
        if word.split(":")[2] in self.stale:
            raise Status(401)
        answer = self.answers.get(method, [])
        return answer(*params) if callable(answer) else answer

    def _log_in(self, params: list[Any]) -> list[Any]:
        if params[:2] != [USER, {"password": PASSWORD}]:
            raise Status(401)
        self.tokens += 1
        return [7, f"token-{self.tokens}", None]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(name == method for name, _ in self.asked)


def books(**answers: Any) -> Scripted:
    """A Tryton with one company and nothing in it. Dots in methods are written as ``__``."""
    known: dict[str, Any] = {
        "model.company.company.search_read": [COMPANY],
        "model.account.account.search_count": 1,
        "model.account.move.line.search_count": 0,
        "model.party.party.search_count": 0,
    }
    given = {name.replace("__", "."): answer for name, answer in answers.items()}
    return Scripted({**known, **given})


@dataclass
class Bench:
    """A connector over a scripted Tryton, on a clock of its own."""

    tryton: Scripted
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = TrytonConfig(
            **{
                "url": f"https://{HOST}",
                "database": "acme",
                "user": USER,
                "password": SecretStr(PASSWORD),
                **self.settings,
            }
        )
        transport = Transport(hosts=[HOST], mounts={f"https://{HOST}": WsgiAdapter(self.tryton)})
        self.http = HttpClient(transport, clock=self.clock, sleep=self.slept.append)
        deps = ConnectorDeps(
            ledger="acme",
            config=config,
            http=self.http,
            tokens=None,
            clock=self.clock,
            data_dir=Path(),
        )
        source = SPEC.build(deps)
        assert isinstance(source, TrytonSource)
        self.source = source

    def clock(self) -> datetime:
        """The time here, which may differ from the server's."""
        return self.now

    def pass_time(self, **length: float) -> None:
        """Time goes on, here and there."""
        self.now += timedelta(**length)
        self.tryton.clock += timedelta(**length)
