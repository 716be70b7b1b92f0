"""How two conditions stand to each other: one takes all of the other, or none can fit both.

Written for every field of a condition by what its name says, so that a new one is not forgotten.
"""

from collections.abc import Iterator
from typing import Any

from syncer.policy.rules import Condition

LEAST, BELOW = "_at_least", "_below"
_FOLDED = ("groups", "languages")
_ONE_EACH = ("accounts", "countries", "currencies")  # an account has one; groups can be many


def covers(wide: Condition, narrow: Condition) -> bool:
    """Whether every account that shows ``narrow`` also shows ``wide``."""
    return all(
        _takes(name, getattr(wide, name), getattr(narrow, name))
        for name in Condition.__struct_fields__
    )


def _takes(name: str, wide: Any, narrow: Any) -> bool:
    if wide is None or wide == ():
        return True
    if isinstance(wide, tuple):
        return _contains(name, wide, narrow)
    if narrow is None:
        return False
    if name.endswith(LEAST):
        return bool(narrow >= wide)
    if name.endswith(BELOW):
        return bool(narrow <= wide)
    return bool(wide == narrow)


def _contains(name: str, wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    if name in _FOLDED:
        wide, narrow = tuple(map(str.casefold, wide)), tuple(map(str.casefold, narrow))
    if name == "languages":
        return bool(narrow) and all(
            any(tag == one or tag.startswith(f"{one}-") for one in wide) for tag in narrow
        )
    return bool(narrow) and set(narrow) <= set(wide)


def may_meet(one: Condition, other: Condition) -> bool:
    """False only where no account can fit both.

    Of accounts named in both, one may have the id that the one names and the name that the other
    does. Only the ledger knows: as they are, different words are taken for different accounts.
    """
    for name in Condition.__struct_fields__:
        ours, theirs = getattr(one, name), getattr(other, name)
        if name in _ONE_EACH and ours and theirs and set(ours).isdisjoint(theirs):
            return False
        if isinstance(ours, bool) and isinstance(theirs, bool) and ours != theirs:
            return False
    return not (_apart(one, other) or _apart(other, one))


def _apart(low: Condition, high: Condition) -> bool:
    return any(
        below is not None and least is not None and below <= least
        for below, least in (
            (getattr(low, below_name), getattr(high, least_name))
            for least_name, below_name in ranges()
        )
    )


def ranges() -> Iterator[tuple[str, str]]:
    """The pairs of fields that bound one figure from both sides."""
    for name in Condition.__struct_fields__:
        other = name.removesuffix(LEAST) + BELOW
        if name.endswith(LEAST) and other in Condition.__struct_fields__:
            yield name, other
