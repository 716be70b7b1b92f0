"""Our Xero connector over the same pages: pulls and parses, stores nothing."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from connectors.xero import SPEC
from syncer.http.client import HttpClient
from syncer.http.transport import Transport
from syncer.model.ledger import Page
from syncer.ports import ConnectorDeps


class _Token:
    def token(self) -> str:
        return "bench"

    def renewed(self, rejected: str) -> str:
        return rejected


def main(address: str) -> None:
    """Read every list to its end, drop what was read. No pacing: the server has no limit."""
    config = SPEC.config(
        client_id="bench",
        client_secret="bench",
        tenant_id="c2c885a9-0000-4000-8000-000000000003",
        base_url=address,
        identity_url=address,
        history_months=0,
    )
    http = HttpClient(
        Transport(hosts=("127.0.0.1",)), clock=lambda: datetime.now(UTC), sleep=time.sleep
    )
    source = SPEC.build(
        ConnectorDeps(
            ledger="bench",
            config=config,
            http=http,
            tokens=_Token(),
            clock=lambda: datetime.now(UTC),
            data_dir=Path(),
        )
    )
    items = accounts = 0
    for part in source.pull({}):
        if isinstance(part, Page):
            items += len(part.items)
            accounts += len(part.accounts)
    print(items + accounts, http.calls.made, items)


if __name__ == "__main__":
    main(sys.argv[1])
