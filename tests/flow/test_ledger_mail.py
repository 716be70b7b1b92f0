"""The ledger's own e-mail: asked for once, after the guard, and never again on a doubt."""

from datetime import timedelta
from typing import Any

import pytest

from syncer.errors import AuthError, RateLimited, Transient
from syncer.model.outcome import Delivered
from syncer.policy.rules import Ladder, Step, StepChannel, Tone
from syncer.ports import OutboxFilter
from syncer.testing import builders
from syncer.testing.memory import BookSource


def _rules(channel: StepChannel) -> Any:
    step = Step(name="friendly", tone=Tone.FRIENDLY, after_due=1, channel=channel)
    return builders.policy(ladders=(Ladder(name="usual", steps=(step,)),))


BY_LEDGER = _rules(StepChannel.LEDGER_EMAIL)


class Mailing(BookSource):
    """The bench's ledger, which mails its invoices itself."""

    asked: list[tuple[str, str, str]]
    trouble: Exception | None = None

    def email_item(self, *, item_id: str, key: str) -> Delivered:
        """Note what was asked, and in what state the outbox was at that moment."""
        [effect] = [one for one in self.outbox() if one.key == key]
        self.asked.append((item_id, key, str(effect.state)))
        if self.trouble is not None:
            raise self.trouble
        return Delivered()


@pytest.fixture
def mailing(bench):
    """A bench whose ledger has a late customer and mails by itself."""
    bench.source = Mailing(bench.book, bench.clock)
    bench.source.asked = []
    bench.source.outbox = lambda: bench.store.effects(OutboxFilter())
    bench.owes("I1", "A1", late=3)
    return bench


def _moves(store: Any, **instead: Any) -> Any:
    """A store whose sessions do some things otherwise."""

    class Session:
        def __init__(self, target: Any) -> None:
            self._target = target

        def __getattr__(self, name: str) -> Any:
            value = getattr(self._target, name)
            if name == "take_lease":
                return lambda *args, **named: Session(value(*args, **named))
            if name in instead:
                return lambda *args, **named: instead[name](value, *args, **named)
            return value

    return Session(store)


def test_it_is_asked_for_once_and_noted(mailing):
    """The intent is on record when the ledger is asked; then its note says who wrote."""
    result = mailing.ledger(rules=BY_LEDGER)
    assert (result.contacted, result.notes) == (1, 1)
    [(item_id, key, state)] = mailing.source.asked
    assert (item_id, state) == ("I1", "sending")
    [(_, text)] = mailing.book.notes
    assert f"[{key}-note]" in text
    assert "the ledger's own e-mail" in text
    mailing.ledger(rules=BY_LEDGER)
    assert len(mailing.source.asked) == 1


def test_a_ledger_that_cannot_is_told(bench):
    """Nothing is mailed on another way: the step waits for a person, who reads why."""
    bench.owes(late=3)
    result = bench.run(rules=BY_LEDGER)
    assert (result.exit_code, result.ledgers[0].rejected) == (1, 1)
    [effect] = bench.store.effects(OutboxFilter())
    assert "cannot send e-mail itself" in effect.detail
    assert bench.book.mailbox == []


def test_a_lost_answer_is_never_asked_again(mailing):
    """It cannot be looked up: what may have gone out waits for a person."""
    mailing.source.trouble = Transient("the answer broke off")
    result = mailing.run(rules=BY_LEDGER)
    assert (result.exit_code, result.ledgers[0].uncertain) == (1, 1)
    [effect] = mailing.store.effects(OutboxFilter())
    assert (effect.state, "the answer broke off" in effect.detail) == ("uncertain", True)
    mailing.next_day()
    mailing.run(rules=BY_LEDGER)
    assert len(mailing.source.asked) == 1


@pytest.mark.parametrize("channel", [StepChannel.LEDGER_EMAIL, StepChannel.TASK])
@pytest.mark.parametrize("spent", [False, True], ids=["login", "quota"])
def test_a_refusal_before_the_act_uses_up_nothing(mailing, channel, spent):
    """A spent quota or a login taken back, told before the ledger acted: a later run asks again."""

    def refuse(**_: Any) -> Delivered:
        if spent:
            raise RateLimited("spent", until=mailing.clock(), scope="minute")
        raise AuthError("reconnect")

    mailing.source.email_item = mailing.source.add_task = refuse
    mailing.run(rules=_rules(channel))
    [effect] = mailing.store.effects(OutboxFilter())
    assert (effect.state, effect.attempt) == ("pending", 0)
    del mailing.source.email_item, mailing.source.add_task
    mailing.clock.now += timedelta(hours=1)
    result = mailing.ledger(rules=_rules(channel))
    assert result.contacted + result.tasks == 1


@pytest.mark.parametrize("channel", [StepChannel.EMAIL, StepChannel.LEDGER_EMAIL, StepChannel.TASK])
def test_nothing_leaves_when_the_commit_had_to_wait(mailing, channel):
    """A look that grew old while another process wrote is no look: it is read again, and goes."""
    sound, clock = mailing.store, mailing.clock

    def slowly(move: Any, *args: Any, **named: Any) -> None:
        move(*args, **named)
        clock.now += timedelta(seconds=61)

    mailing.store = _moves(sound, start_sending=slowly)
    assert mailing.ledger(rules=_rules(channel)).snoozed == 1
    gone = (mailing.book.mailbox, mailing.source.asked, mailing.book.tasks)
    assert gone == ([], [], [])
    [effect] = sound.effects(OutboxFilter())
    assert (effect.state, "too old" in effect.detail) == ("pending", True)
    mailing.store = sound
    clock.now += timedelta(minutes=5)
    mailing.run(rules=_rules(channel))
    assert [len(one) for one in gone].count(1) == 1
