"""What a contact charges: the assessment of its step on the account's own history."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from syncer.model.charge import Announced, Claim
from syncer.model.decision import AccountSnapshot, Action, Contact, Decision, LedgerContext
from syncer.model.money import total
from syncer.policy.beside import BESIDE
from syncer.policy.charges.assess import assess
from syncer.policy.charges.debts import debts_of
from syncer.policy.charges.occasion import Occasion
from syncer.policy.charges.rules import Assessment, Booking, ChargeRules, Debt, Earlier
from syncer.policy.law.lawbook import LawBook
from syncer.policy.rules import Policy, StepChannel

_SPOKEN = ("task", "ledger_task")  # no notice was given in writing
_NAMES = (StepChannel.EMAIL, StepChannel.LETTER)  # messages whose text is ours


def charging(decision: Decision, policy: Policy) -> bool:
    """Whether the message that a contact sends names charges: its step does, in words of ours."""
    if decision.action is not Action.CONTACT or decision.step not in policy.charges.steps:
        return False
    ladder = next((one for one in policy.ladders if one.name == decision.ladder), None)
    steps = ladder.steps if ladder is not None else ()
    return any(step.name == decision.step and step.channel in _NAMES for step in steps)


def on_step(
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
    rules: ChargeRules,
    law: LawBook,
    past: Sequence[Announced],
) -> Assessment:
    """``past`` are the messages that may have arrived; this contact's own is left out."""
    before = [one for one in past if one.key != decision.key]
    occasion = Occasion(
        currency=decision.currency,
        step=decision.step,
        today=context.today,
        groups=snapshot.account.groups,
        notices=tuple([one.on for one in snapshot.contacts if _notice(one, decision)]),
        earlier=earlier(before, decision.currency, context.organisation.time_zone),
        unknown=tuple(
            [
                item_id
                for one in before
                if not one.kept and one.step in rules.steps
                for item_id in one.item_ids
            ]
        ),
    )
    return assess(debts_of(decision, snapshot), rules, law, occasion)


def claim_of(
    found: Assessment,
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
    rules: ChargeRules,
    past: Sequence[Announced],
) -> Claim:
    """What the message says of it.

    What earlier messages named is said again only where it is written nowhere else: a booked charge
    is an invoice by now, and of a draft nobody knows what the person made of it.
    """
    before = Decimal(0)
    if rules.booking is Booking.ANNOUNCE:
        others = [one for one in past if one.key != decision.key]
        named = earlier(others, decision.currency, context.organisation.time_zone)
        before = _still(named, debts_of(decision, snapshot))
    return Claim(lines=found.lines, before=before, basis=found.basis, pack=found.pack)


def earlier(past: Sequence[Announced], currency: str, time_zone: str) -> tuple[Earlier, ...]:
    """What messages charged in a currency, as the engine reckons with it."""
    zone = ZoneInfo(time_zone)
    return tuple(
        [
            Earlier(
                kind=line.kind,
                item_id=line.item_id,
                step=one.step,
                on=one.at.astimezone(zone).date(),
                amount=line.amount,
                until=line.until,
                letter=one.item_ids,
            )
            for one in past
            if one.currency == currency
            for line in one.lines
        ]
    )


def _still(named: Sequence[Earlier], debts: Sequence[Debt]) -> Decimal:
    ids = {debt.item_id for debt in debts}
    return total([one.amount for one in named if one.item_id in ids])


def _notice(contact: Contact, decision: Decision) -> bool:
    spoken = contact.channel in _SPOKEN or contact.step in BESIDE
    return contact.currency == decision.currency and not spoken
