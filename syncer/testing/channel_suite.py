"""What every mail channel must keep, as checks that a channel's author runs on theirs.

Build a ``ChannelCase`` for the channel and run each check of ``CHECKS`` with it, e.g. with
``pytest.mark.parametrize("check", CHECKS)``. A check raises AssertionError with a sentence.
It looks at what the other side holds, never at the channel's inside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from syncer.channels import envelope
from syncer.model.effect import Attachment, Message
from syncer.model.ledger import Person
from syncer.model.outcome import AlreadyThere, Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.ports import Channel

CANARY = "canary-7f3a91"  # stands in bodies and names; may show up in no outcome
HOSTILE_KEYS = (
    "../../outside",
    "/etc/cron.d/x",
    "a\r\nBcc: thief@evil.example",
    "nul\x00byte",
    "k" * 300,
    "ключ:ü:‮",
    ".hidden",
    "con|aux:*?",
)


@dataclass(frozen=True, slots=True)
class ChannelCase:
    """A channel under test. ``open`` gives a new channel to the same destination each time."""

    open: Callable[[], Channel]
    received: Callable[[], Sequence[bytes]]  # the bytes of every message the other side holds
    refusing: Callable[[], Channel]  # a channel whose destination takes nothing
    remembers: bool  # whether ``find`` can tell; False = it must say None
    secrets: tuple[str, ...] = ()  # passwords that may show up nowhere


def message(key: str = "contact-1", *, body: str = "Hello", to: str = "a@b.example") -> Message:
    """A small message whose text and names carry the canary."""
    people = (Person(email=to, name=f"Name {CANARY}", role="invoice"),)
    parts = envelope.Envelope(
        key=key,
        sender="billing@acme.example",
        sender_name="Acme",
        reply_to="anna@acme.example",
        to=people,
        subject=f"Subject {CANARY}",
        text=f"{body}\n{CANARY}\n",
        html=f"<p>{CANARY}</p>\n",
        language="en",
        at=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
        attachments=(
            Attachment(name="i.pdf", mime_type="application/pdf", content=b"%PDF\r\n.\r\n"),
        ),
    )
    return Message(
        key=key,
        message_id=envelope.message_id(key, parts.sender),
        sender=parts.sender,
        reply_to=parts.reply_to,
        to=people,
        subject=parts.subject,
        text=parts.text,
        html=parts.html,
        language="en",
        raw=envelope.build(parts),
    )


def delivers_the_bytes_it_was_given(case: ChannelCase) -> None:
    """One send is one message at the other side, byte for byte."""
    sent = message()
    outcome = case.open().send(sent)
    _require(isinstance(outcome, Delivered), f"a good message was not delivered: {outcome}")
    _require(list(case.received()) == [sent.raw], "the other side does not hold those bytes once")


def keeps_dots_and_long_lines(case: ChannelCase) -> None:
    """Lines that begin with a dot, a lone dot and non-ASCII text arrive unchanged."""
    sent = message(body=".\n..\n.hidden\n" + "ä" * 2000 + "\n.\n")
    case.open().send(sent)
    _require(list(case.received()) == [sent.raw], "a line was changed on the way")


def delivers_each_of_several(case: ChannelCase) -> None:
    """A run's messages go out over one channel, in order."""
    channel = case.open()
    sent = [message(f"contact-{number}") for number in range(5)]
    outcomes = [channel.send(one) for one in sent]
    _require(all(isinstance(one, Delivered) for one in outcomes), f"not all delivered: {outcomes}")
    _require(sorted(case.received()) == sorted(one.raw for one in sent), "messages are missing")


def finds_truthfully(case: ChannelCase) -> None:
    """``find`` says no before, yes after, also from a new channel, or always None."""
    sent = message()
    before = case.open().find(sent.message_id)
    case.open().send(sent)
    after = case.open().find(sent.message_id)
    expected = (False, True) if case.remembers else (None, None)
    _require((before, after) == expected, f"find said {before}, then {after}")


def does_not_repeat_what_it_remembers(case: ChannelCase) -> None:
    """A channel that remembers answers AlreadyThere and leaves one message."""
    if not case.remembers:
        return
    channel = case.open()
    channel.send(message())
    again = [channel.send(message()), case.open().send(message())]
    _require(all(isinstance(one, AlreadyThere) for one in again), f"sent again: {again}")
    _require(len(case.received()) == 1, "the other side holds it more than once")


def tells_a_refusal(case: ChannelCase) -> None:
    """Where nothing is taken, nothing is called delivered, and nothing arrives."""
    outcome = case.refusing().send(message())
    _require(isinstance(outcome, Retry | Rejected), f"a refusal was told as {outcome}")
    _require(not case.received(), "a refused message arrived")


def keeps_secrets(case: ChannelCase) -> None:
    """No outcome and no printed channel shows a body, a name, an address or a password."""
    channel, refusing = case.open(), case.refusing()
    shown = [repr(channel), repr(refusing)]
    shown += [_told(channel.send(message())), _told(refusing.send(message("contact-2")))]
    for secret in (CANARY, "a@b.example", *case.secrets):
        _require(not any(secret in text for text in shown), "an outcome shows what it must not")


def survives_hostile_keys(case: ChannelCase) -> None:
    """A key is only an identity: it leaves no folder, writes no header, and stays distinct."""
    channel = case.open()
    sent = [message(key) for key in HOSTILE_KEYS]
    outcomes = [channel.send(one) for one in sent]
    _require(all(isinstance(one, Delivered) for one in outcomes), f"a key was refused: {outcomes}")
    _require(sorted(case.received()) == sorted(one.raw for one in sent), "a message is missing")
    _require(not any(b"\nBcc:" in raw for raw in case.received()), "a key became a header")


def works_after_close(case: ChannelCase) -> None:
    """Closing twice is harmless, and a closed channel opens itself again."""
    channel = case.open()
    close = getattr(channel, "close", None)
    for _ in range(2):
        if close is not None:
            close()
    _require(isinstance(channel.send(message()), Delivered), "a closed channel stays closed")
    _require(len(case.received()) == 1, "the message did not arrive once")


CHECKS: tuple[Callable[[ChannelCase], None], ...] = (
    delivers_the_bytes_it_was_given,
    keeps_dots_and_long_lines,
    delivers_each_of_several,
    finds_truthfully,
    does_not_repeat_what_it_remembers,
    tells_a_refusal,
    keeps_secrets,
    survives_hostile_keys,
    works_after_close,
)


def _told(outcome: Outcome) -> str:
    match outcome:
        case Delivered() | AlreadyThere():
            return f"{outcome.remote_id} {outcome.detail}"
        case Uncertain():
            return outcome.evidence
        case _:
            return outcome.reason


def _require(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise AssertionError(sentence)
