"""``explain --charges``: what today's message charges, figure by figure, and what it does not.

Unverified rows are worked out as well, so that one sees what they would give, and marked: no
message claims them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.cli.call import Call
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.model.charge import Announced
    from syncer.model.decision import AccountSnapshot, Decision, LedgerContext
    from syncer.policy.charges.rules import Assessment

NOT_VERIFIED = "not verified, so no message claims it"


def past_of(worker: "Worker", snapshot: "AccountSnapshot") -> "Sequence[Announced]":
    """What messages to this customer charged before."""
    accounts = {snapshot.account.account_id, *(item.account_id for item in snapshot.items)}
    return worker.store.announced(snapshot.ledger, sorted(accounts))


def previewed(
    decision: "Decision",
    setup: "LedgerSetup",
    snapshot: "AccountSnapshot",
    context: "LedgerContext",
    past: "Sequence[Announced]",
) -> "Assessment":
    """The charges of today's message, with unverified rows marked."""
    from syncer.policy.charges.on_step import on_step

    law = setup.law.previewing()
    return on_step(decision, snapshot, context, setup.policy.charges, law, past)


def document(found: "Assessment", past: "Sequence[Announced]") -> dict[str, object]:
    """The same for programs; ``claimed`` is what a live message names."""
    claimed = [line for line in found.lines if not line.unverified]
    return {
        "currency": found.currency,
        "pack": found.pack,
        "lines": found.lines,
        "claimed": str(sum((line.amount for line in claimed), start=found.total * 0)),
        "refused": found.refused,
        "order": found.order,
        "earlier": [one for one in past if one.lines],
    }


def show(call: "Call", found: "Assessment", decision: "Decision", setup: "LedgerSetup") -> None:
    """Each charge with its working, the refusals, and what is left of it in a live run."""
    screen, currency = call.screen, decision.currency
    screen.say()
    if not found.lines and not found.refused:
        screen.say(f"Charges in {currency}: none. {_why_none(decision, setup)}")
        return
    screen.say(f"Charges in {currency}{f', law pack {found.pack}' if found.pack else ''}:")
    for line in found.lines:
        doubt = f" ({', '.join(line.unverified)}: {NOT_VERIFIED})" if line.unverified else ""
        what = f"{line.kind.replace('_', ' ')} for {line.number}"
        screen.say(f"  {what}: {amount_text(line.amount, currency)}{doubt}")
        for step in line.working:
            screen.say(f"      {step}")
    for refusal in found.refused:
        screen.say(f"  not charged: {refusal}")
    if found.order:
        screen.say(f"  a payment goes to {', then '.join(found.order)}")
    sure = [line.amount for line in found.lines if not line.unverified]
    claimed = amount_text(sum(sure, start=found.total * 0), currency)
    screen.say(f"  named in the message: {claimed}, beside what is asked; {_booked(setup)}")


def _booked(setup: "LedgerSetup") -> str:
    said = {
        "announce": "nothing is written into the ledger",
        "draft": "each line becomes a draft invoice",
        "book": "each line becomes an invoice",
    }
    return said[setup.policy.charges.booking]


def _why_none(decision: "Decision", setup: "LedgerSetup") -> str:
    steps = setup.policy.charges.steps
    if not steps:
        return "The policy charges nothing."
    named = ", ".join(steps)
    if not decision.lines:
        return f"No message is due today; the steps that charge are {named}."
    if decision.step not in steps:
        return f"Step {decision.step} charges nothing; the steps that do are {named}."
    return "Nothing that is asked for is late."
