"""Faults 10 to 25: what goes wrong on the wire, at Xero's and at QuickBooks' alike.

The outcome is asserted on what the ledger and the mailbox saw, and on what the run said.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syncer.channels.smtp import SmtpChannel
from syncer.channels.smtp_config import Security, SmtpConfig
from syncer.errors import AuthError
from syncer.flow.pull import pull
from syncer.http.client import HttpClient
from syncer.http.faults import Lost, NotSent, Untrusted
from syncer.http.transport import Transport
from syncer.model.charge import Charge
from syncer.model.effect import EffectState
from syncer.model.ledger import Stream
from syncer.model.outcome import AlreadyThere, Delivered, Uncertain
from syncer.model.run import LedgerStatus
from syncer.ports import Progress
from syncer.sandbox.faults import API, Fault, FaultKind
from syncer.sandbox.odoo.app import OdooApp
from syncer.testing.channel_suite import message
from syncer.testing.sim.post import Luck
from tests.channels.mail_server import real_server

from .certificates import certificates, tls_server
from .house import House
from .sides import ALL, BOTH, FULL, ODOO, QUICKBOOKS, SOME, XERO, Side, each

K = FaultKind
OK, LIMITED, FAILED, PARTIAL = (
    LedgerStatus.OK,
    LedgerStatus.LIMITED,
    LedgerStatus.FAILED,
    LedgerStatus.PARTIAL,
)
UPSTREAM = 5  # exit code: a fault that may pass, the vendor could not be reached
TRIES = 5  # of a call that only asks
LOST = (K.COMMIT_THEN_HANG, K.COMMIT_THEN_DROP, K.COMMIT_THEN_ERROR)


def _whole(connector: str) -> dict[str, str]:
    """Settings by which every run reads every list whole."""
    return {"settings": "full_read_every: 1m"} if connector == QUICKBOOKS else {}


def _two_late(house: House) -> House:
    for side in house.sides:
        side.late(1, days=9)
        side.late(2, days=5)
    return house


def _reads(side: Side, since: int = 0) -> list[tuple[str, str]]:
    """The reading calls that the server heard, with their questions."""
    calls = side.world.calls[since:]
    return [(call.path, call.query) for call in calls if call.method == "GET"]


def _kept(house: House) -> tuple[object, ...]:
    """What the state holds of the ledgers: open totals, the cursor of invoices, the outbox."""
    found: list[object] = []
    with house.store() as store:
        for side in house.sides:
            peeked = store.take_lease(
                side.name, owner="test", now=house.clock(), until=house.clock()
            )
            found += [dict(peeked.open_totals()), peeked.cursors().get(Stream.ITEMS)]
            peeked.release()
    states = {effect.key: effect.state for effect in house.effects()}
    return (*found, states)


# --- 10: the answer is lost ---------------------------------------------------------------------


@pytest.mark.parametrize(("connector", "kind"), each(LOST))
def test_fault_10_a_note_is_written_and_the_answer_lost(
    house, connector: str, kind: FaultKind
) -> None:
    """A note whose answer was lost is looked for, and stands in the ledger exactly once."""
    made = _two_late(house(connector))
    made.side.suffers(made.side.calls.note.suffers(kind))
    assert made.run().exit_code == 0
    made.finish()
    assert len(made.keys()) == len(made.notes()) == 2


@pytest.mark.parametrize("kind", LOST)
def test_fault_10_the_look_for_a_lost_note_fails_too(house, kind: FaultKind) -> None:
    """A note that nobody can say anything about is looked for by the next run, and stays single."""
    made = _two_late(house())
    note = made.side.calls.note
    looks = Fault(K.DROP, "GET", note.path, 2, TRIES)  # the first is before the message
    made.side.suffers(note.suffers(kind), looks)
    made.run()
    assert len(made.keys()) == len(made.notes()) == 2
    made.pass_time(minutes=20)
    made.finish()
    assert len(made.keys()) == len(made.notes()) == 2


@pytest.mark.parametrize("luck", [Luck.TAKES_AND_HANGS_UP, Luck.HANGS_UP])
def test_fault_10_a_mail_is_taken_and_the_answer_lost(house, luck: Luck) -> None:
    """A mail whose answer was lost is uncertain: never sent again, and told until it is settled."""
    made = _two_late(house())
    made.post.luck = lambda: luck if not made.effects(EffectState.UNCERTAIN) else Luck.TAKES
    result = made.run()
    assert (result.exit_code, result.ledgers[0].uncertain) == (1, 1)
    made.finish()
    taken = luck is Luck.TAKES_AND_HANGS_UP
    assert len(made.keys()) == 1 + taken
    assert made.last().waiting == 1


WRITES: dict[str, Callable[[Any, str, str], Any]] = {
    "note": lambda source, account, item: source.add_note(
        account_id=account, item_ids=(item,), text="Said. [rs-mark-note]", key="k1"
    ),
    "task": lambda source, account, item: source.add_task(
        account_id=account,
        item_ids=(item,),
        text="Call them. [rs-mark]",
        due_on=datetime(2026, 11, 17, tzinfo=UTC).date(),
        key="k2",
    ),
    "e-mail": lambda source, account, item: source.email_item(item_id=item, key="k3"),
    "charge": lambda source, account, item: source.add_charge(
        Charge(
            account_id=account,
            amount=Decimal("4.00"),
            currency="GBP",
            description="Late fee",
            on=datetime(2026, 11, 16, tzinfo=UTC).date(),
            reference="fee-1",
            key="k4",
        )
    ),
}


# QuickBooks' late fees need an item of the company: tests/connectors/qbo/test_lost_answers.py.
WRITTEN = [(one, what) for one in ALL for what in WRITES if (one, what) != (QUICKBOOKS, "charge")]
# Odoo is asked and written to alike; the words of a mail are made by a call that sends nothing.
ODOO_WRITES = r"/message_post$|/activity_schedule$|/account.move/create$"


def _a_write(connector: str, what: str) -> tuple[str, str]:
    """Method and path of the call that does it."""
    if connector == ODOO:
        return "POST", ODOO_WRITES
    return ("PUT" if connector == XERO and what != "e-mail" else "POST"), API


def _tried(made: House, what: str, prepare: Callable[[], None]) -> Any:
    """The outcome of one write, after ``prepare`` has broken the wire."""
    with made.worker() as worker:
        source: Any = worker.ledgers[0].open_source()
        with made.store() as store:
            session = store.take_lease(
                made.side.name, owner="test", now=made.clock(), until=made.clock()
            )
            pull(source, session, clock=made.clock, progress=Progress(), keep_lease=lambda: None)
            snapshot = next(iter(session.snapshots()))
            session.release()
        prepare()
        return WRITES[what](source, snapshot.account.account_id, snapshot.items[0].item_id)


LOSSES = [
    (*one, kind) for one in WRITTEN for kind in (LOST if FULL or one[0] in BOTH else LOST[:1])
]


@pytest.mark.parametrize(("connector", "what", "kind"), LOSSES)
def test_fault_10_every_write_and_its_lost_answer(
    house, connector: str, what: str, kind: FaultKind
) -> None:
    """Every write whose answer was lost is proven done or unknown, never failed, and done once."""
    made = _two_late(house(connector))
    before = _written(made.side, what)
    method, path = _a_write(connector, what)
    outcome = _tried(made, what, lambda: made.side.suffers(Fault(kind, method, path)))
    assert isinstance(outcome, Delivered | AlreadyThere | Uncertain), outcome
    assert _written(made.side, what) - before == 1


@pytest.mark.parametrize(("connector", "what"), WRITTEN)
def test_fault_10_every_write_of_which_nobody_can_tell(house, connector: str, what: str) -> None:
    """A write that may have arrived, with nobody to ask, is unknown: neither done nor failed."""
    made = _two_late(house(connector))
    method, path = _a_write(connector, what)
    gone: list[str] = []

    def cut_off(_side: Side, asked: str, where: str) -> None:
        if gone or (asked == method and re.search(path, where)):
            gone.append(where)
            raise ConnectionResetError("and nobody is there any more")

    def prepare() -> None:
        made.heard = cut_off

    outcome = _tried(made, what, prepare)
    assert gone
    assert isinstance(outcome, Uncertain), outcome


def _written(side: Side, what: str) -> int:
    """How often the ledger did what it was asked to."""
    books = side.world.main.books
    if isinstance(side.app, OdooApp):
        rows = side.app.models.rows
        kind = "mail.mt_comment" if what == "e-mail" else "mail.mt_note"
        posted = [one for one in rows.messages if one["subtype"] == kind]
        return len({"charge": rows.drafts, "task": rows.activities}.get(what, posted))
    if what == "charge":
        return len(books.documents)
    if what == "e-mail":
        return len(books.mails)
    if side.connector == QUICKBOOKS:
        return sum(contact.memo.count("rs-mark") for contact in books.contacts.values())
    return sum("rs-mark" in note.text for notes in books.notes.values() for note in notes)


# --- 11 to 13: no connection --------------------------------------------------------------------


@pytest.mark.parametrize("connector", SOME)
def test_fault_11_one_call_is_refused(house, connector: str) -> None:
    """A connection refused once, at every call, is tried again after a jittered wait.

    A note that bears no key (Odoo) is not sent twice within one call: it follows ten minutes on.
    """
    calls = 0
    made = _two_late(house(connector))

    def refuse(_side: Side, _method: str, _path: str) -> None:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise ConnectionRefusedError("nobody listens")

    made.heard = refuse  # every single call of the run is refused once
    made.run()
    assert len(made.keys()) == 2
    assert len(made.notes()) == (0 if connector == ODOO else 2)
    assert all(1.0 <= wait <= 2.0 for wait in made.slept)
    assert len(set(made.slept)) > 2, "waits without jitter"
    made.heard = lambda *_: None
    made.pass_time(minutes=11)
    made.finish()
    assert len(made.keys()) == len(made.notes()) == 2


@pytest.mark.parametrize("where", ["nobody listens", "no such name"])
def test_fault_11_on_a_real_socket(where: str) -> None:
    """A closed port and a name that does not exist are known not to have been sent anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}/" if where == "nobody listens" else "https://ledger.invalid/"
    transport = Transport(hosts=["127.0.0.1", "ledger.invalid"])
    client = HttpClient(transport, clock=lambda: datetime.now(UTC), sleep=lambda _: None)
    with pytest.raises(NotSent, match="no connection could be made"):
        client.write("POST", url, body=b"{}", key="k1")
    assert (client.calls.made, client.calls.retried) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("connector", SOME)
def test_fault_12_no_name_is_resolved_for_a_whole_run(house, connector: str) -> None:
    """Without the vendor nothing that is planned is acted on: exit 5, state as it was, told."""
    made = _two_late(house(connector))
    made.cut("^claim$", after=False)  # an earlier run left two messages waiting
    before = _kept(made)

    def unreachable(_side: Side, _method: str, _path: str) -> None:
        raise ConnectionRefusedError("no such name")

    made.heard = unreachable
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (UPSTREAM, FAILED)
    assert "no connection could be made" in result.ledgers[0].error
    assert made.keys() == []
    assert _kept(made) == before
    made.heard = lambda *_: None
    made.finish()
    assert len(made.keys()) == 2


@pytest.mark.parametrize("flaw", ["expired", "wrong host", "self-signed", "none"])
def test_fault_13_a_certificate_that_does_not_hold(tmp_path, flaw: str) -> None:
    """An expired, foreign or self-signed certificate fails closed: one try, no plain, no answer."""
    trusted, served = certificates(tmp_path, flaw)
    with tls_server(served) as (port, seen):
        client = HttpClient(
            Transport(hosts=["localhost"], ca_bundle=trusted), clock=lambda: datetime.now(UTC)
        )
        url = f"https://localhost:{port}/x"
        if flaw == "none":
            assert client.get(url).body == b"ok"
        else:
            with pytest.raises(Untrusted):
                client.get(url)
    assert (len(seen), client.calls.retried) == (1, 0)
    assert not any(data and flaw != "none" for data in seen), "something was said to it"


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("flaw", ["expired", "wrong host", "self-signed", "none"])
def test_fault_13_a_mail_server_s_certificate(tmp_path, flaw: str, security: Security) -> None:
    """Nothing is said to a mail server whose certificate does not hold: no login, no message."""
    trusted, served = certificates(tmp_path, flaw)
    implicit = security is Security.TLS
    with real_server(certificate=Path(served), implicit=implicit) as box:
        channel = SmtpChannel(
            SmtpConfig(host="localhost", port=box.port, security=security, ca_file=Path(trusted))
        )
        with closing(channel):
            if flaw == "none":
                assert isinstance(channel.send(message()), Delivered)
            else:
                with pytest.raises(AuthError, match="certificate that cannot be trusted"):
                    channel.send(message())
    assert len(box.messages) == (flaw == "none")


# --- 14 to 17: bodies ---------------------------------------------------------------------------


def _a_broken_page(made: House, kind: FaultKind, code: int, reads_max: int) -> None:
    """Once: read again. For good: loud after a few readings, with nothing kept of the page."""
    side = made.side
    assert made.run().exit_code == 0
    made.pass_time(days=1)
    side.late(3)
    before, heard = _kept(made), len(side.world.calls)
    side.suffers(side.calls.invoices.suffers(kind, times=0))
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (code, FAILED)
    assert result.ledgers[0].closed == 0
    suffered = [call for call in side.world.calls[heard:] if call.fault]
    assert 1 < len(suffered) <= reads_max
    asked = {call.query for call in suffered if "COUNT" not in call.query}
    assert len(asked) == 1, "another page was asked for meanwhile"
    assert _kept(made) == before, "something of a broken page was kept"
    assert len(made.keys()) == 2
    made.pass_time(days=1)
    side.suffers(side.calls.invoices.suffers(kind))
    assert made.run().exit_code == 0
    assert made.recipients().count(side.customer(3).email) == 1
    made.finish()


@pytest.mark.parametrize("connector", ALL)
def test_fault_14_reset_in_the_middle_of_a_page(house, connector: str) -> None:
    """A page that broke off is read again; no part of it is kept."""
    _a_broken_page(_two_late(house(connector, **_whole(connector))), K.RESET, UPSTREAM, 5)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunks"])
def test_fault_14_cut_off_on_a_real_socket(share: float, *, announced: bool) -> None:
    """However much of a body arrived before the connection ended: no answer, never a short one."""
    body = b'{"Invoices": [' + b" " * 4000 + b"]}"
    sent = body[: int(len(body) * share)]
    head = b"HTTP/1.1 200 OK\r\n"
    if announced:
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + sent
    else:
        piece = b"%x\r\n%s\r\n" % (len(sent), sent) if sent else b""
        whole = head + b"Transfer-Encoding: chunked\r\n\r\n" + piece
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                connection.recv(4096)
                connection.sendall(whole)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Lost):
            Transport(hosts=["127.0.0.1"]).exchange(
                "GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", headers={}, seconds=5
            )
        thread.join(timeout=20)


@pytest.mark.parametrize("connector", ALL)
def test_fault_15_truncated_json_of_the_right_length(house, connector: str) -> None:
    """Half a page is read again, three times at most, then loud; the cursor stays where it was."""
    _a_broken_page(_two_late(house(connector, **_whole(connector))), K.TRUNCATED, 1, 3)


@pytest.mark.parametrize("connector", ALL)
def test_fault_16_status_200_with_an_error(house, connector: str) -> None:
    """An error with status 200 is never "no invoices": read again, then loud, cursor unmoved."""
    _a_broken_page(_two_late(house(connector, **_whole(connector))), K.ERROR_BODY, 1, 3)


# Each lacks one thing that a healthy answer has; all of them with status 200.
_COUNTED = b'"pagination": {"page": 1, "pageSize": 1000, "pageCount": 0, "itemCount": 0}'
NOT_A_LIST = {
    "html": (ALL, b"<html><body>Back soon</body></html>"),
    "nothing": (ALL, b""),
    "null": (ALL, b"null"),
    "another list": (ALL, b"[]"),
    "an empty object": (ALL, b"{}"),
    "a status and no list": ((XERO,), b'{"Status": "OK", ' + _COUNTED + b"}"),
    "an empty list without its count": ((XERO,), b'{"Status": "OK", "Invoices": []}'),
    "an empty list that is an error": (
        (XERO,),
        b'{"Status": "ERROR", "Invoices": [], ' + _COUNTED + b"}",
    ),
    "no answer to the query": ((QUICKBOOKS,), b'{"QueryResponse": null, "time": "2026-11-17"}'),
    "a fault beside an empty list": (
        (QUICKBOOKS,),
        b'{"QueryResponse": {}, "Fault": {"Error": [{"Message": "x", "code": "10000"}]}}',
    ),
    "a fault of the gateway": (
        (QUICKBOOKS,),
        b'{"fault": {"error": [{"message": "x", "code": "10000"}], "type": "SERVICE"}}',
    ),
    "an error of the server": (
        (ODOO,),
        b'{"jsonrpc": "2.0", "error": {"code": 0, "message": "Odoo Server Error"}}',
    ),
    "a list without its count": ((ODOO,), b'{"records": []}'),
}
BODIES = [
    (one, what)
    for what, (those, _) in NOT_A_LIST.items()
    for one in those
    if FULL or those is not ALL or (what == "html" and one in BOTH)
]


@pytest.mark.parametrize(("connector", "what"), BODIES)
def test_fault_16_whatever_else_comes_with_status_200(house, connector: str, what: str) -> None:
    """HTML, nothing, null, a list without its count, an error beside it: never "no invoices"."""
    made = _two_late(house(connector, **_whole(connector)))
    assert made.run().exit_code == 0
    made.pass_time(days=1)
    before = _kept(made)
    lists, body = re.compile(made.side.calls.invoices.path), NOT_A_LIST[what][1]
    made.side.alter = lambda path, right: body if lists.search(path) else right
    result = made.run()
    assert (result.exit_code, result.ledgers[0].closed) == (1, 0)
    assert result.ledgers[0].error_kind == "ContractError"
    assert _kept(made) == before
    made.side.alter = None
    made.finish()


@pytest.mark.parametrize("connector", ALL)
def test_fault_17_an_empty_page_where_rows_are_promised(house, connector: str) -> None:
    """A page emptier than the count says is read again; invoices it lacks are never "paid"."""
    _a_broken_page(_two_late(house(connector, **_whole(connector))), K.EMPTY_PAGE, 1, 6)


# --- 18: slow -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bytes_first", [100, 3], ids=["drips", "falls silent"])
def test_fault_18_one_byte_a_second(bytes_first: int) -> None:
    """The deadline is of the whole call: bytes that trickle in, or end, do not renew it."""
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def trickle() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                    for _ in range(bytes_first):
                        connection.sendall(b"x")
                        if over.wait(0.1):
                            return
                    over.wait(20)
                except OSError:
                    return  # the client hung up, as it should

        thread = threading.Thread(target=trickle)
        thread.start()
        began = time.monotonic()
        with pytest.raises(Lost):
            Transport(hosts=["127.0.0.1"]).exchange(
                "GET", f"http://127.0.0.1:{listener.getsockname()[1]}/", headers={}, seconds=0.6
            )
        over.set()
        assert time.monotonic() - began < 3
        thread.join(timeout=20)


@pytest.mark.parametrize("connector", SOME)
def test_fault_18_a_ledger_that_hangs(house, connector: str) -> None:
    """A ledger that never answers costs bounded time and nobody else's messages."""
    made = _two_late(house(connector, *BOTH))
    broken, *others = made.sides
    broken.suffers(Fault(K.HANG, times=0))
    began = made.monotonic()
    result = made.run()
    assert [one.status for one in result.ledgers] == [FAILED, OK, OK]
    assert result.exit_code == 1
    assert made.monotonic() - began < 600
    assert len(made.keys()) == 2 * len(others)
    made.finish()
    assert len(made.keys()) == 2 * len(made.sides)


def test_fault_18_a_ledger_that_is_slow_at_every_call(house) -> None:
    """A run ends within its hour and a call however slow each answer is; the next one goes on."""
    made = house()
    for number in range(1, 43):
        made.side.late(number)
    made.side.suffers(Fault(K.SLOW, times=0, seconds=29.0))
    began = made.monotonic()
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (UPSTREAM, FAILED)
    assert 3000 < made.monotonic() - began < 3600 + 60
    assert 0 < len(made.keys()) < 42
    made.pass_time(hours=1)
    made.finish()
    assert len(made.keys()) == 42


# --- 21 to 25: limits and outages ---------------------------------------------------------------


@pytest.mark.parametrize("connector", SOME)
def test_fault_21_a_minutes_limit_with_its_wait(house, connector: str) -> None:
    """The wait that is asked for is kept, with jitter, and the same call made again."""
    made = _two_late(house(connector))
    made.side.suffers(made.side.calls.invoices.suffers(K.MINUTE_LIMIT, retry_after=37))
    assert made.run().exit_code == 0
    calls = made.side.world.calls
    at = next(index for index, call in enumerate(calls) if call.fault)
    again = calls[at + 1]
    assert (again.path, again.query) == (calls[at].path, calls[at].query)
    assert timedelta(seconds=37) <= again.at - calls[at].at <= timedelta(seconds=37 * 1.25 + 1)
    made.finish()
    assert len(made.keys()) == 2


@pytest.mark.parametrize(("connector", "kind"), each([K.MINUTE_LIMIT, K.CONCURRENT_LIMIT]))
def test_fault_22_a_storm_of_limits(house, connector: str, kind: FaultKind) -> None:
    """Limits at every call end the run early and resumable, after a handful of paced calls."""
    made = _two_late(house(connector))
    made.cut("^claim$", after=False)
    heard = len(made.side.world.calls)
    made.side.suffers(Fault(kind, times=0))
    began = made.monotonic()
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (0, LIMITED)
    assert made.monotonic() - began < 600
    storm = made.side.world.calls[heard:]
    assert len(storm) <= 8
    waits = [b.at - a.at for a, b in pairwise(storm) if a.fault and b.fault]
    assert all(wait >= timedelta(seconds=1) for wait in waits), "a retry at once"
    assert made.keys() == []
    made.pass_time(minutes=10 if connector == XERO else 370)  # taken for a used-up month: parked
    made.finish()
    assert len(made.keys()) == 2


def test_fault_23_a_days_limit(house) -> None:
    """A day's limit parks the rest at once, green and told; tomorrow the most overdue go first.

    Runs until then ask nothing of the vendor.
    """
    made = house()
    for number, days in enumerate((5, 9, 6, 8, 7), start=1):
        made.side.late(number, days=days)
    guard = made.side.calls.guard
    made.side.suffers(Fault(K.DAY_LIMIT, guard.method, guard.path, nth=5, times=0))
    result = made.run()
    told = result.ledgers[0]
    assert (result.exit_code, told.status) == (0, LIMITED)
    assert told.limited_until is not None
    assert told.limited_until - made.clock() > timedelta(hours=8)
    assert "limit" in told.error
    assert sum(made.slept) < 60
    sent = len(made.keys())
    assert 0 < sent < 5
    assert len(made.effects(EffectState.PENDING)) >= 5 - sent
    made.pass_time(hours=3)
    heard = len(made.side.world.calls)
    assert made.run().ledgers[0].left_alone
    assert len(made.side.world.calls) == heard
    made.pass_time(days=1)
    made.finish()
    numbers = {made.side.customer(n).email: days for n, days in enumerate((5, 9, 6, 8, 7), 1)}
    assert [numbers[to] for to in made.recipients()] == [9, 8, 7, 6, 5]


# Only Xero names its limits.
@pytest.mark.parametrize(("connector", "named"), [(XERO, True), *((one, False) for one in ALL)])
def test_fault_23_a_days_limit_however_it_is_said(house, connector: str, *, named: bool) -> None:
    """A limit that is named the day's, or whose wait is hours, is asked about once a run."""
    made = _two_late(house(connector))
    kind, wait = (K.DAY_LIMIT, 2) if named else (K.MINUTE_LIMIT, 40_000)
    made.side.suffers(made.side.calls.invoices.suffers(kind, times=0, retry_after=wait))
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (0, LIMITED)
    assert [bool(call.fault) for call in made.side.world.calls].count(True) == 1
    assert sum(made.slept) < 60
    assert made.keys() == []
    made.side.suffers()
    made.pass_time(days=1)
    made.finish()
    assert len(made.keys()) == 2


def test_fault_24_somebody_else_uses_up_the_day(house) -> None:
    """What the headers say is left is believed: the reserve stays for others, the rest waits."""
    made = house()
    for number in range(1, 11):
        made.side.late(number)
    limiter, used = made.side.app.limiter, 0

    def neighbour(_side: Side, method: str, _path: str) -> None:
        nonlocal used
        used += 1
        for client, org in list(limiter._counts):
            limiter.spend_day(client, org, made.clock(), leave=max(0, 80 - used * 2))

    made.heard = neighbour
    result = made.run()
    assert (result.exit_code, result.ledgers[0].status) == (0, LIMITED)
    assert "reserve" in result.ledgers[0].error
    left = limiter.headers(*next(iter(limiter._counts)), made.clock())
    assert int(dict(left)["X-DayLimit-Remaining"]) >= 46, "the reserve of fifty was used up"
    assert not any(call.status == 429 for call in made.side.world.calls), "it ran into the limit"
    assert 0 < len(made.keys()) < 10
    made.heard = lambda *_: None
    made.pass_time(days=1)
    made.finish()
    assert len(made.keys()) == 10


def _is_look(call: Any) -> bool:
    """Whether it only asks; Odoo is asked by POST, too."""
    return call.method == "GET" or call.path.endswith("search_read")


OUTAGES = (K.SERVER_ERROR, K.EMPTY_ERROR, K.OFFLINE)  # 500, 502, 503


@pytest.mark.parametrize(("connector", "kind"), each(OUTAGES))
def test_fault_25_an_outage_of_some_calls(house, connector: str, kind: FaultKind) -> None:
    """Reads are tried again; a note is written again only after a look, and stands once."""
    made = _two_late(house(connector))
    calls = made.side.calls
    made.side.suffers(calls.invoices.suffers(kind, times=3), calls.note.suffers(kind, times=3))
    assert made.run().exit_code == 0
    heard = made.side.world.calls
    tries = [i for i, c in enumerate(heard) if c.method == calls.note.method and c.fault]
    assert all(_is_look(heard[i + 1]) for i in tries), "written again without a look"
    made.pass_time(minutes=20)
    made.finish()
    assert len(made.keys()) == len(made.notes()) == 2


@pytest.mark.parametrize(("connector", "kind"), each(OUTAGES))
def test_fault_25_an_outage_that_lasts(house, connector: str, kind: FaultKind) -> None:
    """An outage for good ends the run with exit 5 after five tries a call; nothing is lost."""
    made = _two_late(house(connector))
    made.side.suffers(made.side.calls.invoices.suffers(kind, times=0))
    assert made.run().exit_code == UPSTREAM
    assert sum(bool(call.fault) for call in made.side.world.calls) == 5
    assert made.keys() == []
    made.finish()
    assert len(made.keys()) == 2
