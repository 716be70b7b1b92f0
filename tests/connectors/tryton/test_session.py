"""Sessions: one login for all, opened anew once when stale, and nothing told of the password."""

import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

from syncer.errors import AuthError, ContractError, RateLimited

from .scripted import PASSWORD, Bench, Refusal, Scripted, Status, books

LOGIN = "common.db.login"


@pytest.mark.parametrize(("version", "path"), [("8.2", "/acme/rpc/"), ("7.0.59", "/acme/")])
def test_the_path_goes_by_the_version(version: str, path: str) -> None:
    """Since 8.0 remote calls have an address of their own."""
    tryton = books()
    tryton.version = version
    Bench(tryton).source.check()
    assert set(tryton.paths) - {"/rpc/", "/"} == {path}


def test_one_login_serves_a_whole_run() -> None:
    """Login costs a password hash: it is done once."""
    tryton = books()
    bench = Bench(tryton)
    list(bench.source.pull({}))
    bench.source.read_accounts(["1"])
    assert tryton.count(LOGIN) == 1


def test_a_stale_session_is_opened_anew_once() -> None:
    """The call that found it stale is repeated with the new one."""
    tryton = books()
    bench = Bench(tryton)
    bench.source.check()
    tryton.stale.add("token-1")
    bench.source.check()
    assert tryton.count(LOGIN) == 2


def test_a_session_that_is_refused_at_once_again_ends_in_an_error_of_access() -> None:
    """A server that takes no session at all is not logged in to without end."""
    tryton = books()
    tryton.stale |= {f"token-{number}" for number in range(9)}
    with pytest.raises(AuthError):
        Bench(tryton).source.check()
    assert tryton.count(LOGIN) == 2


def test_threads_that_find_the_session_stale_open_one_between_them() -> None:
    """Whoever comes later takes the session that the first has opened."""
    tryton = books()
    bench = Bench(tryton)
    bench.source.check()
    tryton.stale.add("token-1")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: bench.source.read_accounts(["1"]), range(8)))
    assert tryton.tokens == 2


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Status(401), "refuses user and password"),
        (Status(404), "no database"),
        (Refusal("Database 'acme' doesn't exist!", ""), "no database"),
        (Refusal("LoginException", ["sms_code", "Code", "char"]), "more than a password"),
    ],
)
def test_a_refused_login_says_what_to_correct(answer: Exception, word: str) -> None:
    """Asked once: too many wrong passwords would lock the user out."""

    class Closed(Scripted):
        def _log_in(self, params: list[object]) -> list[object]:
            raise answer

    tryton = Closed()
    with pytest.raises(AuthError, match=word) as raised:
        Bench(tryton).source.check()
    assert tryton.count(LOGIN) == 1
    shown = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in shown


def test_too_many_failed_logins_end_the_run_early() -> None:
    """429 at the login is waited out for a while, then the ledger is left for later."""

    class Busy(Scripted):
        def _log_in(self, params: list[object]) -> list[object]:
            raise Status(429)

    bench = Bench(Busy())
    with pytest.raises(RateLimited):
        bench.source.check()
    assert sum(bench.slept) > 0


def test_another_server_is_told_from_a_tryton() -> None:
    """An address where something else answers is an error that says so."""

    class Other(Scripted):
        def _answer(self, environ: dict[str, object], call: dict[str, object]) -> object:
            raise Status(200)

    with pytest.raises(ContractError, match="url"):
        Bench(Other()).source.check()


def test_nothing_printed_shows_a_secret() -> None:
    """A printed connector, its client and its settings show neither password nor session."""
    bench = Bench(books())
    bench.source.check()
    shown = f"{bench.source!r} {vars(bench.source)!r} {bench.http.calls!r}"
    assert PASSWORD not in shown
    assert "token-1" not in shown
