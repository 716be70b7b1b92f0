"""Where the follow-up of one currency stands, read from the contacts alone.

An episode is named after the item that carried its first contact. It lives while at least
one invoice that any of its contacts named is still open and past due; when all of them are
gone, the next contact opens a new episode and starts gently at the first step. While it
lives it only moves forward: whatever gets paid, no step is repeated and none is passed over.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from syncer.model.decision import Contact
from syncer.model.ledger import Record
from syncer.policy.compiled import ReadyLadder


class Stage(Record, frozen=True, kw_only=True, gc=True):
    """The living episode; ``reached`` is the index of its highest step taken, -1 = none."""

    episode: str = ""
    reached: int = -1
    last_on: date | None = None  # latest step taken, or heads-up given, for these items
    contacts: tuple[Contact, ...] = ()  # its steps, in no order

    def times(self, step: str) -> int:
        """How often the step called so was taken in it."""
        return sum(1 for contact in self.contacts if contact.step == step)


_NONE_YET = Stage()


def step_of(contact: Contact, ladder: ReadyLadder) -> int:
    """The contact's step in this ladder: by name; under another ladder, by its number."""
    return ladder.index.get(contact.step, contact.step_index)


def names_any(contact: Contact, item_ids: Collection[str]) -> bool:
    """Whether the contact spoke about one of these items."""
    return contact.episode in item_ids or any(item in item_ids for item in contact.item_ids)


def stage(contacts: Sequence[Contact], ladder: ReadyLadder, overdue_ids: Collection[str]) -> Stage:
    """The episode that is alive; of several, the one that went furthest, then the latest.

    A heads-up opens no episode: it only counts as the step before, for ``after_previous``.
    """
    if not contacts:
        return _NONE_YET
    episodes: dict[str, list[Contact]] = {}
    heads_up: list[Contact] = []
    for contact in contacts:
        if step_of(contact, ladder) < ladder.heads_up:
            if names_any(contact, overdue_ids):
                heads_up.append(contact)
        else:
            episodes.setdefault(contact.episode, []).append(contact)
    living = [
        _summary(episode, steps, ladder)
        for episode, steps in episodes.items()
        if any(names_any(contact, overdue_ids) for contact in steps)
    ]
    if living:
        return max(living, key=lambda s: (s.reached, s.last_on or date.min, s.episode))
    return Stage(last_on=max((contact.on for contact in heads_up), default=None))


def _summary(episode: str, steps: Sequence[Contact], ladder: ReadyLadder) -> Stage:
    return Stage(
        episode=episode,
        reached=max(step_of(contact, ladder) for contact in steps),
        last_on=max(contact.on for contact in steps),
        contacts=tuple(steps),
    )


def in_flight(
    contacts: Iterable[Contact], episode: str, item_ids: Collection[str]
) -> Contact | None:
    """The first unsettled contact of this episode, or about any of these items."""
    pending = [
        contact
        for contact in contacts
        if not contact.settled and (contact.episode == episode or names_any(contact, item_ids))
    ]
    return min(pending, key=lambda contact: contact.key) if pending else None


def heads_up_reached(contacts: Iterable[Contact], ladder: ReadyLadder, item_id: str) -> int:
    """Index of the highest step that already named this item; -1 = never named."""
    return max(
        (step_of(contact, ladder) for contact in contacts if names_any(contact, (item_id,))),
        default=-1,
    )
