"""Judges who look at the sandbox's books and the mailbox, and never at what the worker thinks.

They work out for themselves what each customer owes and may be asked for. While a run is on,
they remember everything that was true of an account from the first call of the guard's read
until its message arrived: a message must fit one of these truths. With nobody acting in that
window there is one truth, and it must fit exactly. The outbox is read for one thing only: what
waits there for a person.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.errors import InvariantError
from syncer.model.effect import EffectState
from syncer.model.hold import Hold
from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.records import Contact, Document, Kind, Status
from syncer.testing.sim.book import OPT_OUT_GROUP
from syncer.testing.sim.post import Mail
from syncer.testing.sim.rig import START, Rig, Side

_ONE_CONTACT = re.compile(r"/Contacts/([0-9a-f-]{36})$")
_MARKER = re.compile(r"\[([^\]]+)-note\]")
_RESTING = {
    EffectState.DELIVERED,
    EffectState.CANCELLED,
    EffectState.REJECTED,
    EffectState.UNCERTAIN,
}
LOOK_AGE_MAX = timedelta(seconds=60 + 30)  # the setting, and the deadline of the looking call
_FAILED = {LedgerStatus.FAILED, LedgerStatus.PARTIAL}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of an account: what it may be asked for by currency, and whether at all."""

    owed: tuple[tuple[str, Decimal], ...]  # net and overdue, above zero
    in_peace: str = ""  # why nobody may write to it

    def asked(self, currency: str) -> Decimal:
        """The right amount; zero when it may not be asked."""
        return Decimal(0) if self.in_peace else dict(self.owed).get(currency, Decimal(0))


def truth_of(side: Side, contact: Contact, holds: Iterable[tuple[str, Hold]]) -> Truth:
    """Worked out from the sandbox's books and the holds that people entered."""
    ledger = side.world.main
    today = ledger.today()
    speaking = [
        hold
        for name, hold in holds
        if name == side.name
        and hold.account_id == contact.contact_id
        and hold.starts_on <= today
        and (hold.ends_on is None or today <= hold.ends_on)
    ]
    held_items = {hold.item_id for hold in speaking if hold.item_id}
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for doc in ledger.documents_of(contact.contact_id):
        owed[doc.currency] += _counts(doc, today, held=doc.doc_id in held_items)
    groups = {group.name for group in ledger.groups_of(contact.contact_id)}
    in_peace = (
        ("merged" if contact.merged_into else "")
        or ("archived" if contact.archived else "")
        or ("opted out" if OPT_OUT_GROUP in groups else "")
        or ("held" if any(not hold.item_id for hold in speaking) else "")
    )
    return Truth(tuple(sorted((c, a) for c, a in owed.items() if a > 0)), in_peace)


def _merged_here(side: Side, contact: Contact) -> list[Contact]:
    """The contact and all that were merged into it: what was said to them was said to it."""
    found = [contact]
    for one in found:
        contacts = side.world.main.books.contacts.values()
        found += [other for other in contacts if other.merged_into == one.contact_id]
    return found


def _counts(doc: Document, today: date, *, held: bool) -> Decimal:
    """What a document adds to the net overdue position."""
    if doc.status is not Status.OPEN or doc.kind is Kind.BILL:
        return Decimal(0)
    if doc.kind is not Kind.INVOICE:
        return -doc.left
    promised = doc.expected_on is not None and today <= doc.expected_on
    overdue = doc.due_on is not None and doc.due_on < today
    return doc.left if overdue and not promised and not held else Decimal(0)


@dataclass(slots=True)
class Judges:
    """Watch a rig; ``problems`` are the sentences of what should never have happened."""

    rig: Rig
    problems: list[str] = field(default_factory=list)
    in_window: int = 0  # messages during whose guard read or sending somebody changed the account
    _windows: dict[tuple[str, str], list[Truth]] = field(default_factory=dict)
    _looked_at: datetime = START  # when the look of the latest window began
    _quiet: bool = True

    def __post_init__(self) -> None:
        self.rig.heard = self._heard
        self.rig.post.arrived = self._arrived

    # --- during a run ------------------------------------------------------------------------

    def process_begins(self) -> None:
        """What an earlier process read is no excuse."""
        self._windows.clear()
        self._quiet = True

    def somebody_acted(self) -> None:
        """People changed the books: the truths of accounts being looked at may have changed."""
        self._quiet = False
        for (name, contact_id), truths in self._windows.items():
            side = next(side for side in self.rig.sides if side.name == name)
            now = self._truth(side, contact_id)
            if now != truths[-1]:
                truths.append(now)

    def _heard(self, side: Side, method: str, path: str) -> None:
        found = _ONE_CONTACT.search(path)
        if found or method == "PUT":  # the look must be the last thing before the message
            self._windows.clear()
        if method == "GET" and found and found[1] in side.world.main.books.contacts:
            self._windows[side.name, found[1]] = [self._truth(side, found[1])]
            self._looked_at = self.rig.clock()

    def _truth(self, side: Side, contact_id: str) -> Truth:
        return truth_of(side, side.world.main.contact(contact_id), self.rig.holds)

    def _arrived(self, mail: Mail) -> None:
        side, contact = self._recipient(mail)
        truths = self._windows.get((side.name, contact.contact_id), [])
        if not truths:
            self._say(mail, "was sent without a look at its account as the last thing before")
            return
        if mail.at - self._looked_at > LOOK_AGE_MAX:
            self._say(mail, f"rests on a look that is {mail.at - self._looked_at} old")
        self.in_window += len(truths) > 1
        right = {truth.asked(mail.currency) for truth in truths}
        if right == {0}:
            why = next((truth.in_peace for truth in truths if truth.in_peace), "owes nothing")
            self._say(mail, f"went to an account that is not to be asked: {why}")
        elif mail.asked not in right:
            self._say(mail, f"asks {mail.asked} where {sorted(right)} is right")
        self._judge_restraint(mail, side)

    def _recipient(self, mail: Mail) -> tuple[Side, Contact]:
        return next(
            (side, contact)
            for side in self.rig.sides
            for contact in side.world.main.books.contacts.values()
            if contact.email == mail.to
        )

    def _judge_restraint(self, mail: Mail, side: Side) -> None:
        """Gap and caps by the days on which messages arrived; one copy of each key."""
        zone = ZoneInfo(side.world.main.org.time_zone)
        mails = [one for one in self.rig.post.mails if one.to == mail.to]
        days = sorted(one.at.astimezone(zone).date() for one in mails)
        if sum(one.key == mail.key for one in self.rig.post.mails) > 1:
            self._say(mail, "is a second copy of the same step")
        rules = self.rig.rules.restraint
        if len(days) > 1 and days[-1] - days[-2] < timedelta(days=rules.min_gap):
            self._say(mail, f"comes {(days[-1] - days[-2]).days} days after the one before")
        for cap in rules.caps:
            recent = [day for day in days if (days[-1] - day).days < cap.days]
            if len(recent) > cap.contacts:
                self._say(mail, f"is number {len(recent)} in {cap.days} days")

    # --- after a run -------------------------------------------------------------------------

    def process_ended(self, result: RunResult | None) -> None:
        """The exit code is honest, and a run that says all is well reconciles to the cent."""
        if result is None:
            return
        statuses = {one.status for one in result.ledgers}
        if statuses & _FAILED and result.exit_code == 0:
            self.problems.append(f"exit code 0 after {sorted(statuses)}")
        self.problems += [
            f"{one.ledger} broke a rule of its own: {one.error}"
            for one in result.ledgers
            if one.error_kind == InvariantError.__name__
        ]
        if self._quiet:
            self._judge_sums(result)

    def _judge_sums(self, result: RunResult) -> None:
        for side, told in zip(self.rig.sides, result.ledgers, strict=True):
            if told.status is not LedgerStatus.OK:
                continue
            sums: dict[str, Decimal] = defaultdict(Decimal)
            for total in told.outcomes:
                sums[total.currency] += total.amount
            right = side.world.totals()[side.world.main.org.org_id]
            if _without_zeros(sums) != _without_zeros(right):
                self.problems.append(
                    f"{side.name}: outcomes sum to {dict(sums)}, the ledger says {dict(right)}"
                )

    # --- at rest -----------------------------------------------------------------------------

    def at_rest(self, *, resting: bool = True) -> list[str]:
        """Judge what is left after healthy runs with nobody acting; all problems so far."""
        self._judge_notes()
        self._judge_missing()
        with self.rig.store() as store:
            self.problems += [f"journal: {one}" for one in store.verify_journal()]
        for effect in self.rig.effects():
            if resting and effect.state not in _RESTING:
                self.problems.append(f"{effect.kind} {effect.key} is still {effect.state}")
        return self.problems

    def notes(self) -> Counter[str]:
        """How often each reminder's key stands in a program's note."""
        return Counter(
            found[1]
            for side in self.rig.sides
            for notes in side.world.main.books.notes.values()
            for note in notes
            if note.change == "Note" and not note.author and (found := _MARKER.search(note.text))
        )

    def _judge_notes(self) -> None:
        notes, sent = self.notes(), {mail.key for mail in self.rig.post.mails}
        doubtful = {
            effect.key for effect in self.rig.effects() if effect.state is EffectState.UNCERTAIN
        }
        for key, number in notes.items():
            if number > 1:
                self.problems.append(f"{number} notes tell of {key}")
            if key not in sent:
                self.problems.append(f"a note tells of {key}, which nobody received")
        self.problems += [
            f"{key} was delivered and no note tells of it"
            for key in sorted(sent - set(notes) - doubtful)
        ]

    def _judge_missing(self) -> None:
        """Whoever may be asked and never was must at least wait for a person."""
        written_to = {mail.to for mail in self.rig.post.mails}
        waiting = {
            effect.account_id
            for effect in self.rig.effects()
            if effect.state in (EffectState.UNCERTAIN, EffectState.REJECTED)
        }
        for side in self.rig.sides:
            for contact in side.world.main.books.contacts.values():
                truth = self._truth(side, contact.contact_id)
                same = _merged_here(side, contact)
                known = any(one.email in written_to or one.contact_id in waiting for one in same)
                if truth.owed and not truth.in_peace and not known:
                    self.problems.append(f"{contact.name} owes {truth.owed} and was never asked")

    def _say(self, mail: Mail, what: str) -> None:
        self.problems.append(f"{mail.at:%d %b %H:%M} message to {mail.to} {what}")


def _without_zeros(sums: dict[str, Decimal]) -> dict[str, Decimal]:
    return {currency: amount for currency, amount in sums.items() if amount}
