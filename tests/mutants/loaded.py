"""A module as it is loaded, and how a fault is laid over it without loading it anew."""

import ast
import functools
import importlib
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.mutants.modules import MODULES, ROOT
from tests.mutants.mutations import Fault

Key = tuple[str, int]  # a function's full name and first line
Lay = Callable[[], None]

WRAPPERS: dict[type, str] = {
    property: "fget",
    classmethod: "__func__",
    staticmethod: "__func__",
    functools.cached_property: "func",
    type(functools.lru_cache(print)): "__wrapped__",
}
"""Outer ones first: what a class keeps in the place of a function, and where the function is."""


def remembered() -> list[Any]:
    """What the code that may change remembers of its answers: it would hide a fault."""
    names = {path[:-3].replace("/", ".") for path in MODULES}
    return [
        value
        for name, module in list(sys.modules.items())
        if name in names or name.startswith("syncer.store.")
        for value in list(vars(module).values())
        if hasattr(value, "cache_clear")
    ]


def _names(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}


class Loaded:
    """The tree of one module, and its functions by name and line."""

    def __init__(self, path: str) -> None:
        self.path, self.file = path, str(ROOT / path)
        self.tree = ast.parse(Path(self.file).read_text())
        self.module = importlib.import_module(path[:-3].replace("/", "."))
        self._sound = compile(self.tree, self.file, "exec", dont_inherit=True)
        self._functions: dict[Key, list[types.FunctionType]] = defaultdict(list)
        self._seen: set[int] = set()
        for value in list(vars(self.module).values()):
            self._take(value)

    def _take(self, value: Any) -> None:
        """Note a function, those that it wraps, and those of a class."""
        for kind, inner in WRAPPERS.items():
            if isinstance(value, kind):
                value = getattr(value, inner)
        if not isinstance(value, types.FunctionType | type):
            return
        if id(value) in self._seen:
            return
        self._seen.add(id(value))
        if isinstance(value, type):
            if value.__module__ == self.module.__name__:
                for member in list(vars(value).values()):
                    self._take(member)
            return
        if hasattr(value, "__wrapped__"):
            self._take(value.__wrapped__)
        if value.__code__.co_filename == self.file:
            self._functions[value.__code__.co_qualname, value.__code__.co_firstlineno].append(value)

    def with_fault(self, fault: Fault) -> tuple[str, Lay, set[str]]:
        """What keeps it from being played ("" = nothing), how it is laid, names that it changes.

        Raises SyntaxError or ValueError for what is no program.
        """
        found: list[tuple[Key, types.CodeType]] = []
        if self._changed(self._sound, fault.compiled(self.tree, self.file), found):
            names = self._made_of(fault.rows[0])
            return "" if names else "fixed at loading", lambda: self._again(names, fault), names

        def lay() -> None:
            for key, code in found:
                for function in self._functions[key]:
                    function.__code__ = code

        return "" if found else "same code", lay, set()

    def _changed(
        self, sound: types.CodeType, other: types.CodeType, found: list[tuple[Key, types.CodeType]]
    ) -> bool:
        """Collect the functions that differ; True when something outside of them does."""
        key = (sound.co_qualname, sound.co_firstlineno)
        if key in self._functions:
            if sound != other:
                found.append((key, other))
            return False
        here, there = _parts(sound), _parts(other)
        if len(here[0]) != len(there[0]) or here[1] != there[1]:
            return True
        outside = False
        for one, two in zip(here[0], there[0], strict=True):
            outside |= self._changed(one, two, found)
        return outside

    def _assignments(self) -> Iterator[ast.Assign | ast.AnnAssign]:
        for node in self.tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                yield node

    def _made_of(self, row: int) -> set[str]:
        """The module's values that come from the assignment at ``row``, directly or not."""
        stale: set[str] = set()
        for node in self._assignments():
            used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            if node.lineno <= row <= (node.end_lineno or 0) or used & stale:
                stale |= _names(node)
        return stale

    def _again(self, names: set[str], fault: Fault) -> None:
        """Make these values anew, faulty, and give them to all who imported them."""
        old = {name: vars(self.module)[name] for name in names}
        fault.lay(fault.new)
        for node in self._assignments():
            if _names(node) & names:
                part = ast.fix_missing_locations(ast.Module(body=[node], type_ignores=[]))
                exec(compile(part, self.file, "exec"), vars(self.module))
        for other in list(sys.modules.values()):
            if getattr(other, "__name__", "").split(".")[0] in ("syncer", "connectors", "tests"):
                for name in names:
                    if other is not self.module and vars(other).get(name, self) is old[name]:
                        setattr(other, name, vars(self.module)[name])


def _parts(code: types.CodeType) -> tuple[list[types.CodeType], object]:
    inner = [one for one in code.co_consts if isinstance(one, types.CodeType)]
    values = [repr(one) for one in code.co_consts if not isinstance(one, types.CodeType)]
    return inner, (code.co_code, code.co_names, values)
