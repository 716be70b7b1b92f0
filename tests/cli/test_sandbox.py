"""sandbox up says what is wrong with its arguments before it starts anything."""

import socket

import pytest


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("xerox",), "there is no platform 'xerox'; did you mean 'xero'?"),
        (("sage",), "there is no platform 'sage'; use one of: "),
        (("xero", "--scenario", "dmeo"), "there is no scenario 'dmeo'; did you mean 'demo'?"),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(program, words, says) -> None:
    """One paragraph and exit code 2, as everywhere."""
    done = program("sandbox", "up", *words)
    assert (done.code, says in done.err) == (2, True), done.err


def test_a_busy_port_is_told_with_the_way_out(program) -> None:
    """The port, who may have it, and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = program("sandbox", "up", "xero", "--port", str(port))
    assert done.code == 2
    assert f"port {port} is in use" in done.err
    assert "--port 0" in done.err
