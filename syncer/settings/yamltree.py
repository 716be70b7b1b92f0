"""YAML text to a marked tree, strictly and within bounds.

What: one document, text keys, no duplicates, no tags; scalars by the YAML 1.2 core rules, so
``NO`` stays a country, ``18:00`` a time and ``2026-01-31`` a text that the models read.
Why: YAML 1.1 guesses silently, and a file may come from someone else: size, depth and
alias growth are limited here, and nothing written in the file is ever executed.
Not here: references, overlays, meaning.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from syncer.settings.problems import InvalidSettings, Problem
from syncer.settings.tree import Mark, Node, show_key

BYTES_MAX = 512 * 1024
DEPTH_MAX = 30
FIRST_FILE = "run 'syncer init' to write a first one"
NODES_MAX = 50_000  # after aliases are counted out

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]{1,3})?")
_HALF = re.compile("[\ud800-\udfff]")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


def parse(data: bytes, origin: str, *, hint: str = FIRST_FILE) -> Node:
    """The root mapping of the one document in ``data``. Raises InvalidSettings.

    ``hint`` is what to do about an empty file.
    """
    text = _decode(data, origin)
    composer = _Composer(origin)
    try:
        for event in _events(text):
            composer.take(event)
    except yaml.MarkedYAMLError as broken:
        composer.problem(*_say_syntax(broken))
    except yaml.YAMLError:
        composer.problems.append(
            Problem(Mark(origin, 1), "", "a character that YAML does not allow; remove it")
        )
    if composer.problems:
        raise InvalidSettings(composer.problems)
    return _root(composer.root, origin, hint)


def _decode(data: bytes, origin: str) -> str:
    if len(data) > BYTES_MAX:
        raise _whole(origin, f"the file is larger than {BYTES_MAX // 1024} KiB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(
            Mark(origin, line), "", "this line is not UTF-8 text; save the file as UTF-8"
        )
        raise InvalidSettings([problem]) from None
    odd = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        say = f"a control character (code {ord(odd.group())}); remove it"
        raise InvalidSettings([Problem(Mark(origin, line), "", say)])
    return text


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=yaml.SafeLoader)


def _root(root: Node | None, origin: str, hint: str) -> Node:
    if root is None or root.value is None:
        raise _whole(origin, f"the file is empty; {hint}")
    if not isinstance(root.value, dict):
        where = hint if hint != FIRST_FILE else "see docs/configuration.md"
        raise _whole(origin, f"the file is not a list of 'key: value' lines; {where}")
    return root


def _whole(origin: str, text: str) -> InvalidSettings:
    return InvalidSettings([Problem(Mark(origin, 1), "", text)])


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read yet."""

    mark: Mark
    entries: dict[str, Node] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    is_list: bool = False
    key: str | None = None
    key_mark: Mark | None = None
    anchor: str | None = None
    size: int = 1


class _Composer:
    """Builds nodes from events with a stack of its own: depth cannot exhaust Python's."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _stop(event.start_mark, "a second document starts here; keep one per file")
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()

    def problem(self, mark: Any, text: str) -> None:
        """Note a problem at the parser's ``mark``."""
        self.problems.append(Problem(self._mark(mark), "", text))

    def _mark(self, mark: Any) -> Mark:
        if mark is None:
            return Mark(self.origin, 1, 1)
        return Mark(self.origin, mark.line + 1, mark.column + 1)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_tag(event)
        if _HALF.search(event.value):  # written as \ud800: no file or database can hold it
            raise _stop(event.start_mark, "half of a character (\\ud800 to \\udfff); remove it")
        if self._wants_key():
            self._take_key(event)
            return
        value = _read_scalar(event.value) if event.style is None else event.value
        self._add(Node(value, self._mark(event.start_mark), text=event.value), 1, event.anchor)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors or self._wants_key():
            raise _stop(event.start_mark, "a value that starts with '*' must be in quotes")
        node, size = self._anchors[event.anchor]
        self._add(replace(node, mark=self._mark(event.start_mark)), size, None)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._refuse_tag(event)
        if self._wants_key():
            raise _stop(event.start_mark, "a key must be a plain word, not a list or mapping")
        if len(self._stack) >= DEPTH_MAX:
            raise _stop(event.start_mark, f"nested more than {DEPTH_MAX} levels deep; flatten it")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        self._stack.append(
            _Open(self._mark(event.start_mark), is_list=is_list, anchor=event.anchor)
        )

    def _end(self) -> None:
        done = self._stack.pop()
        node = Node(done.items if done.is_list else done.entries, done.mark)
        self._add(node, done.size, done.anchor)

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        top.size += size
        if top.size > NODES_MAX:
            raise _stop_at(node.mark, f"more than {NODES_MAX} values; aliases may repeat too much")
        if top.is_list:
            top.items.append(node)
        elif top.key is not None and top.key_mark is not None:
            top.entries[top.key] = replace(node, mark=top.key_mark)
            top.key = None

    def _wants_key(self) -> bool:
        return bool(self._stack) and not self._stack[-1].is_list and self._stack[-1].key is None

    def _take_key(self, event: yaml.ScalarEvent) -> None:
        top = self._stack[-1]
        top.key, top.key_mark = event.value, self._mark(event.start_mark)
        if event.value in top.entries:
            first = top.entries[event.value].mark.line
            shown = show_key(event.value)
            text = f"'{shown}' is given twice (first on line {first}); keep one of them"
            self.problem(event.start_mark, text)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            raise _stop(event.start_mark, "a value that starts with '!' must be in quotes")


class _Refused(yaml.MarkedYAMLError):
    """Our own refusal, carried out of the event loop like the parser's."""


def _stop(mark: Any, text: str) -> _Refused:
    return _Refused(problem=text, problem_mark=mark)


def _stop_at(mark: Mark, text: str) -> _Refused:
    return _stop(yaml.Mark(mark.origin, 0, mark.line - 1, mark.column - 1, None, 0), text)


def _read_scalar(text: str) -> str | int | float | bool | None:
    """YAML 1.2 core rules, without octal, hexadecimal and infinities (they stay text)."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and not re.fullmatch(r"[-+]?0?[0-9]+", text):
        return float(text)
    return text


def _say_syntax(error: yaml.MarkedYAMLError) -> tuple[Any, str]:
    """Where and what, in our words: the parser's may quote the file, and so a secret."""
    if isinstance(error, _Refused):
        return error.problem_mark, str(error.problem)
    problem = str(error.problem or "")
    for sign, opened, sentence in _SYNTAX:
        if sign in problem:
            mark = error.context_mark if opened else error.problem_mark
            return mark or error.problem_mark, sentence
    mark = error.problem_mark or error.context_mark
    return mark, "this is not valid YAML; check quotes, brackets and indentation here"


_NO_END = (
    "a bracket is opened here and never closed, a comma is missing, or a ${NAME} between "
    'brackets stands without quotes; write "${NAME}"'
)
_SYNTAX = (  # part of the parser's words, whether to point at the opening, our sentence
    ("'\\t'", False, "a tab is used for indentation; use spaces"),
    ("unexpected end of stream", True, "a quote is opened here and never closed; close it"),
    (
        "expected ',' or",
        True,
        _NO_END,
    ),
    (
        "mapping values are not allowed",
        False,
        "a ':' where none can be; put the value in quotes or correct the indentation",
    ),
    (
        "could not find expected ':'",
        False,
        "a line without 'key: value'; add the ':' or correct the indentation",
    ),
    ("expected <block end>", False, "the indentation does not fit the lines above; correct it"),
    ("escape", False, "an unknown '\\' in double quotes; double it, or use single quotes"),
    ("tag", False, "a value that starts with '!' must be in quotes"),
)
