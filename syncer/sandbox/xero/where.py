"""The ``where`` filter: a small subset of the vendor's expression language.

Comparisons joined by AND, OR and parentheses; strings in double quotes, ``guid("...")``,
``DateTime(y,m,d)``, numbers, ``true``, ``false``, ``null``; ``Field.Contains("x")``,
``StartsWith`` and ``EndsWith``; ``=`` and ``==`` are the same. Text is compared without
regard to case and accents. Source: "invoices" and "contacts" pages, read November 2026.
"""

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Getter = Callable[[Any], Any]
Test = Callable[[Any], bool]
TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"[^"]*") | (?P<number>-?\d+(?:\.\d+)?) | (?P<name>[A-Za-z_][\w.]*) |
    (?P<op>==|!=|<>|>=|<=|&&|\|\||=|>|<|\(|\)|,)
    )""",
    re.VERBOSE,
)
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
DEPTH_MAX = 50


class BadFilter(ValueError):
    """The expression cannot be read; the message is the vendor's kind of answer."""


def folded(value: Any) -> Any:
    """A value as it is compared: text without case and accents, dates as instants."""
    if isinstance(value, str):
        plain = unicodedata.normalize("NFKD", value)
        return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zone-less on the wire
    return value


def compile_where(text: str, fields: Mapping[str, Getter], kind: str) -> Test:
    """A test for records. ``fields`` maps lower-case names to getters. Raises BadFilter."""
    return _Parser(_tokens(text), fields, kind).parse()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise BadFilter(f"Syntax error (at index {position})")
        tokens.append((str(match.lastgroup), str(match[str(match.lastgroup)])))
        position = match.end()
    return tokens


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], fields: Mapping[str, Getter], kind: str
    ) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.at = 0
        self.depth = 0
        self.fields = fields
        self.kind = kind

    def parse(self) -> Test:
        test = self._any()
        if self.tokens[self.at][0] != "end":
            raise BadFilter("Syntax error")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("||", "or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda record: any(t(record) for t in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("&&", "and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(t(record) for t in tests)

    def _one(self) -> Test:
        if not self._take("("):
            return self._comparison()
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise BadFilter("Expression too deep")
        test = self._any()
        self._need(")")
        return test

    def _comparison(self) -> Test:
        group, name = self._next()
        if group != "name":
            raise BadFilter("Expression expected")
        path, _, last = name.rpartition(".")
        if last.lower() in METHODS and path:
            return self._method(self._getter(path), METHODS[last.lower()])
        getter = self._getter(name)
        sign = self._next()[1]
        if sign not in COMPARISONS:
            raise BadFilter(f"Operator expected after '{name}'")
        return _compare(getter, COMPARISONS[sign], self._value())

    def _method(self, getter: Getter, check: Callable[[str, str], bool]) -> Test:
        self._need("(")
        part = self._value()
        self._need(")")
        return lambda record: check(folded(getter(record) or ""), str(part))

    def _getter(self, name: str) -> Getter:
        getter = self.fields.get(name.lower())
        if getter is None:
            raise BadFilter(f"No property or field '{name}' exists in type '{self.kind}'")
        return getter

    def _value(self) -> Any:
        group, text = self._next()
        if group == "string":
            return folded(text[1:-1])
        if group == "number":
            return Decimal(text)
        word = text.lower()
        if word in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[word]
        if word == "guid":
            self._need("(")
            value = self._value()
            self._need(")")
            return value
        if word == "datetime":
            return self._moment()
        raise BadFilter(f"Value expected, found '{text}'")

    def _moment(self) -> datetime:
        self._need("(")
        parts = [self._next()[1]]
        while self._take(","):
            parts.append(self._next()[1])
        self._need(")")
        try:
            return datetime(*(int(part) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001
        except (ValueError, TypeError):
            raise BadFilter(f"DateTime({','.join(parts)}) is not a date") from None

    def _next(self) -> tuple[str, str]:
        token = self.tokens[self.at]
        if token[0] == "end":
            raise BadFilter("Expression expected")
        self.at += 1
        return token

    def _take(self, *texts: str) -> bool:
        if self.tokens[self.at][1].lower() in texts:
            self.at += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise BadFilter(f"'{text}' expected")


def _compare(getter: Getter, check: Callable[[Any, Any], bool], value: Any) -> Test:
    equality = check in (operator.eq, operator.ne)

    def test(record: Any) -> bool:
        actual = folded(getter(record))
        if not equality and (actual is None or value is None):
            return False
        try:
            return check(actual, value)
        except TypeError:
            raise BadFilter("Operator cannot compare these types") from None

    return test
