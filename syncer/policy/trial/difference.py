"""Who would be treated differently today by another policy, and how."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from syncer.model.decision import AccountSnapshot, Action, Code, Decision, LedgerContext
from syncer.model.ledger import Record
from syncer.policy.decide import decide
from syncer.policy.rules import Policy


class Treatment(Record, kw_only=True, frozen=True):
    """What a policy does about one currency of an account today, in codes."""

    action: Action
    step: str
    reason: str
    asked: str
    charges: str = ""  # what the message charges in all; "" = nothing


class Change(Record, kw_only=True, frozen=True, gc=True):
    """One account and currency on which two policies part."""

    account_id: str
    account: str
    currency: str
    before: Treatment
    after: Treatment


_SILENT = Treatment(action=Action.NONE, step="", reason=Code.NOTHING_OPEN.value, asked="")


def _nothing(_: Decision, __: Policy) -> str:
    return ""


class Kind(StrEnum):
    """What becomes of an account; the first that fits."""

    CONTACTED = "contacted only by the other policy"
    LEFT_ALONE = "no longer contacted"
    STEP = "another step"
    AMOUNT = "another amount"
    CHARGES = "other charges"
    REASON = "another reason not to contact, or to"


def kind_of(change: Change) -> Kind:
    """The kind of a change."""
    before, after = change.before, change.after
    if before.action is not after.action and Action.CONTACT in (before.action, after.action):
        return Kind.CONTACTED if after.action is Action.CONTACT else Kind.LEFT_ALONE
    if before.step != after.step:
        return Kind.STEP
    if before.asked != after.asked:
        return Kind.AMOUNT
    return Kind.CHARGES if before.charges != after.charges else Kind.REASON


def counted(found: Iterable[Change]) -> list[tuple[Kind, int]]:
    """How many accounts change in which way, in the order of the kinds that there are."""
    kinds = [kind_of(one) for one in found]
    return [(kind, kinds.count(kind)) for kind in Kind if kind in kinds]


def changes(
    snapshot: AccountSnapshot,
    one: Policy,
    other: Policy,
    context: LedgerContext,
    charged: Callable[[Decision, Policy], str] = _nothing,
) -> Iterator[Change]:
    """Each currency of the account that ``other`` treats differently from ``one`` today.

    ``charged`` says what the message of a decision charges in all.
    """
    before, after = (
        {
            found.currency: _treatment(found, charged(found, policy))
            for found in decide(snapshot, policy, context)
        }
        for policy in (one, other)
    )
    for currency in sorted({*before, *after}):
        old, new = before.get(currency, _SILENT), after.get(currency, _SILENT)
        if old != new:
            yield Change(
                account_id=snapshot.account.account_id,
                account=snapshot.account.name,
                currency=currency,
                before=old,
                after=new,
            )


def _treatment(found: Decision, charges: str) -> Treatment:
    contact = found.action is Action.CONTACT
    return Treatment(
        action=found.action,
        step=found.step if contact else "",
        reason=found.reasons[0].code.value,
        asked=str(found.position.asked) if contact else "",
        charges=charges,
    )
