"""The faults that are put into the code are the ones that their names say."""

import ast

import pytest

from tests.mutants.mutations import faults

SHOWN = {
    "line left out": ("def f():\n    g()\n    return 1", "g() -> pass"),
    "with left out": ("with lock:\n    g()", "with lock: g() -> if True: g()"),
    "break": ("for a in b:\n    continue", "continue -> break"),
    "lines exchanged": ("def f():\n    g()\n    h()", "g() <-> h()"),
    "condition always False": ("if a: g()", "if a: g() -> if False: g()"),
    "condition always True": ("b = 1 if a else 2", "1 if a else 2 -> 1 if True else 2"),
    "boundary": ("x = a < b", "a < b -> a <= b"),
    "opposite": ("x = a in b", "a in b -> a not in b"),
    "and for or": ("x = a and b", "a and b -> a or b"),
    "condition left out": ("q.where(a, b)", "q.where(a, b) -> q.where(b)"),
    "where left out": ("q.where(a)", "q.where(a) -> q"),
    "not left out": ("x = not a", "not a -> a"),
    "sum": ("x = a - b", "a - b -> a + b"),
    "one more": ("x = 3", "3 -> 4"),
    "one less": ("x = 3", "3 -> 2"),
    "true for false": ("x = True", "True -> False"),
    "max for min": ("x = min(a, b)", "min(a, b) -> max(a, b)"),
    "text left out": ("f(a, text=b)", "f(a, text=b) -> f(a)"),
    "at and now exchanged": ("f(at=a, now=b)", "f(at=a, now=b) -> f(at=b, now=a)"),
    "caught no longer": ("try: g()\nexcept E: h()", "except E: h() -> except (): h()"),
    "handler left out": ("try: g()\nexcept E: h()", "except E: h() -> except E: raise"),
    "kind left out": ("isinstance(x, A | B)", "A | B -> A"),
    "member left out": ("x = (a, b)", "(a, b) -> (b,)"),
    "filter left out": ("x = [a for a in b if c]", "for a in b if c -> for a in b"),
    "case left out": (
        "match a:\n    case 1: g()\n    case _: h()",
        "case 1: g() -> case 1 if False: g()",
    ),
    "answer None": ("def f(): return g()", "return g() -> return None"),
    "answer True": ("def f(): return a == b", "return a == b -> return True"),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_each_fault_is_what_it_is_called(kind: str) -> None:
    """One change of one place, and the tree is afterwards as it was."""
    source, change = SHOWN[kind]
    tree = ast.parse(source)
    found = [one for one in faults(tree, orders=True) if one.kind == kind]
    assert change in [one.told() for one in found]
    for one in found:
        assert one.compiled(tree, "m.py") != compile(source, "m.py", "exec")
        assert ast.unparse(tree) == ast.unparse(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "x: int | str",
        "def f(a: int = 3) -> A | B: ...",
        'x = f"{a + b}"',
        "from a import b",
        "@d(1)\nclass C: ...",
    ],
)
def test_what_is_no_decision_is_left_alone(source: str) -> None:
    """Texts, types, defaults of signatures, imports and decorators."""
    assert list(faults(ast.parse(source), orders=True)) == []
