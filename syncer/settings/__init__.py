"""Settings: the only reader of YAML, environment and secret files.

What: ``load_settings`` turns files and an environment mapping into one frozen ``Settings``, or
raises once with every problem as ``file:line: key: what is wrong; what to do``.
Not here: building anything from it (the composition root does).
"""

from syncer.settings.lint import lint
from syncer.settings.load import load_settings
from syncer.settings.problems import InvalidSettings, Problem
from syncer.settings.root import Settings
from syncer.settings.show import json_schema, resolved, secret_values

__all__ = [
    "InvalidSettings",
    "Problem",
    "Settings",
    "json_schema",
    "lint",
    "load_settings",
    "resolved",
    "secret_values",
]
