"""What no single section can know: names that refer to each other, and what a connector can do.

What: works on the merged tree, so it speaks even when another section has a mistake.
"""

from collections.abc import Mapping

from syncer.ports import ConnectorSpec
from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.ready import READY
from syncer.settings.tree import Node, Path, child, find, name_of


def check(root: Node, specs: Mapping[str, ConnectorSpec], problems: Problems) -> None:
    """Add every problem of references between sections to ``problems``."""
    for name, policy in _entries(child(root, "policies")).items():
        _check_ladders(policy, ("policies", name), problems)
    ledgers = _list(child(root, "ledgers"))
    _check_names(ledgers, problems)
    for place, ledger in enumerate(ledgers):
        _check_ledger(root, ledger, ("ledgers", place), problems)


def _check_names(ledgers: list[Node], problems: Problems) -> None:
    if not ledgers and isinstance(child(problems.root, "ledgers"), Node):
        problems.add(("ledgers",), "no ledger is configured; add one, see syncer init")
    first: dict[str, Node] = {}
    for place, ledger in enumerate(ledgers):
        name = name_of(ledger)
        if name and name in first:
            where = first[name].mark
            problems.add(
                ("ledgers", place, "name"),
                f"two ledgers are named '{name}' (first at {where}); rename one",
            )
        first.setdefault(name, ledger)


def _check_ledger(root: Node, ledger: Node, path: Path, problems: Problems) -> None:
    policies = [*_entries(child(root, "policies")), *READY]
    _refers(ledger, path, "policy", policies, "policy", problems)
    channels = list(_entries(find(root, ("mail", "channels"))))
    _refers(ledger, path, "channel", channels, "channel in mail.channels", problems)


def _refers(
    node: Node, path: Path, key: str, choices: list[str], what: str, problems: Problems
) -> None:
    named = child(node, key)
    if named is not None and isinstance(named.value, str) and named.value not in choices:
        hint = did_you_mean(named.value, choices) or "; add it"
        problems.add((*path, key), f"there is no {what} '{named.value}'{hint}")


def _check_ladders(policy: Node, path: Path, problems: Problems) -> None:
    ladders = list(_entries(child(policy, "ladders")))
    if not ladders:
        return
    _refers(policy, path, "default_ladder", ladders, "ladder", problems)
    for place, segment in enumerate(_list(child(policy, "segments"))):
        _refers(segment, (*path, "segments", place), "ladder", ladders, "ladder", problems)


def _entries(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _list(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []
