"""The verbs that do the work: run, plan, apply."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.narrowing import as_spelt, tell_unknown
from syncer.cli.plan_shown import show_charges, show_contacts
from syncer.cli.sending_order import Order, footer, order_of
from syncer.cli.stopping import SWITCH
from syncer.cli.watchers import tell_watchers, watched
from syncer.cli.written import keep_report, run_failed
from syncer.errors import ConfigError
from syncer.flow.planfile import PlanEntry, PlanFile, entry_of
from syncer.flow.worker import Approved, LedgerSetup, Mode, RunOptions, Watch, Worker
from syncer.model.counts import count_text
from syncer.model.effect import Effect, PlannedContact
from syncer.model.ledger import Quarantined
from syncer.model.run import RunResult

CHANGES_PRESENT = 10
NAMES_MAX = 2000  # customers that are named on the screen and in the report
UNREAD_SHOWN = 20
UNREAD_COLUMNS = ("ledger", "customer", "where", "what is wrong")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (run, plan, apply):
        app.command()(shared(verb))


def run(call: Call) -> None:
    """Read the ledgers, decide, send what is due and note it in the ledger."""
    done = cycle(call, "run")
    if call.screen.as_json:
        call.screen.data(_run_document(done.result))
    else:
        _print_result(call, done)
    _leave(done.result.exit_code)


def plan(
    call: Call,
    out: Annotated[
        Path | None, typer.Option("--out", help="Keep the plan, sealed, for apply.")
    ] = None,
    detailed: Annotated[
        bool,
        typer.Option(
            "--detailed-exitcode", metavar="", help="Exit code 10 when somebody is contacted."
        ),
    ] = False,
) -> None:
    """Read and decide, and show who would be contacted; send nothing."""
    from syncer.flow.planfile import sealed, written
    from syncer.report.files import write_whole

    done = cycle(call, "plan")
    made = sealed(_plan_file(done))
    if out is not None:
        write_whole(out, written(made))
    if call.screen.as_json:
        call.screen.data({"plan": made, "run": _run_document(done.result)})
    else:
        _show_plan(call, done, made)
        _print_result(call, done)
        if out is not None:
            call.screen.say(f"The plan is in {out}; send exactly this with: syncer apply {out}")
    code = _ended(done.result).exit_code
    if code == 0 and detailed and made.entries:
        code = CHANGES_PRESENT
    _leave(code)


def apply(
    call: Call,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A plan kept with plan --out.")],
) -> None:
    """Send exactly what a kept plan says, less what is no longer right; never more."""
    from syncer.flow.planfile import approved, dropped, read

    try:
        kept = read(path.read_bytes(), name=str(path))
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}; make one with: syncer plan --out {path}"
        ) from error
    flags = call.flags
    if flags.as_of or flags.dry_run:
        raise ConfigError("apply sends for today: --as-of and --dry-run go with plan")
    done = cycle(call, "apply", lambda worker: approved(kept, worker))
    gone = dropped(kept, {effect.key for effect in done.wanted})
    gone = tuple(entry for entry in gone if not flags.ledger or entry.ledger in flags.ledger)
    if call.screen.as_json:
        call.screen.data({"run": _run_document(done.result), "dropped": gone})
        _leave(_ended(done.result).exit_code)
    _print_result(call, done)
    if gone:
        planned = count_text(len(kept.entries), "planned contact")
        call.screen.say(f"No longer right, and not sent: {len(gone)} of {planned}")
        show_contacts(call, gone, _called(call, gone), numbered=False)
    _leave(_ended(done.result).exit_code)


@dataclass(slots=True)
class Done:
    """A finished run, with whom it wanted to contact and their names."""

    result: RunResult
    wanted: list[Effect] = field(default_factory=list)  # of a live run only the first so many
    entries: list[PlanEntry] = field(default_factory=list)  # the same, as a plan keeps them
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    unread: list[tuple[str, Quarantined]] = field(default_factory=list)  # with their ledgers
    seconds: float | None = None  # where the run's clock is a sandbox's, how long it really took
    later: int = 0  # contacts that limits leave for later runs
    left: list[Effect] = field(default_factory=list)  # these contacts
    folder: Path | None = None  # where its report is


@dataclass(slots=True)
class Wanted:
    """Collects the contacts of a run; a live one of any size must not fill the memory."""

    everything: bool
    effects: list[Effect] = field(default_factory=list)
    entries: list[PlanEntry] = field(default_factory=list)

    def keep(self, contact: PlannedContact) -> None:
        """Remember one."""
        if self.everything or len(self.effects) < NAMES_MAX:
            self.effects.append(contact.effect)
            self.entries.append(entry_of(contact))

    def keys(self) -> set[str]:
        """Whom it is about."""
        return {effect.key for effect in self.effects}


def cycle(
    call: Call, command: str = "run", permit: Callable[[Worker], Approved] | None = None
) -> Done:
    """One cycle over the chosen ledgers, with its report written whatever happens."""
    from syncer.flow.cycle import run_cycle
    from syncer.log import monitor

    settings, began = call.settings, time.monotonic()
    wanted = Wanted(everything=command != "run")
    with (
        run_failed(call, command),
        watched(call, command) as watch,
        monitor(settings.sentry.monitor_slug) as check_in,
        call.worker() as worker,
        call.screen.progress() as progress,
        SWITCH.working(),
    ):
        options = RunOptions(
            command=command,
            ledgers=call.flags.ledger,
            selection=as_spelt(call, worker),
            as_of=call.flags.as_of,
            dry_run=call.flags.dry_run,
            sends_max=call.flags.max_sends,
            progress=progress,
            on_contact=wanted.keep,
            approved=permit(worker) if permit else None,
            stopping=SWITCH.requested,
        )
        meant = _as_meant(worker, options)
        told = replace(worker, watch=_ending_told(worker), ledgers=meant)
        result = _ended(run_cycle(told, now=worker.clock(), options=options))
        check_in.exit_code = result.exit_code
        if command != "plan":
            watch.good = tell_watchers(call, worker, result)
        done = Done(result)
        done.seconds = time.monotonic() - began if call.simulated else None
        _put_in_order(done, wanted, order_of(worker, options, wanted.keys()), options)
        done.result = _less_later(worker, done.result, done.left)
        done.names = _names(worker, done.wanted[:NAMES_MAX])
        done.unread = [
            (one.ledger, record)
            for one in result.ledgers
            for record in worker.store.quarantine(one.ledger)
        ]
        done.folder = keep_report(call, worker, done)
        tell_unknown(call, worker)
    return done


def _put_in_order(done: Done, wanted: Wanted, order: Order, options: RunOptions) -> None:
    """What a run would send, first things first; a plan leaves out what limits leave for later."""
    pairs = sorted(
        zip(wanted.effects, wanted.entries, strict=True), key=lambda pair: order.place(pair[0])
    )
    if options.command == "plan":
        reached = order.reached([(one.ledger, one.key) for one, _ in pairs], options.sends_max)
        done.left = [effect for effect, _ in pairs if effect.key not in reached]
        done.later = len(done.left)
        pairs = [pair for pair in pairs if pair[0].key in reached]
    done.wanted = [effect for effect, _ in pairs]
    done.entries = [entry for _, entry in pairs]


def _less_later(worker: Worker, result: RunResult, left: list[Effect]) -> RunResult:
    """What limits leave for later is not what this plan would ask for."""
    from syncer.flow.asking import left_for_later

    if not left:
        return result
    policies = {setup.name: setup.policy for setup in worker.ledgers}
    own = {one.ledger: [each for each in left if each.ledger == one.ledger] for one in left}
    ledgers = [
        msgspec.structs.replace(
            one, asks=left_for_later(one.asks, own[one.ledger], policies[one.ledger])
        )
        if one.ledger in own
        else one
        for one in result.ledgers
    ]
    return msgspec.structs.replace(result, ledgers=tuple(ledgers))


def _as_meant(worker: Worker, options: RunOptions) -> tuple[LedgerSetup, ...]:
    """A run that must not send is recorded as one that could not: no day counts as worked on."""
    if options.command != "plan" and not options.dry_run and options.as_of is None:
        return worker.ledgers
    return tuple(replace(setup, mode=Mode.PLAN) for setup in worker.ledgers)


def _ending_told(worker: Worker) -> Watch:
    """The worker's watch, told the exit code that the process will really have."""
    watch = worker.watch
    return replace(watch, run_done=lambda result: watch.run_done(_ended(result)))


def _ended(result: RunResult) -> RunResult:
    """A run that was asked to stop says so by its exit code (129, 130, 143)."""
    return msgspec.structs.replace(result, exit_code=SWITCH.code) if SWITCH.code else result


def _names(worker: Worker, wanted: list[Effect]) -> dict[tuple[str, str], str]:
    """Customers' names for the screen; they enter no file but the local report."""
    names = {}
    for effect in wanted:
        place = (effect.ledger, effect.account_id)
        found = worker.store.find_account(*place)
        names[place] = next((name for account, name in found if account == place[1]), place[1])
    return names


def _called(call: Call, entries: tuple[PlanEntry, ...]) -> dict[tuple[str, str], str]:
    """The customers' names of a kept plan, which holds their ids alone."""
    with call.worker() as worker:
        return {
            (one.ledger, account_id): name
            for one in entries
            for account_id, name in worker.store.account_names(one.ledger, [one.account_id]).items()
        }


def _plan_file(done: Done) -> PlanFile:
    result = done.result
    return PlanFile(
        made_at=result.started_at,
        run_id=result.run_id,
        config_digest=result.config_digest,
        policy_version=result.policy_version,
        days=tuple((one.ledger, one.today) for one in result.ledgers if one.today),
        entries=tuple(done.entries),
    )


def _show_plan(call: Call, done: Done, made: PlanFile) -> None:
    if not made.entries:
        decided = any(one.outcomes or one.status == "ok" for one in done.result.ledgers)
        said = "Nobody would be contacted." if decided else "Nothing could be decided."
        call.screen.say(f"{said} {footer(0, done.later, 0)}".strip())
        return
    count = len(made.entries)
    title = f"{count_text(count, 'contact')} would be made"
    show_contacts(call, made.entries, done.names, numbered=True, title=title)
    if said := footer(count, done.later, len({one.ledger for one in made.entries})):
        call.screen.say(said)
    show_charges(call, made.entries, done.names)
    call.screen.say()


def _run_document(result: RunResult) -> dict[str, object]:
    from syncer.report.results import results_document

    return results_document(result)


def _print_result(call: Call, done: Done) -> None:
    from syncer.report.table import end_table, end_text

    if call.screen.is_terminal:
        table = end_table(done.result, seconds=done.seconds, said=call.screen.carrying)
        call.screen.rich(table)
    else:
        call.screen.say(end_text(done.result, seconds=done.seconds).rstrip())
    _show_unread(call, done.unread)
    if done.folder is not None:
        call.screen.tell(f"Report: {done.folder}")


def _show_unread(call: Call, unread: list[tuple[str, Quarantined]]) -> None:
    """Where to look and what to correct: a customer stays held until its records can be read."""
    if not unread:
        return
    rows = [
        (ledger, one.account_id or "not known", one.where, one.problem)
        for ledger, one in unread[:UNREAD_SHOWN]
    ]
    call.screen.say()
    call.screen.table(UNREAD_COLUMNS, rows, title="Records that could not be read")
    if len(unread) > UNREAD_SHOWN:
        call.screen.say(f"and {len(unread) - UNREAD_SHOWN} more; the report lists them")


def _leave(code: int) -> None:
    if code:
        raise typer.Exit(code)
