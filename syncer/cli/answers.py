"""``explain``: why a customer is contacted today, or why not, rule by rule."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from syncer.cli.call import Call
from syncer.cli.flags import shared
from syncer.cli.holds import Target, locate
from syncer.errors import ConfigError
from syncer.report.summary import amount_text
from syncer.report.words import Group, group_of
from syncer.report.words import sentence as meaning

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup
    from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shared(explain))


def explain(
    call: Call,
    target: Target,
    charges: Annotated[
        bool, typer.Option("--charges", metavar="", help="Show what is charged, line by line.")
    ] = False,
) -> None:
    """Say why a customer or an invoice is contacted today, or why not."""
    from syncer.cli import charges_shown
    from syncer.flow.thanking import TOLD_DAYS, with_closed
    from syncer.policy.decide import decide

    with call.worker() as worker:
        ledger, account_id, item_id = locate(call, worker, target)
        today = call.today(worker, ledger)
        setup = next(one for one in worker.ledgers if one.name == ledger)
        snapshot = worker.store.peek(ledger, account_id)
        context = worker.store.peek_context(ledger, today)
        past = charges_shown.past_of(worker, snapshot) if charges and snapshot else ()
        if snapshot is not None:
            look = partial(worker.store.closed_items, ledger)
            snapshot = with_closed(look, snapshot, setup.policy, today, told=TOLD_DAYS)
    if snapshot is None or context is None:
        raise ConfigError(f"'{target}' has nothing open in ledger '{ledger}'")
    decisions = decide(snapshot, setup.policy, context)
    wanted = [one for one in decisions if not item_id or _has(one, item_id)]
    if call.screen.as_json:
        shown = [_document(one, setup, snapshot, context) for one in wanted]
        where = {"ledger": ledger, "account_id": account_id, "today": today}
        told: dict[str, object] = {**where, "decisions": shown}
        if item_id and wanted:
            told["invoice"] = _about_invoice(wanted[0], item_id, setup, snapshot, context)
        if charges:
            found = [charges_shown.previewed(one, setup, snapshot, context, past) for one in wanted]
            told["charges"] = [charges_shown.document(one, past) for one in found]
        call.screen.data(told)
        return
    call.screen.say(f"{snapshot.account.name} ({account_id}) in ledger {ledger} on {today}")
    if not wanted:
        what = f"'{target}' is not open any more" if decisions else "Nothing is open"
        call.screen.say(f"{what}, so nobody is contacted about it.")
    for one in wanted:
        if item_id:
            call.screen.say(_about_invoice(one, item_id, setup, snapshot, context)["sentence"])
        _print(call, one, setup, snapshot, context)
        if charges:
            preview = charges_shown.previewed(one, setup, snapshot, context, past)
            charges_shown.show(call, preview, one, setup)


def _about_invoice(
    decision: "Decision",
    item_id: str,
    setup: "LedgerSetup",
    snapshot: "AccountSnapshot",
    context: "LedgerContext",
) -> dict[str, str]:
    """The answer for one invoice, which need not be that of its customer."""
    from syncer.policy.explain import explain as findings
    from syncer.policy.explain import sentence

    outcome = next(one for one in decision.outcomes if one.item_id == item_id)
    item = next((one for one in snapshot.items if one.item_id == item_id), None)
    number = item.number if item else item_id
    line = next((one for one in decision.lines if one.item_id == item_id), None)
    due_on = item.due_on if item and outcome.code == "not_due" else None
    held = [
        one.verdict
        for one in findings(decision, snapshot, setup.policy, context)
        if one.rule == "hold" and one.input.startswith(f"invoice {number}:")
    ]
    reasons = [sentence(one) for one in decision.reasons if one.code == outcome.code]
    if due_on is not None:
        reasons = [f"It is due on {due_on}."]
    elif held and not reasons:
        reasons, held = held, []
    because = (reasons or [meaning(outcome.code)])[0]
    said = "not asked for today"
    if line is not None and group_of(outcome.code) is Group.CONTACT:
        said = f"asked for today, {amount_text(line.asked, decision.currency)}"
    text = f"Invoice {number}: {said}, because: {because}"
    text += "".join(f" Left out: {one}" for one in held)
    return {"item_id": item_id, "number": number, "outcome": outcome.code, "sentence": text}


def headline(action: "Action", asked: str, *, anything: bool) -> str:
    """What is done about a customer in one currency, and the amount that it is about."""
    from syncer.model.decision import Action

    match action:
        case Action.CONTACT:
            return f"contact today, asking for {asked if anything else 'nothing'}"
        case Action.HOLD:
            return f"held: {asked} would be asked for today" if anything else "held"
    return f"no contact today; {asked} can be asked for later" if anything else "no contact today"


def _has(decision: "Decision", item_id: str) -> bool:
    return any(outcome.item_id == item_id for outcome in decision.outcomes)


def _print(
    call: Call,
    decision: "Decision",
    setup: "LedgerSetup",
    snapshot: "AccountSnapshot",
    context: "LedgerContext",
) -> None:
    from syncer.policy.explain import explain as findings
    from syncer.policy.explain import sentence

    screen, numbers = call.screen, {item.item_id: item.number for item in snapshot.items}
    screen.say()
    asked = amount_text(decision.position.asked, decision.currency)
    said = headline(decision.action, asked, anything=bool(decision.position.asked))
    screen.say(f"{decision.currency}: {said}")
    for reason in decision.reasons:
        screen.say(f"  because: {sentence(reason)}")
    if decision.next_look_on:
        screen.say(f"  the answer can change by itself on {decision.next_look_on}")
    rows = [
        (one.rule, one.input, one.comparison, one.verdict)
        for one in findings(decision, snapshot, setup.policy, context)
    ]
    screen.say()
    screen.table(("rule", "what it saw", "compared with", "verdict"), rows)
    screen.say()
    items = [
        (
            numbers.get(one.item_id, one.item_id),
            amount_text(one.amount, decision.currency),
            one.code,
            meaning(one.code),
        )
        for one in decision.outcomes
    ]
    screen.table(("item", "open", "outcome", "meaning"), items)


def _document(
    decision: "Decision",
    setup: "LedgerSetup",
    snapshot: "AccountSnapshot",
    context: "LedgerContext",
) -> dict[str, object]:
    from syncer.policy.explain import explain as findings
    from syncer.policy.explain import sentence

    return {
        **msgspec.to_builtins(decision),
        "sentences": [sentence(reason) for reason in decision.reasons],
        "findings": findings(decision, snapshot, setup.policy, context),
    }
