"""What a person enters about a customer: what was open then is remembered, and deadlines are told.

What: fills a promise, a plan or a claim with what is open as it is made; says in every run which
disputes should have been settled, which claims to have paid nobody checked, and which notes in the
ledger could not be read.
Not here: what any of it holds (``policy.agreements``).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup
from syncer.model.agreement import SAYS_PAID, DisputeCause, Terms, UnpaidCause
from syncer.model.counts import count_text
from syncer.model.decision import Code
from syncer.model.hold import Hold, HoldKind, HoldSource
from syncer.model.ledger import ItemKind
from syncer.model.money import ZERO, total
from syncer.model.run import OutcomeTotal
from syncer.policy.agreements.answers import is_for_person
from syncer.policy.agreements.kept import covering, progress
from syncer.policy.agreements.rules import Agreements, DisputeOverdue, Route
from syncer.policy.agreements.schedule import wrong_schedule
from syncer.policy.agreements.speaking import past_deadline
from syncer.policy.calendar import days_after
from syncer.policy.holding import active
from syncer.ports import Store

SAID = {
    UnpaidCause.PAID_CLAIM: SAYS_PAID,
    UnpaidCause.NOT_RECEIVED: "says that it never got the invoice",
    UnpaidCause.DISPUTED: "disputes it",
    UnpaidCause.CANNOT_PAY: "says that it cannot pay now",
    UnpaidCause.WRONG_CONTACT: "says that somebody else has to be asked",
    UnpaidCause.OVERLOOKED: "says that it was overlooked",
    UnpaidCause.OTHER: "gave another reason",
}
TOLD_MAX = 5  # disputes or claims named in one run; the others are counted


def remembering(store: Store, ledger: str, hold: Hold) -> Hold:
    """The hold with what is open of it now, where it is one that has to be compared later."""
    compared = hold.kind in (HoldKind.PROMISE, HoldKind.PLAN) or is_claim(hold)
    if not compared or (hold.terms is not None and hold.terms.covers):
        return hold
    snapshot = store.peek(ledger, hold.account_id)
    items = snapshot.items if snapshot is not None else ()
    own = [item for item in items if not hold.item_id or item.item_id == hold.item_id]
    covers = covering(own, currency=hold.currency)
    return replace(hold, terms=replace(hold.terms or Terms(), covers=covers)) if covers else hold


def is_claim(hold: Hold) -> bool:
    """Whether a customer says that it has paid."""
    return hold.terms is not None and hold.terms.cause == UnpaidCause.PAID_CLAIM


def answered(
    cause: UnpaidCause,
    rules: Agreements,
    *,
    hold_id: str,
    account_id: str,
    item_id: str,
    note: str,
    author: str,
    owner: str,
    said_by: str,
    today: date,
    at: datetime,
) -> Hold:
    """What is kept of a customer's answer: how long nothing is asked is what the policy says.

    An answer that holds nothing is kept as a hold of nothing, so that it is listed with the rest.
    """
    route = rules.route(cause)
    days = {Route.DISPUTE: rules.dispute_days, Route.TASK: rules.task_days}.get(route)
    holds = route not in (Route.ATTACH, Route.NOTE)
    about = DisputeCause.OTHER if route is Route.DISPUTE else cause
    return Hold(
        hold_id=hold_id,
        kind=HoldKind.DISPUTE if route is Route.DISPUTE else HoldKind.MANUAL,
        account_id=account_id,
        item_id=item_id,
        amount=None if holds else ZERO,
        starts_on=today,
        ends_on=days_after(today, days) if days is not None else None,
        reason=": ".join(part for part in (SAID[cause], note) if part),
        author=author,
        source=HoldSource.CLI,
        created_at=at,
        terms=Terms(cause=about, owner=owner, said_by=said_by),
    )


def refuse_other_sum(hold: Hold) -> None:
    """Raise ConfigError for a plan whose instalments do not come to what is open of it."""
    terms = hold.terms
    if terms is None or not (terms.instalments and terms.covers):
        return
    there = total(one.open for one in terms.covers)
    mistake = wrong_schedule(terms.instalments, there, hold.currency)
    if mistake:
        raise ConfigError(f"a payment plan ({hold.reason}): {mistake}; correct amount and dates")


def reminders(
    store: Store, setup: LedgerSetup, outcomes: Iterable[OutcomeTotal], today: date
) -> Iterator[str]:
    """Sentences for whoever reads the run, without anything of a customer's in them."""
    ledger, rules = setup.name, setup.policy.agreements
    held = store.holds(ledger)
    late = [
        hold for hold in held if past_deadline(hold, today) and _still_open(store, ledger, hold)
    ]
    if late:
        stays = rules.dispute_overdue is DisputeOverdue.HOLD
        then = "still held until somebody ends them" if stays else "asked for again"
        disputes = count_text(len(late), "dispute")
        yield (
            f"{disputes} past the last day and not settled, {then}: {_listed(late)}; "
            "`syncer dispute list` names them"
        )
    claims = [hold for hold in held if waits_for_check(store, ledger, hold, today)]
    if claims:
        said = count_text(len(claims), "claim")
        yield (
            f"{said} to have paid that nobody checked, so these customers are left alone: "
            f"{_listed(claims)}; look at the bank, then `syncer reason end`; "
            "`syncer reason list` has their names"
        )
    tasks = [hold for hold in held if is_for_person(hold, rules) and active(hold, today)]
    if tasks:
        said = count_text(len(tasks), "answer")
        yield (
            f"{said} of customers for somebody to see to: {_listed(tasks)}; "
            "`syncer reason list` has their names"
        )
    unread = sum(one.items for one in outcomes if one.code == Code.MARKER_UNREADABLE)
    if unread:
        yield (
            f"{count_text(unread, 'invoice')} held by a note in the ledger that cannot be read; "
            f'write it like "{rules.hold_marker} until 2026-12-31 why"'
        )


def waits_for_check(store: Store, ledger: str, hold: Hold, today: date) -> bool:
    """Whether a customer says that it has paid, and neither money nor a person says so."""
    if not (is_claim(hold) and active(hold, today)):
        return False
    facts = store.peek(ledger, hold.account_id)
    if facts is None:
        return False
    found = progress(hold, facts)
    return found.seen < found.promised


def _still_open(store: Store, ledger: str, hold: Hold) -> bool:
    facts = store.peek(ledger, hold.account_id)
    return facts is not None and any(
        item.kind is ItemKind.INVOICE and hold.item_id in ("", item.item_id) for item in facts.items
    )


def _listed(holds: Sequence[Hold]) -> str:
    named = [_named(hold) for hold in holds[:TOLD_MAX]]
    more = len(holds) - TOLD_MAX
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _named(hold: Hold) -> str:
    """By the customer's id in the ledger: names stand in no results that programs read."""
    owner = hold.terms.owner if hold.terms is not None else ""
    day = f"until {hold.ends_on}" if hold.ends_on is not None else f"since {hold.starts_on}"
    told = ", ".join(part for part in (hold.hold_id, day, owner) if part)
    return f"customer {hold.account_id} ({told})"
