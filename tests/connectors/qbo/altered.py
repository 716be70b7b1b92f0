"""A bench whose answers are changed on their way back, for what the simulator never says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .bench import Bench


@dataclass(slots=True)
class Answer:
    """One answer of the simulator with what was asked."""

    method: str
    path: str
    status: str
    type: str
    body: bytes

    @property
    def is_write(self) -> bool:
        """Whether it answers a write of the API, not of the login server."""
        return self.method == "POST" and "/v3/" in self.path

    def become(self, status: str, body: bytes, type_: str = "application/json") -> None:
        """Say something else instead."""
        self.status, self.body, self.type = status, body, type_


class Altered(Bench):
    """A bench with ``change`` between the simulator and the connector.

    ``unreached``: somebody else answers the API's writes and the simulator never sees them.
    """

    def __init__(
        self, change: Callable[[Answer], None], *, unreached: bool = False, **more: Any
    ) -> None:
        self.change = change
        self.unreached = unreached
        super().__init__(**{"invoices": 12, "accounts": 3, **more})

    def _client(self, app: Any) -> Any:
        return super()._client(self._changed(app))

    def _changed(self, app: Any) -> Any:
        def changed(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            answer = Answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], "200 OK", "", b"")
            headers: dict[str, str] = {}

            def said(status: str, given: list[tuple[str, str]], *_: Any) -> None:
                headers.update(given)
                answer.status, answer.type = status, headers.get("Content-Type", "")

            if not (self.unreached and answer.is_write):
                answer.body = b"".join(app(environ, said))
            self.change(answer)
            headers |= {"Content-Type": answer.type, "Content-Length": str(len(answer.body))}
            start(answer.status, list(headers.items()))
            return [answer.body]

        return changed


def coded(code: str, kind: str = "ValidationFault", *, text: str = "M", detail: str = "D") -> bytes:
    """A fault in QuickBooks' JSON; ISO 8859-1 when the text cannot be ASCII."""
    return (
        f'{{"Fault":{{"Error":[{{"Message":"{text}","Detail":"{detail}","code":"{code}"}}],'
        f'"type":"{kind}"}}}}'
    ).encode("latin-1")
