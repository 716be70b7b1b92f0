"""What the notes of an earlier state tell: which contacts were made, and when. Pure.

The key at the end of a note is a hash of ledger, account, currency, episode and step. What it
stands for is found by trying the account's invoices with every step. Where that finds nothing
(the invoice that opened the episode was paid and forgotten, the ledger was renamed), the note's
own words are believed; where they do not say the step either, a person has to look.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain, product
from typing import NamedTuple

from syncer.model.decision import AccountSnapshot, Contact
from syncer.model.ledger import ItemKind, OpenItem, Record
from syncer.policy.beside import BESIDE, INSTALMENT, NUMBER, THANK_YOU, occasion
from syncer.policy.ladder import KEY_PREFIX, contact_key, step_at
from syncer.policy.rules import Policy, Step, StepChannel

OWN = f"[{KEY_PREFIX}"
"""How the marker of every note and task of this program begins."""

LOOKED_BACK = 730
"""Days of a step that repeats which are tried."""

UNREADABLE = ""
"""The text of a note that is there and cannot be read."""

_MARKER = re.compile(rf"\[({KEY_PREFIX}[0-9a-f]{{32}})(?:-note)?\]")
_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_STEP = re.compile(r"\(step ([^()]+)\)|Reminder '([^']+)'|Step: ([^.\n]+)\.")
_CURRENCY = re.compile(r": ([A-Z]{3}) [\d,]")


class Guess(Record, kw_only=True, frozen=True):
    """One contact that may have been made; its key says whether a note is about it."""

    account_id: str
    currency: str
    episode: str
    step: str
    time: int = 1  # a step may repeat
    occasion: str = ""  # what stands for the step in the key, where it is none of the ladder's


def guesses(snapshot: AccountSnapshot, policy: Policy) -> Mapping[str, Guess]:
    """Every contact that the account's known invoices could have had, by key; open ones first.

    And those that are known, whatever they were about.
    """
    accounts = dict.fromkeys(
        (snapshot.account.account_id, *(item.account_id for item in snapshot.items))
    )
    known = dict.fromkeys(
        chain(
            ((item.item_id, item.currency) for item in _invoices(snapshot)),
            ((paid.item_id, paid.currency) for paid in snapshot.settled),
        )
    )
    found = {_key(guess, snapshot.ledger): guess for guess in _instalments(snapshot)}
    steps = {name: step for name, step in _steps(policy).items() if name not in BESIDE}
    if policy.thank_you.within is not None:
        steps[THANK_YOU.name] = THANK_YOU
    for episode, currency in known:
        for name, step in steps.items():
            for account_id, time in product(accounts, range(1, _times(step) + 1)):
                guess = Guess(
                    account_id=account_id, currency=currency, episode=episode, step=name, time=time
                )
                found[_key(guess, snapshot.ledger)] = guess
    for made in snapshot.contacts:
        guess = Guess(
            account_id=made.account_id,
            currency=made.currency,
            episode=made.episode,
            step=made.step,
        )
        found.setdefault(made.key, guess)
    return found


def _instalments(snapshot: AccountSnapshot) -> Iterator[Guess]:
    """The words ahead of the instalments of its plans."""
    for hold in snapshot.holds:
        for part in hold.terms.instalments if hold.terms is not None else ():
            yield Guess(
                account_id=snapshot.account.account_id,
                currency=hold.currency,
                episode=hold.hold_id,
                step=INSTALMENT.name,
                occasion=occasion(part.due_on),
            )


def _times(step: Step) -> int:
    """How often it can have been taken in two years; what is older is believed by its words."""
    return 1 if step.repeat is None else 1 + LOOKED_BACK // step.repeat


def _key(guess: Guess, ledger: str) -> str:
    return contact_key(
        ledger=ledger,
        account_id=guess.account_id,
        currency=guess.currency,
        episode=guess.episode,
        step=guess.occasion or step_at(guess.step, guess.time),
    )


def could_be_named(snapshot: AccountSnapshot, policy: Policy, since: date | None) -> list[str]:
    """Ids of invoices that a contact made on or before ``since`` could have been about.

    None = at any time. An invoice without a due date is never asked for. Of whoever has a plan it
    may be any: instalments are announced before their invoice is due, too.
    """
    if since is None:
        return [item.item_id for item in _invoices(snapshot) if item.due_on is not None]
    ahead = timedelta(days=max(step.before_due or 0 for step in _steps(policy).values()))
    planned = next(_instalments(snapshot), None) is not None
    return [
        item.item_id
        for item in _invoices(snapshot)
        if item.due_on is not None
        and (planned or item.due_on <= since + ahead)
        and (item.issued_on is None or item.issued_on <= since)
    ]


def told(
    texts: Iterable[str], snapshot: AccountSnapshot, policy: Policy, today: date
) -> tuple[Contact, ...]:
    """The contacts that these notes are about, each once. ``settled`` False: a person must look."""
    made = {contact.key: contact for contact in snapshot.contacts if contact.settled}
    marked = list(_marked(texts, snapshot))
    anew = any(key not in made for key, _ in marked)  # nearly never, and guessing takes a while
    known = guesses(snapshot, policy) if anew else {}
    contacts = {key: made[key] for key, _ in marked if key in made}
    for key, text in marked:
        on = _day(text, today)
        guess = known.get(key)
        contact = (
            _proven(key, guess, snapshot, policy, on)
            if guess is not None
            else _believed(key, text, snapshot, policy, on)
        )
        contacts.setdefault(key, contact)
    return tuple(contacts.values())


def _marked(texts: Iterable[str], snapshot: AccountSnapshot) -> Iterator[tuple[str, str]]:
    for text in texts:
        if text == UNREADABLE:
            unknown = Guess(
                account_id=snapshot.account.account_id, currency="", episode="", step=""
            )
            yield _key(unknown, snapshot.ledger), text
        for marker in _MARKER.finditer(text):
            yield marker[1], text


def _proven(key: str, guess: Guess, snapshot: AccountSnapshot, policy: Policy, on: date) -> Contact:
    about = _About(guess.currency, guess.step, on)
    named = (guess.episode, *_named(snapshot, policy, about))
    return _contact(key, snapshot, policy, about, guess.episode, named)


def _believed(key: str, text: str, snapshot: AccountSnapshot, policy: Policy, on: date) -> Contact:
    """By the note's own words; its episode is called after the key, for want of an invoice."""
    said, written = _STEP.search(text), _CURRENCY.search(text)
    step = next(filter(None, said.groups()), "") if said else ""
    currency = written[1] if written else _likeliest_currency(snapshot)
    about = _About(currency, step, on)
    return _contact(key, snapshot, policy, about, key, _named(snapshot, policy, about))


class _About(NamedTuple):
    currency: str
    step: str
    on: date


def _contact(
    key: str,
    snapshot: AccountSnapshot,
    policy: Policy,
    about: _About,
    episode: str,
    named: Iterable[str],
) -> Contact:
    step = _steps(policy).get(about.step)
    return Contact(
        account_id=snapshot.account.account_id,
        currency=about.currency,
        step=about.step,
        step_index=_index(policy, about.step),
        episode=episode,
        key=key,
        on=about.on,
        channel=step.channel if step is not None else StepChannel.EMAIL,
        item_ids=tuple(dict.fromkeys(named)),
        settled=step is not None,
    )


def _named(snapshot: AccountSnapshot, policy: Policy, about: _About) -> Iterator[str]:
    """The invoices that such a contact spoke about: what was due, or about to be, that day."""
    step = _steps(policy).get(about.step)
    if about.step in BESIDE:
        return  # it was about what is paid, or about a plan
    ahead = timedelta(days=step.before_due or 0 if step is not None else 0)
    last = about.on + ahead - timedelta(days=0 if ahead else 1)  # what falls due today is not late
    for item in _invoices(snapshot):
        if item.currency == about.currency and item.due_on is not None and item.due_on <= last:
            yield item.item_id


def _likeliest_currency(snapshot: AccountSnapshot) -> str:
    """The currency of the oldest debt; mostly there is only one."""
    oldest = min(_invoices(snapshot), key=lambda item: item.due_on or date.max, default=None)
    return oldest.currency if oldest is not None else ""


def _day(text: str, today: date) -> date:
    """The first day that the note tells; today, the careful answer, where it tells none."""
    for written in _DAY.findall(text):
        try:
            return min(date.fromisoformat(written), today)
        except ValueError:
            continue  # looked like a day
    return today


def _invoices(snapshot: AccountSnapshot) -> list[OpenItem]:
    return [item for item in snapshot.items if item.kind is ItemKind.INVOICE]


def _steps(policy: Policy) -> dict[str, Step]:
    """Every step by name, those beside the ladders too; of ladders that share one, the first's."""
    every = [step for ladder in policy.ladders for step in ladder.steps]
    return BESIDE | {step.name: step for step in reversed(every)}


def _index(policy: Policy, name: str) -> int:
    """The step's number in the first ladder that has it; an unknown one counts as a first."""
    if name in BESIDE:
        return NUMBER
    for ladder in policy.ladders:
        for number, step in enumerate(ladder.steps):
            if step.name == name:
                return number
    return 0
