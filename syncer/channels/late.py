"""A renderer that is made when the first text is asked for.

Why: templates, their engine and the languages' tables are a tenth of what a run needs to
start, and many a run finds nothing to write.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.model.effect import Message
from syncer.ports import Channel, Renderer

if TYPE_CHECKING:
    from syncer.channels.render import TemplateRenderer


def open_renderer(override_dir: Path | None) -> Renderer:
    """The renderer over the shipped templates and the user's own, which are compiled at once.

    Raises ConfigError for a template of ``override_dir`` that cannot be used.
    """
    renderer = _LateRenderer(override_dir)
    if override_dir is not None:
        _ = renderer.made
    return renderer


def open_letters(folder: Path | None) -> Channel | None:
    """The folder that letters are written into; None where none is configured."""
    if folder is None:
        return None
    from syncer.channels.letters import LetterFolder

    return LetterFolder(folder)


class _LateRenderer:
    """Hands every call on as it is; what each takes and raises stands at TemplateRenderer."""

    def __init__(self, override_dir: Path | None) -> None:
        self._override_dir = override_dir

    @cached_property
    def made(self) -> "TemplateRenderer":
        from syncer.channels.render import TemplateRenderer

        return TemplateRenderer(self._override_dir)

    def render(self, **given: Any) -> Message:
        """A message."""
        return self.made.render(**given)

    def note(self, **given: Any) -> str:
        """The text of a note."""
        return self.made.note(**given)

    def task_text(self, **given: Any) -> str:
        """The text of a task."""
        return self.made.task_text(**given)
