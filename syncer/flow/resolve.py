"""A person settles what the program cannot: a message in doubt, or one that was refused.

What the person confirms counts as sent: the ladder goes on, and the note that belongs to it
is written by the next run. What is discarded never reached anybody: the step may be due again.
"""

from syncer.errors import ConfigError
from syncer.flow.charging import charges_of
from syncer.flow.worker import Worker
from syncer.flow.write_back import note_for
from syncer.model.charge import ChargeLine
from syncer.model.effect import Effect, EffectState

WAITING = (EffectState.UNCERTAIN, EffectState.REJECTED)


def resolve(worker: Worker, effect: Effect, *, delivered: bool, author: str, note: str) -> Effect:
    """Settle ``effect`` by ``author``'s word. Raises ConfigError when it waits for nobody.

    A refused message gets no note in the ledger, whatever was done instead: the note's text
    says that the message went out.
    """
    if effect.state not in WAITING:
        raise ConfigError(
            f"'{effect.key}' is {effect.state}: only what is uncertain or rejected can be settled"
        )
    setup = next((one for one in worker.ledgers if one.name == effect.ledger), None)
    follow_ups: tuple[Effect, ...] = ()
    if delivered and setup is not None and effect.state is EffectState.UNCERTAIN:
        own = note_for(setup, effect, effect.text, run_id=effect.run_id)
        charges = charges_of(setup, effect, _named(worker, effect), run_id=effect.run_id)
        follow_ups = (*((own,) if own else ()), *charges)
    return worker.store.resolve(
        effect.key,
        delivered=delivered,
        author=author,
        note=note,
        at=worker.clock(),
        follow_ups=follow_ups,
    )


def _named(worker: Worker, effect: Effect) -> tuple[ChargeLine, ...]:
    """The charges that its message named."""
    past = worker.store.announced(effect.ledger, (effect.account_id,))
    return next((one.lines for one in past if one.key == effect.key), ())
