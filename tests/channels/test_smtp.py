"""SMTP outcomes by the stage at which something goes wrong, over real sockets on loopback."""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from syncer.channels.smtp import SmtpChannel, SmtpConfig
from syncer.channels.troubles import in_words
from syncer.errors import AuthError, ConfigError, Unreachable
from syncer.model.ledger import Person
from syncer.model.outcome import Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.testing.channel_suite import message
from tests.channels.mail_server import (
    PASSWORD,
    USER,
    Rule,
    make_certificate,
    real_server,
    scripted_server,
)


def plain(port: int, *, timeout: float = 5, deadline: float = 10) -> SmtpChannel:
    """A channel to an unprotected server on this machine."""
    return SmtpChannel(
        SmtpConfig(host="127.0.0.1", port=port, security="none", timeout=timeout, deadline=deadline)
    )


def answering(**answers: str | None) -> Rule:
    """A rule that says 250 (354 to DATA) except for the verbs given."""

    def rule(command: str) -> str | None:
        verb = "body" if command == "<body>" else command.partition(" ")[0].lower()
        if verb in answers:
            return answers[verb]
        return "354 go on" if verb == "data" else "250 OK"

    return rule


def test_starttls_with_login_delivers_encrypted(tmp_path: Path) -> None:
    """STARTTLS with a trusted certificate and a login delivers over TLS."""
    certificate = make_certificate(tmp_path)
    with real_server(certificate=certificate, auth=True) as server:
        channel = SmtpChannel(
            SmtpConfig(
                host="127.0.0.1",
                port=server.port,
                username=USER,
                password=PASSWORD,
                ca_file=certificate,
            )
        )
        assert isinstance(channel.send(message()), Delivered)
        channel.close()
    assert (server.messages, server.tls) == ([message().raw], [True])


def test_implicit_tls_delivers_encrypted(tmp_path: Path) -> None:
    """TLS from the first byte delivers, and quits cleanly."""
    certificate = make_certificate(tmp_path)
    with real_server(certificate=certificate, implicit=True) as server:
        channel = SmtpChannel(
            SmtpConfig(host="127.0.0.1", port=server.port, security="tls", ca_file=certificate)
        )
        assert isinstance(channel.send(message()), Delivered)
        channel.close()
    assert server.tls == [True]


@pytest.mark.parametrize("failing", [2, 3])  # while connecting, and before a word of the message
def test_a_machine_that_is_out_of_threads_hands_nothing_over(failing: int) -> None:
    """A limit of processes or memory is no doubt about a message: nobody got it, all wait."""
    left = failing

    def no_thread() -> float:
        nonlocal left
        left -= 1
        if left == 0:
            raise RuntimeError("can't start new thread")
        return time.monotonic()

    with real_server() as server:
        config = SmtpConfig(host="127.0.0.1", port=server.port, security="none")
        channel = SmtpChannel(config, monotonic=no_thread)
        with pytest.raises(Unreachable, match=r"no more threads.*Nothing was sent"):
            channel.send(message())
        assert isinstance(channel.send(message()), Delivered)
        channel.close()
    assert len(server.messages) == 1


def test_one_connection_serves_a_run() -> None:
    """Several messages of a run share a connection."""
    with real_server() as server:
        channel = plain(server.port)
        for number in range(3):
            channel.send(message(f"contact-{number}"))
        channel.close()
    assert (len(server.messages), len(server.peers)) == (3, 1)


def test_wrong_password_is_an_auth_error_without_the_password(tmp_path: Path) -> None:
    """A refused login stops the channel and shows neither user name nor password."""
    certificate = make_certificate(tmp_path)
    with real_server(certificate=certificate, auth=True) as server:
        channel = SmtpChannel(
            SmtpConfig(
                host="127.0.0.1",
                port=server.port,
                username=USER,
                password="canary-wrong",
                ca_file=certificate,
            )
        )
        with pytest.raises(AuthError, match=r"refused the login \(code 535\)") as caught:
            channel.send(message())
    assert "canary-wrong" not in str(caught.value) + repr(channel)
    assert USER not in str(caught.value)
    assert server.messages == []


def test_login_where_none_is_offered_is_an_auth_error(tmp_path: Path) -> None:
    """A password is not sent to a server that asks for none."""
    with scripted_server(answering()) as server:
        channel = SmtpChannel(
            SmtpConfig(
                host="127.0.0.1", port=server.port, security="none", username="u", password="p"
            )
        )
        with pytest.raises(AuthError, match="offers no login"):
            channel.send(message())


@pytest.mark.parametrize("implicit", [False, True])
def test_untrusted_certificate_is_an_auth_error(tmp_path: Path, *, implicit: bool) -> None:
    """A certificate that no trusted authority signed ends it before anything is said."""
    certificate = make_certificate(tmp_path)
    with real_server(certificate=certificate, implicit=implicit) as server:
        channel = SmtpChannel(
            SmtpConfig(
                host="127.0.0.1", port=server.port, security="tls" if implicit else "starttls"
            )
        )
        with pytest.raises(AuthError, match="cannot be trusted"):
            channel.send(message())
    assert server.messages == []


def test_certificate_of_another_host_is_an_auth_error(tmp_path: Path) -> None:
    """A trusted certificate for another name is refused."""
    certificate = make_certificate(tmp_path, host="elsewhere.example")
    with real_server(certificate=certificate) as server:
        channel = SmtpChannel(SmtpConfig(host="127.0.0.1", port=server.port, ca_file=certificate))
        with pytest.raises(AuthError, match="cannot be trusted"):
            channel.send(message())
    assert server.messages == []


def test_no_starttls_offered_is_an_auth_error() -> None:
    """Without STARTTLS nothing goes out in the clear."""
    with real_server() as server:
        channel = SmtpChannel(SmtpConfig(host="127.0.0.1", port=server.port))
        with pytest.raises(AuthError, match="offers no STARTTLS"):
            channel.send(message())
    assert server.messages == []


STAGES: list[tuple[str, Rule, type[Outcome], int]] = [
    ("mail 421", answering(mail="421 closing"), Retry, 0),
    ("mail 550", answering(mail="550 not you"), Rejected, 0),
    ("rcpt 550", answering(rcpt="550 unknown"), Rejected, 0),
    ("rcpt 451 greylist", answering(rcpt="451 try later"), Retry, 0),
    ("rcpt 452", answering(rcpt="452 full"), Retry, 0),
    ("rcpt drop", answering(rcpt=None), Retry, 0),
    ("data 554", answering(data="554 no"), Rejected, 0),
    ("data 451", answering(data="451 later"), Retry, 0),
    ("data drop", answering(data=None), Retry, 0),
    ("data nonsense", answering(data="hello"), Retry, 0),
    ("body 552", answering(body="552 too large"), Rejected, 1),
    ("body 550", answering(body="550 spam"), Rejected, 1),
    ("body 451", answering(body="451 later"), Retry, 1),
    ("body drop", answering(body=None), Uncertain, 1),
    ("body nonsense", answering(body="okay then"), Uncertain, 1),
    ("body odd code", answering(body="354 go on"), Uncertain, 1),
]


@pytest.mark.parametrize(("name", "rule", "expected", "bodies"), STAGES, ids=lambda v: str(v)[:20])
def test_outcome_by_stage(name: str, rule: Rule, expected: type[Outcome], bodies: int) -> None:
    """Refused or lost before the last dot is never uncertain; lost after it always is."""
    with scripted_server(rule) as server:
        channel = plain(server.port)
        outcome = channel.send(message())
        channel.close()
    assert isinstance(outcome, expected), (name, outcome)
    assert len(server.got) == bodies


def test_login_refused_for_now_costs_no_attempt() -> None:
    """A login refused with a 4xx code passes: it is no wrong password."""

    def rule(command: str) -> str:
        if command.upper().startswith("EHLO"):
            return "250-script\r\n250 AUTH PLAIN"
        return "454 later" if command.upper().startswith("AUTH") else "250 OK"

    with scripted_server(rule) as server:
        channel = SmtpChannel(
            SmtpConfig(
                host="127.0.0.1", port=server.port, security="none", username="u", password="p"
            )
        )
        with pytest.raises(Unreachable, match="454"):
            channel.send(message())


@pytest.mark.parametrize("greeting", [None, "554 no service", "421 busy", "gibberish"])
def test_no_welcome_costs_no_attempt(greeting: str | None) -> None:
    """A server that cuts, refuses or babbles at the door got nothing; no message is to blame."""
    with (
        scripted_server(answering(), greeting=greeting) as server,
        pytest.raises(Unreachable, match="Nothing was sent"),
    ):
        plain(server.port).send(message())


def test_nobody_listening_costs_no_attempt() -> None:
    """A refused connection is certain: nothing went out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        plain(port).send(message())


def test_unknown_host_costs_no_attempt() -> None:
    """A name that cannot be looked up is certain: nothing went out."""
    channel = SmtpChannel(SmtpConfig(host="mail.invalid", port=587, timeout=2, deadline=4))
    with pytest.raises(Unreachable):
        channel.send(message())


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ConnectionRefusedError(), "compare host and port"),
        (socket.gaierror(), "correct host"),
        (ssl.SSLError(), "security must fit the port"),
        (TimeoutError(), "firewall"),
        (smtplib.SMTPServerDisconnected(), "broke the connection off"),
        (ConnectionResetError(), "connection broke"),
        (KeyError("secret"), ""),
    ],
)
def test_a_trouble_is_said_in_words_that_need_no_protocols(error: Exception, says: str) -> None:
    """Each usual trouble names what to look at; the error's own text is never repeated."""
    assert says in in_words(error)
    assert "secret" not in in_words(error)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(answering(mail="drip"), Retry), (answering(body="drip"), Uncertain)],
    ids=["before", "after"],
)
def test_dripping_server_ends_at_the_deadline(rule: Rule, expected: type[Outcome]) -> None:
    """A server that sends a byte now and then cannot hold a run past its deadline."""
    with scripted_server(rule) as server:
        started = time.monotonic()
        outcome = plain(server.port, deadline=0.5).send(message())
        assert time.monotonic() - started < 4
    assert isinstance(outcome, expected)


def test_dripping_greeting_ends_at_the_deadline() -> None:
    """The deadline holds from the first byte, also while connecting."""
    with scripted_server(answering(), greeting="drip") as server:
        started = time.monotonic()
        with pytest.raises(Unreachable):
            plain(server.port, deadline=0.5).send(message())
        assert time.monotonic() - started < 4


def test_partial_refusal_is_delivered_and_names_the_role() -> None:
    """One recipient of two refused: delivered, and the detail names the role, not the address."""
    two = replace(
        message(),
        to=(
            Person(email="a@b.example", role="invoice"),
            Person(email="gone@b.example", role="escalation"),
        ),
    )
    with real_server(rcpt_answers={"gone@b.example": "550 unknown"}) as server:
        channel = plain(server.port)
        outcome = channel.send(two)
        channel.close()
    assert isinstance(outcome, Delivered)
    assert "escalation contact (code 550)" in outcome.detail
    assert "1 of 2" in outcome.detail
    assert "gone@" not in outcome.detail
    assert len(server.messages) == 1


def test_what_the_server_said_to_the_message_is_kept_without_addresses() -> None:
    """Its number for the message is what its operator finds it by; addresses and codes are not."""
    said = "250 2.0.0 Ok: queued as 4XyZ for <a@b.example> \x1b[2J" + "x" * 300
    with real_server(data_answer=said) as server:
        channel = plain(server.port)
        outcome = channel.send(message())
        channel.close()
    assert isinstance(outcome, Delivered)
    assert outcome.detail == "accepted by the mail server: 250 2.0.0 Ok: queued as 4XyZ for"


def test_all_recipients_refused_sends_no_body() -> None:
    """One refused for now among refused for good: Retry, and no body is sent."""
    two = replace(message(), to=(Person(email="a@b.example"), Person(email="c@b.example")))
    answers = {"a@b.example": "550 unknown", "c@b.example": "450 later"}
    with real_server(rcpt_answers=answers) as server:
        channel = plain(server.port)
        outcome = channel.send(two)
        channel.close()
    assert isinstance(outcome, Retry)
    assert server.messages == []


def test_a_dead_reused_connection_is_replaced() -> None:
    """A connection that the server closed between two messages costs no message."""
    with real_server() as first:
        channel = plain(first.port)
        channel.send(message("contact-1"))
        server_socket = channel._server.sock if channel._server else None
        assert server_socket is not None
        server_socket.shutdown(socket.SHUT_RDWR)
        assert isinstance(channel.send(message("contact-2")), Delivered)
        channel.close()
    assert len(first.messages) == 2


def test_a_failure_leaves_the_channel_usable() -> None:
    """After a lost connection the next message gets a new one."""
    answers = iter([None, "250 OK"])

    def rule(command: str) -> str | None:
        if command == "<body>":
            return next(answers)
        return "354 go on" if command == "DATA" else "250 OK"

    with scripted_server(rule) as server:
        channel = plain(server.port)
        outcomes = [channel.send(message("contact-1")), channel.send(message("contact-2"))]
        channel.close()
    assert [type(one) for one in outcomes] == [Uncertain, Delivered]
    assert server.connections == 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"security": "none", "host": "mail.example.com"}, "another machine"),
        ({"security": "ssl"}, "use starttls, tls or none"),
        ({"username": "u"}, "both user name and password"),
        ({"ca_file": Path("/nowhere.pem")}, "cannot be read as PEM"),
    ],
)
def test_unsafe_settings_are_refused(changes: dict[str, object], problem: str) -> None:
    """Settings that would leave mail or a password unprotected are refused at once."""
    with pytest.raises(ConfigError, match=problem):
        SmtpChannel(SmtpConfig(**({"host": "127.0.0.1"} | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "build", [lambda: SmtpConfig(host="h", username="u", password="canary-p")], ids=["config"]
)
def test_printed_settings_show_no_password(build: Callable[[], SmtpConfig]) -> None:
    """A password does not appear when settings are printed."""
    assert "canary-p" not in repr(build())


def test_check_reaches_without_sending() -> None:
    """``check`` connects and sends nothing; a closed port is told."""
    with real_server() as server:
        channel = plain(server.port)
        channel.check()
        channel.close()
    assert server.messages == []
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1"):
        channel.check()
