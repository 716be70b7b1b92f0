"""The sign of life says start, good or fail to one https host, and never breaks a run."""

import pytest

from syncer.channels.ping import Sign, ping
from syncer.http.wsgi import WsgiAdapter
from tests.unit.http.fakes import Say, Script

URL = "https://hc.example.test/canary-uuid"


def _mounts(script: Script) -> dict[str, WsgiAdapter]:
    return {"https://hc.example.test": WsgiAdapter(script)}


@pytest.mark.parametrize(
    ("sign", "path"),
    [
        (Sign.START, "/canary-uuid/start"),
        (Sign.GOOD, "/canary-uuid"),
        (Sign.FAIL, "/canary-uuid/fail"),
    ],
)
@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_each_sign_is_one_call_without_a_body(url: str, sign: Sign, path: str) -> None:
    """The protocol of healthchecks.io; nothing about the run leaves."""
    script = Script(Say(body=b"OK"))
    assert ping(url, sign, mounts=_mounts(script)) == ""
    (call,) = script.seen
    assert (call["REQUEST_METHOD"], call["PATH_INFO"]) == ("GET", path)
    assert (call["body"], call["QUERY_STRING"]) == (b"", "")


@pytest.mark.parametrize(
    "answer",
    [
        Say(status=500),
        Say(status=404),
        Say(status=302, headers={"Location": "https://elsewhere.example.test/"}),
        Say(body=b"x" * 100_000),
    ],
    ids=["500", "404", "redirect", "too large"],
)
def test_trouble_is_a_sentence_without_the_address(answer: Say) -> None:
    """The address is a password: it is in no message. No redirect is followed."""
    script = Script(answer)
    trouble = ping(URL, Sign.GOOD, mounts=_mounts(script))
    assert trouble
    assert "canary" not in trouble
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    "url", ["http://hc.example.test/x", "ftp://hc.example.test/x", "https:///x", "nonsense"]
)
def test_only_https_is_spoken(url: str) -> None:
    """Anything else is refused before a connection is made."""
    assert ping(url, Sign.GOOD)


def test_a_server_that_is_not_there_is_told() -> None:
    """A refused connection on this very machine: no exception, a sentence."""
    assert "connection" in ping("http://127.0.0.1:9/x", Sign.FAIL, seconds=2)
