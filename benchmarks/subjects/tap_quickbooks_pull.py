"""tap-quickbooks over the same invoices, as it ships, run as a tool of its own.

Its addresses are constants in its client; they are replaced by the server's before it starts.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # read when its libraries are imported

import tap_quickbooks
from tap_quickbooks import client
from tap_quickbooks.discover import do_discover

from benchmarks.quickbooks_server import REALM


def main(address: str) -> None:
    """Discover, select the invoices, sync to nowhere."""
    client.PROD_ENDPOINT_BASE = client.SANDBOX_ENDPOINT_BASE = address
    client.TOKEN_REFRESH_URL = f"{address}/oauth2/v1/tokens/bearer"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"
        keys = ("client_id", "client_secret", "refresh_token", "user_agent")
        config.write_text(
            json.dumps(
                dict.fromkeys(keys, "bench")
                | {"realm_id": REALM, "start_date": "2020-01-01T00:00:00Z"}
            )
        )
        catalog = Path(folder) / "catalog.json"
        catalog.write_text(json.dumps({"streams": [_invoices()]}))
        sys.argv = ["tap-quickbooks", "--config", str(config), "--catalog", str(catalog)]
        rows, sys.stdout = sys.stdout, Path("/dev/null").open("w")  # noqa: SIM115
        tap_quickbooks.main()
        sys.stdout = rows


def _invoices() -> dict[str, object]:
    streams = do_discover().to_dict()["streams"]
    found = next(stream for stream in streams if stream["tap_stream_id"] == "invoices")
    for entry in found["metadata"]:
        entry["metadata"]["selected"] = True
    return dict(found)


if __name__ == "__main__":
    main(sys.argv[1])
