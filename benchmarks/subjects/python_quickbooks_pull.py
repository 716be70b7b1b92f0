"""python-quickbooks over the same invoices: 1,000 a page, otherwise as its documentation shows.

Amounts are floats, its default: asked for decimals it would take longer. Its default of 100 a
page takes ten times the calls and a little less CPU.
"""

import os
import sys

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # read when its libraries are imported

from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.objects.invoice import Invoice

from benchmarks.quickbooks_server import REALM

PAGE = 1000


def main(address: str) -> None:
    """Read to the end, drop what was read."""
    auth = AuthClient(
        client_id="bench",
        client_secret="bench",
        redirect_uri=f"{address}/callback",
        environment=f"{address}/.well-known/openid_configuration/",
    )
    QuickBooks.api_url_v3 = QuickBooks.sandbox_api_url_v3 = f"{address}/v3"
    client = QuickBooks(auth_client=auth, refresh_token="bench", company_id=REALM, minorversion=75)
    rows, given = 0, PAGE
    while given == PAGE:
        page = Invoice.where(
            "Balance > '0'", order_by="Id", start_position=rows + 1, max_results=PAGE, qb=client
        )
        given = len(page)
        rows += given
    print(rows)


if __name__ == "__main__":
    main(sys.argv[1])
