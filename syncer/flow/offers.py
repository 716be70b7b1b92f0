"""Makes a plan of an offer that the ledger's people accepted there, by its expected payment date.

What: in every run, once the ledger was read. The plan and the end of its offer are kept under ids
that never change, so that a run that died between the two is completed by the next.
Not here: what counts as accepted (``policy.agreements.offers``).
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from syncer.errors import ConfigError
from syncer.flow.worker import LedgerSetup
from syncer.model.counts import count_text
from syncer.model.hold import Hold, HoldSource
from syncer.model.ledger import AccountFacts
from syncer.policy.agreements.kept import is_offer
from syncer.policy.agreements.offers import plan_of, taken_up
from syncer.policy.holding import active
from syncer.ports import Store

BY_LEDGER = "the ledger"


def accept_offers(store: Store, ledger: str, *, today: date, at: datetime) -> list[str]:
    """Keep the plans that the ledger says were accepted: a sentence about each new one."""
    said: list[str] = []
    for offer in list(open_offers(store, ledger, today)):
        snapshot = store.peek(ledger, offer.account_id)
        if snapshot is None or not taken_up(offer, snapshot):
            continue
        first = offer.terms.instalments[0].due_on if offer.terms else today
        reason = f"offer accepted: the ledger expects payment on {first}, the first day offered"
        plan = plan_of(
            offer, today=today, reason=reason, author=BY_LEDGER, source=HoldSource.LEDGER
        )
        if keep_plan(store, ledger, offer, plan, today=today, at=at):
            parts = count_text(len(plan.terms.instalments) if plan.terms else 0, "instalment")
            said.append(
                f"a payment plan of {parts} is kept ({plan.hold_id}): the ledger expects payment "
                f"on {first}, the first day that was offered; `syncer instalments list` shows it"
            )
    return said


def open_offers(store: Store, ledger: str, today: date, account_id: str = "") -> Iterator[Hold]:
    """The offers that can still be accepted, of one account if given."""
    for hold in store.holds(ledger, account_id=account_id):
        if is_offer(hold) and active(hold, today) and not (hold.terms and hold.terms.ended):
            yield hold


def keep_plan(
    store: Store, ledger: str, offer: Hold, plan: Hold, *, today: date, at: datetime
) -> bool:
    """Keep the plan and end its offer; False when the plan was kept before."""
    known = {hold.hold_id for hold in store.holds(ledger, account_id=offer.account_id)}
    new = plan.hold_id not in known
    if new:
        store.add_hold(ledger, replace(plan, created_at=at), at)
    _end(store, ledger, offer, author=plan.author, today=today, at=at)
    return new


def withdraw_offers(store: Store, ledger: str, new: Hold, *, today: date, at: datetime) -> None:
    """End the offers about the same invoices and currency as ``new``, which takes their place."""
    for offer in list(open_offers(store, ledger, today, new.account_id)):
        if (offer.item_id, offer.currency) == (new.item_id, new.currency):
            _end(store, ledger, offer, author=new.author, today=today, at=at)


def _end(store: Store, ledger: str, offer: Hold, *, author: str, today: date, at: datetime) -> None:
    store.end_hold(ledger, offer.hold_id, on=today - timedelta(days=1), author=author, at=at)


def read_now(setup: LedgerSetup, account_id: str) -> AccountFacts:
    """The account as the ledger has it at this moment: an offer goes to a customer.

    Raises ConfigError when it cannot be relied on, beside what every read raises.
    """
    facts = setup.open_source().read_accounts((account_id,)).get(account_id)
    if facts is None:
        raise ConfigError("the ledger no longer knows this customer; run `syncer plan` first")
    if facts.quarantined:
        raise ConfigError(
            f"a record of this customer cannot be read ({facts.quarantined[0].problem}), so nobody "
            "knows what is open; correct it in the ledger first"
        )
    return facts
