"""Configuration as a tree that remembers where every value was written.

What: nodes with their file, line and column, and the merge of overlays over a base.
Why: an error can name the very line, whichever file or variable the value came from.
Not here: reading YAML (``yamltree``), resolving references (``references``), meaning (models).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Key = str | int
Path = tuple[Key, ...]
Value = Any  # str, int, float, bool, None, dict[str, Node] or list[Node]

KEY_SHOWN_MAX = 60
MERGED_BY_NAME = "ledgers"  # the one list whose entries are merged by their ``name``


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something was written: ``line`` and ``column`` count from 1, 0 = not in a file."""

    origin: str  # a file as given by the user, or "environment variable NAME"
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.origin}:{self.line}" if self.line else self.origin


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its mark. Shared freely, never changed."""

    value: Value
    mark: Mark
    text: str = ""  # a scalar as written, for sentences about it
    referenced: bool = False  # it came from ${ENV} or file:, so it is never printed


def child(node: Node | None, key: Key) -> Node | None:
    """The node under ``key``, or None."""
    if node is None:
        return None
    if isinstance(node.value, dict) and isinstance(key, str):
        return node.value.get(key)
    if isinstance(node.value, list) and isinstance(key, int) and 0 <= key < len(node.value):
        entry: Node = node.value[key]
        return entry
    return None


def find(node: Node, path: Sequence[Key]) -> Node | None:
    """The node at ``path``, or None."""
    found: Node | None = node
    for key in path:
        found = child(found, key)
    return found


def nearest(node: Node, path: Sequence[Key]) -> Node:
    """The node at ``path``, or its closest parent that was written."""
    best = node
    for key in path:
        following = child(best, key)
        if following is None:
            break
        best = following
    return best


def plain(node: Node) -> Any:
    """The tree without its marks: dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(entry) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(entry) for entry in node.value]
    return node.value


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node with its path, parents first."""
    yield path, node
    if isinstance(node.value, dict):
        for key, entry in node.value.items():
            yield from walk(entry, (*path, key))
    elif isinstance(node.value, list):
        for index, entry in enumerate(node.value):
            yield from walk(entry, (*path, index))


def from_plain(value: Any, mark: Mark) -> Node:
    """A tree from plain values that all share one mark."""
    if isinstance(value, Mapping):
        return Node({str(key): from_plain(entry, mark) for key, entry in value.items()}, mark)
    if isinstance(value, list | tuple):
        return Node([from_plain(entry, mark) for entry in value], mark)
    return Node(value, mark, text=str(value))


def merge(base: Node, over: Node, key: Key = "") -> Node:
    """``over`` laid over ``base``: mappings key by key, ledgers by name, all else replaced.

    A mapping that changes its ``type`` (a channel from smtp to folder) replaces the old one.
    """
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if _changes_type(base, over):
            return over
        merged = dict(base.value)
        for name, entry in over.value.items():
            merged[name] = merge(merged[name], entry, name) if name in merged else entry
        return replace(over, value=merged)
    if key == MERGED_BY_NAME and isinstance(base.value, list) and isinstance(over.value, list):
        return replace(over, value=_merge_named(base.value, over.value))
    return over


def _changes_type(base: Node, over: Node) -> bool:
    old, new = child(base, "type"), child(over, "type")
    return old is not None and new is not None and old.value != new.value


def _merge_named(base: Sequence[Node], over: Sequence[Node]) -> list[Node]:
    """Entries of ``over`` merged into the first entry of ``base`` with their name, or appended."""
    merged = list(base)
    known = [name_of(entry) for entry in base]
    for entry in over:
        name = name_of(entry)
        if name and name in known:
            place = known.index(name)
            merged[place] = merge(merged[place], entry)
        else:
            merged.append(entry)
    return merged


def name_of(node: Node) -> str:
    """The entry's ``name``, or ""."""
    name = child(node, "name")
    return name.value if name is not None and isinstance(name.value, str) else ""


def show_path(root: Node, path: Sequence[Key]) -> str:
    """``ledgers[north].holds[0].until``: names where entries have one, else positions."""
    shown = ""
    node: Node | None = root
    for key in path:
        node = child(node, key)
        if isinstance(key, int):
            shown += f"[{_label(node) or key}]"
        else:
            shown += f".{show_key(key)}" if shown else show_key(key)
    return shown


def show_key(key: str) -> str:
    """A key as it may be printed: short, and without line breaks or control characters."""
    short = key if len(key) <= KEY_SHOWN_MAX else f"{key[:KEY_SHOWN_MAX]}..."
    return short if short.isprintable() else ascii(short)


def said(node: Node) -> str:
    """A value quoted in a sentence; dots for one that came from the environment or a file."""
    return "'...'" if node.referenced else f"'{show_key(str(node.value))}'"


def _label(node: Node | None) -> str:
    """The name of a list's entry; "" when it has none or it came from the environment."""
    name = child(node, "name")
    if name is None or name.referenced or not isinstance(name.value, str):
        return ""
    return show_key(name.value)
