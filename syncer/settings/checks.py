"""What no single section can know: names that refer to each other, and what a connector can do.

What: works on the merged tree, so it speaks even when another section has a mistake.
"""

from collections.abc import Mapping

from syncer.ports import ConnectorSpec
from syncer.settings.abilities import check_abilities, policy_of
from syncer.settings.debtors import check_debtors
from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.ready import READY
from syncer.settings.tree import Node, Path, child, find, name_of, said, walk

STEP_DEPTH = 4  # ladders, name, steps, position
_BESIDE = (("thank_you", "paid_within"), ("agreements", "remind_instalment"))


def check(root: Node, specs: Mapping[str, ConnectorSpec], problems: Problems) -> None:
    """Add every problem of references between sections to ``problems``."""
    for name, policy in _entries(child(root, "policies")).items():
        _check_ladders(policy, ("policies", name), problems)
    ledgers = _list(child(root, "ledgers"))
    _check_names(ledgers, problems)
    for place, ledger in enumerate(ledgers):
        path = ("ledgers", place)
        _check_ledger(root, ledger, path, problems)
        _check_way_out(root, ledger, path, problems)
        _check_letters(root, ledger, path, problems)
        check_abilities(root, specs, problems, ledger, path)
    check_debtors(root, problems)


def _check_names(ledgers: list[Node], problems: Problems) -> None:
    written = child(problems.root, "ledgers")
    if written is not None and written.value in ([], None):
        problems.add(("ledgers",), "no ledger is configured; add one, see syncer init")
    first: dict[str, Node] = {}
    for place, ledger in enumerate(ledgers):
        name = name_of(ledger)
        if name and name in first:
            where = first[name].mark
            shown = said(ledger.value["name"])
            text = f"two ledgers are named {shown} (first at {where}); rename one"
            problems.add(("ledgers", place, "name"), text)
        first.setdefault(name, ledger)


def _check_ledger(root: Node, ledger: Node, path: Path, problems: Problems) -> None:
    policies = [*_entries(child(root, "policies")), *READY]
    _refers(ledger, path, "policy", policies, "policy", problems)
    channels = list(_entries(find(root, ("mail", "channels"))))
    _refers(ledger, path, "channel", channels, "channel under mail.channels:", problems)


def _check_way_out(root: Node, ledger: Node, path: Path, problems: Problems) -> None:
    """A policy that mails needs one channel, and says which when there are several."""
    policy, mode = policy_of(root, ledger), child(ledger, "mode")
    named = child(ledger, "channel")
    if policy is None or not _mails(policy) or (named is not None and named.value):
        return
    channels = _entries(find(root, ("mail", "channels")))
    if len(channels) > 1:
        say = f"several channels ({', '.join(sorted(channels))}); add channel: and name one"
        problems.add(path, say)
    elif not channels and mode is not None and mode.value == "live":
        problems.add((*path, "mode"), "live needs a way to send; add one under mail.channels")


def _check_letters(root: Node, ledger: Node, path: Path, problems: Problems) -> None:
    """A policy with a letter needs a folder to write it into before anything goes out."""
    policy, mode = policy_of(root, ledger), child(ledger, "mode")
    folder = find(root, ("mail", "letters"))
    live = mode is not None and mode.value == "live"
    if policy is not None and live and folder is None and "letter" in _ways(policy):
        say = "its policy writes letters; add the folder for them as mail.letters"
        problems.add((*path, "mode"), say)


def _mails(policy: Node) -> bool:
    """Whether any step, or a message beside the steps, leaves by the ledger's mail channel."""
    beside = [find(policy, path) for path in _BESIDE]
    return "email" in _ways(policy) or any(one is not None and one.value for one in beside)


def _ways(policy: Node) -> set[str]:
    """The channels of a policy's steps; what is no word at all is told elsewhere."""
    steps = [node for path, node in walk(policy) if len(path) == STEP_DEPTH and path[2] == "steps"]
    ways = (child(step, "channel") for step in steps)
    return {"email" if way is None else str(way.value) for way in ways}


def _refers(
    node: Node, path: Path, key: str, choices: list[str], what: str, problems: Problems
) -> None:
    named = child(node, key)
    if named is not None and isinstance(named.value, str) and named.value not in choices:
        hint = did_you_mean(named.value, choices) or "; add it"
        problems.add((*path, key), f"there is no {what} {said(named)}{hint}")


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
