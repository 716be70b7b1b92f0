"""A moved clock, a scripted WSGI server and a client over both."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from syncer.http.client import HttpClient
from syncer.http.pace import Pacer
from syncer.http.transport import Transport
from syncer.http.wsgi import WsgiAdapter

HOST = "api.example.test"
URL = f"https://{HOST}/data"


class FakeTime:
    """Wall clock and monotonic seconds that move only when something sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.start = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds - 1000.0)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Say:
    """One scripted answer; ``raises`` breaks the connection instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    raises: Exception | None = None


class Script:
    """A WSGI app that plays its answers in order and repeats the last one."""

    def __init__(self, *answers: Say | Callable[[dict[str, Any]], Say]) -> None:
        self.answers = list(answers)
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append({**environ, "body": environ["wsgi.input"].read()})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        said = answer if isinstance(answer, Say) else answer(self.seen[-1])
        if said.raises is not None:
            raise said.raises
        start(f"{said.status} Said", list(said.headers.items()))
        return [said.body]


def client_over(
    app: Any, time: FakeTime | None = None, *, pacer: Pacer | None = None, **options: Any
) -> HttpClient:
    """A client whose only host is played by ``app``."""
    time = time or FakeTime()
    transport = Transport(
        hosts=[HOST], mounts={f"https://{HOST}": WsgiAdapter(app)}, monotonic=time.monotonic
    )
    return HttpClient(
        transport,
        clock=time.clock,
        monotonic=time.monotonic,
        sleep=time.sleep,
        pacer=pacer,
        **options,
    )
