"""Words that stand for one of a few choices: what was probably meant by any other word.

What: gives every parameter whose type is an enumeration a reader of ours.
Why: the library's own says "Value error" and lists what there is without saying what is near.
"""

import copy
import inspect
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from typer.models import ParameterInfo

from syncer.settings.problems import closest

LIKENESS = 0.7  # below it a suggestion is a guess
ALIKE = 2  # letters: a slip is seldom in the first ones, so a choice that begins so is nearer


def reader(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Reads one of ``choices``, upper and lower case alike. Raises BadParameter."""

    def read(text: str) -> StrEnum:
        word = text.strip().lower().replace("-", "_")
        for choice in choices:
            if word in (choice.value, choice.value.replace("-", "_")):
                return choice
        near = _near(word, choices)
        known = ", ".join(choice.value for choice in choices)
        hint = f"did you mean '{near}'? " if near else ""
        raise typer.BadParameter(f"'{text}' is not known here; {hint}write one of: {known}")

    return read


def _near(word: str, choices: type[StrEnum]) -> str:
    """The choice most like ``word``, or of which one word is: "paid" is paid_claim.

    A choice that begins as ``word`` does goes before one with such a word inside: "payd" is
    paid_claim, not cannot_pay.
    """
    spelt = {part: choice.value for choice in choices for part in choice.value.split("_")}
    spelt |= {choice.value: choice.value for choice in choices}
    begins = {choice.value.split("_")[0]: choice.value for choice in reversed(list(choices))}
    begun = [one for one in begins if word not in spelt and one[:ALIKE] == word[:ALIKE]]
    near = closest(word, begun, LIKENESS)
    if near:
        return begins[near]
    near = closest(word, list(spelt), LIKENESS)
    return spelt[near] if near else ""


def plainly(parameter: inspect.Parameter) -> inspect.Parameter:
    """``parameter``, read by ``reader`` where its type is an enumeration."""
    if get_origin(parameter.annotation) is not Annotated:
        return parameter
    kind, *notes = get_args(parameter.annotation)
    choices = _choices(kind)
    if choices is None:
        return parameter
    return parameter.replace(annotation=Annotated[(kind, *[_read(one, choices) for one in notes])])


def _choices(kind: Any) -> type[StrEnum] | None:
    """The enumeration that ``kind`` is, with or without None beside it."""
    found = [kind]
    if get_origin(kind) in (Union, types.UnionType):
        found = [one for one in get_args(kind) if one is not type(None)]
    if len(found) == 1 and isinstance(found[0], type) and issubclass(found[0], StrEnum):
        return found[0]
    return None


def _read(note: Any, choices: type[StrEnum]) -> Any:
    if not isinstance(note, ParameterInfo) or note.parser is not None:
        return note
    mine = copy.copy(note)
    mine.parser = reader(choices)
    mine.metavar = mine.metavar or "|".join(choice.value for choice in choices)
    return mine
