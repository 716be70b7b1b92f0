"""pydantic's complaints as sentences with a place.

What: each error becomes a problem at the closest line, in our words.
Why: pydantic names Python types and echoes input; people need the line and what to do, and a
value that came from a secret must not be repeated.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from syncer.settings.inventory import keys_at
from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.tree import KEY_SHOWN_MAX, Key, Mark, Node, Path, child, find, show_key

SECRET_LENGTH_MIN = 4  # shorter values are only hidden where they stand in quotes

Error = Mapping[str, Any]


def report(
    error: ValidationError, problems: Problems, prefix: Path, model: type[BaseModel]
) -> None:
    """Add every complaint about the value at ``prefix``, which was read by ``model``."""
    below = find(problems.root, prefix)
    unresolved = {problem.mark for problem in problems.found}
    for entry in error.errors(include_url=False, include_input=False):
        path = _written_path(below, entry)
        node = find(problems.root, (*prefix, *path))
        if node is not None and _leads_nowhere(node, unresolved):
            continue  # the reference leads nowhere, and that has been said
        text = _say(entry, path, below, model)
        problems.add((*prefix, *path), _discreet(text, node))


def _leads_nowhere(node: Node, unresolved: Collection[Mark]) -> bool:
    """Whether the value, or one right below it, is a reference that could not be followed.

    A section that misses a key then only misses what was said to be missing already.
    """
    below = node.value.values() if isinstance(node.value, dict) else ()
    return any(one.value is None and one.mark in unresolved for one in (node, *below))


def _written_path(root: Node | None, entry: Error) -> Path:
    """The error's place without pydantic's own steps (union tags, validators, '[key]')."""
    path: list[Key] = []
    node = root
    loc: Sequence[Key] = entry["loc"]
    for place, key in enumerate(loc):
        following = child(node, key)
        if following is not None:
            path.append(key)
            node = following
        elif entry["type"] == "missing" and place == len(loc) - 1:
            path.append(key)
    return tuple(path)


def _say(entry: Error, path: Path, root: Node | None, model: type[BaseModel]) -> str:
    kind = str(entry["type"])
    if kind == "syncer":
        return str(entry["msg"])
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]), *_allowed(path, root, model))
    if kind in _SENTENCES:
        return _SENTENCES[kind](entry.get("ctx", {}))
    return str(entry["msg"]).removeprefix("Value error, ").rstrip(".")


def _unknown(word: str, allowed: Sequence[str], given: Collection[str]) -> str:
    if word in allowed:  # known where the type is another one
        return "this key belongs to another type; remove it, or correct the type"
    return f"unknown key{did_you_mean(word, allowed, given)}"


def _allowed(
    path: Path, root: Node | None, model: type[BaseModel]
) -> tuple[Sequence[str], Collection[str]]:
    """The keys that may stand there, and those that already do."""
    parent = find(root, path[:-1]) if root is not None else None
    given = set(parent.value) if parent is not None and isinstance(parent.value, dict) else set()
    return keys_at(path[:-1], model), given


def _discreet(text: str, node: Node | None) -> str:
    """``text`` without a value that came from the environment or a secret file."""
    if node is None or not isinstance(node.value, str) or not node.value.strip():
        return text
    value = node.value.strip()
    if not node.referenced:
        return text.replace(value, show_key(value)) if len(value) > KEY_SHOWN_MAX else text
    text = text.replace(f"'{value}'", "'...'")
    return text.replace(value, "...") if len(value) >= SECRET_LENGTH_MIN else text


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "this key is required; add it",
    "string_type": lambda _: "expected a text; put it in quotes",
    "bool_type": lambda _: "expected true or false",
    "bool_parsing": lambda _: "expected true or false",
    "tuple_type": lambda _: (
        "expected a list; write it like [a, b] or one entry per line after '- '"
    ),
    "list_type": lambda _: "expected a list; write it like [a, b] or one entry per line after '- '",
    "dict_type": lambda _: "expected keys below it; indent 'key: value' lines under it",
    "model_type": lambda _: "expected keys below it; indent 'key: value' lines under it",
    "model_attributes_type": lambda _: "expected keys below it; indent 'key: value' lines under it",
    "int_type": lambda _: "expected a whole number",
    "int_parsing": lambda _: "expected a whole number",
    "int_from_float": lambda _: "expected a whole number",
    "decimal_type": lambda _: 'an amount must be in quotes; write it like "25.00"',
    "greater_than_equal": lambda ctx: f"too small; write {ctx.get('ge')} or more",
    "greater_than": lambda ctx: f"too small; write more than {ctx.get('gt')}",
    "less_than_equal": lambda ctx: f"too large; write {ctx.get('le')} or less",
    "less_than": lambda ctx: f"too large; write less than {ctx.get('lt')}",
    "string_too_short": lambda ctx: f"too short; write at least {ctx.get('min_length')} characters",
    "string_too_long": lambda ctx: f"too long; write at most {ctx.get('max_length')} characters",
    "union_tag_not_found": lambda ctx: f"type is missing; add type: {_tags(ctx)}",
    "union_tag_invalid": lambda ctx: f"unknown type; use {_tags(ctx)}",
    "literal_error": lambda ctx: f"unknown value; use {ctx.get('expected', '')}",
    "enum": lambda ctx: f"unknown value; use {ctx.get('expected', '')}",
}


def _tags(context: Mapping[str, Any]) -> str:
    tags = str(context.get("expected_tags", "'smtp', 'folder'"))
    return tags.replace("'", "").replace(", ", " or ")
