"""Asks the policy about every account and writes its answers down.

Decisions and the effects they ask for are written in one transaction per batch of
accounts. The outcomes of all open items are summed and must equal the ledger's open total.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice

from msgspec.structs import replace

from syncer.errors import InvariantError, SyncerError
from syncer.flow.approval import not_declined
from syncer.flow.asking import AskSums
from syncer.flow.charge_sums import ChargeSums
from syncer.flow.charging import claim_for
from syncer.flow.thanking import paid_up, with_closed
from syncer.flow.worker import LedgerSetup, RunOptions
from syncer.model.counts import count_text
from syncer.model.decision import (
    AccountSnapshot,
    Action,
    Code,
    Decision,
    LedgerContext,
    Standing,
)
from syncer.model.effect import (
    UNTIL_APPROVED,
    WAITS_FOR_APPROVAL,
    Effect,
    EffectKind,
    PlannedContact,
)
from syncer.model.money import ZERO
from syncer.model.run import OutcomeTotal
from syncer.policy.beside import step_taken
from syncer.policy.charges.on_step import charging
from syncer.policy.decide import decide, ground_of
from syncer.policy.rules import Policy, StepChannel
from syncer.policy.totals import Sums, add_up, come_to, totals
from syncer.policy.undecided import undecided
from syncer.ports import LedgerSession, Store, Surveyed

ACCOUNTS_PER_TRANSACTION = 1000


@dataclass(slots=True)
class Planned:
    """What one planning pass decided."""

    accounts: int = 0
    considered: set[str] = field(default_factory=set)  # only kept when a selection was given
    contacts: int = 0
    enqueued: int = 0
    stale: int = 0  # accounts that the age of the books alone holds
    undecided: list[str] = field(default_factory=list)  # accounts at which the rules failed
    failure: Exception | None = None  # how, at the first of them
    charged: ChargeSums = field(default_factory=ChargeSums)  # what would be; where nothing is sent
    asks: AskSums = field(default_factory=AskSums)  # what would be; where nothing is sent
    outcomes: tuple[OutcomeTotal, ...] = ()
    open_totals: tuple[tuple[str, Decimal], ...] = ()

    @property
    def fault(self) -> str:
        """What is told of the undecided; "" = there are none."""
        if not self.undecided:
            return ""
        return (
            f"{count_text(len(self.undecided), 'customer')} could not be decided on, which is a "
            f"fault of this program (first: {self.undecided[0]}); nobody writes to them. "
            "Please report it"
        )


def plan(
    setup: LedgerSetup,
    session: LedgerSession,
    context: LedgerContext,
    *,
    store: Store,
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

    A run of the whole ledger that sends leaves out accounts on which nothing has changed since
    they were decided, this same day by the same rules: what was decided then still stands in the
    journal and the outbox, and is only counted. ``options.on_contact`` is not told of those.
    """
    narrowed = bool(options.selection.accounts or options.selection.items)
    whole = enqueue and not (narrowed or suspect or options.approved)
    ground, day = ground_of(setup.policy, context) if whole else None, context.today
    planning = _Planning(setup, session, store, context, run_id, at, options, enqueue, ground)
    surveyed = (
        chain(session.survey(ground), paid_up(session, setup.policy, options.selection, day))
        if ground
        else _all_anew(session, setup.policy, options, day, suspect=suspect)
    )
    while taken := planning.take(islice(surveyed, ACCOUNTS_PER_TRANSACTION)):
        if narrowed:
            planning.planned.considered.update(taken)
        keep_lease()
        options.progress.tell("deciding", planning.planned.accounts, None)
    planned = planning.end()
    if not narrowed:
        _refuse_gap(planned)
    return planned


@dataclass(slots=True)
class _Planning:
    """One pass over the accounts. ``ground`` None: nothing decided before is relied upon."""

    setup: LedgerSetup
    session: LedgerSession
    store: Store
    context: LedgerContext
    run_id: str
    at: datetime
    options: RunOptions
    enqueue: bool
    ground: bytes | None
    planned: Planned = field(default_factory=Planned)
    sums: Sums = field(default_factory=lambda: defaultdict(lambda: [ZERO] * 4))
    charging: dict[str, AccountSnapshot] = field(default_factory=dict)  # by contact key

    def take(self, batch: Iterable[Surveyed]) -> list[str]:
        """Decide some accounts and write it down in one transaction: which they were.

        Each is decided as soon as it is read, and its facts let go.
        """
        known: list[Standing] = []
        decisions: list[Decision] = []
        fresh: list[Standing] = []
        failed: list[Standing] = []
        for one in batch:
            if one.standing is not None:
                known.append(one.standing)
            elif one.snapshot is not None:
                made, sound = self._decide(one.snapshot)
                decisions += made
                self._keep_charging(made, one.snapshot)
                # What failed, or has nothing open, is tried again by every run.
                kept = fresh if sound and one.facts else failed
                kept.append(self._standing(one.snapshot, one.facts, made))
            else:
                raise InvariantError("an account was read with neither facts nor a standing")
        self._write(decisions, fresh)
        taken = (*known, *fresh, *failed)
        for standing in taken:
            add_up(standing.outcomes, self.sums)
        self.planned.contacts += sum(one.contacts for one in known)
        self.planned.accounts += len(taken)
        self.planned.stale += sum(map(_held_by_books, taken))
        return [one.account_id for one in taken]

    def _decide(self, snapshot: AccountSnapshot) -> tuple[Sequence[Decision], bool]:
        """What the rules say, or a hold where they fail on this account alone (False).

        A broken promise of ours, or settings that cannot be used, concern everybody: raised.
        """
        try:
            look, policy = self.session.closed_items, self.setup.policy
            whole = with_closed(look, snapshot, policy, self.context.today)
            return decide(whole, policy, self.context), True
        except SyncerError:
            raise
        except Exception as failure:  # noqa: BLE001  one account's data must not stop the others
            self.planned.undecided.append(snapshot.account.account_id)
            self.planned.failure = self.planned.failure or failure
            return undecided(snapshot), False

    def _keep_charging(self, made: Sequence[Decision], snapshot: AccountSnapshot) -> None:
        """Where nothing is sent, what a message would charge is worked out from these facts."""
        if self.enqueue or not self.setup.policy.charges.steps:
            return
        for decision in made:
            if charging(decision, self.setup.policy):
                self.charging[decision.key] = snapshot

    def _standing(
        self, snapshot: AccountSnapshot, facts: bytes, made: Sequence[Decision]
    ) -> Standing:
        return Standing(
            account_id=snapshot.account.account_id,
            ground=self.ground or b"",
            facts=facts,
            contacts=sum(decision.action is Action.CONTACT for decision in made),
            outcomes=come_to(made),
        )

    def _write(self, decisions: Sequence[Decision], standings: Sequence[Standing]) -> None:
        contacts = self._contacts(decisions)
        if not self.options.dry_run:
            named, others = self._by_plan(decisions)
            self._keep(named, contacts if self.enqueue else None, standings)
            self._keep(others, None, ())
        self.planned.contacts += len(contacts)
        for contact in contacts:
            self.options.on_contact(contact)

    def _by_plan(self, decisions: Sequence[Decision]) -> tuple[Sequence[Decision], list[Decision]]:
        """The decisions that may change the outbox, and the rest.

        A saved plan speaks for the customers it names: what waits for anybody else stays.
        """
        approved = self.options.approved
        if approved is None:
            return decisions, []
        keys = approved.contacts.get(self.setup.name, {})
        accounts = {one.account_id for one in decisions if one.key in keys}
        named = [one for one in decisions if one.account_id in accounts]
        return named, [one for one in decisions if one.account_id not in accounts]

    def _keep(
        self,
        decisions: Sequence[Decision],
        planned: Sequence[PlannedContact] | None,
        standings: Sequence[Standing],
    ) -> None:
        if decisions:
            self.planned.enqueued += self.session.write_plan(
                run_id=self.run_id,
                decisions=decisions,
                planned=planned,
                standings=standings if self.ground else (),
                at=self.at,
            )

    def _contacts(self, decisions: Iterable[Decision]) -> list[PlannedContact]:
        wanted = [
            _contact(decision, self.setup, self.context, self.options, run_id=self.run_id)
            for decision in decisions
            if decision.action is Action.CONTACT and _agreed(decision, self.setup, self.options)
        ]
        found = not_declined(self.store, self.setup.policy, wanted)
        if not self.enqueue:
            self.planned.asks.would([one.effect for one in found], self.setup.policy)
        if not self.charging:
            return found
        charged = [self._charged(contact) for contact in found]
        self.charging.clear()
        return charged

    def _charged(self, contact: PlannedContact) -> PlannedContact:
        """With what its message would charge."""
        snapshot = self.charging.get(contact.effect.key)
        if snapshot is None:
            return contact
        claim = claim_for(self.setup, self.session, self.context, contact.decision, snapshot)
        booking = self.setup.policy.charges.booking
        self.planned.charged.would(claim.lines, booking)
        told = booking if claim.lines or claim.before else ""
        return replace(contact, claim=claim, booking=told)

    def end(self) -> Planned:
        """The totals, beside what the ledger's open items come to."""
        self.planned.outcomes = totals(self.sums)
        self.planned.open_totals = tuple(sorted(self.session.open_totals().items()))
        return self.planned


def _all_anew(
    session: LedgerSession, policy: Policy, options: RunOptions, today: date, *, suspect: bool
) -> Iterator[Surveyed]:
    """The selected accounts, each to be decided whatever was decided before."""
    for snapshot in session.snapshots(options.selection):
        taken = _suspected(snapshot) if suspect else snapshot
        yield Surveyed(facts=b"", snapshot=taken, standing=None)
    if not suspect:
        yield from paid_up(session, policy, options.selection, today)


def _suspected(snapshot: AccountSnapshot) -> AccountSnapshot:
    return replace(snapshot, quarantined=snapshot.quarantined + 1)


def _agreed(decision: Decision, setup: LedgerSetup, options: RunOptions) -> bool:
    """Applying a saved plan takes only what stands in it unchanged; it never adds."""
    if options.approved is None:
        return True
    return options.approved.contacts.get(setup.name, {}).get(decision.key) == decision.digest


def _contact(
    decision: Decision,
    setup: LedgerSetup,
    context: LedgerContext,
    options: RunOptions,
    *,
    run_id: str,
) -> PlannedContact:
    step = step_taken(decision, setup.policy)
    channel = step.channel
    waits = step.approval and options.approved is None  # a saved plan is an approval
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
        item_ids=tuple([line.item_id for line in decision.lines]),
        amount=decision.position.asked,
        priority=decision.priority,
        not_before=UNTIL_APPROVED if waits else None,
        detail=WAITS_FOR_APPROVAL if waits else "",
        planned_on=context.today,
        run_id=run_id,
        decision_digest=decision.digest,
    )
    return PlannedContact(decision=decision, effect=effect)


def _held_by_books(standing: Standing) -> bool:
    return any(total.code == Code.STALE_BOOKS for total in standing.outcomes)


def _refuse_gap(planned: Planned) -> None:
    decided: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for total in planned.outcomes:
        decided[total.currency] += total.amount
    ledger = dict(planned.open_totals)
    for currency in sorted(set(decided) | set(ledger)):
        if decided[currency] != ledger.get(currency, ZERO):
            raise InvariantError(
                f"outcomes in {currency} sum to {decided[currency]}, the ledger's open total is "
                f"{ledger.get(currency, ZERO)}: nothing is sent; please report this"
            )
