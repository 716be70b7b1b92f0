"""The query language: one statement in, a checked ``Query`` out, or code 4000.

``SELECT * | COUNT(*) FROM Entity [WHERE p op v AND ...] [ORDERBY p [DESC], ...]
[STARTPOSITION n] [MAXRESULTS n]`` with ``= < > <= >= IN LIKE``. No OR, no projection, no
expression. Keywords in any case, ``ORDER BY`` in two words too; a quote inside a text is
escaped by a backslash. Source: "data queries" page, read November 2026; what clients really
send is accepted as their issue threads tell.
"""

import re
from dataclasses import dataclass

from syncer.sandbox.quickbooks.faulting import Wrong

DEFAULT_RESULTS = 100
RESULTS_MAX = 1000
TOKEN = re.compile(
    r"""\s*(?:
    '(?P<string>(?:[^'\\]|\\.)*)' | (?P<number>-?\d+(?:\.\d+)?)(?![\w-]) |
    (?P<name>[A-Za-z_][\w.]*) | (?P<op><=|>=|=|<|>|\(|\)|,|\*)
    )""",
    re.VERBOSE,
)
OPERATORS = frozenset({"=", "<", ">", "<=", ">="})
CLAUSES = frozenset({"where", "order", "orderby", "startposition", "maxresults"})


@dataclass(frozen=True, slots=True)
class Condition:
    """``name op values``; only IN has several."""

    name: str
    op: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A statement that can be read; whether its names exist is for others to say."""

    entity: str
    count: bool
    where: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # (property, descending)
    start: int = 1
    limit: int = DEFAULT_RESULTS


def parse(statement: str, *, latin: bool = False) -> Query:
    """Read a statement. ``latin``: a US company, ISO-8859-1 only. Raises Wrong(4000)."""
    if latin:
        _check_latin(statement)
    return _Parser(_tokens(statement)).query()


def unreadable(detail: str) -> Wrong:
    """The error of a statement that cannot be read."""
    return Wrong("4000", f"QueryParserError: {detail}")


def _check_latin(statement: str) -> None:
    for at, char in enumerate(statement):
        if ord(char) > 0xFF:
            shown = f"\\u{ord(char):04x}"
            raise unreadable(f"Lexical error at line 1, column {at + 1}. Encountered: {shown}")


def _tokens(statement: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    text, at = statement.strip().rstrip(";").rstrip(), 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise unreadable(f"Encountered {text[at : at + 12]!r} at column {at + 1}")
        group = str(match.lastgroup)
        value = match[group]
        tokens.append((group, re.sub(r"\\(.)", r"\1", value) if group == "string" else value))
        at = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.at = 0

    def query(self) -> Query:
        self._need("select")
        count = self._count()
        self._need("from")
        entity = self._name()
        where = self._where() if self._take("where") else ()
        order = self._order() if self._ordered() else ()
        start, limit = 1, DEFAULT_RESULTS
        while self.tokens[self.at][0] != "end":
            if self._take("startposition"):
                start = max(1, self._number())
            elif self._take("maxresults"):
                limit = min(RESULTS_MAX, self._number())
            else:
                raise self._surprised("<EOF>")
        return Query(entity, count, where, order, start, limit)

    def _count(self) -> bool:
        if self._take("count"):
            for sign in ("(", "*", ")"):
                self._need(sign)
            return True
        self._need("*")
        # One client adds a named field to the star; a list of names alone is a projection.
        while self._take(","):
            self._name()
        return False

    def _where(self) -> tuple[Condition, ...]:
        conditions = [self._condition()]
        while self._take("and"):
            conditions.append(self._condition())
        if self._peek() == "or":
            raise unreadable("OR is not supported")
        return tuple(conditions)

    def _condition(self) -> Condition:
        name = self._name()
        if self._take("in"):
            self._need("(")
            values = [self._value()]
            while self._take(","):
                values.append(self._value())
            self._need(")")
            return Condition(name, "in", tuple(values))
        if self._take("like"):
            return Condition(name, "like", (self._value(),))
        group, sign = self.tokens[self.at]
        if group != "op" or sign not in OPERATORS:
            raise self._surprised("an operator")
        self.at += 1
        return Condition(name, sign, (self._value(),))

    def _ordered(self) -> bool:
        if self._take("orderby"):
            return True
        if self._take("order"):
            self._need("by")
            return True
        return False

    def _order(self) -> tuple[tuple[str, bool], ...]:
        terms = [self._term()]
        while self._take(","):
            terms.append(self._term())
        return tuple(terms)

    def _term(self) -> tuple[str, bool]:
        name = self._name()
        if self._take("desc"):
            return name, True
        self._take("asc")
        return name, False

    def _value(self) -> str:
        group, text = self.tokens[self.at]
        plain = group == "name" and text.lower() in ("true", "false")
        if group not in ("string", "number") and not plain:
            raise self._surprised("a value in single quotes")
        self.at += 1
        return text

    def _number(self) -> int:
        group, text = self.tokens[self.at]
        if group not in ("number", "string") or not text.isdecimal():
            raise self._surprised("a whole number")
        self.at += 1
        return int(text)

    def _name(self) -> str:
        group, text = self.tokens[self.at]
        if group != "name" or text.lower() in CLAUSES:
            raise self._surprised("a name")
        self.at += 1
        return text

    def _peek(self) -> str:
        group, text = self.tokens[self.at]
        return text.lower() if group in ("name", "op") else ""

    def _take(self, word: str) -> bool:
        if self._peek() == word:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise self._surprised(word)

    def _surprised(self, expected: str) -> Wrong:
        shown = self.tokens[self.at][1] or "<EOF>"
        return unreadable(f"Encountered {shown!r}, was expecting {expected}")
