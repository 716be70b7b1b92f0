"""tap-xero over the same invoices, as it ships, run as a tool of its own.

Its addresses are constants in its client; they are replaced by the server's before it starts.
"""

import json
import sys
import tempfile
from pathlib import Path

import tap_xero
from tap_xero import client


def main(address: str) -> None:
    """Discover, select the invoices, sync to nowhere."""
    client.BASE_URL = f"{address}/api.xro/2.0"
    post, get = client.requests.Session.post, client.requests.Session.get
    client.requests.Session.post = lambda self, _url, **kw: post(self, f"{address}/token", **kw)
    client.requests.Session.get = lambda self, url, **kw: get(
        self, url.replace("https://api.xero.com", address), **kw
    )
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        keys = ("client_id", "client_secret", "refresh_token", "tenant_id")
        config.write_text(
            json.dumps(dict.fromkeys(keys, "x") | {"start_date": "2020-01-01T00:00:00Z"})
        )
        catalog = Path(folder) / "catalog.json"
        catalog.write_text(json.dumps({"streams": [_invoices()]}))
        sys.argv = ["tap-xero", "--config", str(config), "--catalog", str(catalog)]
        rows, sys.stdout = sys.stdout, Path("/dev/null").open("w")  # noqa: SIM115
        tap_xero.main()
        sys.stdout = rows


def _invoices() -> dict[str, object]:
    stream = next(s for s in tap_xero.streams_.all_streams if s.tap_stream_id == "invoices")
    schema = tap_xero.load_schema("invoices")
    metadata = tap_xero.load_metadata(stream, schema)
    for entry in metadata:
        entry["metadata"]["selected"] = True
    metadata = [entry for entry in metadata if entry["breadcrumb"]]
    metadata.append({"breadcrumb": [], "metadata": {"selected": True}})
    return {
        "stream": "invoices",
        "tap_stream_id": "invoices",
        "key_properties": ["InvoiceID"],
        "schema": schema,
        "metadata": metadata,
    }


if __name__ == "__main__":
    main(sys.argv[1])
