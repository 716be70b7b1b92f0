"""A saved plan: what would be sent, sealed, so that exactly that can be approved and applied.

The seal is a digest over the whole content: one changed byte and the plan is refused. Applying
takes only contacts whose decision is still the very same; it drops the others and never adds.
A plan holds no message and no address.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from syncer.errors import StalePlan
from syncer.flow.worker import Approved, Worker
from syncer.model.charge import Claim
from syncer.model.effect import PlannedContact
from syncer.model.ledger import Record
from syncer.model.money import ZERO

FORMAT = 2


class PlanCharge(Record, kw_only=True, frozen=True):
    """One charge that a planned message names."""

    kind: str
    item_id: str
    number: str
    amount: Decimal
    since: date | None = None  # interest: first and last day
    until: date | None = None


class PlanEntry(Record, kw_only=True, frozen=True):
    """One contact that the plan asks for."""

    ledger: str
    account_id: str
    currency: str
    step: str
    asked: Decimal
    items: int
    key: str
    digest: str
    charges: tuple[PlanCharge, ...] = ()  # in the contact's currency
    charged_before: Decimal = ZERO  # named in earlier messages, and named again
    booking: str = ""  # announce, draft or book; "" = nothing is charged


class PlanFile(Record, kw_only=True, frozen=True, gc=True):
    """A plan as saved. ``seal`` covers everything else."""

    format: int = FORMAT
    made_at: datetime
    run_id: str
    config_digest: str
    policy_version: str
    days: tuple[tuple[str, date], ...]  # each ledger's own day that was decided for
    entries: tuple[PlanEntry, ...]
    seal: str = ""


def entry_of(planned: PlannedContact) -> PlanEntry:
    """What a plan keeps of a planned contact."""
    decision, effect = planned.decision, planned.effect
    return PlanEntry(
        ledger=effect.ledger,
        account_id=effect.account_id,
        currency=effect.currency,
        step=effect.step,
        asked=decision.position.asked,
        items=len(decision.lines),
        key=effect.key,
        digest=decision.digest,
        charges=charges_in(planned.claim),
        charged_before=planned.claim.before,
        booking=planned.booking,
    )


def charges_in(claim: Claim) -> tuple[PlanCharge, ...]:
    """What a plan keeps of the charges that a message names."""
    return tuple(
        [
            PlanCharge(
                kind=line.kind,
                item_id=line.item_id,
                number=line.number,
                amount=line.amount,
                since=line.since,
                until=line.until,
            )
            for line in claim.lines
        ]
    )


def claim_mark(charges: Sequence[PlanCharge], before: Decimal) -> str:
    """Changes exactly when what is charged does."""
    return sha256(msgspec.json.encode((charges, before))).hexdigest()


def sealed(plan: PlanFile) -> PlanFile:
    """The plan with its seal."""
    return replace(plan, seal=_seal(plan))


def written(plan: PlanFile) -> bytes:
    """The sealed plan as it stands in a file."""
    return _written(sealed(plan))


def read(raw: bytes, *, name: str) -> PlanFile:
    """Check what ``written`` made; ``name`` is for messages. Raises StalePlan when altered."""
    try:
        plan = msgspec.json.decode(raw, type=PlanFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StalePlan(
            f"{name}: not a plan of this program, or damaged; make a new one"
        ) from error
    if plan.format != FORMAT:
        raise StalePlan(f"{name}: the plan was made by another version; make a new one")
    if plan.seal != _seal(plan) or raw != _written(plan):
        raise StalePlan(f"{name}: the plan was altered after it was made; make a new one")
    return plan


def approved(plan: PlanFile, worker: Worker) -> Approved:
    """What applying this plan may do. Raises StalePlan when the configuration changed since."""
    if plan.config_digest != worker.config_digest:
        raise StalePlan("the configuration changed since the plan was made; make a new one")
    ledgers: dict[str, dict[str, str]] = {ledger: {} for ledger, _ in plan.days}
    claims: dict[str, dict[str, str]] = {}
    for entry in plan.entries:
        ledgers.setdefault(entry.ledger, {})[entry.key] = entry.digest
        mark = claim_mark(entry.charges, entry.charged_before)
        claims.setdefault(entry.ledger, {})[entry.key] = mark
    return Approved(contacts=ledgers, claims=claims, days=dict(plan.days))


def dropped(plan: PlanFile, taken: Collection[str]) -> tuple[PlanEntry, ...]:
    """Entries whose key was not taken, because something about them changed."""
    return tuple(entry for entry in plan.entries if entry.key not in taken)


def _seal(plan: PlanFile) -> str:
    return sha256(msgspec.json.encode(replace(plan, seal=""))).hexdigest()


def _written(plan: PlanFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(plan), indent=2)
