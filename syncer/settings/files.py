"""Files to one tree: reading, ``include`` and overlays.

What: every named file, each laid over those it includes, later files over earlier ones.
Why bounded: a file that includes itself, or a device instead of a file, must not hang a run.
"""

from collections.abc import Sequence
from pathlib import Path

from syncer.settings.problems import InvalidSettings, Problem
from syncer.settings.tree import Mark, Node, child, merge
from syncer.settings.yamltree import BYTES_MAX, parse

INCLUDE_DEPTH_MAX = 8
FILES_MAX = 64


def read_all(paths: Sequence[Path]) -> Node:
    """The merged tree of ``paths``. Raises InvalidSettings with the problems of every file."""
    reader = _Reader()
    trees = [reader.read(path, ()) for path in paths]
    if reader.problems:
        raise InvalidSettings(reader.problems)
    if not trees:
        raise InvalidSettings([Problem(Mark("--config"), "", "no configuration file was named")])
    return _stack([tree for tree in trees if tree is not None])


def _stack(trees: Sequence[Node]) -> Node:
    result = trees[0]
    for tree in trees[1:]:
        result = merge(result, tree)
    return result


class _Reader:
    """Reads files and what they include, collecting the problems of all."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._count = 0

    def read(self, path: Path, chain: tuple[Path, ...], said: Mark | None = None) -> Node | None:
        """One file over its includes, or None when it cannot be used."""
        mark = said or Mark(str(path))
        if path.resolve() in chain or len(chain) >= INCLUDE_DEPTH_MAX:
            self._refuse(mark, f"{path} includes itself or too deeply; remove an include")
            return None
        self._count += 1
        if self._count > FILES_MAX:
            self._refuse(mark, f"more than {FILES_MAX} files; remove an include")
            return None
        data = self._bytes(path, mark)
        if data is None:
            return None
        try:
            tree = parse(data, str(path))
        except InvalidSettings as invalid:
            self.problems.extend(invalid.problems)
            return None
        return self._with_includes(tree, path, (*chain, path.resolve()))

    def _with_includes(self, tree: Node, path: Path, chain: tuple[Path, ...]) -> Node:
        include = child(tree, "include")
        below: list[Node] = []
        for name in _names(include):
            if isinstance(name.value, str):
                found = self.read(path.parent / name.value, chain, name.mark)
                below.extend([found] if found is not None else [])
        return _stack([*below, tree])

    def _bytes(self, path: Path, mark: Mark) -> bytes | None:
        """The file's content, cut just past the limit; None when there is none (noted)."""
        try:
            if path.is_file():
                with path.open("rb") as file:
                    return file.read(BYTES_MAX + 1)
            if path.is_dir():
                text = f"{path} is a folder; name the YAML file in it"
            else:
                text = f"the file {path} does not exist; run 'syncer init' or correct the path"
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a usable path"
            text = f"{path} cannot be read ({reason}); check its permissions"
        self._refuse(mark, text)
        return None

    def _refuse(self, mark: Mark, text: str) -> None:
        self.problems.append(Problem(mark, "", text))


def _names(include: Node | None) -> Sequence[Node]:
    if include is None or include.value is None:
        return ()
    return include.value if isinstance(include.value, list) else (include,)
