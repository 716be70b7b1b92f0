"""Asks the policy about every account and writes its answers down.

Decisions and the effects they ask for are written in one transaction per batch of
accounts. The outcomes of all open items are summed and must equal the ledger's open total.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice

from msgspec.structs import replace

from syncer.errors import InvariantError
from syncer.flow.worker import LedgerSetup, RunOptions
from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext
from syncer.model.effect import Effect, EffectKind, PlannedContact
from syncer.model.money import ZERO
from syncer.model.run import OutcomeTotal
from syncer.policy.decide import decide, digest_of
from syncer.policy.rules import Policy, StepChannel
from syncer.ports import LedgerSession

ACCOUNTS_PER_TRANSACTION = 500


@dataclass(slots=True)
class Planned:
    """What one planning pass decided."""

    accounts: int = 0
    considered: set[str] = field(default_factory=set)  # only kept when a selection was given
    contacts: int = 0
    enqueued: int = 0
    outcomes: tuple[OutcomeTotal, ...] = ()
    open_totals: tuple[tuple[str, Decimal], ...] = ()


def plan(
    setup: LedgerSetup,
    session: LedgerSession,
    context: LedgerContext,
    *,
    run_id: str,
    at: datetime,
    options: RunOptions,
    enqueue: bool,
    suspect: bool,
    keep_lease: Callable[[], None],
) -> Planned:
    """Decide every account of the ledger.

    ``enqueue`` False decides and journals, and leaves the outbox as it is. ``suspect`` holds every
    account: a record could not be read and nobody knows whose it was. Raises
    InvariantError when outcomes and ledger disagree by as little as a cent.
    """
    planned = Planned()
    narrowed = bool(options.selection.accounts or options.selection.items)
    sums: dict[tuple[str, str], list[Decimal | int]] = defaultdict(lambda: [0, ZERO])
    snapshots = session.snapshots(options.selection)
    if suspect:
        snapshots = map(_suspected, snapshots)
    while batch := list(islice(snapshots, ACCOUNTS_PER_TRANSACTION)):
        decisions = _decide(batch, setup.policy, context, session)
        contacts = [
            _contact(decision, setup, context, run_id=run_id)
            for decision in decisions
            if decision.action is Action.CONTACT and _agreed(decision, setup, options)
        ]
        _add_up(decisions, sums)
        if not options.dry_run:
            planned.enqueued += session.write_plan(
                run_id=run_id, decisions=decisions, planned=contacts if enqueue else None, at=at
            )
        planned.contacts += len(contacts)
        for contact in contacts:
            options.on_contact(contact)
        planned.accounts += len(batch)
        if narrowed:
            planned.considered.update(snapshot.account.account_id for snapshot in batch)
        keep_lease()
        options.progress.tell("deciding", planned.accounts, None)
    planned.outcomes = _totals(sums)
    ledger = session.open_totals()
    planned.open_totals = tuple(sorted(ledger.items()))
    if not narrowed:
        _refuse_gap(planned.outcomes, ledger)
    return planned


def _suspected(snapshot: AccountSnapshot) -> AccountSnapshot:
    return replace(snapshot, quarantined=snapshot.quarantined + 1)


def _decide(
    batch: Sequence[AccountSnapshot],
    policy: Policy,
    context: LedgerContext,
    session: LedgerSession,
) -> list[Decision]:
    """Decide; where facts, rules and day are those of the last decision, take that one."""
    digests = {s.account.account_id: digest_of(s, policy, context) for s in batch}
    known = session.decided(digests)
    decisions: list[Decision] = []
    for snapshot in batch:
        account_id = snapshot.account.account_id
        decisions += known.get(account_id) or decide(
            snapshot, policy, context, digest=digests[account_id]
        )
    return decisions


def _agreed(decision: Decision, setup: LedgerSetup, options: RunOptions) -> bool:
    """Applying a saved plan takes only what stands in it unchanged; it never adds."""
    if options.approved is None:
        return True
    return options.approved.contacts.get(setup.name, {}).get(decision.key) == decision.digest


def _contact(
    decision: Decision, setup: LedgerSetup, context: LedgerContext, *, run_id: str
) -> PlannedContact:
    channel = _step_channel(decision, setup.policy)
    effect = Effect(
        key=decision.key,
        ledger=setup.name,
        kind=EffectKind.TASK if channel is StepChannel.TASK else EffectKind.REMINDER,
        account_id=decision.account_id,
        currency=decision.currency,
        channel=channel,
        step=decision.step,
        step_index=decision.step_index,
        episode=decision.episode,
        item_ids=tuple(line.item_id for line in decision.lines),
        amount=decision.position.asked,
        priority=decision.priority,
        planned_on=context.today,
        run_id=run_id,
        decision_digest=decision.digest,
    )
    return PlannedContact(decision=decision, effect=effect)


def _step_channel(decision: Decision, policy: Policy) -> StepChannel:
    ladder = next(ladder for ladder in policy.ladders if ladder.name == decision.ladder)
    return ladder.steps[decision.step_index].channel


def _add_up(decisions: list[Decision], sums: dict[tuple[str, str], list[Decimal | int]]) -> None:
    for decision in decisions:
        for outcome in decision.outcomes:
            row = sums[outcome.code, decision.currency]
            row[0] += 1
            row[1] += outcome.amount


def _totals(sums: Mapping[tuple[str, str], list[Decimal | int]]) -> tuple[OutcomeTotal, ...]:
    return tuple(
        OutcomeTotal(code=code, currency=currency, items=int(row[0]), amount=Decimal(row[1]))
        for (code, currency), row in sorted(sums.items())
    )


def _refuse_gap(outcomes: tuple[OutcomeTotal, ...], ledger: Mapping[str, Decimal]) -> None:
    decided: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for total in outcomes:
        decided[total.currency] += total.amount
    for currency in sorted(set(decided) | set(ledger)):
        if decided[currency] != ledger.get(currency, ZERO):
            raise InvariantError(
                f"outcomes in {currency} sum to {decided[currency]}, the ledger's open total is "
                f"{ledger.get(currency, ZERO)}: nothing is sent; please report this"
            )
