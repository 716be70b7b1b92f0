"""What a login server may say instead of tokens: nothing stored is ever lost by it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncer.errors import AuthError, Transient
from syncer.http.oauth import TokenKeeper
from syncer.http.vault import Tokens

from .fakes import FakeTime, client_over
from .test_oauth import Vault, _provider

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2031, 1, 1, tzinfo=UTC)


def keeper(
    status: str, body: bytes, *, ends_at: datetime | None = None
) -> tuple[TokenKeeper, Vault]:
    """A keeper whose login server always says this."""

    def server(environ: dict[str, Any], start: Any) -> list[bytes]:
        start(status, [("Content-Type", "application/json")])
        return [body]

    time = FakeTime()
    vault = Vault(time.clock)
    vault.make().write(
        Tokens(
            access="a0",
            refresh="r0",
            expires_at=LONG_AGO,
            obtained_at=LONG_AGO,
            ends_at=ends_at,
        )
    )
    made = TokenKeeper(
        replace(_provider(), idle_key="idle", end_key="end"),
        ledger="main",
        http=client_over(server, time),
        vault=vault.make(),
        clock=time.clock,
    )
    return made, vault


@pytest.mark.parametrize(
    "body",
    [
        b"[1]",
        b'"words"',
        b"null",
        b"[" * 50_000,
        b"\xff\xfe",
        b"<html>",
        b'{"access_token":"","token_type":"Bearer"}',
        b'{"access_token":{"a":1},"token_type":"Bearer"}',
        b'{"access_token":"a","token_type":"Bearer","scope":{"a":1}}',
        b'{"access_token":"a","token_type":"Bearer","scope":7}',
        b'{"access_token":"a","token_type":"Bearer","expires_in":"soon"}',
        b'{"access_token":"a","token_type":"Bearer","expires_in":1e400}',
        b'{"access_token":"a","token_type":"Bearer","expires_in":99999999999999}',
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(body: bytes) -> None:
    """It is asked for again within bounds, then passes as a fault that may pass."""
    made, vault = keeper("200 OK", body)
    with pytest.raises(Transient, match="login server"):
        made.token()
    stored = vault.make().read()
    assert stored is not None
    assert stored.refresh == "r0"


@pytest.mark.parametrize(
    "said",
    [
        "",
        ',"end":null,"idle":null',
        *(f',"end":{bad},"idle":{bad}' for bad in ('""', '"soon"', "[]", "{}", "1e400", "9" * 20)),
    ],
)
def test_what_an_answer_says_of_its_end_never_costs_the_tokens(said: str) -> None:
    """The rotated tokens are stored; what was known of the end before stays known."""
    body = f'{{"access_token":"a1","refresh_token":"r1","token_type":"Bearer"{said}}}'
    made, vault = keeper("200 OK", body.encode(), ends_at=FAR_OFF)
    assert made.token() == "a1"
    stored = vault.make().read()
    assert stored is not None
    assert (stored.refresh, stored.idle_until, stored.ends_at) == ("r1", None, FAR_OFF)


def test_a_refusal_is_not_repeated_word_for_word() -> None:
    """Only OAuth's own error words reach people and logs."""
    made, _ = keeper("400 Bad Request", b'{"error":"no\\nrefresh_token r0 is unknown"}')
    with pytest.raises(AuthError, match="status 400") as told:
        made.token()
    assert "r0" not in str(told.value)
