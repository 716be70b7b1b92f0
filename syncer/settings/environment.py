"""``SYNCER_<SECTION>__<KEY>`` variables laid over the files.

What: takes the overrides out of a given mapping (never the process's own environment), fits
their capitals to the keys in the files, and refuses names that lead nowhere.
Why: pydantic-settings ignores an unknown variable silently; a typo must not go unnoticed.
Not here: what a variable's name and value say (``overrides``).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from syncer.settings.inventory import key_paths, keys_at
from syncer.settings.problems import Problem, closest
from syncer.settings.references import References
from syncer.settings.tree import MERGED_BY_NAME, Mark, Node, Path, from_plain, name_of

ENV_PREFIX = "SYNCER_"
ENV_DELIMITER = "__"
NOT_SETTINGS = frozenset({"SYNCER_CONFIG"})  # read by the command line
FILE_SUFFIX = "_file"
SETTINGS_PLACE = 2  # ledgers, position, settings
VARIABLE_LIKENESS = 0.8  # long common prefixes make unlike names look alike


def lay_over(root: Node, references: References, problems: list[Problem]) -> Node:
    """``root`` with the overrides of the environment; variables used by ``${...}`` are left alone.

    A name that fits no key is added to ``problems``.
    """
    given = _own(references.environ, references.used)
    for variable, value in sorted(given.items()):
        mark = Mark(f"environment variable {variable}")
        try:
            root = _lay_one(root, variable, value, mark, references)
        except _NoSuchKey:
            problems.append(Problem(mark, "", _unknown(variable)))
        except _NotJson:
            problems.append(Problem(mark, "", "not valid JSON; set one key at a time instead"))
    return root


class _NoSuchKey(Exception):
    """The variable's name fits no key of the configuration."""


class _NotJson(Exception):
    """The variable names a group of keys, and its value cannot be read as one."""


def _own(environ: Mapping[str, str], referenced: Collection[str]) -> dict[str, str]:
    skipped = NOT_SETTINGS.union(referenced)
    return {
        name: value
        for name, value in environ.items()
        if name.upper().startswith(ENV_PREFIX) and name not in skipped
    }


def _lay_one(root: Node, variable: str, value: str, mark: Mark, references: References) -> Node:
    name = variable.lower()
    if name.endswith(FILE_SUFFIX):
        read = references.read_for(variable, value, mark)
        if read is None:
            return root
        name, value = name.removesuffix(FILE_SUFFIX), read
    from syncer.settings.overrides import read_override  # late: heavy, and most runs have none

    try:
        overrides = read_override(name, value, prefix=ENV_PREFIX, delimiter=ENV_DELIMITER)
    except ValueError:
        raise _NotJson from None
    if not overrides:
        raise _NoSuchKey
    return _fit(root, from_plain(overrides, mark), ())


def _fit(base: Node, over: Node, path: Path) -> Node:
    """Merge ``over`` into ``base``, matching keys without regard to capitals and ``-``/``_``."""
    if not isinstance(over.value, dict):
        return replace(over, referenced=True)
    if path == (MERGED_BY_NAME,):
        return _fit_named(base, over, path)
    if not isinstance(base.value, dict):
        base = replace(over, value={})
    merged = dict(base.value)
    for word, entry in over.value.items():
        key = _match(word, [*merged, *keys_at(path)], free=_is_connectors(path))
        under = merged.get(key, replace(entry, value={}))
        merged[key] = _fit(under, entry, (*path, key))
    return replace(base, value=merged)


def _fit_named(base: Node, over: Node, path: Path) -> Node:
    entries = list(base.value) if isinstance(base.value, list) else []
    names = [name_of(entry) for entry in entries]
    for word, change in over.value.items():
        place = names.index(_match(word, names))
        entries[place] = _fit(entries[place], change, (*path, place))
    return replace(base, value=entries)


def _is_connectors(path: Path) -> bool:
    """Whether ``path`` lies in a ledger's ``settings``, whose keys only its connector knows."""
    return len(path) > SETTINGS_PLACE and path[SETTINGS_PLACE] == "settings"


def _match(word: str, keys: list[str], *, free: bool = False) -> str:
    wanted = _plain_word(word)
    for key in keys:
        if key and _plain_word(key) == wanted:
            return key
    if free:
        return word
    raise _NoSuchKey


def _plain_word(word: str) -> str:
    return word.lower().replace("-", "_").replace(".", "_")


def _unknown(variable: str) -> str:
    known = [ENV_PREFIX + ENV_DELIMITER.join(path).upper() for path in key_paths()]
    hint = closest(variable.upper(), known, VARIABLE_LIKENESS)
    advice = (
        f"did you mean {hint}?" if hint else "remove it, or see docs/configuration.md for the names"
    )
    return f"no key of the configuration has this name; {advice}"
