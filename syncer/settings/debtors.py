"""The section ``debtors``: which customers of several ledgers are one debtor.

What: its keys, what must fit together in it, and the rules that one ledger gets from it.
Not here: whether the customers exist, which only a run can tell; and the match itself
(``syncer.policy.debtor``).
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from syncer.policy.debtor import DebtorRules
from syncer.settings.fields import Name, one_of
from syncer.settings.problems import Problems, did_you_mean
from syncer.settings.section import Section, key
from syncer.settings.segments import Text
from syncer.settings.tree import Node, Path, child, find, name_of, said, show_key

LEDGERS_MIN = 2
_ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


Customers = Annotated[tuple[Text, ...], BeforeValidator(_listed), WithJsonSchema(_ONE_OR_MORE)]
"""One customer or a list of them."""


class Matching(StrEnum):
    """What makes customers of several ledgers one debtor without naming them."""

    OFF = "off"
    TAX_NUMBER_AND_EMAIL_DOMAIN = "tax_number_and_email_domain"


class Debtors(Section):
    """Customers that share their contact limits across ledgers."""

    match: Annotated[Matching, one_of(Matching)] = key(
        "off",
        "off, or tax_number_and_email_domain: customers with both, both equal, are one debtor.",
        example="tax_number_and_email_domain",
    )
    same_address: bool = key(
        False,
        "Customers with an e-mail address in common share their limits, in one ledger too.",
        example="true",
    )
    named: dict[Name, dict[Name, Customers]] = key(
        {},
        "By a name of your choice: per ledger, the customer's exact name or id, or a list.",
        example='{acme: {north: Acme Ltd, books: ["1001", "1002"]}}',
    )

    def rules_for(self, ledger: str) -> DebtorRules:
        """What the section says of one ledger's customers."""
        named = [
            (text, debtor)
            for debtor, ledgers in self.named.items()
            for text in ledgers.get(ledger, ())
        ]
        by_tax_number = self.match is Matching.TAX_NUMBER_AND_EMAIL_DOMAIN
        return DebtorRules(
            named=tuple(named), by_tax_number=by_tax_number, by_address=self.same_address
        )


def check_debtors(root: Node, problems: Problems) -> None:
    """Add unknown ledgers, debtors of one ledger alone, and customers that are two debtors."""
    named = find(root, ("debtors", "named"))
    debtors = named.value if named is not None and isinstance(named.value, dict) else {}
    ledgers = child(root, "ledgers")
    entries = ledgers.value if ledgers is not None and isinstance(ledgers.value, list) else []
    known = [name for name in map(name_of, entries) if name]
    first: dict[tuple[str, str], str] = {}
    for debtor, node in debtors.items():
        path: Path = ("debtors", "named", debtor)
        _check_ledgers(node, path, known, problems)
        for customer, ledger, where in _customers(node, path):
            other = first.setdefault((ledger, str(customer.value)), debtor)
            if other != debtor:
                text = f"{said(customer)} is debtor '{show_key(other)}' already; remove one"
                problems.add(where, text)


def _check_ledgers(node: Node, path: Path, known: list[str], problems: Problems) -> None:
    ledgers = node.value if isinstance(node.value, dict) else {}
    for name in ledgers:
        if name not in known:
            hint = did_you_mean(name, known)
            problems.add((*path, name), f"there is no ledger '{show_key(name)}'{hint}")
    if isinstance(node.value, dict) and len(ledgers) < LEDGERS_MIN:
        problems.add(path, "a debtor is shared by two ledgers or more; add another, or remove it")


def _customers(node: Node, path: Path) -> Iterator[tuple[Node, str, Path]]:
    """Each customer as written, its ledger and its place."""
    for ledger, entry in (node.value if isinstance(node.value, dict) else {}).items():
        if isinstance(entry.value, list):
            for place, one in enumerate(entry.value):
                yield one, ledger, (*path, ledger, place)
        else:
            yield entry, ledger, (*path, ledger)
