"""What a refresh does when somebody else changes the stored login meanwhile."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from syncer.errors import AuthError, Transient
from syncer.http.vault import Tokens

from .test_oauth import Setting


def _tokens(setting: Setting, access: str, *, refresh: str, minutes: int) -> Tokens:
    now = setting.time.clock()
    expires = now + timedelta(minutes=minutes)
    return Tokens(access=access, refresh=refresh, expires_at=expires, obtained_at=now)


def _announce(setting: Setting, *, seconds: float) -> None:
    until = setting.time.clock() + timedelta(seconds=seconds)
    setting.vault.make().write(replace(setting.stored(), refreshing_until=until))


def test_a_login_during_a_refresh_wins() -> None:
    """What a person just allowed is used; the tokens of the refresh are not stored over it."""
    setting = Setting()
    mine = _tokens(setting, "person", refresh="p0", minutes=30)
    setting.server.after = lambda: setting.vault.make().write(mine)
    assert setting.keeper.token() == "person"
    assert setting.stored() == mine


def test_a_logout_during_a_refresh_stays_a_logout() -> None:
    """Somebody took the access back: the run ends with the sentence that says so."""
    setting = Setting()
    gone = _tokens(setting, "", refresh="", minutes=0)
    setting.server.after = lambda: setting.vault.make().write(gone)
    with pytest.raises(AuthError, match="somebody logged out of 'main' while"):
        setting.keeper.token()
    assert setting.stored() == gone


def test_another_login_that_is_stale_already_is_left_alone() -> None:
    """Neither usable nor ours: nothing is stored over it, and the next run begins with it."""
    setting = Setting()
    other = _tokens(setting, "old", refresh="p0", minutes=0)
    setting.server.after = lambda: setting.vault.make().write(other)
    with pytest.raises(Transient, match="another process changed the stored login"):
        setting.keeper.token()
    assert setting.stored() == other


def test_a_refresh_that_failed_is_no_longer_announced() -> None:
    """The next process need not wait for one that has given up, nor after a refusal."""
    setting = Setting()
    setting.server.good.clear()
    with pytest.raises(AuthError, match="invalid_grant"):
        setting.keeper.token()
    assert setting.stored().refreshing_until is None

    def drop() -> None:
        raise ConnectionError("lost")

    setting.server.before = drop
    with pytest.raises(Transient):
        setting.keeper.token()
    assert setting.stored().refreshing_until is None


def test_a_refresh_announced_by_a_dead_process_is_waited_for_and_then_done() -> None:
    """It lapses; until then nothing is asked, afterwards the token is spent by us."""
    setting = Setting()
    _announce(setting, seconds=60)
    assert setting.keeper.token() == "a1"
    assert sum(setting.time.slept) == 60


def test_a_clock_that_is_far_ahead_holds_nobody_up_for_long() -> None:
    """Announced by a machine whose clock is an hour ahead: two minutes are waited, no more."""
    setting = Setting()
    _announce(setting, seconds=3600)
    assert setting.keeper.token() == "a1"
    assert sum(setting.time.slept) == 120


def test_tokens_stored_before_announcements_existed_are_read() -> None:
    """A state file of an older version needs no new login."""
    setting = Setting()
    sealed = setting.vault.box.seal(
        b'{"access":"a0","expires_at":"2026-11-02T09:00:00Z","refresh":"r0",'
        b'"obtained_at":"2026-11-02T08:30:00Z","previous":"","scope":"read"}'
    )
    setting.vault.values["t"] = sealed
    assert setting.keeper.token() == "a1"


def test_a_logout_takes_back_what_was_stored_meanwhile() -> None:
    """A refresh that ends while the vendor is told: its tokens are revoked as well."""
    setting = Setting()
    setting.keeper.token()
    setting.server._answer = lambda form: ("200 OK", b"")  # type: ignore[method-assign]
    late = [_tokens(setting, "late", refresh="r9", minutes=30)]
    setting.server.after = lambda: late and setting.vault.make().write(late.pop())
    setting.keeper.revoke()
    assert [form["token"] for form in setting.server.asked[-2:]] == [["r1"], ["r9"]]
    assert setting.stored().refresh == ""


def test_a_refresh_is_announced_while_it_lasts() -> None:
    """Whoever looks meanwhile is told for how long to wait: a refresh token is spent once."""
    setting = Setting()
    told = []
    setting.server.before = lambda: told.append(setting.stored().refreshing_until)
    setting.keeper.token()
    assert told == [setting.time.clock() + timedelta(seconds=90)]
    assert setting.stored().refreshing_until is None
