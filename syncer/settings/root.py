"""The whole configuration as one frozen value.

What: the sections put together, and lookups that start-up needs. It is built by ``load`` alone:
the environment is read there, explicitly, never by creating a Settings.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PrivateAttr

from syncer.errors import ConfigError
from syncer.model.hold import Hold
from syncer.policy.law.lawbook import LawBook
from syncer.policy.law.rows import Pack
from syncer.policy.rules import Policy
from syncer.policy.volume import AlarmLimits
from syncer.ports import Letterhead
from syncer.settings.charges import LawSettings
from syncer.settings.debtors import Debtors
from syncer.settings.fields import Name, wrong
from syncer.settings.lawpacks import packs_with
from syncer.settings.ledgers import LedgerSettings
from syncer.settings.mail import Mail
from syncer.settings.operation import Log, Reports, Run, Secrets, Sentry, State
from syncer.settings.policies import PolicySettings
from syncer.settings.problems import did_you_mean
from syncer.settings.rulebook import to_holds, to_policy
from syncer.settings.section import Section, group, key
from syncer.settings.tree import Mark, Node
from syncer.settings.watching import AlarmSettings, HealthSettings, MetricsSettings


def _paths(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) for entry in value):
        raise wrong("expected a path or a list of paths")
    return value


class Settings(Section):
    """Everything the worker is told. Secrets print as stars."""

    include: Annotated[tuple[str, ...], BeforeValidator(_paths)] = key(
        (), "Files this one is laid over, from its own folder.", example="[base.yaml]"
    )
    state: State = group(dict, "Where the worker remembers.")
    reports: Reports = group(dict, "What is written about each run.")
    log: Log = group(dict, "Log lines.")
    sentry: Sentry = group(dict, "Error tracking.")
    secrets: Secrets = group(dict, "Keys of our own.")
    run: Run = group(dict, "Limits of one run.")
    alarm: AlarmSettings = group(dict, "What is far outside the usual.")
    metrics: MetricsSettings = group(dict, "Figures for a monitoring system.")
    health: HealthSettings = group(dict, "A service that waits for a sign of life.")
    mail: Mail = key(..., "Who writes to customers, and how messages leave.")
    policies: dict[Name, PolicySettings] = group(dict, "How customers are followed up, by name.")
    law: LawSettings = group(dict, "Law packs of your own, and rows that were checked.")
    ledgers: tuple[LedgerSettings, ...] = key(..., "The organisations to work on.")
    debtors: Debtors = group(dict, "Customers of several ledgers that are one debtor.")

    _base: Path = PrivateAttr(default=Path())
    _tree: Node = PrivateAttr(default=Node({}, Mark("")))
    _digest: str = PrivateAttr(default="")
    _packs: tuple[Pack, ...] | None = PrivateAttr(default=None)

    @property
    def base(self) -> Path:
        """The folder where relative paths start: that of the first configuration file."""
        return self._base

    @property
    def tree(self) -> Node:
        """The configuration as written, merged, with the place of every value."""
        return self._tree

    @property
    def digest(self) -> str:
        """Changes exactly when the content does; secrets do not enter it."""
        return self._digest

    def ledger(self, name: str) -> LedgerSettings:
        """The ledger of that name. Raises ConfigError."""
        for entry in self.ledgers:
            if entry.name == name:
                return entry
        hint = did_you_mean(name, [entry.name for entry in self.ledgers])
        raise ConfigError(f"there is no ledger '{name}' in the configuration{hint}")

    def policy_for(self, ledger: LedgerSettings | str) -> Policy:
        """The policy of a ledger, as the policy layer reads it."""
        entry = self.ledger(ledger) if isinstance(ledger, str) else ledger
        return self.policy(entry.policy)

    def policy(self, name: str) -> Policy:
        """A policy of the configuration, with the limits of its law pack."""
        written = self.policies[name]
        return to_policy(name, written, self.packs if written.law else ())

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The law packs that ship, with those of the user's own laid over them; read once."""
        if self._packs is None:
            self._packs = packs_with(self.law.packs)
        return self._packs

    @property
    def law_book(self) -> LawBook:
        """The packs with what was checked by hand."""
        used = any(policy.law for policy in self.policies.values())
        return LawBook(self.packs if used else (), self.law.checks())

    def letterhead_for(self, ledger: LedgerSettings | str) -> Letterhead:
        """Who writes for a ledger: its own mail keys over the common ones."""
        entry = self.ledger(ledger) if isinstance(ledger, str) else ledger
        own, common = entry.mail, self.mail
        return Letterhead(
            sender=own.sender or common.sender,
            sender_name=common.from_name if own.from_name is None else own.from_name,
            reply_to=own.reply_to or common.reply_to,
            signature=common.signature if own.signature is None else own.signature,
            signatures=(common.signatures if own.signature is None else {}) | own.signatures,
            bank_details=common.bank_details if own.bank_details is None else own.bank_details,
            language=entry.language or common.language,
            ask_reason=self.policies[entry.policy].agreements.ask_reason,
        )

    def channel_for(self, ledger: LedgerSettings | str) -> str:
        """Name of the channel that a ledger's messages leave by; "" = none is configured."""
        entry = self.ledger(ledger) if isinstance(ledger, str) else ledger
        only = next(iter(self.mail.channels)) if len(self.mail.channels) == 1 else ""
        return entry.channel or only

    def sends_max_for(self, ledger: LedgerSettings | str) -> int | None:
        """Messages per run of a ledger, None = no limit."""
        entry = self.ledger(ledger) if isinstance(ledger, str) else ledger
        return entry.sends_max or self.run.sends_max

    @property
    def alarm_limits(self) -> AlarmLimits:
        """From where on a ledger's counts are unusual."""
        return AlarmLimits(
            fall=self.alarm.fall,
            rise=self.alarm.rise,
            least=self.alarm.least,
            quiet_runs=self.alarm.quiet_runs,
        )

    def holds_for(self, ledger: LedgerSettings | str) -> tuple[Hold, ...]:
        """The holds and exclusions written under a ledger."""
        entry = self.ledger(ledger) if isinstance(ledger, str) else ledger
        return to_holds(entry)


def attach(settings: Settings, *, base: Path, tree: Node, digest: str) -> Settings:
    """Give a validated Settings its origin. For ``load`` alone."""
    settings._base, settings._tree, settings._digest = base, tree, digest
    return settings
