"""House rules that a linter has no name for, over the whole source tree.

The two ratchets hold today's exceptions and may only shrink: an entry that has become
shorter must be lowered or struck out.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 350

LONG_FUNCTIONS: dict[str, int] = {}
LONG_MODULES: dict[str, int] = {
    "syncer/store/migrations/versions/v0001_first_schema.py": 456,  # a schema, frozen
}

# The only places that may ask the machine what time it is.
CLOCK_MODULES = frozenset({"syncer/bootstrap.py", "syncer/cli/clock.py"})
WALL_CLOCK = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime"},
}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def against_ratchet(
    sizes: Iterable[tuple[str, int]], limit: int, ratchet: Mapping[str, int]
) -> list[str]:
    """Sentences about what grew past the limit, and about entries that are too generous."""
    seen = dict(sizes)
    grown = [
        f"{name}: {size} lines, at most {ratchet.get(name, limit)}"
        for name, size in seen.items()
        if size > ratchet.get(name, limit)
    ]
    slack = [
        f"{name}: the ratchet says {allowed}, it has {seen.get(name, 0)}: lower or remove it"
        for name, allowed in ratchet.items()
        if seen.get(name, 0) < allowed
    ]
    return grown + slack


def wall_clock_reads(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Mentions of ``datetime.now`` and its like, called or handed on."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value
        name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
        if node.attr in WALL_CLOCK.get(name, ()):
            yield node


def test_functions_stay_short(production):
    """No function is longer than sixty lines."""
    sizes = (
        (f"{file.name}::{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for file in production
        for node in functions(file.tree)
    )
    longest: dict[str, int] = {}
    for name, size in sizes:
        longest[name] = max(size, longest.get(name, 0))
    assert against_ratchet(longest.items(), FUNCTION_LINES_MAX, LONG_FUNCTIONS) == []


def test_modules_stay_short(production):
    """No module is longer than 350 lines."""
    sizes = ((file.name, len(file.text.splitlines())) for file in production)
    assert against_ratchet(sizes, MODULE_LINES_MAX, LONG_MODULES) == []


def test_a_ratchet_only_shrinks():
    """An entry that is no longer needed fails as surely as one that is exceeded."""
    assert against_ratchet([("a", 61)], 60, {}) == ["a: 61 lines, at most 60"]
    assert against_ratchet([("a", 70)], 60, {"a": 70}) == []
    assert against_ratchet([("a", 65)], 60, {"a": 70}) != []
    assert against_ratchet([], 60, {"gone": 70}) != []


def test_only_the_composition_root_reads_the_wall_clock(production):
    """Time is an argument everywhere else, so a run can be replayed for any day."""
    found = [
        f"{file.name}:{node.lineno}"
        for file in production
        if file.name not in CLOCK_MODULES
        for node in wall_clock_reads(file.tree)
    ]
    assert found == []


def test_a_planted_clock_read_is_seen():
    """The clock rule recognises calls, references and both import styles."""
    for line in (
        "datetime.now(UTC)",
        "f(clock=date.today)",
        "datetime.datetime.utcnow()",
        "time.time()",
    ):
        assert list(wall_clock_reads(ast.parse(line))), line
    assert not list(wall_clock_reads(ast.parse("time.monotonic(); datetime.time(8, 0)")))


def test_money_code_has_no_float(production):
    """Model and policy neither name ``float`` nor hold a float literal."""
    found = [
        f"{file.name}:{node.lineno}"
        for file in production
        if file.name.startswith(("syncer/model/", "syncer/policy/"))
        for node in ast.walk(_without_durations(file.tree))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and type(node.value) is float)
    ]
    assert found == []


def _without_durations(tree: ast.Module) -> ast.Module:
    """The tree less ``seconds: float``, the one float of the model: a duration, not money."""
    return _NoDurations().visit(ast.parse(ast.unparse(tree)))


class _NoDurations(ast.NodeTransformer):
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        """Drop the field named ``seconds``."""
        named = isinstance(node.target, ast.Name) and node.target.id == "seconds"
        return None if named else node


def test_no_bare_except_and_no_assert_in_production(production):
    """Faults are named, and checks survive ``python -O``."""
    found = [
        f"{file.name}:{node.lineno}"
        for file in production
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Assert)
        or (isinstance(node, ast.ExceptHandler) and node.type is None)
    ]
    assert found == []


def test_every_module_says_what_it_is(production, tests):
    """The first statement of a module is its docstring."""
    missing = [
        file.name for file in production + tests if file.text and not ast.get_docstring(file.tree)
    ]
    assert missing == []


def test_every_test_states_its_rule(tests):
    """Each test has a docstring: the rule that would be broken if it failed."""
    missing = [
        f"{file.name}:{node.lineno} {node.name}"
        for file in tests
        for node in functions(file.tree)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert missing == []


def test_tests_put_fakes_at_seams(tests):
    """Nobody patches our own code: no unittest.mock, no monkeypatched attributes."""
    found = []
    for file in tests:
        for node in ast.walk(file.tree):
            modules = _imported(node)
            if any(name.split(".")[:2] == ["unittest", "mock"] for name in modules):
                found.append(f"{file.name}:{node.lineno} imports unittest.mock")
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"setattr", "delattr"}
                and isinstance(node.value, ast.Name)
                and node.value.id == "monkeypatch"
            ):
                found.append(f"{file.name}:{node.lineno} patches an attribute")
    assert found == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module or ''}.{alias.name}" for alias in node.names]
    return []


def test_no_leftovers(production):
    """Nothing in the code is still to be done: no such words, no placeholder that raises."""
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    found = [f"{file.name}: {word}" for file in production for word in words if word in file.text]
    found += [
        f"{file.name}:{node.lineno}: a stub"
        for file in production
        for node in _outside_private_bases(file.tree)
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)
    ]
    assert found == []


def _outside_private_bases(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node but those of private classes, whose gaps are filled in the same module."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if not (isinstance(child, ast.ClassDef) and child.name.startswith("_"))
        ]
