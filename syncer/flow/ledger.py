"""One ledger in one run: lease, rescue, pull, plan, deliver, result.

Whatever goes wrong here stays here: it ends this ledger, is told in its result, and the
other ledgers go on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from msgspec.structs import replace

from syncer.errors import (
    Interrupted,
    InvariantError,
    LeaseHeld,
    StalePlan,
)
from syncer.flow.agreements import reminders
from syncer.flow.alarm import held_for_a_person, nothing_sent, suspicion, unusual
from syncer.flow.approval import waiting_for_approval
from syncer.flow.clock import clock_off
from syncer.flow.debtors import sync_debtors
from syncer.flow.deliver import deliver
from syncer.flow.desk import Budget, Desk, Memory, Tally
from syncer.flow.errands import plan_errands
from syncer.flow.false_chase import chases
from syncer.flow.holds import sync_config_holds
from syncer.flow.lease import keep
from syncer.flow.offers import accept_offers
from syncer.flow.parking import leave_parked_alone, park
from syncer.flow.plan import Planned, plan
from syncer.flow.pull import Pulled, pull, today_in
from syncer.flow.recall import blind, remark
from syncer.flow.rescue import rescue
from syncer.flow.result import Progress, result_of, with_error
from syncer.flow.worker import LedgerSetup, Mode, RunOptions, Worker
from syncer.model.decision import LedgerContext
from syncer.model.effect import Effect
from syncer.model.run import LedgerResult, LedgerStatus
from syncer.policy.explain import sentence
from syncer.policy.first_run import first_run_line
from syncer.policy.freshness import books_line, standstill
from syncer.policy.rules import StaleBooks
from syncer.ports import LedgerSession, Source


def run_ledger(
    worker: Worker, setup: LedgerSetup, *, run_id: str, options: RunOptions, budget: Budget
) -> LedgerResult:
    """Run one ledger under its lease; every failure becomes part of the result."""
    started = worker.clock()
    progress = Progress(Tally(), Pulled(), Planned())
    error: Exception | None = None
    session: LedgerSession | None = None
    try:
        leave_parked_alone(worker.store, setup.name, now=started)
        session = worker.store.take_lease(
            setup.name, owner=run_id, now=started, until=started + worker.lease_length
        )
        _Ledger(worker, setup, session, run_id, options, budget, progress).run()
    except Exception as failure:  # noqa: BLE001  the boundary that keeps ledgers apart
        error = park(failure, setup.name, now=worker.clock())
    result = result_of(setup, progress, error, options=options, started=started, worker=worker)
    if session is not None:
        try:
            session.finish_run(run_id, result)
            session.release()
        except LeaseHeld:
            pass  # told already by whatever noticed it; the new owner keeps the books
        except Exception as failure:  # noqa: BLE001  also at the very end ledgers are kept apart
            error = error or failure
            result = with_error(replace(result, status=LedgerStatus.FAILED), error)
    worker.watch.ledger_done(result, error or progress.planned.failure)
    return result


@dataclass(frozen=True, slots=True)
class _Ledger:
    """The steps of one ledger's run, in the order they are read."""

    worker: Worker
    setup: LedgerSetup
    session: LedgerSession
    run_id: str
    options: RunOptions
    budget: Budget
    progress: Progress

    def run(self) -> None:
        source = self.setup.open_source()
        if self._sends():
            self._settle_leftovers(source)
        self.progress.pulled = pull(
            source,
            self.session,
            clock=self.worker.clock,
            progress=self.options.progress,
            keep_lease=self._keep_lease,
            configured=self.worker.names,
        )
        self._sync_rules()
        context = self._context()
        self._take_up_offers(context)
        self._plan(context)
        self.progress.wanted = self._wanted()
        self._mind_the_usual(context)
        self._mind_the_past(context)
        if self._sends() and not self.progress.held:
            self._plan_errands(context)
            desk = self._desk(source, context)
            deliver(desk)
            self.progress.alarms += nothing_sent(desk, self.worker.store, self.progress.planned)
        self.progress.approvals = waiting_for_approval(self.worker.store, self.setup)
        if self.setup.mode is Mode.LIVE:
            name, today = self.setup.name, context.today
            self.progress.chases = chases(self.worker.store, name, today=today)

    def _sends(self) -> bool:
        return self.setup.mode is Mode.LIVE and not self.options.only_shows

    def _keep_lease(self) -> None:
        if self.options.stopping():
            raise Interrupted("stopped on request; the next run goes on from here")
        keep(self.session, clock=self.worker.clock, length=self.worker.lease_length)

    def _settle_leftovers(self, source: Source) -> None:
        today = self.worker.clock().date()
        context = self.worker.store.peek_context(self.setup.name, today)
        if context is not None:  # without an organisation there was no earlier run
            rescue(self._desk(source, context))

    def _sync_rules(self) -> None:
        """Holds and debtors as they are configured now: what is only shown must go by them too."""
        store, setup = self.worker.store, self.setup
        sync_config_holds(store, setup.name, setup.holds, self.worker.clock())
        sync_debtors(store, self.session, setup, adding=self.options.only_shows)

    def _take_up_offers(self, context: LedgerContext) -> None:
        """Plans that the ledger's people accepted there; not by what only another day would be."""
        if self.options.dry_run or self.options.as_of is not None:
            return
        store, name, at = self.worker.store, self.setup.name, self.worker.clock()
        self.progress.pulled.warnings.extend(accept_offers(store, name, today=context.today, at=at))

    def _plan_errands(self, context: LedgerContext) -> None:
        """What answers of customers ask of people, in a run of the whole ledger."""
        if self.options.narrowed or self.options.approved is not None:
            return
        store, at = self.worker.store, self.worker.clock()
        plan_errands(store, self.session, self.setup, context, run_id=self.run_id, at=at)

    def _context(self) -> LedgerContext:
        organisation = self.progress.pulled.organisation
        if organisation is None:
            raise InvariantError("the pull ended without an organisation")
        today = self.options.as_of or today_in(organisation, self.worker.clock)
        self.progress.today = today
        self._refuse_other_day(today)
        return self.session.context(today)

    def _refuse_other_day(self, today: date) -> None:
        if self.options.approved is None:
            return
        planned_for = self.options.approved.days.get(self.setup.name)
        if planned_for != today:
            raise StalePlan(
                f"the plan was made for {planned_for or 'other ledgers'}, for ledger "
                f"'{self.setup.name}' today is {today}; make a new one"
            )

    def _plan(self, context: LedgerContext) -> None:
        stale = standstill(self.setup.policy, context)
        self.progress.held = (
            sentence(stale) if stale else suspicion(self.worker.store, self.setup.name)
        )
        planned = self.progress.planned = plan(
            self.setup,
            self.session,
            context,
            store=self.worker.store,
            run_id=self.run_id,
            at=self.worker.clock(),
            options=self.options,
            enqueue=self._sends(),
            suspect=not stale and bool(self.progress.held),
            keep_lease=self._keep_lease,
        )
        said = first_run_line(self.setup.policy, context, planned.outcomes)
        self.progress.pulled.warnings.extend([said] if said else [])
        told = reminders(self.worker.store, self.setup, planned.outcomes, context.today)
        self.progress.pulled.warnings.extend(told)
        if planned.fault:
            self.progress.tally.errors += len(planned.undecided)
            self.progress.pulled.warnings.append(planned.fault)
        line = books_line(self.setup.policy, context, held=planned.stale, contacts=planned.contacts)
        if line is not None and line[1] is StaleBooks.HOLD:
            self.progress.held = line[0]
        elif line is not None:
            self.progress.pulled.warnings.append(line[0])

    def _mind_the_usual(self, context: LedgerContext) -> None:
        """Counts far outside the usual: told, and where dangerous left to a person.

        A saved plan is a person's word for it.
        """
        progress = self.progress
        if self.options.narrowed or progress.held or self.options.approved is not None:
            return
        progress.alarms = unusual(self.worker.store, self.setup, progress.planned, context.today)
        sends = self._sends()
        progress.held = held_for_a_person(progress.alarms, self.setup.name) if sends else ""
        told = [one.said for one in progress.alarms if not (one.holds and sends)]
        progress.pulled.warnings.extend(f"far outside the usual: {said}" for said in told)

    def _mind_the_past(self, context: LedgerContext) -> None:
        """A state that was lost or replaced may not know what was sent."""
        doubt = self.session.doubt()
        said = remark(self.setup, doubt, context)
        if said:
            self.progress.pulled.warnings.append(said)
        if self._sends():
            reason = blind(self.setup, doubt) or clock_off(self.setup)
            self.progress.held = self.progress.held or reason

    def _desk(self, source: Source, context: LedgerContext) -> Desk:
        return Desk(
            setup=self.setup,
            session=self.session,
            source=source,
            context=context,
            renderer=self.worker.renderer,
            clock=self.worker.clock,
            run_id=self.run_id,
            options=self.options,
            budgets=(self.budget, Budget(self.setup.sends_max)),
            wanted=self._wanted(),
            keep_lease=self._keep_lease,
            tally=self.progress.tally,
            memory=Memory(self.session.doubt()),
            warn=lambda said: self.progress.pulled.warnings.append(said),
        )

    def _wanted(self) -> Callable[[Effect], bool] | None:
        approved = self.options.approved
        if approved is not None:
            return partial(_in_plan, approved.contacts.get(self.setup.name, {}))
        if self.progress.planned.considered:
            return partial(_considered, self.progress.planned.considered)
        return _nothing if self.options.narrowed else None


def _in_plan(keys: Mapping[str, str], effect: Effect) -> bool:
    return effect.key in keys or effect.caused_by in keys


def _considered(accounts: set[str], effect: Effect) -> bool:
    return effect.account_id in accounts


def _nothing(_: Effect) -> bool:
    return False
