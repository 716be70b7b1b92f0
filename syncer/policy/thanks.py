"""A thank-you to a customer that was reminded, or gave its word, and has paid all that was asked.

It asks for nothing. It goes out once for an episode, soon after the payment, and only where the
ledger proves that money closed every invoice that was asked for: one that a credit note, a
write-off or a void closed was not paid, and where nothing tells which it was, nobody is thanked.
Nor while anything at all is overdue, held or handed over.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from syncer.model.decision import AccountSnapshot, Code, Contact, Line, Reason
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import ItemKind, OpenItem, Record, Settled
from syncer.model.money import ZERO, total
from syncer.policy.agreements.kept import State, standing
from syncer.policy.agreements.speaking import speaking
from syncer.policy.beside import THANK_YOU, is_thanks
from syncer.policy.case import Case
from syncer.policy.episode import in_flight, step_of
from syncer.policy.holding import active, hold_reason, rank
from syncer.policy.ladder import contact_key
from syncer.policy.position import by_age
from syncer.policy.rules import Policy
from syncer.policy.text import day_text

_INVOICE = ItemKind.INVOICE


class Word(Record, kw_only=True, frozen=True, gc=True):
    """What a customer was last asked for, or promised: the invoices, and since when."""

    episode: str
    item_ids: frozenset[str]
    since: date  # the first message, or the day of the promise
    last: date


class Thanks(Record, kw_only=True, frozen=True, gc=True):
    """A thank-you that may go out, as far as the payment is concerned."""

    episode: str
    key: str
    reason: Reason
    paid: tuple[OpenItem, ...]  # as they were last seen open; oldest first


def closed_wanted(
    snapshot: AccountSnapshot, policy: Policy, today: date, *, told: int = 0
) -> frozenset[str]:
    """Ids of items no longer open that must be looked up before this account is decided.

    Empty for whoever there is nothing to thank for: nearly everybody. ``told`` are days beyond
    the window in which it is still of interest why nobody was thanked.
    """
    within = policy.thank_you.within
    if within is None:
        return frozenset()
    oldest = today - timedelta(days=within + told)
    lately = {one.item_id for one in snapshot.settled if one.paid_on >= oldest}
    if not lately:
        return frozenset()
    named = {item for made in snapshot.contacts for item in (made.episode, *made.item_ids)}
    named.update(item for hold in snapshot.holds for item in _promised(hold))
    if lately.isdisjoint(named):
        return frozenset()
    return frozenset(named.difference(item.item_id for item in snapshot.items))


def _promised(hold: Hold, currency: str = "") -> Iterator[str]:
    if hold.kind is HoldKind.PROMISE and hold.terms is not None and not hold.terms.ended:
        for one in hold.terms.covers:
            if not (currency and one.currency) or one.currency == currency:
                yield one.item_id


def thanks(case: Case, cases: Iterable[Case]) -> Thanks | Reason | None:
    """The thank-you of this case's currency; why it is not due; None = nothing to thank for.

    ``cases`` are all of the account's: nobody is thanked while anything is overdue in any of them.
    """
    within = case.rules.policy.thank_you.within
    if within is None or not case.snapshot.closed:
        return None
    word = _last_word(case)
    if word is None or any(other.book.overdue for other in cases):
        return None
    invoices = [item for item in case.snapshot.items if item.kind is _INVOICE]
    if not word.item_ids.isdisjoint(item.item_id for item in invoices):
        return None
    before = [c.on for c in case.contacts if is_thanks(c) and not word.item_ids.isdisjoint(_of(c))]
    if before:
        return Reason(code=Code.THANKED, args=(max(before).isoformat(),))
    closed = [item for item in case.snapshot.closed if item.item_id in word.item_ids]
    paid_on = _paid_on(case.snapshot.settled, word, closed)
    if paid_on is None or paid_on > case.context.today:
        return Reason(code=Code.PAYMENT_UNPROVEN)
    if paid_on < word.since:
        return Reason(code=Code.PAID_UNASKED, args=(day_text(paid_on), day_text(word.since)))
    if case.context.today > paid_on + timedelta(days=within):
        return Reason(code=Code.THANKS_TOO_LATE, args=(day_text(paid_on), str(within)))
    return _thanks(case, word, closed, paid_on)


def _thanks(case: Case, word: Word, closed: Sequence[OpenItem], paid_on: date) -> Thanks:
    account = case.snapshot.account
    paid = sorted((item for item in closed if item.kind is _INVOICE), key=by_age)
    numbers = ", ".join(item.number or item.item_id for item in paid)
    return Thanks(
        episode=word.episode,
        key=contact_key(
            ledger=case.snapshot.ledger,
            account_id=account.account_id,
            currency=case.book.currency,
            episode=word.episode,
            step=THANK_YOU.name,
        ),
        reason=Reason(code=Code.THANK_YOU, args=(numbers, day_text(paid_on))),
        paid=tuple(paid),
    )


def _last_word(case: Case) -> Word | None:
    """The latest episode, or a later promise. None where the episode gave the debt away."""
    heads_up = case.ladder.heads_up  # a word ahead of time reminds nobody
    made = [c for c in case.contacts if c.settled and step_of(c, case.ladder) >= heads_up]
    words = [word for word in (*_episodes(made), *_promises(case)) if word.item_ids]
    latest = max(words, key=lambda word: (word.last, word.episode), default=None)
    if latest is None or any(_gave_away(case, c) for c in made if c.episode == latest.episode):
        return None
    return latest


def _episodes(made: Iterable[Contact]) -> Iterator[Word]:
    episodes: dict[str, list[Contact]] = {}
    for contact in made:
        episodes.setdefault(contact.episode, []).append(contact)
    for episode, contacts in episodes.items():
        days = [contact.on for contact in contacts]
        named = frozenset(item for contact in contacts for item in _of(contact))
        yield Word(episode=episode, item_ids=named, since=min(days), last=max(days))


def _of(contact: Contact) -> tuple[str, ...]:
    return (contact.episode, *contact.item_ids)


def _promises(case: Case) -> Iterator[Word]:
    """Promises that were kept in full. The episode is that of the first invoice they are about."""
    rules, today = case.rules.policy.agreements, case.context.today
    for hold in case.snapshot.holds:
        item_ids = frozenset(_promised(hold, case.book.currency))
        if not item_ids or standing(hold, case.snapshot, rules, today).state is not State.KEPT:
            continue
        own = [item for item in case.snapshot.closed if item.item_id in item_ids]
        first = min(own, key=by_age, default=None)
        if first is not None:
            on = hold.starts_on
            yield Word(episode=first.item_id, item_ids=item_ids, since=on, last=on)


def _gave_away(case: Case, contact: Contact) -> bool:
    index = step_of(contact, case.ladder)
    steps = case.ladder.steps
    return index < len(steps) and steps[index].hand_over is not None


def _paid_on(settled: Sequence[Settled], word: Word, closed: Sequence[OpenItem]) -> date | None:
    """The day of the last payment; None unless money is proven to have closed every invoice.

    Credits that the messages themselves had deducted may have been used up on them meanwhile:
    the customer paid what it was asked for all the same.
    """
    by_kind = {item.item_id: item.kind is _INVOICE for item in closed}
    if word.item_ids - by_kind.keys():
        return None  # of these nothing is known any more
    deducted = total(item.open for item in closed if item.kind is not _INVOICE)
    credited, days = ZERO, list[date]()
    for item_id in sorted(one for one, owed in by_kind.items() if owed):
        rows = [one for one in settled if one.item_id == item_id]
        parts = [one.credited for one in rows]
        if not rows or any(part is None for part in parts):
            return None
        credited += max((part for part in parts if part is not None), default=ZERO)
        days.append(max(one.paid_on for one in rows))
    return max(days, default=None) if credited <= deducted else None


def not_now(case: Case, thanked: Thanks) -> Reason | None:
    """What holds the whole customer back, or a message that a person has to look at."""
    held = _held(case)
    if held is not None:
        return held
    item_ids: Collection[str] = {item.item_id for item in thanked.paid}
    pending = in_flight(case.contacts, thanked.episode, item_ids)
    if pending is None:
        return None
    args = (pending.step, pending.on.isoformat(), pending.key)
    return Reason(code=Code.IN_FLIGHT, args=args)


def _held(case: Case) -> Reason | None:
    """Any hold of today, but for a promise or a plan that was kept.

    A debt that was handed over stays so here even when it is paid: others collected it.
    """
    snapshot, today = case.snapshot, case.context.today
    rules = case.rules.policy.agreements
    kept = {
        hold.hold_id
        for hold in snapshot.holds
        if hold.kind in (HoldKind.PROMISE, HoldKind.PLAN)
        and standing(hold, snapshot, rules, today).state is State.KEPT
    }
    found = [
        hold
        for hold in speaking(snapshot, rules, today)
        if active(hold, today) and hold.hold_id not in kept and hold.amount != ZERO
    ]
    first = min(found, key=rank, default=None)
    return hold_reason(first) if first is not None else None


def lines(paid: Iterable[OpenItem]) -> tuple[Line, ...]:
    """The paid invoices as lines that come to nothing: a thank-you asks for no money."""
    return tuple(
        Line(
            item_id=item.item_id,
            number=item.number,
            kind=item.kind,
            issued_on=item.issued_on,
            due_on=item.due_on,
            total=item.total,
            open=Decimal(0),
            held=Decimal(0),
            asked=Decimal(0),
            reference=item.reference,
            site=item.site,
        )
        for item in paid
    )
