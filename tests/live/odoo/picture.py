"""Takes the picture of docs/odoo.md: our note on an invoice, in Odoo's own web client.

Run by hand where Odoo and Chromium are installed: ``ODOO_LIVE_DIR=... python -m
tests.live.odoo.picture docs/images/odoo-note.png``. Playwright is in no lock file of ours:
``PLAYWRIGHT_PYTHON`` names a Python that has it.
"""

import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.channels.listening import letterbox

from .desk import LOGIN, Desk
from .running import BASE, live_odoo
from .test_run import CONFIG, PERSON

DATABASE = "picture"
SIZE = (1100, 980)
_BROWSER = """\
import sys
from playwright.sync_api import sync_playwright
url, database, move, path, width, height = sys.argv[1:]
with sync_playwright() as play:
    browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": int(width), "height": int(height)})
    page.goto(f"{url}/web/login?db={database}")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_url("**/odoo**", timeout=120_000)
    page.goto(f"{url}/odoo/customer-invoices/{move}")
    page.wait_for_selector(".o-mail-Chatter .o-mail-Message", timeout=120_000)
    page.wait_for_timeout(2_000)
    page.screenshot(path=path)
    browser.close()
"""


def main(path: str) -> None:
    """Enter a small book, run the program on it, and photograph what it left."""
    with live_odoo() as live, letterbox() as post, tempfile.TemporaryDirectory() as home:
        live.odoo.clone(BASE, DATABASE)
        desk = Desk(live.odoo, DATABASE)
        move = _entered(desk)
        config = Path(home) / "syncer.yaml"
        config.write_text(
            CONFIG.format(
                home=home,
                smtp_port=post.port,
                url=live.odoo.url,
                database=DATABASE,
                person=PERSON,
            ).replace("attach_invoices: true", "attach_invoices: false")
        )
        key = live.odoo.api_key(DATABASE, LOGIN)
        subprocess.run(
            [sys.executable, "-m", "syncer", "--config", str(config), "run"],
            check=True,
            env={**os.environ, "ODOO_API_KEY": key},
        )
        desk.do("res.users", "write", [2], {"password": "admin"})
        browser = os.environ.get("PLAYWRIGHT_PYTHON", sys.executable)
        place = [live.odoo.url, DATABASE, str(move), path, *map(str, SIZE)]
        subprocess.run([browser, "-c", _BROWSER, *place], check=True)


def _entered(desk: Desk) -> int:
    desk.open_company(name="Northgate Supplies Ltd", currency="EUR", zone="Europe/Berlin")
    desk.add_user(LOGIN, 1)
    desk.add_user(PERSON, 1)
    customer = desk.add_customer("Harbour Roofing Ltd", email="accounts@harbour.example")
    issued = date.today() - timedelta(days=45)
    return desk.post(
        desk.draft(
            customer,
            Decimal("1840.50"),
            issued=issued,
            due=issued + timedelta(days=30),
            ref="PO-77",
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
