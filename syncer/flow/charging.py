"""Charges: assessed once the guard has let a contact pass, and raised behind its delivery.

A charge is raised in the ledger if and only if the message that names it was delivered: its effect
is born in the transaction that settles the reminder. Its key is its name in the ledger, and is
looked for before every try, so that it is raised once whatever was lost on the way.
"""

from collections.abc import Sequence
from datetime import timedelta

from syncer.errors import InvariantError, RateLimited, RecordError, SyncerError
from syncer.flow.desk import Desk, settle
from syncer.flow.planfile import charges_in, claim_mark
from syncer.flow.worker import LedgerSetup
from syncer.model.charge import BOOKED, DRAFTED, NOTHING, VOID, Charge, ChargeLine, Claim
from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
from syncer.model.effect import Effect, EffectKind
from syncer.model.money import money_text
from syncer.model.outcome import Cancelled, Outcome, Rejected, Retry, Snooze, Uncertain
from syncer.policy.charges.on_step import charging, claim_of, on_step
from syncer.policy.charges.own import charge_key
from syncer.policy.charges.rules import Booking, WhenPaid
from syncer.ports import Capability, ChargeSink, LedgerSession

LOOK_AGAIN_AFTER = timedelta(minutes=10)
DESCRIPTION_MAX = 1000  # characters: what the narrowest ledger takes in a line's text


def claim_for(
    setup: LedgerSetup,
    session: LedgerSession,
    context: LedgerContext,
    decision: Decision,
    snapshot: AccountSnapshot,
) -> Claim:
    """What the message that ``decision`` asks for says of charges; nothing on other steps."""
    if not charging(decision, setup.policy):
        return NOTHING
    rules = setup.policy.charges
    accounts = {snapshot.account.account_id, *(item.account_id for item in snapshot.items)}
    past = session.announced(sorted(accounts))
    found = on_step(decision, snapshot, context, rules, setup.law, past)
    return claim_of(found, decision, snapshot, context, rules, past)


def not_as_planned(desk: Desk, effect: Effect, claim: Claim) -> Outcome | None:
    """A saved plan is applied with the very charges that it shows, or not at all."""
    approved = desk.options.approved
    if approved is None:
        return None
    planned = approved.claims.get(desk.setup.name, {}).get(effect.key)
    if planned == claim_mark(charges_in(claim), claim.before):
        return None
    return Cancelled(
        reason="charges_changed",
        detail="its charges are no longer those of the plan; make a new one",
    )


def charges_of(
    setup: LedgerSetup, effect: Effect, lines: Sequence[ChargeLine], *, run_id: str
) -> tuple[Effect, ...]:
    """The effects that raise what a delivered message charged; none where it is only announced."""
    booking = setup.policy.charges.booking
    if effect.kind is not EffectKind.REMINDER or booking is Booking.ANNOUNCE:
        return ()
    return tuple(
        [
            Effect(
                key=charge_key(effect.ledger, line, effect.step),
                ledger=effect.ledger,
                kind=EffectKind.CHARGE,
                account_id=effect.account_id,
                currency=line.currency,
                channel=BOOKED if booking is Booking.BOOK else DRAFTED,
                step=effect.step,
                episode=effect.episode,
                item_ids=(line.item_id,),
                amount=line.amount,
                text=_description(line),
                caused_by=effect.key,
                planned_on=effect.planned_on,
                run_id=run_id,
            )
            for line in lines
        ]
    )


def _description(line: ChargeLine) -> str:
    what = line.kind.replace("_", " ").capitalize()
    text = f"{what} for {line.number}. {'; '.join(line.working)}"
    return text if len(text) <= DESCRIPTION_MAX else f"{text[: DESCRIPTION_MAX - 1]}…"


def raise_charge(desk: Desk, effect: Effect) -> Outcome | None:
    """Take one pending charge to an end; None when another run was quicker.

    RateLimited is left to the caller after the charge has been put back.
    """
    claimed = desk.session.claim(effect.key, desk.clock())
    if claimed is None:
        return None
    try:
        outcome = _raise(desk, claimed)
    except RateLimited as limited:
        back = Snooze(until=limited.until, reason=str(limited))
        desk.session.settle(claimed.key, back, desk.clock())
        raise
    except InvariantError:
        raise
    except RecordError as error:
        outcome = Rejected(reason=str(error))
    except SyncerError as error:
        outcome = Retry(after=LOOK_AGAIN_AFTER, reason=f"{type(error).__name__}: {error}")
        desk.tally.errors += 1
    return settle(desk, claimed, outcome)


def _raise(desk: Desk, effect: Effect) -> Outcome:
    booked = effect.channel == BOOKED
    needed = Capability.BOOK_CHARGE if booked else Capability.DRAFT_CHARGE
    if not (isinstance(desk.source, ChargeSink) and desk.can(needed)) or effect.amount is None:
        return Rejected(reason="this ledger cannot take a charge")
    if effect.run_id != desk.run_id and _given_up(desk, effect):
        return Cancelled(reason="waived", detail="its invoice was paid before it was raised")
    desk.session.start_sending(effect.key, None, desk.clock())
    outcome = desk.source.add_charge(
        Charge(
            account_id=effect.account_id,
            amount=effect.amount,
            currency=effect.currency,
            description=effect.text,
            on=desk.context.today,
            reference=effect.key,
            # A vendor may keep an error under a key: every attempt brings its own, and the
            # look-up by the reference keeps the charge single.
            key=f"{effect.key}-{effect.attempt}",
            booked=booked,
        )
    )
    if isinstance(outcome, Uncertain):  # the next try looks for it first
        return Retry(after=LOOK_AGAIN_AFTER, reason=outcome.evidence)
    return outcome


def _given_up(desk: Desk, effect: Effect) -> bool:
    """Of an earlier run, and by now the late invoice is paid: the policy may waive it."""
    if desk.setup.policy.charges.when_paid is not WhenPaid.WAIVE:
        return False
    known = desk.session.snapshot(effect.account_id)
    return known is None or all(item.item_id not in effect.item_ids for item in known.items)


def give_up(desk: Desk) -> int:
    """Ask for raised charges to be voided whose late invoice was paid: how many are new.

    A note on the late invoice for a person; where the ledger takes none, the run says it.
    """
    rules = desk.setup.policy.charges
    if rules.when_paid is not WhenPaid.WAIVE:
        return 0
    left = desk.session.left_behind()
    if desk.can(Capability.NOTE_ADD) and desk.setup.write_notes:
        return desk.session.enqueue([_void(desk, one) for one in left], desk.clock()) if left else 0
    for one in left:
        desk.warn(_wish(one))
    return len(left)


def _void(desk: Desk, charge: Effect) -> Effect:
    return Effect(
        key=f"{charge.key}{VOID}",
        ledger=charge.ledger,
        kind=EffectKind.NOTE,
        account_id=charge.account_id,
        currency=charge.currency,
        channel="ledger_note",
        step=charge.step,
        episode=charge.episode,
        item_ids=charge.item_ids,
        amount=charge.amount,
        text=_wish(charge),
        caused_by=charge.key,
        planned_on=desk.context.today,
        run_id=desk.run_id,
    )


def _wish(charge: Effect) -> str:
    amount = money_text(charge.amount, charge.currency) if charge.amount is not None else ""
    return (
        f"TO DO: the invoice was paid, so the charge {charge.key} of {amount} is waived. "
        "Void that invoice or draft; nobody is asked for it."
    )
