"""The small faults: where each can be put into a module, as a change of its syntax tree.

A fault is one that a hurried hand makes: a line forgotten, a condition left out or turned round,
a boundary moved, two arguments exchanged, an error that is caught no longer, a step done too
early. Texts, types, defaults of signatures and decorators are left alone.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import CodeType
from typing import Any

BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SUMS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
EXCHANGED = {"min": "max", "max": "min", "any": "all", "all": "any"}
LEFT_OUT = {"where", "with_for_update", "order_by", "limit", "distinct", "on_conflict_do_nothing"}
ALTERNATIVES = {"where", "and_", "or_", "suppress"}  # calls whose arguments are conditions
NOT_ENTERED = (ast.JoinedStr, ast.arguments, ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Fault:
    """One change of one place of a tree; ``rows`` are the lines whose tests should see it."""

    kind: str
    rows: tuple[int, int]
    parent: Any
    field: str
    index: int | None
    new: Any
    taken: int = 0  # the line that is no longer reached; its tests are the likeliest to notice

    @property
    def old(self) -> Any:
        """What stands there."""
        held = getattr(self.parent, self.field)
        return held if self.index is None else held[self.index]

    def lay(self, what: Any) -> None:
        """Put ``what`` into the place."""
        if self.index is None:
            setattr(self.parent, self.field, what)
        else:
            getattr(self.parent, self.field)[self.index] = what

    def compiled(self, tree: ast.Module, filename: str) -> CodeType:
        """The module with this fault in it; the tree is afterwards as it was."""
        old = self.old
        self.lay(self.new)
        try:
            return compile(ast.fix_missing_locations(tree), filename, "exec", dont_inherit=True)
        finally:
            self.lay(old)

    def told(self) -> str:
        """The change in one line."""
        if self.index is None and isinstance(self.new, list):
            moved = [one for one, two in zip(self.old, self.new, strict=True) if one is not two]
            return f"{_spelt(moved[0])} <-> {_spelt(moved[1])}"
        return f"{_spelt(self.old)} -> {_spelt(self.new)}"


def _spelt(node: Any) -> str:
    text = ast.unparse(node) if isinstance(node, ast.AST) else str(node)
    return " ".join(text.split())[:160] or type(node).__name__


def faults(tree: ast.Module, *, orders: bool = False) -> Iterator[Fault]:
    """Every fault of a module, top down; ``orders``: two lines exchanged, too."""
    yield from _within(tree, (1, 1), orders)


def _within(node: ast.AST, rows: tuple[int, int], orders: bool) -> Iterator[Fault]:
    for field, held in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment", "format_spec"):
            continue
        many = isinstance(held, list)
        if many and held and isinstance(held[0], ast.stmt):
            yield from _of_block(node, field, held, orders)
        for index, one in enumerate(held if many else (held,)):
            if not isinstance(one, ast.AST) or isinstance(one, NOT_ENTERED) or _is_text(one):
                continue
            near = _rows(one) if isinstance(one, ast.stmt | ast.ExceptHandler) else rows
            place = (node, field, index if many else None)
            for kind, new in _changed(one, node, field):
                yield Fault(kind, near, *place, _at(one, new), _left(one, new))
            yield from _within(one, near, orders)


def _left(old: ast.AST, new: Any) -> int:
    """The line of a branch that is never taken."""
    match old, getattr(new, "test", None):
        case ast.If(body=[first, *_]), ast.Constant(value=False):
            return first.lineno
        case ast.If(orelse=[first, *_]), ast.Constant(value=True):
            return first.lineno
    return 0


def _rows(node: Any) -> tuple[int, int]:
    """The lines of a statement less its body."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not isinstance(body, list):
        return node.lineno, node.end_lineno
    first = body[0].pattern.lineno if isinstance(body[0], ast.match_case) else body[0].lineno
    return node.lineno, max(node.lineno, first - 1)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _at(old: Any, new: Any) -> Any:
    """The new node on the line of the old one, so that none moves."""
    if isinstance(new, ast.AST) and hasattr(old, "lineno"):
        ast.copy_location(new, old)
        for inner in ast.walk(new):
            if "lineno" in inner._attributes and not hasattr(inner, "lineno"):
                ast.copy_location(inner, old)
    return new


def _of_block(node: Any, field: str, block: list[Any], orders: bool) -> Iterator[Fault]:
    """Lines that are forgotten, and lines that come in the wrong order."""
    for index, one in enumerate(block):
        if _may_be_forgotten(one):
            yield Fault("line left out", _rows(one), node, field, index, _at(one, ast.Pass()))
        if isinstance(one, ast.With) and not any(i.optional_vars for i in one.items):
            always = ast.If(test=ast.Constant(True), body=one.body, orelse=[])
            yield Fault("with left out", _rows(one), node, field, index, _at(one, always))
        if isinstance(one, ast.Continue):
            yield Fault("break", _rows(one), node, field, index, _at(one, ast.Break()))
    if not orders:
        return
    for index in range(len(block) - 1):
        one, two = block[index : index + 2]
        if _independent(one, two):
            other = [*block[:index], two, one, *block[index + 2 :]]
            yield Fault("lines exchanged", _rows(one), node, field, None, other)


def _may_be_forgotten(one: ast.stmt) -> bool:
    match one:
        case ast.Expr(value=ast.Constant() | ast.Yield() | ast.YieldFrom()):
            return False
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return True
    return False


def _independent(one: ast.stmt, two: ast.stmt) -> bool:
    """Neither is a definition or an end, and the second needs no name that the first gives."""
    ends = (ast.Return, ast.Raise, ast.Continue, ast.Break, ast.FunctionDef, ast.ClassDef, ast.Pass)
    kinds = (*ends, ast.Import, ast.ImportFrom)
    if isinstance(two, kinds) or isinstance(one, kinds) or _is_text(one) or _is_text(two):
        return False
    if isinstance(one, ast.Assign | ast.AnnAssign) and isinstance(two, ast.Assign | ast.AnnAssign):
        return False  # of two values the order is seldom of weight
    names = [node for node in ast.walk(one) if isinstance(node, ast.Name)]
    given = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return given.isdisjoint(node.id for node in ast.walk(two) if isinstance(node, ast.Name))


def _changed(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[str, Any]]:
    """What may stand in the place of ``node``."""
    yield from _changed_condition(node, parent, field)
    yield from _changed_value(node, parent)


def _changed_condition(node: ast.AST, parent: ast.AST, field: str) -> Iterator[tuple[str, Any]]:
    match node:
        case ast.If() | ast.IfExp():
            for always in (True, False):
                other = copy.copy(node)
                other.test = _at(node.test, ast.Constant(always))
                yield f"condition always {always}", other
        case ast.Compare(ops=[op]):
            yield from _comparison(node, op, parent, field)
        case ast.BoolOp():
            yield from _junction(node)
        case ast.UnaryOp(op=ast.Not()):
            yield "not left out", node.operand
        case ast.comprehension(ifs=[_, *_]):
            for index in range(len(node.ifs)):
                other = copy.copy(node)
                other.ifs = node.ifs[:index] + node.ifs[index + 1 :]
                yield "filter left out", other


def _changed_value(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, Any]]:
    match node:
        case ast.BinOp():
            yield from _sum(node)
        case ast.Constant(value=value):
            yield from _constant(value)
        case ast.Call():
            yield from _call(node)
        case ast.ExceptHandler():
            yield from _handler(node)
        case ast.Return(value=value) if value is not None:
            yield from _answer(value)
        case ast.match_case() | ast.MatchOr():
            yield from _pattern(node, parent)
        case ast.Tuple(ctx=ast.Load()) | ast.Set() | ast.List(ctx=ast.Load()):
            yield from _members(node, parent)


def _comparison(
    node: ast.Compare, op: ast.cmpop, parent: ast.AST, field: str
) -> Iterator[tuple[str, Any]]:
    whole = field == "test" and isinstance(parent, ast.If | ast.IfExp)
    for kind, table in (("boundary", BOUNDARY), ("opposite", OPPOSITE)):
        if type(op) in table and not (whole and kind == "opposite"):
            other = copy.copy(node)
            other.ops = [table[type(op)]()]
            yield kind, other


def _junction(node: ast.BoolOp) -> Iterator[tuple[str, Any]]:
    other = copy.copy(node)
    other.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and for or", other
    for index in range(len(node.values)):
        rest = node.values[:index] + node.values[index + 1 :]
        fewer = copy.copy(node)
        fewer.values = rest
        yield "condition left out", rest[0] if len(rest) == 1 else fewer


def _sum(node: ast.BinOp) -> Iterator[tuple[str, Any]]:
    if isinstance(node.op, ast.BitOr):  # of classes, as isinstance and match ask for
        kinds = ast.Name | ast.Attribute | ast.BinOp
        if isinstance(node.left, kinds) and isinstance(node.right, kinds):
            yield "kind left out", node.left
            yield "kind left out", node.right
    elif type(node.op) in SUMS:
        other = copy.copy(node)
        other.op = SUMS[type(node.op)]()
        yield "sum", other


def _constant(value: Any) -> Iterator[tuple[str, Any]]:
    if value is True or value is False:
        yield "true for false", ast.Constant(not value)
    elif isinstance(value, int):
        yield "one more", ast.Constant(value + 1)
        yield "one less", ast.Constant(value - 1)


def _call(node: ast.Call) -> Iterator[tuple[str, Any]]:
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
    if name == "cast":
        return
    if name in EXCHANGED and isinstance(node.func, ast.Name):
        other = copy.copy(node)
        other.func = _at(node.func, ast.Name(EXCHANGED[name], ast.Load()))
        yield f"{EXCHANGED[name]} for {name}", other
    if name in LEFT_OUT and isinstance(node.func, ast.Attribute):
        yield f"{name} left out", node.func.value
    if name in ALTERNATIVES and len(node.args) > 1:
        for index in range(len(node.args)):
            other = copy.copy(node)
            other.args = node.args[:index] + node.args[index + 1 :]
            yield "condition left out", other
    named = [one for one in node.keywords if one.arg]
    for index, one in enumerate(node.keywords):
        if one.arg:
            other = copy.copy(node)
            other.keywords = node.keywords[:index] + node.keywords[index + 1 :]
            yield f"{one.arg} left out", other
    for one, two in pairwise(named):
        if all(isinstance(each.value, ast.Name | ast.Attribute) for each in (one, two)):
            values = {one.arg: two.value, two.arg: one.value}
            other = copy.copy(node)
            other.keywords = [
                ast.keyword(each.arg, values.get(each.arg, each.value)) for each in node.keywords
            ]
            yield f"{one.arg} and {two.arg} exchanged", other


def _handler(node: ast.ExceptHandler) -> Iterator[tuple[str, Any]]:
    if node.type is None:
        return
    never = copy.copy(node)
    never.type = _at(node.type, ast.Tuple([], ast.Load()))
    yield "caught no longer", never
    if not all(isinstance(one, ast.Pass | ast.Raise) for one in node.body):
        silent = copy.copy(node)
        silent.body = [_at(node.body[0], ast.Raise())]
        yield "handler left out", silent


def _answer(value: ast.expr) -> Iterator[tuple[str, Any]]:
    """A truth, or nothing, in the place of an answer."""
    if isinstance(value, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield "answer True", ast.Return(_at(value, ast.Constant(True)))
        yield "answer False", ast.Return(_at(value, ast.Constant(False)))
    elif not isinstance(value, ast.Constant):
        yield "answer None", ast.Return(_at(value, ast.Constant(None)))


def _pattern(node: ast.AST, parent: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.MatchOr):
        for index in range(len(node.patterns)):
            rest: Sequence[ast.pattern] = node.patterns[:index] + node.patterns[index + 1 :]
            yield "kind left out", rest[0] if len(rest) == 1 else ast.MatchOr(list(rest))
    elif isinstance(node, ast.match_case) and len(getattr(parent, "cases", ())) > 1:
        other = copy.copy(node)
        other.guard = ast.copy_location(ast.Constant(False), node.pattern)
        yield "case left out", other


def _members(node: Any, parent: ast.AST) -> Iterator[tuple[str, Any]]:
    """One of several named values forgotten."""
    names = [isinstance(one, ast.Name | ast.Attribute) for one in node.elts]
    if len(names) < 2 or not all(names) or isinstance(parent, ast.Subscript | ast.Return | ast.For):
        return
    for index in range(len(node.elts)):
        other = copy.copy(node)
        other.elts = node.elts[:index] + node.elts[index + 1 :]
        yield "member left out", other
