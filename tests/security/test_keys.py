"""Tokens at rest: sealed, moved from key to key by configuration and one command."""

import json
import socket
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syncer.errors import AuthError, Transient
from syncer.http import login
from syncer.http.secretbox import SecretBox, box_of, new_key
from syncer.http.vault import Tokens, TokenVault
from syncer.testing.secrets_in_memory import SecretsInMemory
from syncer.testing.sim.rig import START

from .house import CONFIGURED, house
from .playing import drive

NEW = "canary-newest-key-of-more-than-thirty-two-characters"


def _stored(home: Path) -> bytes:
    with sqlite3.connect(f"file:{home}/state/syncer.db?mode=ro", uri=True) as connection:
        [(value,)] = connection.execute("SELECT value FROM secret").fetchall()
    connection.close()
    return bytes(value)


def test_a_key_is_changed_without_a_new_login(tmp_path: Path) -> None:
    """New key in front, old one behind, rekey, old one gone: the login works at every step."""
    old, config = CONFIGURED["STORE_KEY"], ["--config", f"{tmp_path}/house.yaml"]

    def played(*lines: str, key: str, before: str) -> list[dict[str, Any]]:
        steps = [[*config, *line.split()] for line in lines]
        return list(drive(tmp_path, steps, STORE_KEY=key, OLD_KEY=before)["steps"])

    with house(tmp_path):
        [login] = played("auth login forge --paste --no-browser", key=old, before="x" * 40)
        assert login["code"] == 0, login
        under_old = _stored(tmp_path)
        before, moved, again = played(
            "auth status -l forge",
            "auth rekey --json",
            "auth rekey -l forge",
            key=NEW,
            before=old,
        )
        assert before["code"] == moved["code"] == again["code"] == 0, moved
        said = {one["ledger"]: one["says"] for one in json.loads(moved["out"])}
        assert said["forge"] == "sealed anew"
        assert "sealed with this key already" in again["out"]
        assert _stored(tmp_path) != under_old
        [after] = played("auth status -l forge", key=NEW, before="x" * 40)
        assert after["code"] == 0, after
        [lost] = played("auth rekey -l forge", key=old, before="x" * 40)
    assert lost["code"] == AuthError.exit_code
    assert "cannot be decrypted" in lost["out"]
    box_of([NEW]).open(_stored(tmp_path))
    with pytest.raises(AuthError):
        box_of([old]).open(_stored(tmp_path))


def test_tokens_that_are_replaced_meanwhile_are_not_written_over() -> None:
    """A refresh that comes between reading and sealing wins; a hundred of them end the try."""

    class Busy(SecretsInMemory):
        """Somebody stores something new after every reading, as often as ``busy`` says."""

        busy = 1

        def load_secret(self, name: str) -> bytes | None:
            """What is stored, just before it is replaced."""
            found = super().load_secret(name)
            if self.busy:
                self.busy -= 1
                self.save_secret(name, SecretBox([first]).seal(b"newer"), START)
            return found

    first, second = new_key(), new_key()
    store = Busy()
    store.save_secret("tokens/x", SecretBox([first]).seal(b"older"), START)
    vault = TokenVault(SecretBox([second, first]), store, "tokens/x", lambda: START)
    assert vault.reseal() is True
    assert SecretBox([second]).open(store.load_secret("tokens/x") or b"") == b"newer"
    store.busy = 100
    store.save_secret("tokens/x", SecretBox([first]).seal(b"older"), START)
    with pytest.raises(Transient):
        vault.reseal()


def test_tokens_of_one_ledger_serve_no_other() -> None:
    """Sealed values that somebody exchanges in the state are refused; older ones name no owner."""
    box, store = SecretBox([new_key()]), SecretsInMemory()
    north, south = (TokenVault(box, store, f"tokens/{one}", lambda: START) for one in "ns")
    tokens = Tokens(access="a", refresh="r", expires_at=START, obtained_at=START)
    north.write(tokens)
    assert north.read() == tokens
    store.save_secret("tokens/s", store.load_secret("tokens/n") or b"", START)
    with pytest.raises(AuthError, match="another ledger"):
        south.read()
    store.save_secret("tokens/s", box.seal(msgspec.json.encode(tokens)), START)
    assert south.read() == tokens


def test_a_visit_that_makes_no_sense_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever knocks at a login's door on this machine cannot write on its terminal."""
    with login._listener(0) as server:
        for line in (b"GET http://[/callback HTTP/1.1", b"\x1b]52;c;x\x07 / HTTP/1.1"):
            with socket.create_connection(("127.0.0.1", server.server_port)) as visitor:
                visitor.sendall(line + b"\r\n\r\n")
                server.handle_request()
        assert server.visited == ""
    assert capfd.readouterr() == ("", "")
