"""A login by hand: who must be there, and what a pasted line must be."""

from collections.abc import Iterator

import pytest

from syncer.cli.login import PASTES_MAX, pasted_address
from syncer.errors import ConfigError

GOOD = "http://localhost:8484/callback?code=abc&state=xyz"


def paste(*lines: str) -> tuple[str, list[str]]:
    """The address taken from these lines, and what was told meanwhile."""
    told: list[str] = []
    given: Iterator[str] = iter(lines)
    return pasted_address(lambda: next(given, ""), told.append), told


def test_a_good_address_is_taken_at_once() -> None:
    """Blanks around it, as a mouse brings them, do not matter; a refusal is an answer too."""
    assert paste(f"  {GOOD}\n") == (GOOD, [])
    refused = "https://www.example.com/x?error=access_denied&state=xyz"
    assert paste(refused) == (refused, [])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("\n", "that line was empty"),
        ("abc\n", "not the address of a page"),
        ("http://localhost:8484/callback", "code= and state= are missing"),
        ("http://localhost:8484/callback?code=abc", "code= and state= are missing"),
        ("https://login.example.com/authorize?client_id=1&state=xyz", "page on which access is"),
    ],
)
def test_a_wrong_line_is_said_and_asked_for_again(line: str, says: str) -> None:
    """The person learns what to copy, and the login goes on."""
    address, told = paste(line, GOOD)
    assert address == GOOD
    assert says in told[0]
    assert "address bar" in told[0]


def test_it_is_not_asked_for_for_ever() -> None:
    """After some wrong lines, or where nothing comes, the command ends and says what to do."""
    with pytest.raises(ConfigError, match="not the address of a page"):
        paste(*["abc\n"] * PASTES_MAX, GOOD)
    with pytest.raises(ConfigError, match="nothing was pasted"):
        paste()


def test_no_input_refuses_a_login_at_once(tmp_path, program) -> None:
    """Nobody is waited for, and the message says what to run by hand."""
    config = tmp_path / "x.yaml"
    config.write_text(
        f"state: {{url: 'sqlite:///{tmp_path}/state.db'}}\n"
        "mail: {from: a@b.co.uk, reply_to: a@b.co.uk, channels: {o: {type: folder, dir: o}}}\n"
        "secrets: {key: '0123456789abcdef0123456789abcdef'}\n"
        "ledgers: [{name: north, connector: xero, settings: {client_id: a, client_secret: b}}]\n"
    )
    done = program("-c", str(config), "auth", "login", "north", "--no-input")
    assert done.code == 2
    assert f"syncer --config {config} auth login north by hand" in done.err


def test_a_pasted_address_that_is_none_is_asked_for_again() -> None:
    """Brackets where a host should be are told like any other slip, not a crash."""
    told: list[str] = []
    with pytest.raises(ConfigError, match="not the address of a page"):
        pasted_address(lambda: "http://[localhost:8484/callback?code=a&state=b", told.append)
    assert len(told) == 3
