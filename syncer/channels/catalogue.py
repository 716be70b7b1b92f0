"""Templates and words per language: the shipped ones, and a folder of the user's own over them.

A language is a folder ``<lang>/`` with ``words.toml`` (table headings and row names) and one
``<name>.j2`` per tone or own template, each with the blocks ``subject``, ``before`` and
``after``. A file in the override folder replaces the shipped file of the same path, except
``words.toml``, which is merged key by key. Templates are compiled when the program starts,
so that a broken one is found before anything is sent.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syncer.errors import ConfigError

SHIPPED = Path(__file__).with_name("templates")
BLOCKS = ("subject", "before", "after")
WORDS = "words.toml"
FALLBACK = "en"

_TEMPLATE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_FOLDER_NAME = re.compile(r"[a-z]{2,3}\Z")


class Catalogue:
    """Read once; then only looked up. ``override`` None = the shipped templates alone."""

    def __init__(self, override: Path | None = None) -> None:
        """Raises ConfigError naming the file (and line) of a template that cannot be used."""
        if override is not None and not override.is_dir():
            raise ConfigError(f"templates: {override} is not a folder; create it or remove the key")
        self._folders = [SHIPPED] if override is None else [override, SHIPPED]
        self._text = _environment(self._folders, autoescape=False)
        self._html = _environment(self._folders, autoescape=True)
        self._words = self._read_words()
        self._tones = self._compile_tones()
        self.text_layout = self._compile(self._text, "layout.txt.j2")
        self.html_layout = self._compile(self._html, "layout.html.j2")
        self.letter_layout = self._compile(self._html, "letter.html.j2")
        self.plain_text_layout = self._compile(self._text, "plain.txt.j2")
        self.plain_html_layout = self._compile(self._html, "plain.html.j2")

    def languages(self) -> frozenset[str]:
        """Languages that a whole message can be written in."""
        return frozenset(self._words)

    def has(self, language: str, name: str) -> bool:
        """Whether ``name`` can be written wholly in ``language``."""
        return language in self._words and (language, name) in self._tones

    def template(self, language: str, name: str) -> Template:
        """The compiled tone template; call ``has`` first."""
        return self._tones[language, name]

    def words(self, language: str) -> Mapping[str, Any]:
        """The words of a language: the same keys for every language."""
        return self._words[language]

    def _read_words(self) -> dict[str, dict[str, Any]]:
        merged: dict[str, dict[str, Any]] = {}
        for folder in reversed(self._folders):
            for path in sorted(folder.glob(f"*/{WORDS}")):
                if _FOLDER_NAME.match(path.parent.name):
                    words = merged.setdefault(path.parent.name, {})
                    words.update(_load_words(path))
        english = _load_words(SHIPPED / FALLBACK / WORDS)
        for language, words in merged.items():
            _check_words(language, set(words), set(english))
            _check_gaps(language, words, english)
        return merged

    def _compile_tones(self) -> dict[tuple[str, str], Template]:
        tones: dict[tuple[str, str], Template] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*/*.j2")):
                language, name = path.parent.name, path.stem
                if (language, name) in tones or not _FOLDER_NAME.match(language):
                    continue
                if not _TEMPLATE_NAME.match(name):
                    raise ConfigError(
                        f"{path}: use lower-case letters, digits, - and _ in a template's name"
                    )
                template = self._compile(self._text, f"{language}/{name}.j2")
                _check_blocks(path, template)
                tones[language, name] = template
        return tones

    def _compile(self, environment: ImmutableSandboxedEnvironment, name: str) -> Template:
        try:
            return environment.get_template(name)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"{name}, line {line}" if line else name
            raise ConfigError(f"template {where}: {error.message}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"template {name}: the file is not UTF-8; save it as UTF-8"
            ) from error


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped templates alone; nothing changes in them while the program runs."""
    return Catalogue()


def _environment(folders: list[Path], *, autoescape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        auto_reload=False,
        cache_size=-1,
    )


def _load_words(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}; mend the TOML (UTF-8)") from error


def _check_words(language: str, found: set[str], expected: set[str]) -> None:
    for kind, keys in (("lacks", expected - found), ("has the unknown", found - expected)):
        if keys:
            raise ConfigError(
                f"templates: {language}/{WORDS} {kind} {'key' if len(keys) == 1 else 'keys'} "
                f"{', '.join(sorted(keys))}; compare it with {FALLBACK}/{WORDS}"
            )


def _check_gaps(language: str, words: Mapping[str, Any], english: Mapping[str, Any]) -> None:
    """Each value is text with the same number of "%s" as the English one."""
    for key, value in words.items():
        wanted = english[key].count("%s")
        if not isinstance(value, str) or value.count("%") != wanted or value.count("%s") != wanted:
            raise ConfigError(
                f"templates: {language}/{WORDS} key {key} must be text with {wanted} times %s"
            )


def _check_blocks(path: Path, template: Template) -> None:
    missing = [block for block in BLOCKS if block not in template.blocks]
    if missing:
        raise ConfigError(
            f"{path}: block {', '.join(missing)} is missing; a template needs "
            "{% block subject %}, {% block before %} and {% block after %}"
        )
