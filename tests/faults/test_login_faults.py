"""Faults 26 to 30: tokens that expire, rotate, are lost, revoked or damaged."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.errors import AuthError, StateError
from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.faults import Fault, FaultKind
from syncer.store import open_store

from .sides import BOTH, ODOO, QUICKBOOKS, XERO
from .workshop import Workshop

K = FaultKind
LEDGER_REFUSES = 4


def _two_late(home: Path, *connectors: str) -> Workshop:
    made = Workshop(home, *connectors, person=True)
    for side in made.sides:
        side.late(1)
        side.late(2, "80.00")
    made.forget_calls()
    return made


@pytest.mark.parametrize("kind", [K.EXPIRED_TOKEN, K.TOKEN_DEATH])
@pytest.mark.parametrize("connector", BOTH)
def test_fault_26_access_token_expires_mid_run(home: Path, connector: str, kind: FaultKind) -> None:
    """A 401 costs one refresh, then the very same call is made again and the run is complete."""
    made = _two_late(home, connector)
    made.side.suffers(made.side.calls.guard.suffers(kind))
    result = made.run()
    assert (result.exit_code, made.last().status, made.asked()) == (0, LedgerStatus.OK, 1)
    calls = [call for call in made.side.world.calls if ".well-known" not in call.path]
    heard = [(call.path, call.query, call.status) for call in calls]
    [refused] = [number for number, call in enumerate(heard) if call[2] == 401]
    assert "token" in heard[refused + 1][0]
    assert heard[refused + 2] == (*heard[refused][:2], 200)
    assert len(made.keys()) == 2
    made.judge()


@pytest.mark.parametrize("connector", BOTH)
def test_fault_26_a_second_401_stops_the_ledger(home: Path, connector: str) -> None:
    """When even the fresh token is refused, nothing more is asked and the other ledger goes on."""
    made = _two_late(home, connector, connector)
    broken, other = made.sides
    broken.suffers(broken.calls.guard.suffers(K.EXPIRED_TOKEN, times=0))
    result = made.run()
    told = made.last(broken.name)
    assert (told.status, told.error_kind) == (LedgerStatus.FAILED, AuthError.__name__)
    assert result.exit_code == 1  # one of two: a partial failure
    assert [call.status for call in broken.world.calls].count(401) == 2
    assert sum("token" in call.path for call in broken.world.calls) == 1
    assert made.last(other.name).status is LedgerStatus.OK
    assert {mail.partition("@c")[2][2:] for mail in made.recipients()} == {
        f"{other.name.title().replace('_', '').lower()}ltd.example"
    }
    made.finish()
    assert len(made.keys()) == 4


def _at_expiry(home: Path, connector: str) -> Workshop:
    """A day after the login: the next run begins with a refresh that rotates the token."""
    made = _two_late(home, connector)
    made.pass_time(hours=25)
    made.forget_calls()
    return made


CRASHES = {
    "before-the-request": ("token", False),
    "after-the-request": ("token", True),
    "before-its-first-use": ("GET /api.xro|GET /v3", False),
}


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("connector", BOTH)
def test_fault_27_crash_around_the_refresh(home: Path, connector: str, crash: str) -> None:
    """A crash loses no login, unless the vendor's answer was lost and the vendor gives no grace.

    Then one refused refresh says that a person must log in: never a loop of invalid_grant.
    """
    made = _at_expiry(home, connector)
    point, after = CRASHES[crash]
    made.cut(point, after=after)
    if crash == "before-its-first-use":
        assert _vault(made).access, "the new token must be stored before it is used"
    made.forget_calls()
    result = made.run()
    if connector == QUICKBOOKS and crash == "after-the-request":
        assert (result.exit_code, made.asked()) == (LEDGER_REFUSES, 1)
        assert f"syncer auth login {made.side.name}" in made.last().error
        assert made.keys() == []
        made._log_in()
    made.finish()
    assert len(made.keys()) == 2


def _vault(made: Workshop):
    tokens = made.keeper().kept()
    assert tokens is not None
    return tokens


def test_fault_27_the_former_token_is_tried_within_the_grace(home: Path) -> None:
    """Xero honours the former refresh token for half an hour: with it the login goes on."""
    made = _at_expiry(home, XERO)
    before = _vault(made).refresh
    made.cut("token", after=True)  # the answer with the new one is lost
    assert _vault(made).refresh == before
    assert made.run().exit_code == 0
    assert _vault(made).refresh not in ("", before)
    made.finish()


def test_fault_27_a_newer_token_that_is_refused(home: Path) -> None:
    """Where the newest is refused, the one before it is tried once, within its grace only."""
    made = _at_expiry(home, XERO)
    former = _vault(made).refresh
    assert made.run().exit_code == 0  # rotated
    newest = _vault(made)
    assert newest.previous == former
    tokens = made.side.world.tokens
    tokens[newest.refresh].revoked = tokens[newest.access].revoked = True
    made.forget_calls()
    made.pass_time(minutes=5)
    assert made.run().exit_code == 0
    assert made.asked("connect/token") == 2  # refused, and with the former one
    assert _vault(made).refresh not in (former, newest.refresh)
    last = _vault(made)
    tokens[last.refresh].revoked = tokens[last.access].revoked = True
    made.forget_calls()
    made.pass_time(hours=1)
    assert made.run().exit_code == LEDGER_REFUSES
    assert made.asked("connect/token") == 1


@pytest.mark.parametrize("connector", BOTH)
def test_fault_28_two_processes_refresh_at_once(home: Path, connector: str) -> None:
    """A run and a ``check`` find the token expired together: one refresh, both use its result."""
    made = _at_expiry(home, connector)
    both = threading.Barrier(2)

    def heard(_side: object, _method: str, path: str) -> None:
        if "token" in path:  # the vendor takes its time: the other one surely meets the refresh
            time.sleep(0.1)

    made.heard = heard
    as_it_was = made.around
    made.around = replace(as_it_was, sleep=lambda _: time.sleep(0.01), monotonic=time.monotonic)
    keepers = [made.keeper(), made.keeper()]
    tokens: list[str] = []

    def ask(keeper) -> None:
        both.wait(timeout=10)
        tokens.append(keeper.token())

    threads = [threading.Thread(target=ask, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(tokens) == 2
    assert (len(set(tokens)), made.asked(made.side.calls.login.path[1:-1])) == (1, 1)
    made.around = as_it_was
    made.finish()
    assert len(made.keys()) == 2


@pytest.mark.parametrize("connector", BOTH)
def test_fault_28_the_loser_reads_what_the_winner_stored(home: Path, connector: str) -> None:
    """A run whose token was renewed behind its back takes the stored one instead of its own."""
    made = _at_expiry(home, connector)
    renewed: list[str] = []

    def behind_its_back() -> None:
        if not renewed:  # its own looks at the state are points as well
            renewed.append("")
            renewed[0] = made.keeper().token()

    result = made.run(made.at("begin_run|take_lease", behind_its_back))
    assert (result.exit_code, made.asked(made.side.calls.login.path[1:-1])) == (0, 1)
    assert _vault(made).access == renewed[0]


REFUSALS = {"revoked": K.REVOKED, "disconnected": K.DISCONNECTED}


@pytest.mark.parametrize("why", REFUSALS)
@pytest.mark.parametrize("connector", BOTH)
def test_fault_29_revoked_or_disconnected(home: Path, connector: str, why: str) -> None:
    """Its ledger is told once a run as refused, sends nothing on facts read before; others go on.

    One sentence names the ledger and what to run. The next runs ask the vendor once each, and
    go on by themselves as soon as a person connected it again.
    """
    made = _two_late(home, connector, connector)
    broken = made.side
    broken.suffers(broken.calls.guard.suffers(REFUSALS[why], times=0))
    results = [made.run()]
    broken.suffers(Fault(REFUSALS[why], times=0))
    made.pass_time(days=1)
    made.forget_calls()
    results.append(made.run())
    refused = [call for call in broken.world.calls if call.status in (400, 401, 403)]
    assert len(refused) <= 2  # the call, and a refresh: no loop
    assert len(broken.world.calls) <= 4
    assert [_refused(result, broken.name) for result in results] == [True] * 2
    assert not [mail for mail in made.recipients() if broken.name in mail]
    assert len(made.keys()) == 2  # the other ledger's, once each
    broken.suffers()
    made._log_in()
    made.finish()
    assert len(made.keys()) == 4


@pytest.mark.parametrize("why", REFUSALS)
def test_fault_29_a_key_that_was_withdrawn(home: Path, why: str) -> None:
    """Odoo's key, or a right of its user, is gone: told with what to do, and others go on."""
    made = _two_late(home, ODOO, ODOO)
    broken, said = made.side, {"revoked": "Make a new one", "disconnected": "give it the right"}
    broken.suffers(broken.calls.guard.suffers(REFUSALS[why], times=0))
    results = [made.run()]
    made.pass_time(days=1)
    made.forget_calls()
    broken.suffers(Fault(REFUSALS[why], times=0))
    results.append(made.run())
    assert len([call for call in broken.world.calls if call.status in (401, 403)]) <= 2
    assert [_refused(one, broken.name, said[why]) for one in results] == [True] * 2
    assert not [mail for mail in made.recipients() if broken.name in mail]
    assert len(made.keys()) == 2  # the other ledger's, once each


def _refused(result: RunResult, name: str, what: str = "") -> bool:
    [told] = [one for one in result.ledgers if one.ledger == name]
    said = (what or f"syncer auth login {name}") in told.error
    others: Sequence[LedgerStatus] = [one.status for one in result.ledgers if one is not told]
    return (
        (told.status, told.error_kind) == (LedgerStatus.FAILED, AuthError.__name__)
        and said
        and others == [LedgerStatus.OK]
        and result.exit_code == 1
    )


def _of_something_else(made: Workshop) -> bytes:
    """Sealed as tokens are, with the right key, and not tokens."""
    return made.keeper()._vault.box.seal(b'{"access": [')


DAMAGES = {
    "half-written": lambda sealed: sealed[: len(sealed) // 2],
    "empty": lambda sealed: b"",
    "bit-flip": lambda sealed: sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:],
}


@pytest.mark.parametrize("damage", [*DAMAGES, "of something else"])
def test_fault_30_stored_tokens_damaged(home: Path, damage: str) -> None:
    """The error says whose tokens and what to run; nothing is asked, sent or written over them."""
    made = _two_late(home, QUICKBOOKS)
    damage_it = DAMAGES.get(damage, lambda _: _of_something_else(made))
    damaged = damage_it(_sealed(made))
    with closing(sqlite3.connect(made.state)) as state, state:
        state.execute("UPDATE secret SET value = ?", (damaged,))
    made.run()
    assert (made.last().status, made.last().error_kind) == (
        LedgerStatus.FAILED,
        AuthError.__name__,
    )
    assert "syncer auth login" in made.last().error
    assert (made.side.world.calls[1:], made.keys()) == ([], [])
    assert _sealed(made) == damaged
    made._log_in()
    made.finish()
    assert len(made.keys()) == 2


def _sealed(made: Workshop) -> bytes:
    with closing(sqlite3.connect(made.state)) as state:
        return bytes(state.execute("SELECT value FROM secret").fetchone()[0])


def test_fault_30_a_save_that_fails_keeps_the_previous_generation(home: Path) -> None:
    """The tokens before stay as they were when their successors cannot be stored, and serve."""
    made = _at_expiry(home, XERO)
    before = _sealed(made)
    with closing(sqlite3.connect(made.state)) as state:
        state.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON secret BEGIN SELECT RAISE(FAIL, 'no'); END"
        )
    made.run()
    assert (made.last().status, made.keys()) == (LedgerStatus.FAILED, [])
    assert _sealed(made) == before
    with closing(sqlite3.connect(made.state)) as state:
        state.execute("DROP TRIGGER full")
    made.finish()
    assert len(made.keys()) == 2


def test_fault_30_unreadable_state(home: Path) -> None:
    """A store that cannot be opened at all is named with its path, and left as it is."""
    (home / "state.db").mkdir()
    with pytest.raises(StateError, match=str(home / "state.db")):
        open_store(f"sqlite:///{home / 'state.db'}")
    assert list((home / "state.db").iterdir()) == []
