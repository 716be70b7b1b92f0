"""Our own decisions on a ledger, day by day: the real run with a clock that is moved on.

Messages go into a folder. The ladder is as near to 5, 20 and 40 days late as ours can be: the
same days, with the rests between steps that the policy ``standard`` has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.dunning_book import DISPUTED_UNTIL, PROMISED_UNTIL, Said
from syncer.bootstrap import Surroundings, build, discover
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Worker
from syncer.model.decision import Action, Decision
from syncer.model.effect import EffectKind, EffectState
from syncer.model.hold import Hold, HoldKind
from syncer.policy.decide import decide
from syncer.ports.state import OutboxFilter
from syncer.settings import load_settings

LEDGER = "book"
AT = time(9, 0, tzinfo=UTC)  # ten o'clock in Berlin: within the hours of sending
EFFECTS_MAX = 100_000
CONFIG = """\
state: {{url: "sqlite:///{home}/state.db", dir: "{home}/files"}}
reports: {{dir: "{home}/reports"}}
secrets: {{key: "${{STORE_KEY}}"}}
log: {{level: error}}
mail:
  from: billing@acme.example
  reply_to: anna@acme.example
  channels: {{folder: {{type: folder, dir: "{home}/mail"}}}}
policies:
  main:
    use: standard
    default_ladder: near
    ladders:
      near:
        steps:
          - {{name: "1", tone: friendly, after_due: 5d}}
          - {{name: "2", tone: firm, after_due: 20d, after_previous: 7d}}
          - {{name: "3", tone: formal, after_due: 40d, after_previous: 10d}}
    minimum: "1.00"
    restraint: {{holidays: DE}}
ledgers:
  - name: book
    connector: {connector}
    mode: live
    policy: main
    channel: folder
    settings: {settings}
"""


@dataclass(frozen=True, slots=True)
class Ours:
    """What we said, and why we were silent on the first day (codes of the reasons)."""

    said: tuple[Said, ...]
    silent: Mapping[str, tuple[str, ...]]


@dataclass
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Asking:
    """Our program over one ledger. ``parties`` are account ids by customer."""

    home: Path
    connector: str
    settings: str  # the ledger's settings as YAML flow
    environ: Mapping[str, str]
    parties: Mapping[str, str]

    def during(
        self, days: Sequence[date], *, promised: str, disputed: str, amount: Decimal
    ) -> Ours:
        """One run a day. ``promised`` and ``disputed`` are customers, ``amount`` is that of the
        latter's disputed invoice. Raises RuntimeError when a run is not content.
        """
        path = self.home / "syncer.yaml"
        path.write_text(
            CONFIG.format(home=self.home, connector=self.connector, settings=self.settings)
        )
        environ = {"STORE_KEY": "k" * 44, **self.environ}
        clock = _Clock(datetime.combine(days[0], AT))
        settings = load_settings([path], environ=environ, specs=discover())
        worker = build(settings, Surroundings(clock=clock, paced=False))
        try:
            self._read(worker, clock.now)
            self._hold(worker, clock.now, promised, disputed, amount)
            silent: dict[str, tuple[str, ...]] = {}
            for day in days:
                clock.now = datetime.combine(day, AT)
                if day == days[0]:
                    silent = self._silent(worker, day)
                _content(worker, clock.now, RunOptions())
            return Ours(tuple(self._said(worker)), silent)
        finally:
            worker.close()

    def _read(self, worker: Worker, at: datetime) -> None:
        """Read the ledger without a word to anybody."""
        _content(worker, at, RunOptions(command="plan", dry_run=True))

    def _hold(
        self, worker: Worker, at: datetime, promised: str, disputed: str, amount: Decimal
    ) -> None:
        found = worker.store.peek(LEDGER, self.parties[disputed])
        if found is None:
            raise RuntimeError(f"the ledger was read without {disputed}")
        (which,) = [one.item_id for one in found.items if one.open == amount]
        known: dict[str, Any] = {"starts_on": at.date(), "reason": "as in the book"}
        holds = (
            Hold(
                hold_id="p",
                kind=HoldKind.PROMISE,
                account_id=self.parties[promised],
                ends_on=PROMISED_UNTIL,
                **known,
            ),
            Hold(
                hold_id="d",
                kind=HoldKind.DISPUTE,
                account_id=self.parties[disputed],
                item_id=which,
                ends_on=DISPUTED_UNTIL,
                **known,
            ),
        )
        for hold in holds:
            worker.store.add_hold(LEDGER, hold, at)

    def _silent(self, worker: Worker, day: date) -> dict[str, tuple[str, ...]]:
        decided = {
            key: self._decided(worker, account, day) for key, account in self.parties.items()
        }
        return {
            key: tuple(f"{one.currency}: {one.reasons[0].code}" for one in made)
            for key, made in decided.items()
            if not any(one.action is Action.CONTACT for one in made)
        }

    def _decided(self, worker: Worker, account: str, day: date) -> tuple[Decision, ...]:
        snapshot = worker.store.peek(LEDGER, account)
        context = worker.store.peek_context(LEDGER, day)
        if snapshot is None or context is None:
            return ()
        return decide(snapshot, worker.ledgers[0].policy, context)

    def _said(self, worker: Worker) -> list[Said]:
        by_account = {account: key for key, account in self.parties.items()}
        sent = worker.store.effects(
            OutboxFilter(ledger=LEDGER, states=(EffectState.DELIVERED,), limit=EFFECTS_MAX)
        )
        return [
            Said(
                who=by_account.get(one.account_id, one.account_id),
                day=one.planned_on,
                step=one.step_index + 1,
                amount=one.amount,
                currency=one.currency,
                about=one.item_ids,
            )
            for one in sent
            if one.kind is EffectKind.REMINDER and one.amount is not None
        ]


def _content(worker: Worker, now: datetime, options: RunOptions) -> None:
    result = run_cycle(worker, now=now, options=options)
    if result.exit_code:
        ledger = result.ledgers[0]
        raise RuntimeError(f"{now:%Y-%m-%d}: exit {result.exit_code}: {ledger.error}")
