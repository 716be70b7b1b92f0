"""What a state that was lost cannot know afterwards, worked out from the mailbox and the notes.

A ledger that keeps notes tells a new or older state what was sent. Three things stand in no
note: a message that waited as uncertain, one whose note was not written yet, and what people
entered. So a message is forgotten when no note told of it at the moment of the loss, and the
state that took the place of the lost one does not know it either. Of a forgotten message a
second copy is possible, gap and caps begin anew, and no note has to follow. Of no other one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from syncer.model.effect import Effect, EffectState
from syncer.model.run import LedgerStatus, RunResult
from syncer.sandbox.records import Status
from syncer.testing.sim.checks import Check
from syncer.testing.sim.post import Mail
from syncer.testing.sim.side import Side

_TOLD = re.compile("the state was (lost|replaced)")
_NEVER_SENT_AGAIN = {EffectState.DELIVERED, EffectState.UNCERTAIN, EffectState.SENDING}


@dataclass(slots=True)
class Recalled:
    """Which messages no state can know any more."""

    forgotten: set[Mail] = field(default_factory=set)
    before: set[Mail] = field(default_factory=set)  # what went out before the last loss
    seen: bool = False  # the worker can see that its state was lost, until that is put right

    def after_loss(
        self,
        mails: Iterable[Mail],
        noted: Collection[str],
        effects: Iterable[Effect],
        *,
        seen: bool,
    ) -> None:
        """``effects`` are of the state that goes on, before anything was looked up."""
        mails = list(mails)
        self.seen, self.before = seen, set(mails)
        known = {one.key for one in effects if one.state in _NEVER_SENT_AGAIN}
        self.forgotten |= {one for one in mails if one.key not in noted and one.key not in known}

    @property
    def keys(self) -> set[str]:
        """Of what is forgotten."""
        return {mail.key for mail in self.forgotten}

    def remembered(self, mails: Iterable[Mail]) -> list[Mail]:
        """Those that must not come again, and count for gap and caps."""
        return [one for one in mails if one not in self.forgotten]

    def counted(self, mails: Iterable[Mail], side: Side) -> list[Mail]:
        """Those that count for gap and caps.

        Odoo's notes stand on invoices: once all that a message named are closed, no look-back
        finds them, and gap and caps begin anew.
        """
        books = side.told.books.documents.values()
        there = {one.number for one in books if one.status is Status.OPEN}
        return [
            one
            for one in self.remembered(mails)
            if side.form.name != "odoo" or one not in self.before or one.numbers & there
        ]

    def not_told(self, result: RunResult) -> Iterator[str]:
        """Ledgers of a finished run that say nothing of the loss."""
        for one in result.ledgers if self.seen else ():
            if one.status is LedgerStatus.OK and not _TOLD.search(" ".join(one.warnings)):
                yield one.ledger


def judge_notes(
    notes: Mapping[str, int], sent: Set[str], waiting: Set[str], forgotten: Set[str]
) -> Iterator[tuple[Check, str]]:
    """A note if and only if the message was delivered; of what waits or is forgotten, perhaps."""
    for key, number in notes.items():
        if number > 1:
            yield Check.ONE_NOTE, f"{number} notes tell of {key}"
        if key not in sent:
            yield Check.NOTE_IF_DELIVERED, f"a note tells of {key}, which nobody received"
    doubtful = waiting | {key.removesuffix("-note") for key in waiting}
    for key in sorted(sent - set(notes) - doubtful - forgotten):
        yield Check.DELIVERED_IF_NOTE, f"{key} was delivered and no note tells of it"
