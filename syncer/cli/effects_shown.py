"""The outbox as people read it: messages before notes, customers by name, ids that can be typed.

An effect's key is 35 characters. Its first 11 tell it from the others, and every verb takes them;
where two begin alike, more of them have to be typed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from syncer.cli.screen import Screen
from syncer.errors import ConfigError
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.policy.ladder import KEY_PREFIX
from syncer.ports import OutboxFilter
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.ports import Store

Names = Mapping[tuple[str, str], str]
"""Customers' names by ledger and account id; they are shown on the screen alone."""

COLUMNS = ("id", "day", "customer", "what", "amount", "state", "detail")
TITLES = {
    EffectKind.REMINDER: "Messages to customers",
    EffectKind.TASK: "Tasks for a person",
    EffectKind.CHARGE: "Charges in the ledger",
    EffectKind.NOTE: "Notes in the ledger",
}
_KEY = len(KEY_PREFIX) + 32
_SHORT = len(KEY_PREFIX) + 8
_LEAST = 4  # digits that have to be typed
_QUIET = (EffectState.DELIVERED, EffectState.SENDING)  # their detail says nothing to a person
_AT_ONCE = 100


def short_id(key: str) -> str:
    """What is shown of a key: its beginning, and what stands behind it (``-note``)."""
    return key[:_SHORT] + key[_KEY:] if key.startswith(KEY_PREFIX) else key


def by_id(store: "Store", typed: str) -> Effect:
    """The one effect with this id or key. Raises ConfigError where none or several fit."""
    exact = store.effects(OutboxFilter(key=typed)) if typed else ()
    if exact:
        return exact[0]
    hint = "`syncer outbox list` shows ids"
    text = typed.strip().lower()
    text = text if text.startswith(KEY_PREFIX) else f"{KEY_PREFIX}{text}"
    start, _, behind = text.removeprefix(KEY_PREFIX).partition("-")
    if len(start) < _LEAST:
        raise ConfigError(f"there is no '{typed}' in the outbox; {hint}")
    near = store.effects(OutboxFilter(key_start=KEY_PREFIX + start, limit=_AT_ONCE))
    fits = [one for one in near if one.key[_KEY:].removeprefix("-") == behind]
    if not fits:
        raise ConfigError(f"there is no '{typed}' in the outbox; {hint}")
    if len(fits) > 1:
        said = ", ".join(one.key for one in fits[:5])
        raise ConfigError(f"'{typed}' may be several: {said}; type more of the one you mean")
    return fits[0]


def names_of(store: "Store", effects: Sequence[Effect]) -> Names:
    """The customers' names, as far as their ledgers know them."""
    wanted: dict[str, list[str]] = {}
    for effect in effects:
        wanted.setdefault(effect.ledger, []).append(effect.account_id)
    return {
        (ledger, account_id): name
        for ledger, ids in wanted.items()
        for account_id, name in store.account_names(ledger, ids).items()
    }


def in_order(effects: Sequence[Effect], names: Names) -> list[Effect]:
    """Messages first, notes last; in each the newest day first, then by customer."""
    kinds = list(TITLES)
    return sorted(
        effects,
        key=lambda one: (
            kinds.index(one.kind),
            -day_of(one).toordinal(),
            _name(one, names).lower(),
        ),
    )


def tell(screen: Screen, effects: Sequence[Effect], names: Names) -> None:
    """A table for each kind, in the order given; the ledger is named where there are several."""
    several = len({one.ledger for one in effects}) > 1
    columns = ("ledger", *COLUMNS) if several else COLUMNS
    told = [kind for kind in TITLES if any(one.kind is kind for one in effects)]
    for number, kind in enumerate(told):
        own = [one for one in effects if one.kind is kind]
        rows = [(one.ledger, *row(one, names)) if several else row(one, names) for one in own]
        said = len(columns) if any(one[-1] for one in rows) else -1  # nothing to say: no column
        if number:
            screen.say()
        shown = [one[:said] for one in rows]
        screen.table(columns[:said], shown, title=f"{TITLES[kind]}: {len(own)}")


def row(effect: Effect, names: Names) -> tuple[object, ...]:
    """One line of a table of effects."""
    asked = effect.amount is not None and effect.kind is not EffectKind.NOTE
    return (
        short_id(effect.key),
        day_of(effect),
        _name(effect, names),
        effect.step or effect.kind.value,
        amount_text(effect.amount, effect.currency) if asked and effect.amount is not None else "",
        effect.state,
        "" if effect.state in _QUIET else effect.detail,
    )


def day_of(effect: Effect) -> date:
    """The day (UTC) on which it came to its end, else the one for which it was planned."""
    return effect.settled_at.astimezone(UTC).date() if effect.settled_at else effect.planned_on


def _name(effect: Effect, names: Names) -> str:
    return names.get((effect.ledger, effect.account_id), "") or effect.account_id


def about(effect: Effect, names: Names, numbers: Sequence[str]) -> Iterator[tuple[str, str]]:
    """One effect in full, as a name and a value each."""
    yield "id", short_id(effect.key)
    yield "key", effect.key
    yield "customer", f"{_name(effect, names)} ({effect.account_id}) in ledger {effect.ledger}"
    yield "what", " ".join(filter(None, (effect.kind.value, effect.step, "by", effect.channel)))
    if effect.amount is not None and effect.kind is not EffectKind.NOTE:
        yield "asked", amount_text(effect.amount, effect.currency)
    if numbers:
        yield "invoices", ", ".join(numbers)
    yield "planned for", f"{effect.planned_on} by run {effect.run_id}"
    settled = f", {instant(effect.settled_at)} UTC" if effect.settled_at else ""
    yield "state", f"{effect.state}{settled}"
    if effect.detail:
        yield "detail", effect.detail
    if effect.text:
        yield "says", effect.text


def subject(effect: Effect, names: Names) -> str:
    """What a question is about: which message, to whom, of how much."""
    what = f"{effect.kind} '{effect.step}'" if effect.step else str(effect.kind)
    asked = ""
    if effect.amount is not None and effect.kind is not EffectKind.NOTE:
        asked = f" for {amount_text(effect.amount, effect.currency)}"
    return f"{what} to {_name(effect, names)}{asked}"


def instant(at: datetime) -> str:
    """A moment as people read it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
