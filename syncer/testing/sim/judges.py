"""Judges who look at the sandbox's books and the mailbox, and never at what the worker thinks.

They work out for themselves what each customer owes and may be asked for. While a run is on,
they remember everything that was true of an account from the first call of the guard's read
until its message arrived: a message must fit one of these truths. With nobody acting in that
window there is one truth, and it must fit exactly. The outbox is read for one thing only: what
waits there for a person. Each rule is one ``Check``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from syncer.errors import InvariantError
from syncer.model.effect import Effect, EffectState
from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.faults import FaultKind
from syncer.testing.sim.beside import judge_beside, judge_tasks
from syncer.testing.sim.checks import Check, Problem
from syncer.testing.sim.exports import HARMLESS
from syncer.testing.sim.forms import NOTE, Asked
from syncer.testing.sim.post import Mail, Sort
from syncer.testing.sim.recalled import Recalled, judge_notes
from syncer.testing.sim.rig import START, Rig
from syncer.testing.sim.side import Side
from syncer.testing.sim.truth import (
    Totals,
    Truth,
    known_as,
    late_mail,
    mailed_within,
    merged_here,
    misled,
    only_fell,
    open_totals,
    truth_of,
)
from syncer.testing.sim.wire import Wire

_MARKER = re.compile(r"\[([^\]\s]+)-note\]")
RESTING = {
    EffectState.DELIVERED,
    EffectState.CANCELLED,
    EffectState.REJECTED,
    EffectState.UNCERTAIN,
}
_FOR_A_PERSON = {EffectState.UNCERTAIN, EffectState.REJECTED}
LOOK_AGE_MAX = timedelta(seconds=60 + 30)  # the setting, and the deadline of the looking call
_FAILED = {LedgerStatus.FAILED, LedgerStatus.PARTIAL}
# An answer that came whole all the same, and a file of which the rest can be gone by.
_WHOLE = {"", FaultKind.SLOW, FaultKind.DRIP, *HARMLESS}
# Lists that hold whoever is written to: an empty one is never whole.
_HOLD_THE_RECIPIENT = {
    *("invoices", "contacts", "customers"),
    *("guard: contact", "guard: customers", "guard: invoices"),
}


@dataclass(slots=True)
class Judges:
    """Watch a rig; ``problems`` are the sentences of what should never have happened."""

    rig: Rig
    problems: list[str] = field(default_factory=list)
    in_window: int = 0  # messages during whose guard read or sending somebody changed the account
    recalled: Recalled = field(default_factory=Recalled)
    _windows: dict[tuple[str, str], list[Truth]] = field(default_factory=dict)
    _looked_at: datetime = START  # when the look of the latest window began
    _quiet: bool = True
    _owners: dict[str, tuple[Side, str]] = field(default_factory=dict)  # contact by address
    _received: dict[tuple[str, str], list[Mail]] = field(default_factory=dict)
    _read: dict[str, dict[str, int]] = field(default_factory=dict)  # by side: step -> call
    _calls_before: dict[str, int] = field(default_factory=dict)
    _range: dict[str, list[Totals]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rig.heard = self._heard
        self.rig.post.arrived = self._arrived
        self._meet()

    def say(self, check: Check, what: str) -> None:
        """Note a broken rule."""
        self.problems.append(Problem(check, what))

    # --- during a run ------------------------------------------------------------------------

    def process_begins(self) -> None:
        """What an earlier process read is no excuse."""
        self._windows.clear()
        self._quiet = True
        self._read.clear()
        self._meet()
        for side in self.rig.sides:
            self._calls_before[side.name] = len(side.world.calls)
            self._range[side.name] = [_totals(side)]

    def state_lost(self, *, seen: bool) -> None:
        """Another state has taken the place of the one that was at work; ``seen``: it shows."""
        mails, effects = self.rig.post.mails, self.rig.effects()
        self.recalled.after_loss(mails, self.notes(), effects, seen=seen)

    def another_begins(self) -> None:
        """Beside one that sleeps: what that one saw of an account is no look of this one."""
        self._windows.clear()

    def somebody_acted(self) -> None:
        """People changed the books: the truths of accounts being looked at may have changed."""
        self._quiet = False
        self._meet()
        for side in self.rig.sides:
            self._range.setdefault(side.name, []).append(_totals(side))
        for (name, contact_id), truths in self._windows.items():
            side = next(side for side in self.rig.sides if side.name == name)
            now = self._truth(side, contact_id)
            if now != truths[-1]:
                truths.append(now)

    def _meet(self) -> None:
        """An address belongs to whoever had it first, for ever."""
        for side in self.rig.sides:
            for contact in side.world.main.books.contacts.values():
                if contact.email:
                    self._owners.setdefault(contact.email, (side, contact.contact_id))

    def _heard(self, side: Side, asked: Asked) -> None:
        step = side.form.step(asked)
        self._read.setdefault(side.name, {})[step] = len(side.world.calls)
        met = self._range.setdefault(side.name, [])
        if met and met[-1] != (now_there := _totals(side)):
            met.append(now_there)  # another export lies there for now
            self._quiet = False
        looked = side.form.looks_at(side.world, asked)
        known = all((side.name, one) in self._windows for one in looked)
        if step == NOTE or (looked and not known):
            self._windows.clear()  # the look must be the last thing before the message
        if looked and not self._windows:
            self._looked_at = self.rig.clock()
        for contact_id in looked:
            truths = self._windows.setdefault((side.name, contact_id), [])
            now = self._truth(side, contact_id)
            if not truths or truths[-1] != now:
                truths.append(now)

    def _truth(self, side: Side, contact_id: str) -> Truth:
        contact, rules = side.told.books.contacts.get(contact_id), self.rig.rules
        if contact is None:
            return Truth((), "stands in no export")
        return truth_of(side, contact, self.rig.holds, only_sent=rules.only_sent)

    def _arrived(self, mail: Mail) -> None:
        side, contact_id = self._owners[mail.to]
        truths = self._windows.get((side.name, contact_id), [])
        if not truths:
            what = "was sent without a look at its account as the last thing before"
            self._say(Check.LAST_LOOK, mail, what)
            return
        if mail.at - self._looked_at > LOOK_AGE_MAX:
            self._say(
                Check.OLD_LOOK, mail, f"rests on a look that is {mail.at - self._looked_at} old"
            )
        self.in_window += len(truths) > 1
        self._judge_address(mail, truths)
        if mail.sort is Sort.ASKS:
            self._judge_content(mail, truths)
        else:
            had = self._received.get((side.name, contact_id), [])
            known = self.recalled.remembered(had)
            for check, what in judge_beside(mail, side, truths, known, reached=bool(had)):
                self._say(check, mail, what)
        self._judge_facts(mail, side)
        self._judge_restraint(mail, side, contact_id)

    def _judge_content(self, mail: Mail, truths: list[Truth]) -> None:
        right = {truth.asked(mail.currency) for truth in truths}
        if right == {0}:
            why = next((truth.in_peace for truth in truths if truth.in_peace), "owes nothing")
            self._say(Check.NOT_OWED, mail, f"went to an account that is not to be asked: {why}")
        elif mail.asked not in right:
            self._say(Check.AMOUNT, mail, f"asks {mail.asked} where {sorted(right)} is right")

    def _judge_address(self, mail: Mail, truths: list[Truth]) -> None:
        addresses = {truth.address for truth in truths}
        if mail.to not in addresses:
            self._say(Check.ADDRESS, mail, f"should have gone to {sorted(addresses)}")

    def _judge_facts(self, mail: Mail, side: Side) -> None:
        """Every list of this run, and the look itself, was last answered whole."""
        read = self._read.get(side.name, {})
        facts = {s: at for s, at in read.items() if s in side.form.lists or s.startswith("guard")}
        if not facts.keys() & side.form.lists:
            self._say(Check.PARTIAL_FACTS, mail, "was sent by a run that had read no list")
        for step, at in facts.items():
            call = side.world.calls[at]
            may_be_empty = step not in _HOLD_THE_RECIPIENT
            empty = call.fault == FaultKind.EMPTY_PAGE and may_be_empty
            if call.status != 200 or not (call.fault in _WHOLE or empty):
                what = f"rests on {step}, last answered by {call.status} {call.fault}"
                self._say(Check.PARTIAL_FACTS, mail, what)

    def _judge_restraint(self, mail: Mail, side: Side, contact_id: str) -> None:
        """Gap and caps by the days on which messages arrived; one copy of each key."""
        zone = ZoneInfo(side.world.main.org.time_zone)
        mails = self._received.setdefault((side.name, contact_id), [])
        mails.append(mail)
        counted = self.recalled.counted(mails, side)
        days = sorted(one.at.astimezone(zone).date() for one in counted)
        copies = self.recalled.remembered(self.rig.post.mails)
        if sum(one.key == mail.key for one in copies) > 1:
            self._say(Check.SECOND_COPY, mail, "is a second copy of the same step")
        rules = self.rig.rules.restraint
        if mail.sort is Sort.THANKS:  # late thanks are none: they wait for a day alone
            rules = replace(rules, min_gap=1, count_invoice_mail=False)
        by_hand = late_mail(side, contact_id, before=self._looked_at)
        if (
            by_hand is not None
            and rules.count_invoice_mail
            and days[-1] - by_hand < timedelta(days=rules.min_gap)
        ):
            what = f"comes {(days[-1] - by_hand).days} days after a mail from the ledger itself"
            self._say(Check.GAP, mail, what)
        if len(days) > 1 and days[-1] - days[-2] < timedelta(days=rules.min_gap):
            apart = (days[-1] - days[-2]).days
            self._say(Check.GAP, mail, f"comes {apart} days after the one before")
        for cap in rules.caps:
            recent = [day for day in days if (days[-1] - day).days < cap.days]
            if len(recent) > cap.contacts:
                self._say(Check.CAP, mail, f"is number {len(recent)} in {cap.days} days")

    # --- after a run -------------------------------------------------------------------------

    def process_ended(self, result: RunResult | None, wire: Wire | None = None) -> None:
        """The exit code is honest, and a run that says all is well reconciles to the cent."""
        if result is None:
            return
        statuses = {one.status for one in result.ledgers}
        if statuses & _FAILED and result.exit_code == 0:
            self.say(Check.EXIT_CODE, f"exit code 0 after {sorted(statuses)}")
        for one in result.ledgers:
            if one.error_kind == InvariantError.__name__:
                self.say(Check.OWN_RULES, f"{one.ledger} broke a rule of its own: {one.error}")
        for name in self.recalled.not_told(result):
            self.say(Check.LOSS_TOLD, f"{name} does not say that the state was lost")
        self._judge_sums(result)
        if wire is not None and not wire.struck:
            self._judge_apart(result)

    def _judge_sums(self, result: RunResult) -> None:
        """Exactly where nobody acted; between the totals met where people only paid."""
        for side, told in zip(self.rig.sides, result.ledgers, strict=True):
            if told.status is not LedgerStatus.OK or misled(side):
                continue
            sums: dict[str, Decimal] = defaultdict(Decimal)
            for total in told.outcomes:
                sums[total.currency] += total.amount
            met = self._range.get(side.name) or [_totals(side)]
            if not (self._quiet or only_fell(met)):
                continue
            for currency in {*sums, *met[0].net, *met[-1].net}:
                most, least = (one.net.get(currency, Decimal(0)) for one in (met[0], met[-1]))
                if not least <= sums[currency] <= most:
                    self.say(
                        Check.SUMS,
                        f"{side.name}: outcomes sum to {sums[currency]} {currency}, the ledger "
                        f"says {least}" + ("" if most == least else f" to {most}"),
                    )

    def _judge_apart(self, result: RunResult) -> None:
        """A ledger that nothing happened to ends well, whatever happened to its neighbours."""
        troubled = [side.name for side in self.rig.sides if self._troubled(side)]
        for side, told in zip(self.rig.sides, result.ledgers, strict=True):
            if troubled and side.name not in troubled and told.status is LedgerStatus.FAILED:
                self.say(
                    Check.APART, f"{side.name} failed over {', '.join(troubled)}: {told.error}"
                )

    def _troubled(self, side: Side) -> bool:
        calls = side.world.calls[self._calls_before.get(side.name, 0) :]
        return any(call.fault or call.status != 200 for call in calls)

    # --- at rest -----------------------------------------------------------------------------

    def at_rest(self, *, resting: bool = True) -> list[str]:
        """Judge what is left after healthy runs with nobody acting; all problems so far."""
        effects = self.rig.effects()
        waiting = {effect.key for effect in effects if effect.state in _FOR_A_PERSON}
        sent = {mail.key for mail in self.rig.post.mails}
        for check, what in judge_notes(self.notes(), sent, waiting, self.recalled.keys):
            self.say(check, what)
        self._judge_missing(effects)
        today = self.rig.clock().date()
        for check, what in judge_tasks(self._tasks(), self.rig.holds, waiting, today):
            self.say(check, what)
        with self.rig.store() as store:
            for one in store.verify_journal():
                self.say(Check.JOURNAL, f"journal: {one}")
        for effect in effects:
            if resting and effect.state not in RESTING:
                self.say(Check.AT_REST, f"{effect.kind} {effect.key} is still {effect.state}")
        return self.problems

    def notes(self) -> Counter[str]:
        """How often each reminder's key stands in a program's note."""
        return Counter(found[1] for text in self._texts() if (found := _MARKER.search(text)))

    def _texts(self) -> Iterator[str]:
        for side in self.rig.sides:
            yield from side.form.notes(side.world, side.app)

    def _tasks(self) -> Iterator[str]:
        for side in self.rig.sides:
            yield from side.form.tasks(side.world, side.app)

    def _judge_missing(self, effects: list[Effect]) -> None:
        """Whoever may be asked and never was must at least wait for a person."""
        waiting = {effect.account_id for effect in effects if effect.state in _FOR_A_PERSON}
        for side in self.rig.sides:
            for contact in side.world.main.books.contacts.values():
                truth = self._truth(side, contact.contact_id)
                if not truth.owed or truth.in_peace or not truth.address:
                    continue
                if mailed_within(side, contact.contact_id, self.rig.rules.restraint.min_gap):
                    continue
                same = merged_here(side, contact)
                if not any(
                    (side.name, one.contact_id) in self._received or known_as(side, one) in waiting
                    for one in same
                ):
                    what = f"{contact.name} owes {truth.owed} and was never asked"
                    self.say(Check.MISSING, what)

    def _say(self, check: Check, mail: Mail, what: str) -> None:
        self.say(check, f"{mail.at:%d %b %H:%M} message to {mail.to} {what}")


def _totals(side: Side) -> Totals:
    return open_totals(side.told)
