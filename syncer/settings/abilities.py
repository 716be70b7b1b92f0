"""What the configuration asks of a connector, compared with what it declares.

What: every key that needs a capability, with a sentence that names the key that asks too much.
Why at start-up: "cannot" must be said before the first customer, not at the step that fails.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from syncer.ports import Capability, ConnectorSpec
from syncer.settings.problems import Problems
from syncer.settings.ready import DEFAULT_POLICY
from syncer.settings.root import Settings
from syncer.settings.tree import Node, Path, child, find, walk

_HISTORY = (Capability.PAYMENT_HISTORY, "needs paid invoices")
_BY_KEY: Mapping[str, tuple[Capability, str]] = {
    "books_max_age": (Capability.BANK_FRESHNESS, "needs the age of the bank reconciliation"),
    "first_time_large": _HISTORY,
    "small_share": _HISTORY,
    "turnover_share_at_least": _HISTORY,
    "first_time": _HISTORY,
    "usual_days_late_at_least": _HISTORY,
    "habit_grace_max": _HISTORY,
    "paid_within": _HISTORY,
}
_BY_VALUE: Mapping[tuple[str, Any], tuple[Capability, str]] = {
    ("channel", "ledger_email"): (Capability.LEDGER_EMAIL, "lets the ledger send mail"),
    ("channel", "task"): (Capability.TASK, "creates a task for a person"),
    ("attach_invoices", True): (Capability.INVOICE_PDF, "fetches invoices as PDF"),
    ("booking", "draft"): (Capability.DRAFT_CHARGE, "raises charges as drafts"),
    ("booking", "book"): (Capability.BOOK_CHARGE, "books charges"),
    ("only_sent", True): (Capability.SENT_FLAG, "needs the ledger's mark for sent invoices"),
}
_OF_LEDGER: Mapping[tuple[str, Any], tuple[Capability, str]] = {
    ("mode", "live"): (Capability.READ_ACCOUNTS, "reads an account again before each message"),
    ("write_notes", True): (Capability.NOTE_ADD, "writes notes into the ledger"),
    ("pay_links", True): (Capability.PAY_LINK, "fetches payment links"),
}
_YES = TypeAdapter(bool)
_OFF = (None, "0d", "", False)


@dataclass(frozen=True, slots=True)
class _Need:
    """Something asked for: where, in words, and what it takes."""

    node: Node
    key: str
    capability: Capability
    words: str


def check_abilities(
    root: Node, specs: Mapping[str, ConnectorSpec], problems: Problems, ledger: Node, path: Path
) -> None:
    """Add what ``ledger`` and its policy ask for and its connector cannot do."""
    connector = child(ledger, "connector")
    spec = specs.get(str(connector.value)) if connector is not None else None
    if spec is None:
        return
    for (key, value), (capability, words) in _OF_LEDGER.items():
        asked = child(ledger, key)
        if asked is not None and asked.value == value and capability not in spec.capabilities:
            problems.add((*path, key), f"{words}, which connector '{spec.name}' cannot; change it")
    policy = policy_of(root, ledger)
    if policy is None:
        return
    for need in _needs(policy):
        if need.capability in spec.capabilities or _switched_on(spec, ledger, need.capability):
            continue
        where = f"{need.key} ({need.node.mark})"
        text = f"its {where} {need.words}, which connector '{spec.name}' {_unless(spec, need)}"
        problems.add((*path, "policy"), text)


def _switched_on(spec: ConnectorSpec, ledger: Node, capability: Capability) -> bool:
    """Whether the ledger's settings ask for what its connector does on request."""
    key, settings = spec.optional.get(capability), child(ledger, "settings")
    asked = child(settings, key) if key and settings is not None else None
    try:
        return asked is not None and _YES.validate_python(asked.value)
    except ValidationError:
        return False  # no truth value: the connector's own settings say so


def _unless(spec: ConnectorSpec, need: _Need) -> str:
    key = spec.optional.get(need.capability)
    return f"gives with {key}: true in its settings alone" if key else "cannot; change either"


def unthanked(
    settings: Settings, specs: Mapping[str, ConnectorSpec]
) -> Iterator[tuple[Path, str, str]]:
    """(Place, policy, sentence) of each ledger whose policy thanks, and which proves no payment."""
    for place, ledger in enumerate(settings.ledgers):
        spec = specs.get(ledger.connector)
        if spec is None or spec.proves_payment:
            continue
        if settings.policy_for(ledger).thank_you.within is not None:
            text = (
                f"thank_you of policy '{ledger.policy}' thanks nobody of ledger '{ledger.name}': "
                f"connector '{spec.name}' does not prove that money closed an invoice; leave it "
                "off there, or see docs/policy.md"
            )
            yield ("ledgers", place, "policy"), ledger.policy, text


def policy_of(root: Node, ledger: Node) -> Node | None:
    """The policy that ``ledger`` follows, as written."""
    named = child(ledger, "policy")
    name = named.value if named is not None and named.value else DEFAULT_POLICY
    return find(root, ("policies", str(name)))


def _needs(policy: Node) -> Iterator[_Need]:
    for path, node in walk(policy):
        key = str(path[-1]) if path else ""
        if isinstance(node.value, dict | list):
            continue
        if key in _BY_KEY and node.value not in _OFF:
            yield _Need(node, key, *_BY_KEY[key])
        elif (key, node.value) in _BY_VALUE:
            yield _Need(node, f"{key}: {str(node.value).lower()}", *_BY_VALUE[key, node.value])
