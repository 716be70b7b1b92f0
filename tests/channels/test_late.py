"""The renderer that is made when the first text is asked for."""

from pathlib import Path

import pytest

from syncer.channels.late import open_renderer
from syncer.errors import ConfigError


def test_a_broken_template_of_the_users_is_found_at_once(tmp_path: Path):
    """Before anything is read or sent, and not with the first message that needs it."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "friendly.j2").write_text("{% block subject %}")
    with pytest.raises(ConfigError, match=r"friendly\.j2"):
        open_renderer(tmp_path)


def test_a_templates_folder_that_is_missing_is_found_at_once(tmp_path: Path):
    """The key in the configuration leads nowhere."""
    with pytest.raises(ConfigError, match="not a folder"):
        open_renderer(tmp_path / "none")
