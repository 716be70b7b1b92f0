"""Faults 45 to 50: hostile data, bad addresses, the mail's own troubles, poison and upgrades."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from syncer.channels.smtp import SmtpChannel
from syncer.channels.smtp_config import Security, SmtpConfig
from syncer.errors import InvariantError, StateError
from syncer.flow.resolve import resolve
from syncer.flow.worker import Worker
from syncer.model.decision import Code
from syncer.model.effect import EffectState
from syncer.model.hold import Hold, HoldKind
from syncer.policy.rules import Ladder, Step, StepChannel, Tone
from syncer.sandbox import people
from syncer.sandbox.faults import FaultKind
from syncer.sandbox.odoo.app import OdooApp
from syncer.sandbox.quickbooks.limits import Allowance
from syncer.store import open_store
from syncer.testing import builders
from syncer.testing.memory import Crash
from syncer.testing.sim.wire import Wire
from tests.channels.mail_server import Rule, real_server, scripted_server

from .sides import ALL, BOTH, FULL, ODOO, ONE_OF_THEM, QUICKBOOKS, XERO
from .workshop import Workshop

S = EffectState
PARTIAL, BUG = 1, InvariantError.exit_code
PREVIOUS = Path(__file__).parents[1] / "store" / "previous_release.sql"


# --- 45: hostile text -----------------------------------------------------------------------------

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "header": "Ann\r\nBcc: thief@evil.example",
    "format": "{0} {self.__class__} %s %n",
    "template": "{{ 7 * 191 }}{% for x in y %}",
    "right-to-left": "Ltd \u202egnp.exe",
}


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_45_hostile_text_in_the_books(home: Path, connector: str) -> None:
    """Names and numbers are data: escaped in HTML, harmless in headers, never evaluated."""
    made = Workshop(home, connector)
    letters = made.keep_letters()
    ledger = made.side.world.main
    for number, hostile in enumerate(HOSTILE.values()):
        doc = made.side.late(number)
        people.change_contact(ledger, doc.contact_id, name=hostile, first_name=hostile)
        ledger.change_document(doc, number=hostile, reference=hostile)
    made.run()
    received = {str(letter["To"].addresses[0].addr_spec): letter for letter in letters.letters}
    for number, (kind, hostile) in enumerate(HOSTILE.items()):
        letter = received.pop(made.side.customer(number).email)
        assert len(letter["To"].addresses) == 1
        _harmless(letter, hostile, verbatim=kind in ("format", "template"))
    assert not received
    assert sorted(made.notes()) == sorted(one["X-Receivables-Key"] for one in letters.letters)
    assert not [note for note in _notes(made) if re.search("[\r\u202e]", note)]


def _harmless(letter: EmailMessage, hostile: str, *, verbatim: bool) -> None:
    assert not letter.defects
    assert (letter["Bcc"], letter["Cc"]) == (None, None)
    html, text = letter.get_body(("html",)), letter.get_body(("plain",))
    assert html is not None
    assert text is not None
    page, plain = str(html.get_content()), str(text.get_content())
    assert "<script" not in page
    for shown in (page, plain, str(letter["Subject"])):
        assert "1337" not in shown
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    if verbatim:
        assert hostile in plain  # as it was written, for a person to see


def _notes(made: Workshop) -> list[str]:
    books = made.side.world.main.books
    written = [n for notes in books.notes.values() for n in notes if not n.author]
    return [n.text for n in written if n.change == "Note"] + [
        contact.memo for contact in books.contacts.values()
    ]


# --- 46 and 47: addresses and mail servers --------------------------------------------------------


@contextmanager
def _smtp(made: Workshop, port: int) -> Iterator[None]:
    channel = SmtpChannel(SmtpConfig(host="127.0.0.1", port=port, security=Security.NONE))
    made.changes["channel"] = channel
    try:
        yield
    finally:
        channel.close()


ADDRESSES = {
    "one@a.example, two@b.example": ["one@a.example", "two@b.example"],
    "Jo <jo@a.example>": ["jo@a.example"],
    "info@bücher.example": ["info@xn--bcher-kva.example"],
    "jürgen@a.example": [],
    "not an address": [],
    "a@b@c.example": [],
}


@pytest.mark.parametrize("field", ADDRESSES)
def test_fault_46_addresses_are_read_or_held(home: Path, field: str) -> None:
    """What is no plain address is never tried: its reminder is refused and waits for a person."""
    made = Workshop(home)
    letters = made.keep_letters()
    doc = made.side.late(1)
    people.change_contact(made.side.world.main, doc.contact_id, email=field)
    code = made.run().exit_code
    found = [one.addr_spec for letter in letters.letters for one in letter["To"].addresses]
    assert found == ADDRESSES[field]
    assert code == (0 if found else PARTIAL)
    if not found:
        made.pass_time(days=1)
        made.run()
        assert made.last().waiting == 1
        [effect] = made.effects()
        assert (effect.state, effect.attempt) == (S.REJECTED, 1)


@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_46_hard_bounce_at_the_door(home: Path, connector: str) -> None:
    """A recipient that the server refuses for good gets no further step, and waits for a person.

    Every run tells of it until the address is mended and the reminder put back.
    """
    made = Workshop(home, connector)
    doc = made.side.late(1)
    address = made.side.customer(1).email
    with real_server(rcpt_answers={address: "550 no such user"}) as box, _smtp(made, box.port):
        assert made.run().exit_code == PARTIAL
        for _ in range(3):
            made.pass_time(days=6)
            made.run()
            assert (made.last().waiting, made.last().planned) == (1, 0)
        [effect] = made.effects()
        assert (effect.state, effect.attempt) == (S.REJECTED, 1)
        assert box.messages == []
        people.change_contact(made.side.world.main, doc.contact_id, email="new@a.example")
        with made.worker() as worker:
            resolve(worker, effect, delivered=False, author="anna", note="new address")
        made.pass_time(days=1)
        made.run()
        assert len(box.messages) == 1
    assert len(made.notes()) == 1


def test_fault_46_bounce_that_comes_later(home: Path) -> None:
    """A bounce that a person reads is a hold by that person: the customer gets no further step."""
    made = Workshop(home)
    doc = made.side.late(1)
    made.run()
    today = made.side.world.main.today()
    hold = Hold(
        hold_id="h1",
        kind=HoldKind.EXCLUDE,
        account_id=doc.contact_id,
        starts_on=today,
        reason="mail comes back",
    )
    with made.store() as store:
        store.add_hold(made.side.name, hold, made.clock())
    for _ in range(3):
        made.pass_time(days=6)
        made.run()
    assert len(made.keys()) == 1
    assert [one.code for one in made.last().outcomes] == [Code.EXCLUDED]


def test_fault_47_one_recipient_of_two_is_refused(home: Path) -> None:
    """Each recipient has a result of its own: delivered to one, and the other's role is told."""
    made = Workshop(home)
    doc = made.side.late(1)
    both = "one@a.example, two@b.example"
    people.change_contact(made.side.world.main, doc.contact_id, email=both)
    with real_server(rcpt_answers={"two@b.example": "550 gone"}) as box, _smtp(made, box.port):
        made.run()
    assert len(box.messages) == 1
    assert made.effect().state is S.DELIVERED
    assert "1 of 2 recipients" in made.effect().detail


def test_fault_47_one_message_of_a_batch_is_put_off(home: Path) -> None:
    """A 4xx for one customer leaves the others alone; its message follows later, once."""
    made = Workshop(home)
    for number in (1, 2, 3):
        made.side.late(number)
    second = made.side.customer(2).email
    with real_server(rcpt_answers={second: "451 try later"}) as box, _smtp(made, box.port):
        made.run()
        assert len(box.messages) == 2
        box.rcpt_answers.clear()
        made.pass_time(hours=1)
        made.run()
        assert len(box.messages) == 3
        made.pass_time(hours=1)
        made.run()
        assert len(box.messages) == 3
    assert len(made.notes()) == 3


def _drops_after_data(command: str) -> str | None:
    if command == "<body>":
        return None
    return "354 go on" if command.upper().startswith("DATA") else "250 fine"


@pytest.mark.parametrize("delivered", [True, False])
def test_fault_47_dropped_after_data(home: Path, *, delivered: bool) -> None:
    """Cut between the last dot and its answer: uncertain, told daily, never sent again by itself.

    A person who looked says what became of it: then the note follows, or the step comes again.
    """
    made = Workshop(home)
    made.side.late(1)
    rule: Rule = _drops_after_data
    with scripted_server(rule) as server, _smtp(made, server.port):
        assert made.run().exit_code == PARTIAL
        for _ in range(2):
            made.pass_time(days=3)
            made.run()
            assert made.last().waiting == 1
        assert len(server.got) == 1
    [effect] = made.effects()
    assert (effect.state, made.notes()) == (S.UNCERTAIN, [])
    with made.worker() as worker:
        resolve(worker, effect, delivered=delivered, author="anna", note="looked")
    made.changes.pop("channel")
    made.pass_time(minutes=5)
    made.run()
    assert made.notes()[0] == effect.key
    assert made.keys().count(effect.key) == (0 if delivered else 1)


def test_fault_47_a_channel_that_can_look_back(home: Path) -> None:
    """Where a message can be looked up by its Message-ID, a lost answer is settled by itself."""
    made = Workshop(home, provable=True)
    made.side.late(1)
    made.cut("send", after=True)
    assert made.effects()[0].state is S.SENDING
    made.finish()
    assert (len(made.keys()), len(made.notes())) == (1, 1)


# --- 48: notes and mail ---------------------------------------------------------------------------


@pytest.mark.parametrize("connector", ALL)
def test_fault_48_note_only_after_the_mail(home: Path, connector: str) -> None:
    """No note tells of a refused mail; a note that fails stays visible and follows its mail."""
    made = Workshop(home, connector)
    made.side.late(1)
    made.side.late(2)
    refused = made.side.customer(1).email
    with real_server(rcpt_answers={refused: "550 no"}) as box, _smtp(made, box.port):
        made.side.suffers(made.side.calls.note.suffers(FaultKind.SERVER_ERROR, times=0))
        assert made.run().exit_code == PARTIAL
        assert (len(box.messages), made.notes()) == (1, [])
        waiting = [one for one in made.effects(S.PENDING) if one.kind == "note"]
        assert [one.attempt for one in waiting] == [1]
        assert "lost" in waiting[0].detail or "500" in waiting[0].detail, waiting[0].detail
        assert made.last().snoozed == 1
        made.side.suffers()
        for _ in range(2):
            made.pass_time(minutes=40)
            made.run()
    assert len(box.messages) == 1
    assert made.notes() == [waiting[0].caused_by]


BY_LEDGER = builders.policy(
    ladders=(
        Ladder(
            name="usual",
            steps=(
                Step(
                    name="friendly",
                    tone=Tone.FRIENDLY,
                    after_due=1,
                    channel=StepChannel.LEDGER_EMAIL,
                ),
            ),
        ),
    )
)


@pytest.mark.parametrize("connector", BOTH)
def test_fault_48_the_ledger_s_mail_limit(home: Path, connector: str) -> None:
    """Mail over the ledger's daily limit is not lost: nothing is noted, and it goes on next day."""
    made = Workshop(home, connector)
    made.changes["policy"] = BY_LEDGER
    for number in (1, 2):
        made.side.late(number)
    app: Any = made.side.app
    made.side.world.main.org.mails_per_day = 1
    if connector != XERO:
        app.limiter.allowance = replace(Allowance(), mails_per_day=1)
    made.run()
    mails = made.side.world.main.books.mails
    assert (len(mails), len(made.notes())) == (1, 1)
    [left] = [one for one in made.effects() if one.state is not S.DELIVERED]
    # Xero refuses in words that no program can tell from others: a person puts it back.
    assert (left.kind, left.state) == ("reminder", S.REJECTED if connector == XERO else S.PENDING)
    if connector == XERO:
        with made.worker() as worker:
            resolve(worker, left, delivered=False, author="anna", note="the day's limit")
    made.pass_time(days=1, hours=1)
    made.run()
    assert (len(mails), len({mail.doc_id for mail in mails})) == (2, 2)
    assert len(made.notes()) == 2


# --- 04 where the ledger itself sends ------------------------------------------------------------

BY_ITSELF = {
    XERO: "POST .*/Email$",
    QUICKBOOKS: "POST .*/send$",
    ODOO: "POST .*/account.move/message_post$",
}


def _mailed(made: Workshop) -> int:
    """How many e-mails the ledger sent by itself."""
    if isinstance(made.side.app, OdooApp):
        posted = made.side.app.models.rows.messages
        return sum(one["subtype"] == "mail.mt_comment" for one in posted)
    return len(made.side.world.main.books.mails)


@pytest.mark.parametrize(
    ("connector", "after"),
    [(one, after) for one in ALL for after in (True, False) if FULL or after or one == XERO],
)
def test_fault_04_killed_while_the_ledger_mailed(
    home: Path, connector: str, *, after: bool
) -> None:
    """Killed around the ledger's own e-mail: never asked for again, and told until a person says.

    The other customer gets its e-mail, and each e-mail that is known of one note.
    """
    made = Workshop(home, connector)
    made.changes["policy"] = BY_LEDGER
    for number in (1, 2):
        made.side.late(number)
    made.cut(BY_ITSELF[connector], after=after)
    assert _mailed(made) == after
    assert made.run().exit_code == PARTIAL
    for _ in range(2):
        assert made.last().waiting == 1
        made.pass_time(days=1)
        made.run()
    assert _mailed(made) == 1 + after
    [doubtful] = made.effects(S.UNCERTAIN)
    assert doubtful.attempt == 1
    assert len(made.notes()) == 1
    assert doubtful.key not in made.notes()


# --- 49: poison -----------------------------------------------------------------------------------


class Poisoned:
    """A renderer that cannot live through one customer's message."""

    def __init__(self, target: Any, name: str, end: Callable[[], BaseException]) -> None:
        self._target, self._name, self._end = target, name, end

    def render(self, **facts: Any) -> Any:
        """As the real one, but for the poison."""
        if facts["snapshot"].account.name == self._name:
            raise self._end()
        return self._target.render(**facts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


class PoisonedWorkshop(Workshop):
    """Whose renderer is poisoned."""

    end: Callable[[], BaseException] = Crash

    @contextmanager
    def worker(self, wire: Wire | None = None) -> Iterator[Worker]:
        """With the poison inside."""
        with super().worker(wire) as made:
            renderer: Any = Poisoned(made.renderer, "Customer 1 Ltd", self.end)
            yield replace(made, renderer=renderer)


@pytest.mark.parametrize("end", [Crash, ZeroDivisionError])
@pytest.mark.parametrize("connector", ONE_OF_THEM)
def test_fault_49_poison(home: Path, connector: str, end: type[BaseException]) -> None:
    """What kills the worker is counted before it is tried; after three the run goes on without it.

    It then waits for a person, who is told by every run.
    """
    made = PoisonedWorkshop(home, connector)
    made.end = end
    made.side.late(1, "500.00")  # goes first
    made.side.late(2)
    for attempt in (1, 2, 3):
        result = made.process()
        assert result is None if end is Crash else result and result.exit_code == BUG
        [poison] = [one for one in made.effects() if one.state is S.CLAIMED]
        assert poison.attempt == attempt
        made.pass_time(minutes=20)
    assert made.run().exit_code == PARTIAL
    assert made.recipients() == [made.side.customer(2).email]
    [poison] = made.effects(S.REJECTED)
    assert poison.attempt == 3
    made.pass_time(days=1)
    made.run()
    assert made.last().waiting == 1
    made.judge()


# --- 50: upgrades ---------------------------------------------------------------------------------


def _of_the_previous_release(home: Path) -> Path:
    path = home / "old.db"
    with closing(sqlite3.connect(path)) as state:
        state.executescript(PREVIOUS.read_text(encoding="utf-8"))
    return path


def _schema(path: Path) -> tuple[str, list[Any]]:
    with closing(sqlite3.connect(path)) as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [version] = state.execute("SELECT version_num FROM alembic_version").fetchone()
        return version, state.execute("SELECT key, state FROM outbox ORDER BY key").fetchall()


@contextmanager
def _killed_at(nth: int) -> Iterator[list[str]]:
    seen: list[str] = []

    def before(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        if not re.match(r"\s*(SELECT|PRAGMA|BEGIN)", statement):
            seen.append(statement)
            if len(seen) == nth:
                raise Crash(statement)

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def test_fault_50_upgrade_killed_at_every_statement(home: Path) -> None:
    """Whichever statement an upgrade dies at, the state is the old one, and is upgraded later."""
    path = _of_the_previous_release(home)
    before = _schema(path)
    with _killed_at(0) as statements:
        open_store(f"sqlite:///{path}").close()
    after = _schema(path)
    assert after[0] > before[0]
    assert len(statements) > 5
    for nth in range(1, len(statements) + 1, 3):
        for old in home.glob("old.db*"):
            old.unlink()
        path = _of_the_previous_release(home)
        with _killed_at(nth), pytest.raises(Crash):
            open_store(f"sqlite:///{path}")
        assert _schema(path) == before
        open_store(f"sqlite:///{path}").close()
        assert _schema(path) == after


def test_fault_50_new_rules_in_the_middle(home: Path) -> None:
    """Other days, other templates and a step more: what was sent stays sent, the rest follows."""
    made = Workshop(home)
    made.side.late(1)
    made.run()
    steps = (
        Step(name="friendly", tone=Tone.HEADS_UP, after_due=3, template="firm"),
        Step(name="new", tone=Tone.FIRM, after_due=4),
        Step(name="firm", tone=Tone.FORMAL, after_due=5, after_previous=2),
    )
    ladder = Ladder(name="usual", steps=steps)
    made.changes["policy"] = builders.policy(ladders=(ladder,))
    made.pass_time(days=1)
    made.daily(6)
    made.judge()
    reminders = [one for one in made.effects(S.DELIVERED) if one.kind == "reminder"]
    assert sorted(one.step for one in reminders) == ["firm", "friendly", "new"]


def test_fault_50_roll_back_to_the_old_program(home: Path) -> None:
    """A program that is older than the state refuses it, sends nothing and leaves it unchanged."""
    made = Workshop(home)
    made.side.late(1)
    with closing(sqlite3.connect(made.state)) as state, state:
        state.execute("UPDATE alembic_version SET version_num = '9999'")
    before = made.state.read_bytes()
    with pytest.raises(StateError, match="newer version"):
        made.run()
    assert (made.keys(), made.state.read_bytes()) == ([], before)
