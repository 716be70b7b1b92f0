"""Takes the picture of docs/tryton.md: our note on an invoice, in Tryton's own web client.

Run by hand where Chromium is installed: ``client.sh DIRECTORY``, then ``python -m
tests.live.tryton.picture DIRECTORY/package docs/images/tryton-note.png``. Tryton is the series
7.0, because of sao the npm registry has that and 8.0. Playwright is in no lock file of ours:
``PLAYWRIGHT_PYTHON`` names a Python that has it.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from tests.channels.listening import letterbox

from .environment import LONG_TERM
from .seeding import GERMAN, PASSWORD, Office, open_office
from .server import ADMIN_PASSWORD, DATABASE
from .test_whole_job import configure

SIZE = (1100, 560)
_BROWSER = """\
import sys
from playwright.sync_api import sync_playwright
url, database, password, invoice, path, width, height = sys.argv[1:]
with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": int(width), "height": int(height)})
    page.goto(f"{url}/#{database}")
    page.fill(".login-dialog #login", "admin")
    page.click(".login-dialog button[type=submit]")
    page.fill("#ask-dialog-entry", password)
    page.click(".ask-dialog .btn-primary")
    page.wait_for_timeout(3_000)
    page.evaluate(f"location.hash = '{database}/model/account.invoice/{invoice}'")
    page.click("button[title^='Note (']")  # the number of its notes stands there
    page.click(".window-form td:has-text('Reminder sent')")
    page.click(".window-form button[title='Switch']")
    page.wait_for_timeout(2_000)
    page.screenshot(path=path)
    browser.close()
"""


def main(client: str, path: str) -> None:
    """Enter a small book, run the program on it, and photograph what it left."""
    with letterbox() as post, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        office = open_office(home, LONG_TERM, smtp_port=post.port, client=Path(client))
        try:
            invoice = _entered(office)
            configure(home, office.server.url, post)
            subprocess.run(
                [sys.executable, "-m", "syncer", "--config", str(home / "syncer.yaml"), "run"],
                check=True,
                env={**os.environ, "TRYTON_PASSWORD": PASSWORD, "STORE_KEY": "k" * 44},
            )
            browser = os.environ.get("PLAYWRIGHT_PYTHON", sys.executable)
            place = [office.server.url, DATABASE, ADMIN_PASSWORD, str(invoice), path]
            subprocess.run([browser, "-c", _BROWSER, *place, *map(str, SIZE)], check=True)
        finally:
            office.close()


def _entered(office: Office) -> int:
    """A company with one customer who owes two invoices; the id of the first."""
    company, clerk, today = office.companies[GERMAN], office.clerk, date.today()
    mail = {"value": "accounts@harbour.example", "invoice": True}
    (party,) = clerk(
        "parties",
        company=company,
        entries=[{"name": "Harbour Roofing Ltd", "emails": [mail], "language": "en"}],
    )
    issued = today - timedelta(days=45)
    entries = [
        {
            "party": party,
            "amount": amount,
            "currency": "EUR",
            "issued": issued.isoformat(),
            "due": [(issued + timedelta(days=30)).isoformat()],
            "number": number,
            "reference": reference,
        }
        for number, amount, reference in (
            ("INV-2041", "1840.50", "PO-77"),
            ("INV-2042", "96.00", "PO-78"),
        )
    ]
    made = clerk("invoices", company=company, entries=entries)
    return int(made[0]["id"])


if __name__ == "__main__":
    main(*sys.argv[1:])
