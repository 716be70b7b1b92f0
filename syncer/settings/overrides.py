"""One ``SYNCER_...`` variable as the keys it sets, read by pydantic-settings.

What: pydantic-settings' own reader, over one variable that it is given instead of over the
process's environment.
Not here: which variables count, and where their keys lie in the files (``environment``).
"""

from collections.abc import Mapping
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from syncer.settings.root import Settings


class _Overridable(Settings, BaseSettings):
    """The sections as pydantic-settings sees them; never created."""

    model_config = SettingsConfigDict()  # both parents have one: theirs put together


class _Given(EnvSettingsSource):
    def __init__(self, given: Mapping[str, str], *, prefix: str, delimiter: str) -> None:
        self._given = given
        super().__init__(_Overridable, env_prefix=prefix, env_nested_delimiter=delimiter)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given


def read_override(name: str, value: str, *, prefix: str, delimiter: str) -> dict[str, Any]:
    """What ``name``, in small letters, sets: nested keys; empty when it names no section.

    Raises SettingsError, a ValueError, for a group of keys whose ``value`` is not JSON.
    """
    return _Given({name: value}, prefix=prefix, delimiter=delimiter)()
