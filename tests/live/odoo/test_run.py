"""``syncer run`` against a real Odoo and real SMTP: real processes, nothing simulated."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.channels.listening import Letterbox, letterbox

from .desk import LOGIN, Desk
from .gate import Gate, gate
from .running import BASE, Live

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[3]
DATABASE = "run"
PERSON = "ada@suite.example"
CONFIG = """\
state: {{url: "sqlite:///{home}/syncer.db", dir: "{home}/state"}}
reports: {{dir: "{home}/reports"}}
mail:
  from: billing@suite.example
  reply_to: ada@suite.example
  channels:
    post: {{type: smtp, host: 127.0.0.1, port: {smtp_port}, security: none}}
policies:
  main:
    use: standard
    minimum: "1.00"
    restraint:
      weekdays: [mon, tue, wed, thu, fri, sat, sun]
      send_from: "00:00"
      send_until: "23:59"
      holidays:
    default_ladder: mail
    ladders:
      mail:
        steps: [{{name: friendly, tone: friendly, after_due: 5d, attach_invoices: true}}]
      phone:
        steps: [{{name: call, tone: friendly, after_due: 5d, channel: task}}]
      odoo:
        steps: [{{name: odoo-mail, tone: friendly, after_due: 5d, channel: ledger_email}}]
    segments:
      - {{name: by-phone, when: {{groups: [Phone]}}, ladder: phone}}
      - {{name: by-odoo, when: {{groups: [Odoo mails]}}, ladder: odoo}}
ledgers:
  - name: north
    connector: odoo
    mode: live
    policy: main
    channel: post
    settings:
      url: {url}
      database: {database}
      api_key: ${{ODOO_API_KEY}}
      do_not_chase_tags: [No reminders]
      task_user: {person}
"""


@dataclass
class House:
    """An installation over a company with a handful of customers."""

    home: Path
    desk: Desk
    gate: Gate
    post: Letterbox  # ours
    odoo_post: Letterbox  # Odoo's
    key: str
    partners: dict[str, int]
    moves: dict[str, int]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The program, to its end."""
        command = [sys.executable, "-m", "syncer", "--config", str(self.home / "syncer.yaml")]
        return subprocess.run(
            [*command, *(words or ("run",))],
            cwd=self.home,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(self.home),
                "USER": "tester",
                "ODOO_API_KEY": self.key,
            },
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def notes(self, who: str) -> list[str]:
        """What programs and people wrote into the chatter of a customer's invoice."""
        domain = [
            ["model", "=", "account.move"],
            ["res_id", "=", self.moves[who]],
            ["message_type", "=", "comment"],
        ]
        return [row["body"] for row in self.desk.read("mail.message", domain, "body")]


WHO = {
    "mailed": (),
    "pays": (),
    "phoned": ("Phone",),
    "by odoo": ("Odoo mails",),
    "left alone": ("No reminders",),
    "no address": (),
    "not due": (),
}


def _entered(desk: Desk) -> tuple[dict[str, int], dict[str, int]]:
    """The company, a person, and one invoice for each kind of customer."""
    desk.open_company(name="Suite Trading Ltd", currency="EUR", zone="Europe/Berlin")
    desk.add_user(LOGIN, 1)
    desk.add_user(PERSON, 1)
    partners, moves = {}, {}
    today = date.today()
    for who, tags in WHO.items():
        partners[who] = desk.add_customer(
            f"Customer {who}",
            email=False if who == "no address" else f"{who.replace(' ', '.')}@customer.example",
            category_id=[[6, 0, [desk.tag(tag) for tag in tags]]],
        )
        ago = 3 if who == "not due" else 60
        issued = today - timedelta(days=ago)
        moves[who] = desk.post(
            desk.draft(
                partners[who], Decimal("120.50"), issued=issued, due=issued + timedelta(days=30)
            )
        )
        desk.keep_pdf(moves[who])
    return partners, moves


@pytest.fixture
def house(live: Live, tmp_path: Path) -> Iterator[House]:
    """A configured installation in live mode, its Odoo behind a gate."""
    live.odoo.clone(BASE, DATABASE)
    desk = Desk(live.odoo, DATABASE)
    partners, moves = _entered(desk)
    key = live.odoo.api_key(DATABASE, LOGIN)
    live.post.received.clear()
    with letterbox() as post, gate(live.odoo.url) as before:
        made = House(tmp_path, desk, before, post, live.post, key, partners, moves)
        (tmp_path / "syncer.yaml").write_text(
            CONFIG.format(
                home=tmp_path,
                smtp_port=post.port,
                url=before.url,
                database=DATABASE,
                person=PERSON,
            )
        )
        yield made


def test_a_run_leaves_mails_notes_and_an_activity_and_repeats_nothing(house: House) -> None:
    """Each customer gets what it should, once, and every trace stands in Odoo's chatter; what a
    customer pays while the run is at work is not asked for.
    """
    asked = f'"in",[{house.partners["pays"]}]'.encode()
    house.gate.waits_for = lambda path, body: (
        path.endswith("res.partner/web_search_read") and (asked in body)
    )
    house.gate.before = lambda: house.desk.pay(house.moves["pays"], on=date.today())

    first = house.run()
    assert first.returncode == 0, first.stdout + first.stderr
    assert house.gate.happened
    assert [mail["To"] for mail in house.post.messages()] == ["mailed@customer.example"]
    (mail,) = house.post.messages()
    assert any(part.get_content_type() == "application/pdf" for part in mail.walk())
    by_odoo = sorted(mail["To"] for mail in house.odoo_post.messages())
    assert len(by_odoo) == 2  # to the customer, and to the person who got an activity
    assert "by.odoo@customer.example" in by_odoo[0]
    assert PERSON in by_odoo[1]
    _assert_trail(house)

    calls = len(house.gate.calls)
    second = house.run()
    assert second.returncode == 0, second.stdout + second.stderr
    assert len(house.gate.calls) > calls
    assert (len(house.post.received), len(house.odoo_post.received)) == (1, 2)
    _assert_trail(house)


def test_a_lost_state_is_found_in_the_chatter(house: House) -> None:
    """Deleted between two runs: mails, Odoo's mails and activities are known by their notes."""
    assert house.run().returncode == 0
    sent = (len(house.post.received), len(house.odoo_post.received))
    for file in house.home.glob("syncer.db*"):
        file.unlink()
    again = house.run()
    assert again.returncode == 0, again.stdout + again.stderr
    assert (len(house.post.received), len(house.odoo_post.received)) == sent
    for who in WHO:
        assert len(house.notes(who)) <= 1 + (who == "by odoo"), who
    assert len(house.desk.find("mail.activity")) == 1


def _assert_trail(house: House) -> None:
    """One note per contact and one activity for the person; nothing at anybody else's."""
    (note,) = house.notes("mailed")
    assert "mailed@customer.example" not in note
    assert "Reminder" in note
    assert [len(house.notes(who)) for who in ("pays", "left alone", "no address", "not due")] == [
        0,
        0,
        0,
        0,
    ]
    fields = ("res_id", "user_id", "activity_type_id", "note", "summary")
    (activity,) = house.desk.read("mail.activity", [], *fields)
    assert activity["res_id"] == house.moves["phoned"]
    assert activity["activity_type_id"][1] == "Call"
    assert house.desk.read("res.users", [["id", "=", activity["user_id"][0]]], "login") == [
        {"id": activity["user_id"][0], "login": PERSON}
    ]


def test_books_with_receipts_that_wait_hold_the_ledger(house: House) -> None:
    """A receipt of ten days ago that nobody has matched: whoever paid it would be asked again."""
    config = house.home / "syncer.yaml"
    fresh = '    freshness: {books_max_age: 3d}\n    minimum: "1.00"'
    config.write_text(config.read_text().replace('    minimum: "1.00"', fresh))
    house.desk.bank_line(Decimal(-5), on=date.today())
    waiting = house.desk.bank_line(Decimal("120.50"), on=date.today() - timedelta(days=10))
    done = house.run()
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert house.post.received == []
    house.desk.do("account.bank.statement.line", "unlink", [waiting])
    assert house.run().returncode == 0
    assert house.post.received != []


def test_check_says_what_it_found(house: House) -> None:
    """``check`` names version, interface and company, and no key."""
    done = house.run("check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Odoo 19.0, spoken to by JSON-2" in done.stdout
    assert house.key not in done.stdout + done.stderr


def test_a_wrong_key_pauses_the_ledger(house: House) -> None:
    """A key that is not taken ends the ledger with what to do, and sends nothing."""
    house.key = "0" * 40
    done = house.run()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Account Security" in done.stdout + done.stderr
    assert house.post.received == []
