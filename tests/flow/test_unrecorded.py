"""A message whose result could not be recorded is not sent again."""

from datetime import timedelta
from typing import Any

import pytest

from syncer.errors import InvariantError, StateError, SyncerError
from syncer.model.effect import EffectState
from syncer.ports import OutboxFilter
from syncer.testing.memory import Crash


class _Hiccup:
    """A store, or a session of it, whose first record of a result fails, as a disk may once."""

    def __init__(self, target: Any, failed: list[str], error: SyncerError) -> None:
        self._target = target
        self._failed = failed
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def take_lease(self, *args: Any, **named: Any) -> "_Hiccup":
        return _Hiccup(self._target.take_lease(*args, **named), self._failed, self._error)

    def settle(self, key: str, *args: Any, **named: Any) -> Any:
        if not self._failed:
            self._failed.append(key)
            raise self._error
        return self._target.settle(key, *args, **named)


@pytest.mark.parametrize("proves", [False, True])
@pytest.mark.parametrize("error", [StateError("disk I/O error"), InvariantError("not so")])
def test_a_result_that_cannot_be_recorded_stops_and_is_looked_up(make_bench, proves, error):
    """The disk works again a moment later: the message stays under way, and is never sent twice."""
    bench = make_bench(proves=proves)
    bench.owes(late=10)
    sound = bench.store
    bench.store = _Hiccup(sound, [], error)
    assert bench.run().exit_code != 0
    assert len(bench.book.mailbox) == 1
    (effect,) = sound.effects(OutboxFilter())
    assert effect.state is EffectState.SENDING
    bench.store = sound
    for _ in range(2):
        bench.clock.now += timedelta(minutes=20)
        bench.run()
    assert len(bench.book.mailbox) == 1
    states = {e.key: e.state for e in sound.effects(OutboxFilter())}
    assert states[effect.key] is (EffectState.DELIVERED if proves else EffectState.UNCERTAIN)


def test_a_channel_that_is_gone_cannot_say_whether_it_delivered(make_bench):
    """Taken out of the configuration after a crash: the message waits for a person."""
    bench = make_bench(proves=True)
    bench.owes(late=10)
    send = bench.channel.send

    def dies(message):
        send(message)
        raise Crash("after the hand-over")

    bench.channel.send = dies
    with pytest.raises(Crash):
        bench.run()
    bench.channel = None
    bench.clock.now += timedelta(minutes=20)
    assert bench.run().exit_code == 1
    [effect] = bench.store.effects(OutboxFilter())
    assert (effect.state, len(bench.book.mailbox)) == (EffectState.UNCERTAIN, 1)
