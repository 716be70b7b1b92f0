"""``check``: one look at everything outside: each ledger's access and each mail channel's."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from syncer.cli.call import Call
from syncer.cli.failures import exit_code, paragraph
from syncer.cli.flags import shared
from syncer.errors import ConfigError, Transient
from syncer.model.counts import count_text
from syncer.report.summary import printable

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.model.ledger import Organisation
    from syncer.ports import Channel, Health

SEVERAL_CAUSES = 1
SKEW_MAX = 120  # seconds between this machine's clock and a ledger's server


class Verdict(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    ledger: str
    what: str
    verdict: Verdict
    detail: str
    code: int = 0


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(check))


def check(call: Call) -> None:
    """Look into each ledger and each mail server once; reads only, sends nothing."""
    with call.worker() as worker:
        found = [
            finding for setup in call.ledgers(worker) for finding in _ledger(call, worker, setup)
        ]
    if call.screen.as_json:
        call.screen.data([_document(one) for one in found])
    else:
        rows = [(one.ledger, one.what, one.verdict, one.detail) for one in found]
        call.screen.table(("ledger", "what", "verdict", "detail"), rows)
    codes = {one.code for one in found if one.verdict is Verdict.FAILED}
    if codes:
        raise typer.Exit(codes.pop() if len(codes) == 1 else SEVERAL_CAUSES)


def _ledger(call: Call, worker: "Worker", setup: "LedgerSetup") -> Iterator[Finding]:
    yield Finding(setup.name, "mode", *_mode(setup))
    try:
        health = setup.open_source().check()
    except Exception as error:  # noqa: BLE001  one ledger's trouble must not hide the others'
        yield Finding(setup.name, "access", Verdict.FAILED, paragraph(error), exit_code(error))
    else:
        yield from _healthy(call, worker, setup, health)
    yield from _names(worker, setup)
    yield _channel(setup.name, setup.channel)


def _names(worker: "Worker", setup: "LedgerSetup") -> Iterator[Finding]:
    """Holds, exclusions and debtors of the configuration must mean a customer each."""
    from syncer.flow import debtors, holds

    written = len(setup.holds) + len(setup.debtors.named)
    if not written:
        return
    if worker.store.peek_context(setup.name, worker.clock().date()) is None:
        text = "not compared: the ledger was never read; first run: syncer plan"
        yield Finding(setup.name, "names", Verdict.OK, text)
        return
    wrong = [
        *holds.misfits(worker.store, setup.name, setup.holds),
        *debtors.misfits(worker.store, setup),
    ]
    for text in wrong:
        yield Finding(setup.name, "names", Verdict.FAILED, text, ConfigError.exit_code)
    if not wrong:
        text = f"{count_text(written, 'name')} under holds, do_not_contact and debtors: all known"
        yield Finding(setup.name, "names", Verdict.OK, text)


def _mode(setup: "LedgerSetup") -> tuple[Verdict, str]:
    if setup.mode == "live":
        return Verdict.OK, "live: runs send"
    return Verdict.OK, "plan: runs decide and show, nothing is sent"


def _healthy(
    call: Call, worker: "Worker", setup: "LedgerSetup", health: "Health"
) -> Iterator[Finding]:
    name, organisation = setup.name, health.organisation
    where = f"{organisation.name}, {organisation.currency}, {organisation.time_zone}"
    yield Finding(name, "access", Verdict.OK, where)
    for detail in health.details:
        yield Finding(name, "detail", Verdict.OK, detail)
    for warning in health.warnings:
        yield Finding(name, "warning", Verdict.WARNING, warning)
    yield from clock(name, setup.clock_skew(), here=setup.server_here)
    yield reminders(name, health)
    yield _books(call, worker, setup, health)


def clock(name: str, skew: float | None, *, here: bool = False) -> Iterator[Finding]:
    """Days, send windows, leases and logins all go by this machine's clock.

    A server ``here``, on the same machine, has the same clock; what it says else is its own time.
    """
    if skew is None:
        return
    from syncer.flow.clock import apart

    seconds = round(abs(skew))
    where = "behind" if skew > 0 else "ahead of"
    if seconds <= SKEW_MAX:
        yield Finding(name, "clock", Verdict.OK, "this machine's clock agrees with the ledger's")
        return
    if here:
        text = f"not compared: the sandbox here keeps its own time, {apart(seconds)} off"
        yield Finding(name, "clock", Verdict.OK, text)
        return
    text = f"this machine's clock is {apart(seconds)} {where} the ledger's server: set it right"
    yield Finding(name, "clock", Verdict.WARNING, text)


def reminders(name: str, health: "Health") -> Finding:
    """Two systems that chase one customer embarrass everybody; said once, by who knows best."""
    match health.organisation.own_reminders:
        case True:
            text = "the ledger sends reminders too: switch them off there, or customers get both"
            return Finding(name, "double chasing", Verdict.WARNING, health.reminders or text)
        case False:
            return Finding(name, "double chasing", Verdict.OK, "the ledger sends no reminders")
        case None:
            text = "the ledger does not say whether it sends reminders itself: please look"
            return Finding(name, "double chasing", Verdict.WARNING, health.reminders or text)


def _books(call: Call, worker: "Worker", setup: "LedgerSetup", health: "Health") -> Finding:
    from syncer.flow.pull import today_in

    owner = health.organisation
    allowed = setup.policy.freshness.books_max_age
    limit = (
        "no limit is set"
        if allowed is None
        else f"at most {count_text(allowed, 'day')} allowed, else {_else(setup)}"
    )
    if owner.books_fresh_on is None:
        text = f"the ledger does not say when its bank was last reconciled; {limit}"
        verdict = Verdict.WARNING if allowed is not None else Verdict.OK
        return Finding(setup.name, "freshness", verdict, text)
    today = call.flags.as_of or today_in(owner, worker.clock)
    age = (today - owner.books_fresh_on).days
    verdict = Verdict.WARNING if allowed is not None and age > allowed else Verdict.OK
    ago = f"{count_text(age, 'day')} ago"
    return Finding(setup.name, "freshness", verdict, f"{_told_by(owner)} {ago}; {limit}")


def _else(setup: "LedgerSetup") -> str:
    """What the policy does with older books."""
    return {
        "hold": "nobody is contacted",
        "soften": "only friendly words go out",
        "warn": "every run warns",
    }[setup.policy.freshness.when_stale]


def _told_by(owner: "Organisation") -> str:
    """An export knows its own day, and nothing of the bank."""
    from syncer.policy.freshness import account_name

    if owner.books_by == "export":
        return "the export is the only word on payments (it says nothing of the bank): written"
    named = account_name(owner.bank_account)
    return f'bank account "{named}" last reconciled' if named else "bank last reconciled"


def _channel(name: str, channel: "Channel | None") -> Finding:
    """Log in to the mail server; a channel without a login needs no look."""
    if channel is None:
        return Finding(name, "mail", Verdict.WARNING, "no channel: nothing can be sent by mail")
    log_in = getattr(channel, "check", None)
    if log_in is None:
        return Finding(name, "mail", Verdict.OK, f"{channel.name}: no login needed")
    try:
        log_in()
    except ConnectionError as error:  # the channel's own words: which server, and what to do
        return Finding(name, "mail", Verdict.FAILED, printable(str(error)), Transient.exit_code)
    except Exception as error:  # noqa: BLE001  reported like any other finding
        return Finding(name, "mail", Verdict.FAILED, paragraph(error), exit_code(error))
    return Finding(name, "mail", Verdict.OK, f"{channel.name}: the mail server lets us in")


def _document(finding: Finding) -> dict[str, object]:
    return {
        "ledger": finding.ledger,
        "what": finding.what,
        "verdict": str(finding.verdict),
        "detail": finding.detail,
        "exit_code": finding.code,
    }
