"""More planted bugs, and for every bug the stories that show it and the rules it breaks.

``SHOWN`` names for each bug of ``ALL_BUGS`` what must be broken by which story; together they
break every ``Check``. A story is a script, so what shows a bug is a few events, not a search.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from connectors.xero.reader import open_invoices
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import LedgerSetup, RunOptions, Worker
from syncer.model.effect import Effect
from syncer.model.ledger import Account, AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.faults import FaultKind
from syncer.testing.sim.beside_bugs import BESIDE_BUGS, SHOWN_BESIDE
from syncer.testing.sim.bugs import BUGS, EndsEarlyAsFinished, without_gap
from syncer.testing.sim.checks import Check
from syncer.testing.sim.exports import FileTrouble
from syncer.testing.sim.folder import GUARD, ITEMS
from syncer.testing.sim.loss_bugs import LOSS_BUGS, SHOWN_BY_LOSS
from syncer.testing.sim.pairs import script_of
from syncer.testing.sim.planting import Bug, Instead, of_session, of_source
from syncer.testing.sim.post import Luck
from syncer.testing.sim.rig import Ports
from syncer.testing.sim.script import Act, Customer, Cut, MailLuck, Run, Script, Trouble

SMALL_PAGE = 2


class PagesByOffset(Instead):
    """Asks for page after page until one is short, and believes that this was all."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """The open invoices by offset, with pages of two; everything else as it is."""
        reader = self._target._reader
        fetch = reader._api.pages(open_invoices())
        for part in self._target.pull(cursors):
            if isinstance(part, Organisation):
                yield part
                number, rows = 1, [None] * SMALL_PAGE
                while len(rows) == SMALL_PAGE:
                    rows = fetch(number, SMALL_PAGE).rows
                    yield Page(stream=Stream.ITEMS, items=tuple(rows))
                    number += 1
            elif not (isinstance(part, Page) and part.stream is Stream.ITEMS):
                yield part


class KnowsOldAddresses(Instead):
    """The guard's facts with the people as the pull found them."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._met: dict[str, Account] = {}

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Remember the accounts."""
        for part in self._target.pull(cursors):
            if isinstance(part, Page):
                self._met |= {one.account_id: one for one in part.accounts}
            yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Where they used to be reached."""
        return {
            account_id: replace(
                facts, account=replace(facts.account, people=self._met[account_id].people)
            )
            for account_id, facts in self._target.read_accounts(account_ids).items()
        }


class GuardsByACopy(Instead):
    """Looks at the files once more, and goes by what they said when they were first read."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._copy: dict[str, AccountFacts] = {}

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """And copy what each customer owes."""
        for part in self._target.pull(cursors):
            if isinstance(part, Page):
                ids = tuple(one.account_id for one in part.accounts)
                self._copy |= self._target._target.read_accounts(ids)
            yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """By the copy."""
        found = self._target.read_accounts(account_ids)
        return {one: self._copy.get(one, facts) for one, facts in found.items()}


class ForgetsMails(Instead):
    """Takes no notice of what the ledger itself mailed."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Without the days."""
        for part in self._target.pull(cursors):
            if isinstance(part, Page):
                yield replace(part, items=tuple(replace(i, sent_on=None) for i in part.items))
            else:
                yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Without the days."""
        return {
            one: replace(facts, items=tuple(replace(i, sent_on=None) for i in facts.items))
            for one, facts in self._target.read_accounts(account_ids).items()
        }


class SeesNoBlocks(Instead):
    """The guard does not see that an invoice was blocked in the ledger since the pull."""

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """As if nothing spoke against asking."""
        return {
            one: replace(facts, items=tuple(replace(i, stop=None) for i in facts.items))
            for one, facts in self._target.read_accounts(account_ids).items()
        }


class ReadsAnyAge(Instead):
    """Takes an export of any age for today's."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        folder = target._target
        folder._settings = folder._settings.model_copy(update={"max_age": 10_000})


class Stumbles(Instead):
    """An exception that nobody foresaw."""

    def read_accounts(self, _: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Never gets there."""
        raise ZeroDivisionError


class WritesToNobody(Instead):
    """Plans, and takes nothing up."""

    def pending(self, *_: Any) -> Sequence[Effect]:
        """Nothing to do."""
        return ()


class RewritesThePast(Instead):
    """Changes a line of the journal afterwards."""

    def finish_run(self, *args: Any) -> None:
        """And then edit what was written before."""
        self._target.finish_run(*args)
        with self._target._target._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE event SET what = 'nothing happened'")


def _takes_any_look(setup: LedgerSetup) -> LedgerSetup:
    return replaced(setup, guard_age_max=timedelta(days=1))


def _fails_all_together(worker: Worker, *, now: datetime, options: RunOptions) -> RunResult:
    """One ledger's failure is everybody's."""
    result = run_cycle(worker, now=now, options=options)
    if all(one.status is LedgerStatus.OK for one in result.ledgers):
        return result
    ledgers = tuple(replace(one, status=LedgerStatus.FAILED) for one in result.ledgers)
    return replace(result, ledgers=ledgers)


def _never_ends_well(worker: Worker, *, now: datetime, options: RunOptions) -> RunResult:
    return replace(run_cycle(worker, now=now, options=options), exit_code=5)


ALL_BUGS: tuple[Bug, ...] = (
    *BUGS,
    *LOSS_BUGS,
    *BESIDE_BUGS,
    Bug("keeps no gap", Ports(rules=without_gap)),
    of_source("pages by offset", PagesByOffset),
    of_source("knows old addresses at the last look", KnowsOldAddresses),
    of_source("stumbles at the last look", Stumbles),
    of_session("writes to nobody", WritesToNobody),
    of_session("rewrites the past", RewritesThePast),
    Bug("takes any look for a fresh one", Ports(setup=_takes_any_look)),
    Bug("lets one ledger fail all", Ports(cycle=_fails_all_together)),
    Bug("never ends well", Ports(cycle=_never_ends_well)),
    of_source("takes an export that is gone for an empty one", EndsEarlyAsFinished),
    of_source("guards by a copy of the export", GuardsByACopy),
    of_source("reads exports of any age", ReadsAnyAge),
    of_source("takes no notice of the ledger's own mails", ForgetsMails),
    of_source("does not see at the last look what is blocked", SeesNoBlocks),
)


def _story(*runs: tuple[Any, ...], **more: Any) -> Script:
    """Over one customer who owes 100.00 since five days."""
    settings = {name: more.pop(name) for name in ("provable",) if name in more}
    return replaced(script_of("xero", *(runs or ((),)), **settings), **more)


def _of_files(*events: Any) -> Script:
    """The same customer, in a folder of exports."""
    return script_of("csv_folder", events)


def _owing(*customers: Customer) -> tuple[tuple[Customer, ...], ...]:
    return (customers,)


ANOTHER_CURRENCY_EACH_DAY = tuple(
    Run(24.0, 0.0, (Act("change_currency", 0, dice, point=0),)) for dice in (1, 2, 3)
)
PAID_MEANWHILE = Act("pay_all", 0, 1, step="claim")
CREDITED = Act("give_credit", 0, 3, step="claim")
OPTED_OUT = Act("opt_out", 0, 1, step="claim")
MOVED = tuple(Act("move_away", 0, dice, step="claim") for dice in range(3))
# By their ids the last two come first: what is paid is small, what slips away is large.
SIX = _owing(*(Customer(invoices=((5, cents),)) for cents in (*(100_000,) * 4, 100, 100)))
SHIFTED = (Act("pay", 0, 5, point=8),)  # one that was on the page before
PAYMENTS_FAIL = Trouble(0, FaultKind.SERVER_ERROR, "payments", lasts=True)
INVOICES_FAIL = Trouble(0, FaultKind.SERVER_ERROR, "invoices", lasts=True)
TWO_LEDGERS: dict[str, Any] = {
    "forms": ("xero", "quickbooks"),
    "books": ((Customer(invoices=((5, 10_000),)),),) * 2,
}
GONE = Trouble(0, FileTrouble.MISSING, ITEMS)
OLD = Trouble(0, FileTrouble.STALE, GUARD)
LOST = MailLuck(0, Luck.TAKES_AND_HANGS_UP)

SHOWN: dict[str, tuple[Check, Script]] = {
    **SHOWN_BY_LOSS,
    **SHOWN_BESIDE,
    "sends, then records": (Check.SECOND_COPY, _story((Cut(after=True, step="send"),))),
    "writes a note again without looking for it": (
        Check.ONE_NOTE,
        _story((Cut(after=True, step="note"),)),
    ),
    "guards everybody before the first claim": (
        Check.LAST_LOOK,
        _story((), books=_owing(*(Customer(invoices=((5, 10_000),)),) * 2)),
    ),
    "guards by what the pull said": (Check.LAST_LOOK, _story((PAID_MEANWHILE,))),
    "forgets contacts, and makes a new key in every run": (Check.AT_REST, _story((), ())),
    "closes what an unfinished list did not show": (
        Check.PARTIAL_FACTS,
        _story((PAYMENTS_FAIL,)),
    ),
    "loses a row of every page": (Check.SUMS, _story()),
    "does not count credits at the last look": (
        Check.AMOUNT,
        _story((CREDITED,), books=_owing(Customer(invoices=((5, 40_000),)))),
    ),
    "does not see at the last look who opted out": (Check.NOT_OWED, _story((OPTED_OUT,))),
    "sends again after a lost answer": (Check.SECOND_COPY, _story((LOST,))),
    "takes a refusal for a delivery": (
        Check.NOTE_IF_DELIVERED,
        _story((MailLuck(0, Luck.REFUSES),)),
    ),
    "says that a message is not there without looking": (
        Check.SECOND_COPY,
        _story((Cut(after=True, step="send"),)),
    ),
    "settles a reminder without its note": (Check.DELIVERED_IF_NOTE, _story()),
    "leaves what was interrupted where it is": (
        Check.AT_REST,
        _story((Cut(after=True, step="start_sending"),), provable=True),
    ),
    "keeps no gap and no cap": (
        Check.CAP,
        _story(runs=(Run(2.0), *ANOTHER_CURRENCY_EACH_DAY), capped=True),
    ),
    "keeps no gap": (
        Check.GAP,
        _story(runs=(Run(2.0), *ANOTHER_CURRENCY_EACH_DAY), min_gap=3),
    ),
    "ends with exit code 0 whatever happened": (Check.EXIT_CODE, _story((INVOICES_FAIL,))),
    "calls a failed ledger finished": (Check.SUMS, _story((INVOICES_FAIL,))),
    "pages by offset": (Check.SUMS, _story(SHIFTED, books=SIX)),
    "knows old addresses at the last look": (Check.ADDRESS, _story(MOVED)),
    "stumbles at the last look": (Check.OWN_RULES, _story()),
    "writes to nobody": (Check.MISSING, _story()),
    "rewrites the past": (Check.JOURNAL, _story()),
    "takes any look for a fresh one": (
        Check.OLD_LOOK,
        _story((Act("nap", 0, 0, step="start_sending"),)),
    ),
    "lets one ledger fail all": (Check.APART, _story((INVOICES_FAIL,), **TWO_LEDGERS)),
    "never ends well": (Check.HEALTHY, _story()),
    "takes an export that is gone for an empty one": (Check.SUMS, _of_files(GONE)),
    "guards by a copy of the export": (
        Check.NOT_OWED,
        _of_files(PAID_MEANWHILE, Act("export", 0, 0, step="claim")),
    ),
    "takes no notice of the ledger's own mails": (
        Check.GAP,
        replaced(script_of("quickbooks", (Act("mail_by_hand", 0, 1, point=0),)), min_gap=3),
    ),
    "does not see at the last look what is blocked": (
        Check.NOT_OWED,
        script_of("odoo", (Act("block", 0, 1, step="claim"),)),
    ),
    "reads exports of any age": (Check.PARTIAL_FACTS, _of_files(OLD)),
}
