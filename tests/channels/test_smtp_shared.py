"""One SMTP channel for several messages: each is judged by itself, and one goes at a time."""

import itertools
import threading
import time

import pytest
from msgspec.structs import replace

from syncer.channels.smtp import SmtpChannel, SmtpConfig
from syncer.errors import Unreachable
from syncer.model.ledger import Person
from syncer.model.outcome import Delivered, Outcome, Retry
from syncer.testing.channel_suite import message
from tests.channels.mail_server import real_server


def test_a_server_that_is_gone_got_nothing_of_the_next_message() -> None:
    """How far the message before had come says nothing about this one: it was not handed over."""
    with real_server() as server:
        config = SmtpConfig(host="127.0.0.1", port=server.port, security="none")
        channel = SmtpChannel(config)
        first = channel.send(message("contact-1"))
        assert isinstance(first, Delivered)
        assert first.remote_id == message("contact-1").message_id
    with pytest.raises(Unreachable, match="Nothing was sent"):
        channel.send(message("contact-2"))
    assert len(server.messages) == 1


def test_a_server_that_leaves_in_the_middle_got_nothing() -> None:
    """421 to one recipient is no word about that one: the first alone is not written to either."""
    two = replace(message(), to=(Person(email="a@b.example"), Person(email="c@b.example")))
    with real_server(rcpt_answers={"c@b.example": "421 closing"}) as server:
        channel = SmtpChannel(SmtpConfig(host="127.0.0.1", port=server.port, security="none"))
        assert isinstance(channel.send(two), Retry)
        channel.close()
    assert server.messages == []


def test_ledgers_that_share_a_channel_take_turns() -> None:
    """Two threads that send at once never speak on the connection in between each other."""
    asked: list[int] = []

    def unhurried() -> float:
        asked.append(threading.get_ident())
        time.sleep(0.01)
        return time.monotonic()

    done: list[Outcome] = []
    with real_server() as server:
        config = SmtpConfig(host="127.0.0.1", port=server.port, security="none")
        channel = SmtpChannel(config, monotonic=unhurried)
        threads = [
            threading.Thread(target=lambda n=n: done.append(channel.send(message(f"contact-{n}"))))
            for n in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        channel.close()
    assert [type(one) for one in done] == [Delivered, Delivered]
    assert len(server.messages) == 2
    ours = [one for one in asked if one in {thread.ident for thread in threads}]
    turns = sum(one != two for one, two in itertools.pairwise(ours))
    assert (turns, len(ours) > 2) == (1, True)
