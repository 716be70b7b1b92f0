"""A policy by its name: one of the configuration's, or a ready one; and with keys laid over it.

What: where the policies come from that are tried, drawn and compared, with or without a
configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pydantic import ValidationError

from syncer.errors import ConfigError
from syncer.policy.check import problems as mistakes
from syncer.policy.law.lawbook import Checked, LawBook
from syncer.policy.law.rows import Pack
from syncer.policy.rules import Policy
from syncer.settings.law_checks import mistakes_of_law
from syncer.settings.lawpacks import shipped_packs
from syncer.settings.policies import PolicySettings
from syncer.settings.problems import InvalidSettings, Problems, did_you_mean
from syncer.settings.ready import READY, laid_over, ready_policy
from syncer.settings.root import Settings
from syncer.settings.rulebook import to_policy
from syncer.settings.tree import Mark, Node, find, plain
from syncer.settings.verdicts import report

RULES = "rules"
CASES = "the file of cases"


def named_policy(settings: Settings, name: str) -> Policy:
    """The policy called ``name``. Raises ConfigError when there is none."""
    if name in settings.policies:
        return settings.policy(name)
    if name in READY:
        return ready_rules(name)
    known = sorted({*settings.policies, *READY})
    raise ConfigError(f"there is no policy '{name}'{did_you_mean(name, known)}")


def ready_rules(name: str) -> Policy:
    """The ready policy called ``name``, which needs no configuration. ConfigError for another."""
    if name not in READY:
        raise ConfigError(
            f"there is no ready policy '{name}'{did_you_mean(name, list(READY))}; one of your own "
            "needs its configuration: name the file with --config"
        )
    return to_policy(name, PolicySettings.model_validate(plain(ready_policy(name))))


@dataclass(frozen=True)
class Shelf:
    """The policies there are: those of a configuration beside the ready ones; None: these alone."""

    settings: Settings | None = None

    def named(self, name: str) -> Policy:
        """The policy of that name. Raises ConfigError."""
        return named_policy(self.settings, name) if self.settings else ready_rules(name)

    def ruled(self, name: str, over: Sequence[Node]) -> Policy:
        """That policy with keys laid over it, the last on top; ``name`` "": they are all of it.

        Raises ConfigError, and InvalidSettings with every line that is wrong.
        """
        if name and not over:
            return self.named(name)
        tree = self._tree(name)
        for layer in over:
            tree = laid_over(tree, layer)
        problems = Problems(Node({RULES: tree}, tree.mark))
        try:
            written = PolicySettings.model_validate(plain(tree))
        except ValidationError as error:
            report(error, problems, (RULES,), PolicySettings)
            raise InvalidSettings(problems.found, what=CASES) from None
        names = [pack.name for pack in self.packs] if written.law else []
        for place, text in mistakes_of_law(written, names):
            problems.add((RULES, *place), text)
        problems.raise_if_any(what=CASES)
        policy = to_policy(name or RULES, written, self.packs if written.law else ())
        for mistake in mistakes(policy):
            problems.add((RULES,), mistake)
        problems.raise_if_any(what=CASES)
        return policy

    def _tree(self, name: str) -> Node:
        """The policy as it is written, with all that it uses."""
        if not name:
            return Node({}, Mark(""))
        self.named(name)  # says what is wrong with the name
        own = find(self.settings.tree, ("policies", name)) if self.settings else None
        return own or ready_policy(name)

    def law(self, policy: Policy, checked: Sequence[str], on: date) -> LawBook:
        """The law of its charges; ``checked`` are rows that count as checked beside the others."""
        if not policy.charges.law:
            return LawBook(())
        own = self.settings.law.checks() if self.settings else ()
        said = [Checked(row=row, on=on, by=CASES) for row in checked]
        return LawBook(self.packs, (*own, *said))

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The law packs."""
        return self.settings.packs if self.settings else shipped_packs()
