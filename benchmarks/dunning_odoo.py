"""OCA's ``account_credit_control`` on the book in a real Odoo 19, day by day, with real e-mails.

Wants what ``tests/live/odoo/install.sh DIRECTORY`` makes, and its directory in
``ODOO_LIVE_DIR``. The add-on comes from the package index. The book is entered by Odoo's own
methods, and each day is what the add-on's run does when a person presses its three buttons.
"""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.dunning_book import FIRST_DAY, LEVELS, Said, customers
from tests.live.odoo.desk import LOGIN, Desk
from tests.live.odoo.running import Letterbox, letterbox
from tests.live.odoo.server import DIRECTORY, Odoo
from tests.live.tryton.put_in import Asked, Customer

ADDON = "odoo-addon-account-credit-control==19.0.1.0.0.13"
VERSIONS = "Odoo 19.0 Community, account_credit_control 19.0.1.0.0.13"
BASE, BOOK, WORK, OURS = "oca_base", "oca_book", "oca_work", "oca_ours"
COMPANY = "ACME GmbH"
RATES = {"USD": Decimal(2), "JPY": Decimal(160)}  # a euro's worth, as in the Tryton book
NO_CHASE, NO_FOLLOW = "No reminders", "account_credit_control.credit_control_no_follow"


@dataclass
class OdooBook:
    """The book inside a running Odoo: in the database ``WORK`` for the add-on, and in another
    copy for us, because a server keeps what it knows of a database.
    """

    odoo: Odoo
    desk: Desk
    post: Letterbox
    parties: dict[str, int] = field(default_factory=dict)

    @property
    def settings(self) -> str:
        """For our connector, as YAML."""
        return (
            f'{{url: {self.odoo.url}, database: {OURS}, api_key: "${{ODOO_API_KEY}}", '
            f"do_not_chase_tags: [{NO_CHASE}]}}"
        )

    def api_key(self) -> str:
        """A key for our user in this copy."""
        return self.odoo.api_key(OURS, LOGIN)


@contextmanager
def odoo_book() -> Iterator[OdooBook]:
    """The book in a running Odoo; entered once (three minutes) and
    kept. Raises RuntimeError without one."""
    if not DIRECTORY:
        raise RuntimeError("no Odoo here: run tests/live/odoo/install.sh, set ODOO_LIVE_DIR")
    with letterbox() as post:
        odoo = Odoo(Path(DIRECTORY), post.port)
        _with_addon(odoo)
        odoo.start()
        book = OdooBook(odoo, Desk(odoo, WORK), post)
        kept = odoo.place / f"{BOOK}-{_digest()}.json"
        try:
            if not kept.exists():
                _enter(book)
                kept.write_text(json.dumps(book.parties))
            book.parties = json.loads(kept.read_text())
            odoo.clone(BOOK, WORK)
            odoo.clone(BOOK, OURS)
            _let_see(Desk(odoo, OURS))
            yield book
        finally:
            odoo.stop()


def _let_see(desk: Desk) -> None:
    """Our user may read the add-on's policies: it asks which customers are under one."""
    (user,) = desk.find("res.users", ["login", "=", LOGIN])
    group = desk.xml_id("account_credit_control.group_account_credit_control_info")
    desk.do("res.groups", "write", [group], {"user_ids": [[4, user]]})


def _with_addon(odoo: Odoo) -> None:
    """A database with invoicing and the add-on, made once (two minutes)."""
    packages = odoo.place / "addons"
    found = odoo.place / "data" / "addons" / "19.0" / "account_credit_control"
    if not packages.exists():
        pip = (str(odoo.place / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet")
        subprocess.run([*pip, "--no-deps", "--target", str(packages), ADDON], check=True)
    if not found.exists():
        found.parent.mkdir(parents=True, exist_ok=True)
        found.symlink_to(packages / "odoo" / "addons" / found.name)
    if not odoo.exists(BASE):
        _install(odoo, f"{BASE}_new")
        odoo.clone(f"{BASE}_new", BASE)


def _install(odoo: Odoo, database: str) -> None:
    words = ("-d", database, "-i", "account,account_credit_control", "--stop-after-init")
    odoo.run(*words)


# --- entering --------------------------------------------------------------------------------


def _digest() -> str:
    return sha256(repr(customers()).encode()).hexdigest()[:12]


def _enter(book: OdooBook) -> None:
    book.odoo.clone(BASE, BOOK)
    desk = Desk(book.odoo, BOOK)
    desk.open_company(name=COMPANY, currency="EUR", zone="Europe/Berlin")
    for code, rate in RATES.items():
        desk.set_rate(code, rate)
    desk.add_user(LOGIN, 1)
    entering = _Entering(desk)
    for one in customers():
        book.parties[one.key] = entering.customer(one)
    for one in customers():
        entering.put_away(one, book.parties)
    _policy(desk)


@dataclass
class _Entering:
    """Enters customer after customer. ``moves`` are the invoices by number."""

    desk: Desk
    moves: dict[str, int] = field(default_factory=dict)
    terms: dict[tuple[int, ...], int] = field(default_factory=dict)

    def customer(self, one: Customer) -> int:
        """A customer with everything that was asked and paid; its id."""
        more: dict[str, Any] = {"email": one.recipients[0]} if one.recipients else {}
        if one.procedure == "none":
            more["category_id"] = [[6, 0, [self.desk.tag(NO_CHASE)]]]
            more["credit_policy_id"] = self.desk.xml_id(NO_FOLLOW)
        partner = self.desk.add_customer(one.name, **more)
        for asked in one.asked:
            self.moves[asked.number] = self.document(partner, asked)
        for asked in one.asked:
            self.finish(asked)
        for money in one.money:
            if money.state == "posted":
                on = FIRST_DAY - timedelta(days=money.ago)
                amount = Decimal(money.amount)
                self.desk.receive(partner, amount, on=on, currency=money.currency)
        return partner

    def document(self, partner: int, asked: Asked) -> int:
        """An invoice or a credit note."""
        amount, issued = Decimal(asked.amount), FIRST_DAY - timedelta(days=asked.issued)
        more: dict[str, Any] = {"currency_id": self.desk.currency(asked.currency)}
        if len(asked.due) > 1:
            more["invoice_payment_term_id"] = self.term(asked)
        else:
            more["due"] = FIRST_DAY - timedelta(days=asked.due[0])
        kind = "out_invoice" if amount > 0 else "out_refund"
        move = self.desk.draft(partner, abs(amount), kind=kind, issued=issued, **more)
        return move if asked.end == "draft" else self.desk.post(move)

    def term(self, asked: Asked) -> int:
        """Equal instalments."""
        days = tuple(sorted(asked.issued - due for due in asked.due))
        if days not in self.terms:
            parts = [
                [0, 0, {"value": "percent", "value_amount": 100 / len(days), "nb_days": number}]
                for number in days
            ]
            name = f"after {days}"
            self.terms[days] = self.desk.make("account.payment.term", name=name, line_ids=parts)
        return self.terms[days]

    def finish(self, asked: Asked) -> None:
        """What happened to it after it was sent."""
        desk, move = self.desk, self.moves[asked.number]
        for paid in asked.paid:
            on = FIRST_DAY - timedelta(days=paid.ago)
            desk.pay(move, Decimal(paid.amount), on=on, currency=paid.currency)
        if asked.uses:
            desk.apply(desk.receivable_lines(self.moves[asked.uses])[0], move)
        if asked.end == "cancelled":
            desk.cancel(move)
        if asked.end == "credited":
            self.credit(move, Decimal(asked.amount))
        if asked.blocked:
            desk.set("account.move", move, credit_policy_id=desk.xml_id(NO_FOLLOW))
            for line in desk.receivable_lines(move):
                desk.set("account.move.line", line, no_followup=True)

    def credit(self, move: int, amount: Decimal) -> None:
        """A credit note over all of it, used for it."""
        (row,) = self.desk.read("account.move", [["id", "=", move]], "partner_id")
        note = self.desk.draft(row["partner_id"][0], amount, kind="out_refund", issued=FIRST_DAY)
        self.desk.apply(self.desk.receivable_lines(self.desk.post(note))[0], move)

    def put_away(self, one: Customer, parties: dict[str, int]) -> None:
        """Archived, or merged into another."""
        if one.merged_into:
            self.desk.merge(parties[one.key], parties[one.merged_into])
        elif one.archived:
            self.desk.set("res.partner", parties[one.key], active=False)


def _policy(desk: Desk) -> None:
    """Three levels by e-mail at the same days late; the text is the add-on's own, without PDF."""
    template = desk.xml_id("account_credit_control.email_template_credit_control_base")
    desk.set("mail.template", template, report_template_ids=[[5, 0, 0]])  # wants wkhtmltopdf
    accounts = desk.find("account.account", ["account_type", "=", "asset_receivable"])
    levels = [
        {
            "name": f"{days} days",
            "level": number,
            "computation_mode": "net_days",
            "delay_days": days,
            "email_template_id": template,
            "channel": "email",
            "custom_text": "Please pay.",
            "custom_mail_text": "Please pay.",
        }
        for number, days in enumerate(LEVELS, start=1)
    ]
    policy = desk.make(
        "credit.control.policy",
        name="5, 20, 40",
        account_ids=[[6, 0, accounts]],
        level_ids=[[0, 0, one] for one in levels],
    )
    desk.set("res.company", 1, credit_policy_id=policy)


# --- dunning ---------------------------------------------------------------------------------


def controlled(book: OdooBook, days: Sequence[date]) -> list[Said]:
    """One run of the add-on a day; what it wrote to whom. Raises RuntimeError when the e-mails
    that arrived are not those it says.
    """
    (policy,) = book.desk.find("credit.control.policy", ["name", "=", "5, 20, 40"])
    found: list[Said] = []
    for day in days:
        book.post.received.clear()
        run = book.desk.make(
            "credit.control.run", date=day.isoformat(), policy_ids=[[6, 0, [policy]]]
        )
        for button in ("generate_credit_lines", "set_to_ready_lines", "run_channel_action"):
            book.desk.do("credit.control.run", button, [run])
        said = _said(book, run, day)
        mailed = sum(one.how == "email" for one in said)
        if len(book.post.received) != mailed:
            raise RuntimeError(f"{day}: {len(book.post.received)} e-mails, {mailed} expected")
        found += said
    return found


def _said(book: OdooBook, run: int, day: date) -> list[Said]:
    """One for each communication; letters have none and are one for each line."""
    whose = ("partner_id", "communication_id", "invoice_id")
    what = ("level", "balance_due", "currency_id", "channel", "state")
    rows = book.desk.read("credit.control.line", [["run_id", "=", run]], *whose, *what)
    who = {number: key for key, number in book.parties.items()}
    grouped: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        message = row["communication_id"] or [f"letter {row['id']}"]
        grouped.setdefault((row["partner_id"][0], row["level"], message[0]), []).append(row)
    return [
        Said(
            who=who.get(partner, str(partner)),
            day=day,
            step=level,
            amount=sum((_money(row["balance_due"]) for row in same), Decimal(0)),
            currency=same[0]["currency_id"][1],
            about=tuple(str(row["invoice_id"]) for row in same),
            how=_how(same[0]),
        )
        for (partner, level, _), same in grouped.items()
    ]


def _how(row: dict[str, Any]) -> str:
    """An e-mail that nobody got stays queued: the customer is archived, say."""
    queued = row["channel"] == "email" and row["state"] != "sent"
    return f"email that stayed {row['state']}" if queued else str(row["channel"])


def _money(wire: float) -> Decimal:
    return Decimal(str(wire)).quantize(Decimal("0.01"))
