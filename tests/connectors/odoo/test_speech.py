"""Both interfaces: how a call is put, and what each answer of a real Odoo means.

The bodies are those that Odoo 19.0 gave, with the traceback cut to its first line.
"""

import json
from typing import Any

import pytest

from connectors.odoo.speech import (
    Call,
    DeniedError,
    GoneError,
    Json2,
    JsonRpc,
    RefusedError,
    ambiguous,
    is_refusal,
)
from syncer.errors import AuthError, ContractError
from syncer.http.faults import AmbiguousWriteError, MalformedError
from syncer.http.transport import Response

KEY = "8d3f0c1b5a7e4f2d9c6b8a1e3f5d7c9b0a2e4f6d"
CALL = Call("account.move", "message_post", {"body": "x", "context": {"lang": "en_US"}}, [6])
JSON = {"Content-Type": "application/json; charset=utf-8"}


def _says(status: int, name: str, message: str = "it said") -> Response:
    body = {
        "name": name,
        "message": message,
        "arguments": [message],
        "context": {},
        "debug": f"Traceback (most recent call last): {KEY}",
    }
    return Response(status, JSON, json.dumps(body).encode())


def _rpc(name: str, message: str = "it said") -> Response:
    data = json.loads(_says(200, name, message).body)
    error = {"code": 0, "message": "Odoo Server Error", "data": data}
    return Response(200, JSON, json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode())


def test_json2_names_its_arguments() -> None:
    """Model and method in the address, key and database in headers, records as ``ids``."""
    request = Json2("acme", KEY).request(CALL)
    assert request.path == "/json/2/account.move/message_post"
    assert request.headers["Authorization"] == f"bearer {KEY}"
    assert request.headers["X-Odoo-Database"] == "acme"
    assert json.loads(request.body) == {"ids": [6], "body": "x", "context": {"lang": "en_US"}}


def test_json_rpc_gives_records_by_position() -> None:
    """The key is the password; the arguments keep their names, but for ``create``."""
    rpc = JsonRpc("acme", KEY, 7)
    args = json.loads(rpc.request(CALL).body)["params"]["args"]
    assert args[:5] == ["acme", 7, KEY, "account.move", "message_post"]
    assert args[5:] == [[[6]], {"body": "x", "context": {"lang": "en_US"}}]
    made = json.loads(rpc.request(Call("account.move", "create", {"vals_list": [{"a": 1}]})).body)
    assert made["params"]["args"][5:] == [[[{"a": 1}]], {}]


def test_no_print_of_a_request_shows_the_key() -> None:
    """Neither headers nor body of a request are in its text."""
    for speech in (Json2("acme", KEY), JsonRpc("acme", KEY, 7)):
        assert KEY not in repr(speech.request(CALL))
        assert KEY not in repr(speech)


NAMES: dict[str, tuple[int, type[Exception]]] = {
    "werkzeug.exceptions.Unauthorized": (401, AuthError),
    "odoo.exceptions.AccessDenied": (403, AuthError),
    "odoo.exceptions.AccessError": (403, DeniedError),
    "odoo.exceptions.MissingError": (404, GoneError),
    "werkzeug.exceptions.NotFound": (404, ContractError),
    "werkzeug.exceptions.UnprocessableEntity": (422, RefusedError),
    "odoo.exceptions.UserError": (422, RefusedError),
    "odoo.exceptions.ValidationError": (422, RefusedError),
    "builtins.ValueError": (500, ContractError),
    "psycopg2.errors.SerializationFailure": (500, MalformedError),
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_errors_of_json2_are_classed_by_name(name: str) -> None:
    """The exception's name decides; the status where it has none."""
    status, kind = NAMES[name]
    with pytest.raises(kind) as told:
        Json2("acme", KEY).result(_says(status, name), CALL)
    assert type(told.value) is kind
    assert KEY not in str(told.value)


@pytest.mark.parametrize("name", sorted(n for n in NAMES if not n.startswith("werkzeug")))
def test_errors_of_json_rpc_are_classed_alike(name: str) -> None:
    """With status 200 on all of them."""
    with pytest.raises(NAMES[name][1]) as told:
        JsonRpc("acme", KEY, 7).result(_rpc(name), CALL)
    assert type(told.value) is NAMES[name][1]


@pytest.mark.parametrize(
    "answer",
    [
        Response(200, {"Content-Type": "text/html"}, b"<html>Please log in</html>"),
        Response(200, {}, b"[]"),
        Response(200, JSON, b'{"jsonrpc": "2.0", "id": 1}'),
        Response(200, JSON, b'{"jsonrpc": "2.0", '),
    ],
)
def test_what_is_no_answer_is_malformed(answer: Response) -> None:
    """A page for people, nothing, half an answer: read again, never believed."""
    with pytest.raises(MalformedError):
        JsonRpc("acme", KEY, 7).result(answer, CALL)


def test_a_page_instead_of_an_error_says_what_to_correct() -> None:
    """A 404 that is no JSON: Odoo found no database for this address."""
    answer = Response(404, {"Content-Type": "text/html"}, b"<p>No database is selected</p>")
    with pytest.raises(AuthError, match="database"):
        Json2("acme", KEY).result(answer, CALL)


def test_refusals_tell_odoos_words_without_addresses() -> None:
    """A person must act on them; what is private in them is taken out, and they end somewhere."""
    message = f"Not for ann@customer.example, password=hunter22 {'long ' * 200}"
    with pytest.raises(RefusedError) as told:
        Json2("acme", KEY).result(_says(422, "odoo.exceptions.UserError", message), CALL)
    said = str(told.value)
    assert said.startswith("UserError: Not for [redacted]")
    assert "hunter22" not in said
    assert len(said) < 400


@pytest.mark.parametrize("error", [MalformedError("x"), ContractError("x")])
def test_an_exception_of_a_write_proves_nothing(error: Exception) -> None:
    """Odoo may have committed before it broke off: unclear, never a refusal."""
    assert isinstance(ambiguous(error), AmbiguousWriteError)


@pytest.mark.parametrize("error", [RefusedError("x"), GoneError("x"), DeniedError("x")])
def test_a_refusal_of_a_write_is_certain(error: Exception) -> None:
    """Odoo rolls these back."""
    assert ambiguous(error) is error


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (_says(500, "builtins.ValueError"), True),
        (_says(500, "psycopg2.errors.SerializationFailure"), False),
        (Response(500, {"Content-Type": "text/html"}, b"<html>"), False),
        (_says(502, "builtins.ValueError"), False),
    ],
)
def test_our_own_mistakes_are_not_tried_again(answer: Response, refused: bool) -> None:
    """An unknown field stays unknown; a fault of the database may pass."""
    assert is_refusal(answer) is refused


def test_amounts_go_out_as_the_digits_they_are() -> None:
    """Decimal is written as a number, not through a float."""
    from decimal import Decimal

    call: Any = Call("account.move", "create", {"vals_list": [{"price_unit": Decimal("40.10")}]})
    assert b'"price_unit":40.10' in Json2("acme", KEY).request(call).body
