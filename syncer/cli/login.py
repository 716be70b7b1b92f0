"""``auth``: give the worker access to a ledger, see it, take it away."""

import base64
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qs, urlsplit

import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.errors import AuthError, ConfigError, SyncerError

if TYPE_CHECKING:
    from syncer.bootstrap import Line

KEY_BYTES = 32
PASTES_MAX = 3
HOW_TO_PASTE = (
    "copy the whole line from the browser's address bar after allowing access, also when the page "
    "there says that it cannot be reached"
)

Ledger = Annotated[
    str, typer.Argument(metavar="LEDGER", help="The ledger's name in your configuration.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Give or take access to a ledger.", no_args_is_help=True)
    for verb, keeps in (
        (login, True),
        (status, False),
        (logout, True),
        (key, False),
        (rekey, True),
    ):
        group.command()(shared(verb, keeps=keeps))
    app.add_typer(group, name="auth")


def login(
    call: Call,
    name: Ledger = "",
    paste: Annotated[
        bool,
        typer.Option("--paste", metavar="", help="Paste the address instead of listening for it."),
    ] = False,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", metavar="", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Log in once; the tokens are kept, encrypted, in the state database."""
    import webbrowser

    if call.flags.no_input:
        raise ConfigError(
            "a login needs a person who allows access in a browser, and --no-input says that "
            f"nobody is there: run syncer auth login {name or 'LEDGER'} by hand, once, without "
            "--no-input (with --paste where this machine has no browser)"
        )
    opener = webbrowser.open if browser and sys.stderr.isatty() else None
    with _line(call, name) as (line, _):
        line.log_in(show=_show_page(call), open_browser=opener, ask=_asker(call) if paste else None)
        name = line.ledger.name
    if call.screen.as_json:
        call.screen.data({"ledger": name, "logged_in": True})
    else:
        call.screen.say(f"Logged in to '{name}'. Next: syncer check --ledger {name}")


def status(call: Call) -> None:
    """Show for each ledger whether a login is kept and whether it works."""
    from syncer.bootstrap import line_to

    rows = []
    with call.worker() as worker:
        for setup in call.ledgers(worker):
            line = line_to(call.settings, setup.name, worker.store, call.around)
            rows.append((setup.name, setup.connector, *_access(line)))
    if call.screen.as_json:
        names = ("ledger", "connector", "works", "detail")
        call.screen.data([dict(zip(names, one, strict=True)) for one in rows])
    else:
        call.screen.table(("ledger", "connector", "works", "detail"), rows)
    if any(one[2] == "no" for one in rows):
        raise typer.Exit(AuthError.exit_code)


def _access(line: "Line") -> tuple[str, str]:
    if line.spec.oauth is None:
        return "yes", "no login needed"
    try:
        health = line.open_source().check()
    except SyncerError as error:
        return "no", str(error)
    return "yes", f"organisation {health.organisation.name}"


def logout(call: Call, name: Ledger = "") -> None:
    """Tell the vendor to forget this access, and forget the tokens here."""
    with _line(call, name) as (line, keeper):
        name = line.ledger.name
        if not call.screen.confirm(f"Log out of '{name}'? Its runs fail until the next login."):
            call.screen.say("Nothing was changed.")
            return
        keeper.revoke()
    if call.screen.as_json:
        call.screen.data({"ledger": name, "logged_in": False})
    else:
        call.screen.say(f"Logged out of '{name}'.")


def key(call: Call) -> None:
    """Print a new key for secrets.key; keep it where you keep passwords."""
    made = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    if call.screen.as_json:
        call.screen.data({"key": made})
    else:
        call.screen.say(made)


def rekey(call: Call) -> None:
    """Seal every kept login with secrets.key, so that previous_keys can be emptied."""
    from syncer.bootstrap import line_to

    said = {True: "sealed anew", False: "sealed with this key already", None: "no login is kept"}
    rows, failed = [], False
    with call.worker() as worker:
        for setup in call.ledgers(worker):
            keeper = line_to(call.settings, setup.name, worker.store, call.around).keeper()
            try:
                told = said[keeper.reseal()] if keeper is not None else "no login needed"
            except SyncerError as error:
                told, failed = str(error), True
            rows.append((setup.name, told))
    if call.screen.as_json:
        call.screen.data([{"ledger": name, "says": told} for name, told in rows])
    else:
        call.screen.table(("ledger", "login"), rows)
    if failed:
        raise typer.Exit(AuthError.exit_code)


@contextmanager
def _line(call: Call, wanted: str) -> Iterator[tuple["Line", Any]]:
    """The way to the named ledger (or the only one with a login) and its token keeper."""
    from syncer.bootstrap import line_to

    with call.worker() as worker:
        name = wanted or _only(call)
        line = line_to(call.settings, name, worker.store, call.around)
        keeper = line.keeper()
        if keeper is None:
            raise ConfigError(f"ledger '{name}' ({line.spec.name}) needs no login")
        yield line, keeper


def _only(call: Call) -> str:
    from syncer.bootstrap import discover

    specs = discover()
    names = [
        one.name
        for one in call.settings.ledgers
        if specs[one.connector].oauth is not None
        and (not call.flags.ledger or one.name in call.flags.ledger)
    ]
    if len(names) != 1:
        if not names:
            raise ConfigError("no ledger of this configuration needs a login")
        raise ConfigError(f"several ledgers have a login ({', '.join(names)}); say which one")
    return names[0]


def _show_page(call: Call) -> Any:
    return lambda address: call.screen.tell(f"Open this page and allow access:\n  {address}")


def _asker(call: Call) -> Callable[[], str]:
    return lambda: pasted_address(_read_line, call.screen.tell)


def pasted_address(read: Callable[[], str], tell: Callable[[str], None]) -> str:
    """The address that a person pastes; what cannot be one is said and asked for again.

    Raises ConfigError after ``PASTES_MAX`` tries, or at once where nothing comes.
    """
    wrong = ""
    for _ in range(PASTES_MAX):
        text = read()
        if not text:
            break
        wrong = _wrong_with(text.strip())
        if not wrong:
            return text.strip()
        tell(f"{wrong}; {HOW_TO_PASTE}")
    raise ConfigError(
        f"{wrong or 'nothing was pasted'}, so nothing was changed. Run it again, allow access in "
        f"the browser, then {HOW_TO_PASTE}"
    )


def _wrong_with(text: str) -> str:
    """Why this cannot be where a login ended; "" when it can."""
    if not text:
        return "that line was empty"
    try:
        parts = urlsplit(text)
        said = parse_qs(parts.query)
    except ValueError:  # brackets in a host, or more parameters than any login has
        return "that is not the address of a page"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "that is not the address of a page"
    if "client_id" in said:
        return "that is the page on which access is allowed, not the one the browser ended on"
    if not ({"code", "error"} & said.keys()) or "state" not in said:
        return "that address is not whole: code= and state= are missing in it"
    return ""


def _read_line() -> str:
    print("Paste the address your browser ended on: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()
