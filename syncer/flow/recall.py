"""Looks an account up in its ledger before each contact: what is not known counts as sent.

What another state sent, an earlier or a newer one, stands there as notes. They are read right
before the first contact of the account in a run, and kept as contacts that were made; then the
guard decides as ever. A message there that this state does not know of means that another one
worked on the same ledger: a disk that was put back with all that lies on it shows in nothing
else. After a first start, and after a loss that was noticed, that was to be expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncer.flow.desk import Desk
from syncer.flow.worker import LedgerSetup
from syncer.model.decision import AccountSnapshot, Contact, LedgerContext
from syncer.model.doubt import Doubt, Why
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.outcome import Cancelled
from syncer.policy.recall import OWN, UNREADABLE, could_be_named, guesses, told
from syncer.policy.rules import StepChannel
from syncer.policy.thanks import closed_wanted
from syncer.ports import Capability, LedgerSession, NoteReader, NoteSink, Source

PROBES_MAX = 200
"""Look-ups for one account at a ledger whose notes can only be searched for a key."""

A_DAY = timedelta(days=1)  # what day it was depends on where
_AT_ANY_TIME = Doubt(why=Why.RESTORED)  # what is not known may have been sent a minute ago

YOUNGER = (
    "this state is younger than the ledger: messages stand in its notes that this state did not "
    "know of. They count as sent. If two installations work on this ledger, stop one of them; if "
    "this state is an older copy, run: syncer state rebuild"
)
FOUND = "found by its marker in the ledger, sent by an earlier state"
UNCLEAR = (
    "an earlier state left a note about this customer that does not say which step it was: look "
    "into the ledger and the mailbox, then confirm (it was a reminder) or discard it"
)


@dataclass(frozen=True, slots=True)
class Past:
    """Where an account's past is looked up, and by which rules it is understood."""

    setup: LedgerSetup
    source: Source
    session: LedgerSession
    doubt: Doubt
    today: date
    run_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """What an account's notes tell."""

    contacts: tuple[Effect, ...] = ()
    news: int = 0  # of these, what this state did not know
    looked: bool = False  # False: no earlier state can have written about this account


def recall(desk: Desk, effect: Effect) -> Cancelled | None:
    """Look before a contact to an account; Cancelled when this very one was made.

    Raises what the reading raises: nothing is sent about an account that cannot be looked up.
    """
    snapshot = desk.session.snapshot(effect.account_id)
    if snapshot is None or effect.account_id in desk.memory.looked:
        return None
    in_doubt = _in_doubt(desk, snapshot)
    if not (in_doubt or desk.setup.write_notes):
        return None
    found = look_up(_past(desk), snapshot, desk.clock(), in_doubt=in_doubt)
    desk.memory.looked.add(effect.account_id)
    if found.news:
        _tell_of_another(desk, anew=not in_doubt)
    if any(one.key == effect.key and one.state is EffectState.DELIVERED for one in found.contacts):
        return Cancelled(reason="sent_before", detail=FOUND)
    return None


def _in_doubt(desk: Desk, snapshot: AccountSnapshot) -> bool:
    """Whether notes that this state does not know of were to be expected."""
    account_id = snapshot.account.account_id
    return desk.memory.doubt is not None and not desk.session.was_looked_up(account_id)


def _past(desk: Desk) -> Past:
    return Past(
        setup=desk.setup,
        source=desk.source,
        session=desk.session,
        doubt=_AT_ANY_TIME,
        today=desk.context.today,
        run_id=desk.run_id,
    )


def _tell_of_another(desk: Desk, *, anew: bool) -> None:
    """This state is younger than the ledger: from here on every customer is looked up (again)."""
    doubt = desk.memory.doubt
    if anew or doubt is None or doubt.why is Why.NEW:
        desk.warn(YOUNGER)  # else the run has said already what happened to the state
    if anew:
        desk.session.suspect(Why.RESTORED, desk.clock(), anew=True)
        desk.memory.doubt = desk.session.doubt()


def look_up(past: Past, snapshot: AccountSnapshot, at: datetime, *, in_doubt: bool = True) -> Found:
    """Read an account's notes, keep what they tell in one transaction, and return it.

    Without a doubt there is nothing to keep where all of it was known, as on nearly every day.
    """
    places = _places(past, snapshot)
    if not (can_look(past.setup) and places):
        return Found()
    texts = _texts(past, snapshot, places)
    contacts = told(texts, snapshot, past.setup.policy, past.today)
    found = [_effect(past, contact) for contact in contacts]
    known = {contact.key for contact in snapshot.contacts if contact.settled}
    news = 0
    if in_doubt or not known.issuperset(one.key for one in found):
        news = past.session.adopt(snapshot.account.account_id, found, at)
    return Found(tuple(found), news=news, looked=True)


def _last_day(past: Past) -> date | None:
    return None if past.doubt.since is None else past.doubt.since.date() + A_DAY


def can_look(setup: LedgerSetup) -> bool:
    """Whether notes of the ledger can be found again."""
    return Capability.NOTE_LOOKUP in setup.capabilities


def blind(setup: LedgerSetup, doubt: Doubt | None) -> str:
    """Why nothing may be sent: a state is known to be missing, and no note can replace it.

    "" = it may. A new state of a ledger without notes is taken at its word: it is the first.
    """
    if doubt is None or doubt.why is Why.NEW or (can_look(setup) and setup.write_notes):
        return ""
    lost = "was lost" if doubt.why is Why.LOST else "was replaced by an older one"
    return (
        f"the state {lost}, and this ledger keeps no notes from which to see what was sent: nobody "
        f"is contacted. Compare syncer plan with your sent mail, hold whom you must not write to "
        f"again, then: syncer state trust --ledger {setup.name}"
    )


def remark(setup: LedgerSetup, doubt: Doubt | None, context: LedgerContext) -> str:
    """What a run tells about a doubt; "" = nothing, as of a first start where notes are kept."""
    if doubt is None or blind(setup, doubt):
        return ""
    if doubt.why is not Why.NEW:
        lost = "was lost" if doubt.why is Why.LOST else "was replaced by an older one"
        return (
            f"the state {lost}: each customer's notes are read before its reminder, so that "
            f"nothing is sent twice; syncer state rebuild --ledger {setup.name} reads all at once"
        )
    if context.last_run_on is None and not (can_look(setup) and setup.write_notes):
        return (
            "this state is new and the ledger keeps no notes: should another state have worked on "
            "it before, what that sent is not known"
        )
    return ""


def _places(past: Past, snapshot: AccountSnapshot) -> dict[str, list[str]]:
    """Invoices with which notes may stand, by account; those merged into this one have their own.

    Beside what is open, what was paid lately and may have been thanked for. Empty: no note can be.
    """
    named = set(could_be_named(snapshot, past.setup.policy, _last_day(past)))
    wanted = closed_wanted(snapshot, past.setup.policy, past.today)
    paid = sorted(wanted.intersection(one.item_id for one in snapshot.settled))
    if not (named or paid):
        return {}
    places: dict[str, list[str]] = {snapshot.account.account_id: paid}
    for item in snapshot.items:
        if item.item_id in named:
            places.setdefault(item.account_id, []).append(item.item_id)
    return places


def _texts(past: Past, snapshot: AccountSnapshot, places: Mapping[str, Sequence[str]]) -> list[str]:
    """Own notes of the account, and of accounts that were merged into it."""
    texts: list[str] = []
    for account_id, item_ids in places.items():
        match past.source:
            case NoteReader():
                texts += past.source.own_notes(account_id=account_id, item_ids=item_ids, marker=OWN)
            case NoteSink():
                texts += _probe(past, past.source, snapshot, (account_id, item_ids))
    return texts


def _probe(
    past: Past, sink: NoteSink, snapshot: AccountSnapshot, place: tuple[str, Sequence[str]]
) -> list[str]:
    """Where notes can only be searched: is there any of ours, and if so, which ones.

    One look-up for each place where nothing is found. Where something is, every contact that
    could have been made is looked for; what is then still unclear is left to a person.
    """
    account_id, item_ids = place

    def shows(items: Sequence[str], marker: str) -> bool:
        return sink.find_note(account_id=account_id, item_ids=items, marker=marker)

    spots = [spot for spot in ((), *((item,) for item in item_ids)) if shows(spot, OWN)]
    if not spots:
        return []
    known: Mapping[str, object] = guesses(snapshot, past.setup.policy)
    tries = [(key, spot) for key in known for spot in spots]
    found = {key: f"[{key}]" for key, spot in tries[:PROBES_MAX] if shows(spot, f"[{key}")}
    whole = found and len(tries) <= PROBES_MAX
    return [*found.values(), *(() if whole else (UNREADABLE,))]


def _effect(past: Past, contact: Contact) -> Effect:
    task = contact.channel == StepChannel.TASK
    return Effect(
        key=contact.key,
        ledger=past.setup.name,
        kind=EffectKind.TASK if task else EffectKind.REMINDER,
        account_id=contact.account_id,
        currency=contact.currency,
        channel=contact.channel,
        step=contact.step,
        step_index=contact.step_index,
        episode=contact.episode,
        item_ids=contact.item_ids,
        planned_on=contact.on,
        run_id=past.run_id,
        state=EffectState.DELIVERED if contact.settled else EffectState.UNCERTAIN,
        detail=FOUND if contact.settled else UNCLEAR,
    )
