"""An installation full of canaries: two ledgers with logins, a mail server, Sentry, a folder.

Every secret and every piece of customers' data in it is one that can be searched for.
"""

import base64
import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from syncer.sandbox import people
from syncer.sandbox.ledger import Ledger
from syncer.sandbox.quickbooks import apps as quickbooks_apps
from syncer.sandbox.quickbooks.limits import UNLIMITED as NO_LIMITS
from syncer.sandbox.records import Contact, Person
from syncer.sandbox.serve import start, start_quickbooks
from syncer.sandbox.world import World, WorldClock, organisation
from syncer.sandbox.xero.apps import App, AppType
from syncer.sandbox.xero.limits import UNLIMITED
from syncer.testing.sim import book
from tests.channels.mail_server import PASSWORD, USER, Mailbox, make_certificate, real_server

NAME = "Canaryname Roofing"  # a customer: shown to the user, never logged
HOSTILE = (  # customers who chose their names for what the names might do
    "Evil1 \x1b]52;c;Y2FuYXJ5\x07\x1b[2J\x9b31m",
    'Evil2 \u202egnp\u2066 "quoted" {"a":1}\r\n{{7*7}}',
    "Evil3 <script>alert(1)</script>' onload=x",
    "=Evil4(1)\u2028@SUM(1)",
)
XERO = App("sandbox-custom", AppType.CUSTOM, "canary-xero-secret-8d1f/+=")
QUICKBOOKS = quickbooks_apps.App("sandbox-qbo", "canary-quickbooks-secret-77e2")
CONFIGURED = {
    "XERO_SECRET": XERO.secret,
    "QUICKBOOKS_SECRET": QUICKBOOKS.secret,
    "STORE_KEY": "canary-store-key-of-more-than-thirty-two-characters",
    "OLD_KEY": "canary-older-key-of-more-than-thirty-two-characters",
    "MAIL_PASSWORD": PASSWORD,
}
BODY = "canary-in-every-message-body"
PERSONAL = {
    "e-mail": "canary.mailbox",
    "phone": "5550199",
    "person": "Canaryperson",
    "memo": "canary-memo-of-the-ledger",
    "city": "Canarytown",
    "tax number": "CANARYTAX99",
}
CONFIG = """\
state: {{url: "sqlite:///{home}/state/syncer.db", dir: "{home}/files"}}
reports: {{dir: "{home}/reports"}}
log: {{level: debug, format: json}}
sentry: {{dsn: "http://canarykey@127.0.0.1:{sentry}/1", monitor_slug: daily}}
secrets: {{key: "${{STORE_KEY}}", previous_keys: ["${{OLD_KEY}}"]}}
run: {{threads: 0}}
mail:
  from: billing@northgate.example
  reply_to: anna@northgate.example
  signature: "{body}"
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {smtp}, security: starttls, ca_file: "{ca}",
            username: {user}, password: "${{MAIL_PASSWORD}}"}}
    box: {{type: folder, dir: "{home}/mail"}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
ledgers:
  - name: north
    connector: xero
    mode: live
    policy: main
    channel: post
    settings:
      flow: custom_connection
      client_id: {xero_id}
      client_secret: "${{XERO_SECRET}}"
      base_url: {xero}
      identity_url: {xero}
  - name: forge
    connector: quickbooks
    mode: live
    policy: main
    channel: box
    settings:
      client_id: {quickbooks_id}
      client_secret: "${{QUICKBOOKS_SECRET}}"
      realm_id: "{realm}"
      base_url: {quickbooks}
"""


PARROT = """\
mail:
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {smtp}, security: none, username: {user},
            password: "${{MAIL_PASSWORD}}"}}
ledgers:
  - name: north
    settings: {{base_url: "http://127.0.0.1:{web}", identity_url: "http://127.0.0.1:{web}"}}
  - name: forge
    settings: {{base_url: "http://127.0.0.1:{web}"}}
"""


@dataclass
class Tracker:
    """A Sentry server: keeps what the real SDK's real transport sends it, unpacked."""

    port: int = 0
    bodies: list[str] = field(default_factory=list)

    def events(self) -> list[dict[str, object]]:
        """Every item that is an object with an exception in it."""
        items = (line for body in self.bodies for line in body.splitlines() if line)
        found = (json.loads(line) for line in items)
        return [one for one in found if isinstance(one, dict) and "exception" in one]


@contextmanager
def tracker() -> Iterator[Tracker]:
    """A tracker that listens."""
    kept = Tracker()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take an envelope."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            coding = self.headers.get("Content-Encoding", "")
            unpack = {"gzip": gzip.decompress, "deflate": zlib.decompress}.get(coding, bytes)
            kept.bodies.append(unpack(body).decode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _repeat(heard: bytes) -> bytes:
    """A refusal of a request that repeats the whole of it, in the head and in the body."""
    text = heard.decode("latin-1")
    body = json.dumps({"error": text, "Detail": text, "error_description": text}).encode()
    head = (
        f"HTTP/1.1 400 {text.splitlines()[0]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


def _refuse_mail(connection: socket.socket) -> None:
    """A mail server that refuses every line and repeats it."""
    connection.sendall(b"220 mail.test\r\n")
    while heard := connection.recv(65536):
        if heard.upper().startswith(b"EHLO"):
            connection.sendall(b"250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n")
        else:
            connection.sendall(b"535 5.7.8 no: " + heard.strip() + b"\r\n")


def _refuse_web(connection: socket.socket) -> None:
    connection.sendall(_repeat(connection.recv(65536)))


@contextmanager
def parrot(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that repeats what it is told."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(5)
                speak(connection)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@dataclass
class House:
    """The installation; ``home`` is its folder."""

    home: Path
    worlds: tuple[World, World]
    config: Path
    mailbox: Mailbox
    sentry: Tracker

    def secrets(self) -> dict[str, str]:
        """Every secret by what it is, each in the shapes it takes on its way."""
        plain = dict(CONFIGURED)
        plain |= {
            f"{token.kind} token {number}": value
            for world in self.worlds
            for number, (value, token) in enumerate(world.tokens.items())
        }
        pairs = ((XERO.client_id, XERO.secret), (QUICKBOOKS.client_id, QUICKBOOKS.secret))
        basic = {
            f"Basic of {name}": base64.b64encode(f"{name}:{secret}".encode()).decode()
            for name, secret in pairs
        }
        encoded = {
            f"{what}, quoted": quote(value, safe="")
            for what, value in plain.items()
            if quote(value, safe="") != value
        }
        return plain | basic | encoded


def new_world(name: str, others: tuple[str, ...] = ()) -> World:
    """A company of today with three customers, everything about them a canary, and ``others``."""
    world = World(WorldClock(datetime.now(UTC)), seed=len(name))
    org = organisation(
        world,
        name,
        currency="GBP",
        country="GB",
        time_zone="UTC",
        currencies=["EUR"],
        tax_rates={"none": Decimal(0)},
    )
    ledger = world.open_books(org)
    for number in (1, 2, 3):
        customer = _customer(ledger, number)
        book.invoice(ledger, customer, f"{number}50.00", late=12 * number)
    for number, called in enumerate(others, start=1):
        hostile = people.add_contact(ledger, called, email=f"evil{number}@customer.example")
        book.invoice(ledger, hostile, f"{number}70.00", late=15)
    return world


def _customer(ledger: Ledger, number: int) -> Contact:
    contact = people.add_contact(
        ledger,
        f"{NAME} {number}",
        email=f"{PERSONAL['e-mail']}{number}@customer.example",
        first_name=PERSONAL["person"],
        last_name="Smith",
        phone=PERSONAL["phone"],
        city=PERSONAL["city"],
        memo=PERSONAL["memo"],
        tax_number=PERSONAL["tax number"],
    )
    second = Person(PERSONAL["person"], "Jones", f"{PERSONAL['e-mail']}@other.example", True)
    return people.add_person(ledger, contact.contact_id, second)


@contextmanager
def house(home: Path) -> Iterator[House]:
    """The installation with everything it talks to, listening."""
    worlds = (new_world("North Ltd", HOSTILE), new_world("Forge Inc."))
    certificate = make_certificate(home)
    realm = quickbooks_apps.realm_of(worlds[1].main.org.org_id)
    with (
        start(worlds[0], allowance=UNLIMITED, apps=(XERO,)) as north,
        start_quickbooks(worlds[1], apps=(QUICKBOOKS,), allowance=NO_LIMITS) as forge,
        real_server(certificate=certificate, auth=True) as mailbox,
        tracker() as sentry,
        parrot(_refuse_web) as web,
        parrot(_refuse_mail) as smtp,
    ):
        other = PARROT.format(smtp=smtp, web=web, user=USER)
        (home / "parrot.yaml").write_text(other, "utf-8")
        config = home / "house.yaml"
        config.write_text(
            CONFIG.format(
                home=home,
                sentry=sentry.port,
                smtp=mailbox.port,
                ca=certificate,
                user=USER,
                body=BODY,
                xero=north.base_url,
                xero_id=XERO.client_id,
                quickbooks=forge.base_url,
                quickbooks_id=QUICKBOOKS.client_id,
                realm=realm,
            ),
            "utf-8",
        )
        yield House(home, worlds, config, mailbox, sentry)
