"""Our QuickBooks connector over the same pages: pulls and parses, stores nothing.

Run: ``our_quickbooks ADDRESS [again]``; ``again`` pulls a second time, when nothing has changed,
and prints the calls of that pull alone.
"""

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quickbooks_server import REALM
from connectors.quickbooks import SPEC
from syncer.http.client import HttpClient
from syncer.http.transport import Transport
from syncer.model.ledger import Page, Stream, StreamEnd
from syncer.ports import ConnectorDeps, Source

# The server's clock stands still: a day that is never far behind it.
NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)


class _Token:
    def token(self) -> str:
        return "bench"

    def renewed(self, rejected: str) -> str:
        return rejected

    def kept(self) -> None:
        return None


def main(address: str, *more: str) -> None:
    """Read every list to its end, drop what was read. No pacing: the server has no limit."""
    config = SPEC.config(
        client_id="bench",
        client_secret="bench",
        realm_id=REALM,
        base_url=address,
        history_months=0,
    )
    http = HttpClient(Transport(hosts=("127.0.0.1",)), clock=lambda: NOW, sleep=time.sleep)
    source = SPEC.build(
        ConnectorDeps(
            ledger="bench",
            config=config,
            http=http,
            tokens=_Token(),
            clock=lambda: NOW,
            data_dir=Path(),
        )
    )
    rows, cursors = _pull(source, {})
    calls = http.calls.made
    if "again" in more:
        rows, _ = _pull(source, cursors)
        calls = http.calls.made - calls
    print(rows, calls)


def _pull(source: Source, cursors: Mapping[Stream, str]) -> tuple[int, dict[Stream, str]]:
    rows, found = 0, {}
    for part in source.pull(cursors):
        if isinstance(part, Page):
            rows += len(part.items) + len(part.accounts)
        elif isinstance(part, StreamEnd):
            found[part.stream] = part.cursor
    return rows, found


if __name__ == "__main__":
    main(*sys.argv[1:])
