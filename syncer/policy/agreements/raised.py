"""A word that was not kept: the next step is due at once, and only once for the same word.

What: finds the broken promises, missed instalments and passed days of the ledger that no step has
answered yet. A step that spoke of one of its invoices since has answered it, whatever it said.
Why so: it is read from the contacts alone, so that no run can forget it and none can repeat it.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from syncer.model.decision import AccountSnapshot, Code, Contact, Reason
from syncer.model.hold import Hold, HoldKind
from syncer.model.ledger import Record
from syncer.policy.agreements.kept import State, has_instalments, standing, under_plans
from syncer.policy.agreements.rules import Agreements
from syncer.policy.calendar import days_after
from syncer.policy.compiled import ReadyLadder
from syncer.policy.episode import names_any, step_of
from syncer.policy.ladder import Pick
from syncer.policy.text import amount_text, day_text


class Broken(Record, kw_only=True, frozen=True, gc=True):
    """A word that was not kept and that no step has answered."""

    on: date  # the first day on which it counts as broken
    reason: Reason


def broken(
    snapshot: AccountSnapshot,
    asked: Collection[str],
    steps: Sequence[Contact],
    ladder: ReadyLadder,
    rules: Agreements,
    today: date,
) -> Broken | None:
    """The first broken word about an invoice that is asked for, unless a step answered it.

    ``asked`` are item ids and ``steps`` the contacts, of one currency.
    """
    found: Broken | None = None
    for on, item_ids, reason in _words(snapshot, asked, rules, today):
        if on > today or item_ids.isdisjoint(asked):
            continue
        if any(_answers(step, on, item_ids, ladder) for step in steps):
            continue
        if found is None or (on, reason.args) < (found.on, found.reason.args):
            found = Broken(on=on, reason=reason)
    return found


def sooner(pick: Pick, word: Broken | None) -> Pick:
    """The step from the day on which the word was broken, unless it was due before."""
    if word is None or pick.index < 0 or pick.on <= word.on:
        return pick
    return replace(pick, on=word.on, waits_until=pick.on)


def _answers(step: Contact, on: date, item_ids: frozenset[str], ladder: ReadyLadder) -> bool:
    """A heads-up is no step."""
    taken = step_of(step, ladder) >= ladder.heads_up
    return step.on >= on and taken and names_any(step, item_ids)


def _words(
    snapshot: AccountSnapshot, asked: Collection[str], rules: Agreements, today: date
) -> Iterator[tuple[date, frozenset[str], Reason]]:
    for hold in snapshot.holds:
        if hold.kind is HoldKind.PROMISE or has_instalments(hold):
            yield from _entered(hold, snapshot, rules, today)
    planned = under_plans(snapshot.holds)
    for item in snapshot.items:
        expected = item.expected_on
        if expected is None or item.item_id not in asked or item.item_id in planned:
            continue  # under a plan the day was that of its first instalment
        if item.due_on is not None and expected > item.due_on:  # else it promised no delay
            on = days_after(expected, rules.promise_grace + 1)
            reason = Reason(code=Code.PROMISE_BROKEN, args=("", "", day_text(expected)))
            yield on, frozenset((item.item_id,)), reason


def _entered(
    hold: Hold, snapshot: AccountSnapshot, rules: Agreements, today: date
) -> Iterator[tuple[date, frozenset[str], Reason]]:
    found = standing(hold, snapshot, rules, today)
    if found.state is not State.BROKEN or found.broken_on is None:
        return
    if found.missed is not None:
        missed = (amount_text(found.missed.amount), hold.currency, day_text(found.missed.due_on))
        reason = Reason(code=Code.INSTALMENT_MISSED, args=missed)
    else:
        amount = "" if hold.amount is None else amount_text(hold.amount)
        currency = hold.currency if amount else ""
        reason = Reason(code=Code.PROMISE_BROKEN, args=(amount, currency, day_text(hold.ends_on)))
    yield found.broken_on, found.progress.item_ids, reason
