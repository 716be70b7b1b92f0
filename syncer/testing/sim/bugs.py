"""Planted bugs: each replaces one port of a rig by a faulty one, and a judge must see it.

A rig whose judges let these pass proves nothing about a sound worker. Nothing here changes
production code: a bug is a wrapper around a port, or another function in its place.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from syncer.errors import SyncerError
from syncer.flow.cycle import run_cycle
from syncer.flow.worker import RunOptions, Worker
from syncer.model.effect import Effect, Message
from syncer.model.ledger import AccountFacts, ItemKind, Organisation, Page, Stream, StreamEnd
from syncer.model.outcome import Delivered, Outcome, Rejected, Retry, Uncertain
from syncer.model.run import LedgerStatus, RunResult
from syncer.policy.rules import Policy
from syncer.testing.sim.planting import Bug, Instead, of_channel, of_session, of_source
from syncer.testing.sim.rig import Ports


class SendsThenRecords(Instead):
    """The intent is written only together with the outcome."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._later: dict[str, tuple[Message | None, datetime, dict[str, Any]]] = {}

    def start_sending(self, key: str, message: Message | None, at: datetime, **values: Any) -> None:
        """Keep it in memory."""
        self._later[key] = (message, at, values)

    def settle(self, key: str, *args: Any, **values: Any) -> Effect:
        """Now it is written."""
        if key in self._later:
            message, at, named = self._later.pop(key)
            self._target.start_sending(key, message, at, **named)
        settled: Effect = self._target.settle(key, *args, **values)
        return settled


class NeverLooksForNotes(Instead):
    """A note that may be there is written again."""

    def find_note(self, **_: Any) -> bool:
        """Not found, without looking."""
        return False


class GuardsOnceForAll(Instead):
    """The guard reads everybody before the first claim and trusts that until the end."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._known: dict[str, AccountFacts] = {}

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Read all, then look at each account once."""
        ids: list[str] = []
        for part in self._target.pull(cursors):
            if isinstance(part, Page):
                ids += [item.account_id for item in part.items]
            yield part
        for account_id in dict.fromkeys(ids):
            self._known.update(self._target.read_accounts((account_id,)))

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """What was true then."""
        return {i: self._known[i] for i in account_ids if i in self._known}


class TrustsThePull(Instead):
    """The guard answers from the pull of the same run: no second look at all."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._pages: list[Page] = []
        self._clock = target._clock

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Remember the pages."""
        for part in self._target.pull({}):
            if isinstance(part, Page):
                self._pages.append(part)
            yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Made of the pages."""
        return {
            account.account_id: AccountFacts(
                account=account,
                items=tuple(
                    item
                    for page in self._pages
                    for item in page.items
                    if item.account_id == account.account_id
                ),
                read_at=self._clock(),
            )
            for page in self._pages
            for account in page.accounts
            if account.account_id in account_ids
        }


class ForgetsCredits(Instead):
    """Only invoices count."""

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Without what lowers the debt."""
        return {
            account_id: replace(
                facts, items=tuple(i for i in facts.items if i.kind is ItemKind.INVOICE)
            )
            for account_id, facts in self._target.read_accounts(account_ids).items()
        }


class IgnoresTheGroup(Instead):
    """The guard does not see that a customer opted out since the pull."""

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """As if nobody had opted out, been archived or merged."""
        return {
            account_id: replace(
                facts, account=replace(facts.account, do_not_chase=False, archived=False)
            )
            for account_id, facts in self._target.read_accounts(account_ids).items()
        }


class EndsEarlyAsFinished(Instead):
    """A list that breaks off counts as read whole: what was not seen is closed."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Swallow the failure and say that each list ended."""
        ended: set[Stream] = set()
        with suppress(SyncerError):
            for part in self._target.pull(cursors):
                if isinstance(part, StreamEnd):
                    ended.add(part.stream)
                yield part
        for stream in (Stream.ITEMS, Stream.ACCOUNTS):
            if stream not in ended:
                yield StreamEnd(stream=stream, full=True, records=0)


class SkipsAPage(Instead):
    """One page of open items is lost on the way."""

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Drop the last item of every page."""
        for part in self._target.pull(cursors):
            if isinstance(part, Page) and part.stream is Stream.ITEMS:
                yield replace(part, items=part.items[:-1])
            else:
                yield part


class RetriesLostAnswers(Instead):
    """A message whose fate is unknown counts as not sent."""

    def send(self, message: Message) -> Outcome:
        """Uncertain becomes Retry."""
        outcome: Outcome = self._target.send(message)
        if isinstance(outcome, Uncertain):
            return Retry(after=timedelta(minutes=10), reason="probably not sent")
        return outcome


class BelievesRefusals(Instead):
    """A refused message counts as delivered: its note tells of something nobody got."""

    def send(self, message: Message) -> Outcome:
        """Rejected becomes Delivered."""
        outcome: Outcome = self._target.send(message)
        return Delivered() if isinstance(outcome, Rejected) else outcome


class CannotLookBack(Instead):
    """The mail folder is never asked whether a message is there, and takes every copy."""

    def find(self, message_id: str) -> bool | None:
        """Says no without looking."""
        del message_id
        return False


class LosesNotes(Instead):
    """The reminder is settled without the note that follows from it."""

    def settle(self, key: str, outcome: Outcome, at: datetime, *_: Any) -> Effect:
        """Drop what follows."""
        settled: Effect = self._target.settle(key, outcome, at)
        return settled


class SettlesNothing(Instead):
    """Whatever was interrupted stays as it is."""

    def in_flight(self) -> Sequence[Effect]:
        """Nothing to rescue."""
        return ()


class ForgetsAndRenames(Instead):
    """Forgets earlier contacts and makes a new key in each run: a step can come again."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._own = target.lease.owner  # the run's id
        self._names: dict[str, str] = {}

    def _renamed(self, effect: Effect) -> Effect:
        name = f"{effect.key}-{self._own[-8:]}"
        self._names[effect.key] = name
        return replace(effect, key=name)

    def _plain(self, effect: Effect) -> Effect:
        back = {name: key for key, name in self._names.items()}
        return replace(effect, key=back.get(effect.key, effect.key))

    def snapshots(self, *args: Any) -> Iterator[Any]:
        """Without contacts."""
        return (replace(one, contacts=()) for one in self._target.snapshots(*args))

    def survey(self, _ground: bytes, **values: Any) -> Iterator[Any]:
        """Every account anew, without contacts."""
        for one in self._target.survey(b"", **values):
            yield replace(one, snapshot=replace(one.snapshot, contacts=()))

    def snapshot(self, account_id: str) -> Any:
        """Without contacts."""
        one = self._target.snapshot(account_id)
        return None if one is None else replace(one, contacts=())

    def write_plan(self, *, planned: Sequence[Any] | None, **values: Any) -> int:
        """Under this run's keys."""
        renamed = planned and [replace(one, effect=self._renamed(one.effect)) for one in planned]
        written: int = self._target.write_plan(planned=renamed, **values)
        return written

    def pending(self, *args: Any) -> Sequence[Effect]:
        """By the keys the flow knows."""
        return [self._plain(one) for one in self._target.pending(*args)]

    def claim(self, key: str, at: datetime) -> Effect | None:
        """By the stored key."""
        one = self._target.claim(self._names.get(key, key), at)
        return None if one is None else self._plain(one)

    def start_sending(self, key: str, message: Message | None, at: datetime, **values: Any) -> None:
        """By the stored key."""
        self._target.start_sending(self._names.get(key, key), message, at, **values)

    def settle(self, key: str, *args: Any) -> Effect:
        """By the stored key."""
        settled: Effect = self._target.settle(self._names.get(key, key), *args)
        return settled


def _says_all_is_well(worker: Worker, *, now: datetime, options: RunOptions) -> RunResult:
    return replace(run_cycle(worker, now=now, options=options), exit_code=0)


def _calls_failure_success(worker: Worker, *, now: datetime, options: RunOptions) -> RunResult:
    """A ledger that failed shows as finished."""
    result = run_cycle(worker, now=now, options=options)
    ledgers = tuple(
        replace(one, status=LedgerStatus.OK) if one.status is LedgerStatus.FAILED else one
        for one in result.ledgers
    )
    return replace(result, exit_code=0, ledgers=ledgers)


def without_gap(rules: Policy) -> Policy:
    """The least gap there is, and no cap."""
    return replace(rules, restraint=replace(rules.restraint, min_gap=1, caps=()))


BUGS: tuple[Bug, ...] = (
    of_session("sends, then records", SendsThenRecords),
    of_source("writes a note again without looking for it", NeverLooksForNotes),
    of_source("guards everybody before the first claim", GuardsOnceForAll),
    of_source("guards by what the pull said", TrustsThePull),
    of_session("forgets contacts, and makes a new key in every run", ForgetsAndRenames),
    of_source("closes what an unfinished list did not show", EndsEarlyAsFinished),
    of_source("loses a row of every page", SkipsAPage),
    of_source("does not count credits at the last look", ForgetsCredits),
    of_source("does not see at the last look who opted out", IgnoresTheGroup),
    of_channel("sends again after a lost answer", RetriesLostAnswers),
    of_channel("takes a refusal for a delivery", BelievesRefusals),
    of_channel("says that a message is not there without looking", CannotLookBack),
    of_session("settles a reminder without its note", LosesNotes),
    of_session("leaves what was interrupted where it is", SettlesNothing),
    Bug("keeps no gap and no cap", Ports(rules=without_gap)),
    Bug("ends with exit code 0 whatever happened", Ports(cycle=_says_all_is_well)),
    Bug("calls a failed ledger finished", Ports(cycle=_calls_failure_success)),
)
