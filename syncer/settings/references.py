"""``${NAME}``, ``${NAME:-default}`` and ``file:/path`` in values, resolved at every load.

What: text values may point at the environment or at a file, such as a mounted secret. Where
``NAME`` is not set but ``NAME_FILE`` is, the file it names is read. ``$${`` writes ``${``.
Why: secrets stay out of YAML, and a rotated one is picked up by the next run.
Not here: ``SYNCER_`` overrides (``environment``). What was read is never shown in an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from syncer.settings.problems import Problem
from syncer.settings.tree import Mark, Node, name_of

SECRET_BYTES_MAX = 64 * 1024
FILE_PREFIX = "file:"

_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<body>[^{}]*)\}|\$\{")
_BODY = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)


class _Unresolved(Exception):
    """A reference that leads nowhere; its text is a sentence without values."""


@dataclass(slots=True)
class References:
    """Resolves the references of one load and remembers which variables were used."""

    environ: Mapping[str, str]
    base: Path  # relative ``file:`` paths start here
    problems: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def resolve(self, node: Node, path: str = "") -> Node:
        """A copy of the tree without references. Problems are collected, not raised."""
        if isinstance(node.value, dict):
            dot = "." if path else ""
            resolved = {
                key: self.resolve(entry, f"{path}{dot}{key}") for key, entry in node.value.items()
            }
            return replace(node, value=resolved)
        if isinstance(node.value, list):
            entries = [
                self.resolve(entry, f"{path}[{name_of(entry) or place}]")
                for place, entry in enumerate(node.value)
            ]
            return replace(node, value=entries)
        if isinstance(node.value, str):
            return self._resolve_text(node, node.value, path)
        return node

    def read_for(self, variable: str, path: str, mark: Mark) -> str | None:
        """The secret file that ``variable`` names; None when it cannot be read (noted)."""
        try:
            return self._read(path, through=variable)
        except _Unresolved as unresolved:
            self.problems.append(Problem(mark, "", str(unresolved)))
            return None

    def _resolve_text(self, node: Node, text: str, path: str) -> Node:
        if not text.startswith(FILE_PREFIX) and "${" not in text:
            return node
        try:
            value, referenced = self._expand(text)
            if value.startswith(FILE_PREFIX):
                value, referenced = self._read(value.removeprefix(FILE_PREFIX)), True
        except _Unresolved as unresolved:
            self.problems.append(Problem(node.mark, path, str(unresolved)))
            return replace(node, value=None, referenced=True)
        return replace(node, value=value or None, referenced=referenced)

    def _expand(self, text: str) -> tuple[str, bool]:
        parts: list[str] = []
        referenced = False
        end = 0
        for hit in _REFERENCE.finditer(text):
            parts.append(text[end : hit.start()])
            end = hit.end()
            if hit.group() == "$${":
                parts.append("${")
            else:
                parts.append(self._variable(hit.group("body")))
                referenced = True
        return "".join([*parts, text[end:]]), referenced

    def _variable(self, body: str | None) -> str:
        match = _BODY.fullmatch(body or "")
        if match is None:
            raise _Unresolved(
                'a reference must look like "${NAME}" or "${NAME:-default}"; '
                "write $${ for a plain ${"
            )
        name, default = match["name"], match["default"]
        self.used.update((name, f"{name}_FILE"))
        if self.environ.get(name):
            return self.environ[name]
        if self.environ.get(f"{name}_FILE"):
            return self._read(self.environ[f"{name}_FILE"], through=f"{name}_FILE")
        if default is not None:
            return default
        raise _Unresolved(
            f"the environment variable {name} is not set or empty; "
            f'set it, set {name}_FILE to a file, or write "${{{name}:-default}}"'
        )

    def _read(self, written: str, *, through: str = "") -> str:
        """The text of a secret file, without its last line break."""
        what = f"the file that {through} names" if through else f"the file {written}"
        path = self.base / written
        try:
            if not path.is_file():
                raise _Unresolved(f"{what} does not exist; check the path and the mount")
            with path.open("rb") as file:
                data = file.read(SECRET_BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable path"
            raise _Unresolved(f"{what} cannot be read ({reason}); check its permissions") from None
        return _secret_text(data, what)


def _secret_text(data: bytes, what: str) -> str:
    if len(data) > SECRET_BYTES_MAX:
        raise _Unresolved(
            f"{what} is larger than {SECRET_BYTES_MAX // 1024} KiB; name the right file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unresolved(f"{what} is not UTF-8 text; name the right file") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text or "\x00" in text:
        raise _Unresolved(f"{what} is empty or not text; write the value into it")
    return text
