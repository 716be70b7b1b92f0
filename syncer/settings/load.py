"""From files and environment to one validated, frozen Settings; the only way to get one.

What: read, merge, resolve references, lay the environment over, validate, cross-check, and
raise once with everything that is wrong.
Not here: any of those steps; this module is their order.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syncer.errors import InvariantError
from syncer.ports import ConnectorSpec
from syncer.settings.checks import check
from syncer.settings.connectors import Context, read_settings
from syncer.settings.environment import lay_over
from syncer.settings.files import read_all
from syncer.settings.law_checks import check_law
from syncer.settings.problems import Problems
from syncer.settings.ready import expand
from syncer.settings.references import References
from syncer.settings.root import Settings, attach
from syncer.settings.show import digest_of
from syncer.settings.tree import Node, child, plain
from syncer.settings.verdicts import report

CONNECTOR_SETTINGS = "settings"


def load_settings(
    paths: Sequence[Path], *, environ: Mapping[str, str], specs: Mapping[str, ConnectorSpec]
) -> Settings:
    """The configuration of ``paths`` (later files over earlier ones) and ``environ``.

    ``specs`` are the connectors that exist, by name. Secret files are read anew at each call.
    Raises InvalidSettings (a ConfigError) that lists every problem with file, line and key.
    """
    base = paths[0].parent if paths else Path()
    root = read_all(paths)
    references = References(environ, base)
    root = references.resolve(root)
    problems = Problems(root)
    problems.root = root = lay_over(root, references, problems.found)
    problems.found.extend(references.problems)
    problems.root = root = expand(root, problems)
    settings = _validate(root, specs, problems, {"base": base})
    check(root, specs, problems)
    if settings is not None:
        check_law(settings, problems)
    problems.raise_if_any()
    if settings is None:
        raise InvariantError("the settings were refused without a reason")
    return attach(settings, base=base, tree=root, digest=digest_of(settings, root))


def _validate(
    root: Node, specs: Mapping[str, ConnectorSpec], problems: Problems, context: Context
) -> Settings | None:
    data = plain(root)
    _put_connectors(root, data, specs, problems, context)
    try:
        return Settings.model_validate(data, context=context)
    except ValidationError as error:
        report(error, problems, (), Settings)
        return None


def _put_connectors(
    root: Node,
    data: dict[str, Any],
    specs: Mapping[str, ConnectorSpec],
    problems: Problems,
    context: Context,
) -> None:
    """Replace each ledger's ``settings`` by an instance of its connector's model."""
    ledgers = child(root, "ledgers")
    if ledgers is None or not isinstance(ledgers.value, list):
        return
    for place, ledger in enumerate(ledgers.value):
        if isinstance(ledger.value, dict):
            instance = read_settings(ledger, ("ledgers", place), specs, problems, context)
            data["ledgers"][place][CONNECTOR_SETTINGS] = instance
