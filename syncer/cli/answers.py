"""``explain``: why a customer is contacted today, or why not, rule by rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from syncer.cli.call import Call
from syncer.cli.effects_shown import day_of, short_id
from syncer.cli.flags import shared
from syncer.cli.holds import Target, locate
from syncer.errors import ConfigError
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.ports import OutboxFilter
from syncer.report.summary import amount_text
from syncer.report.words import Group, group_of
from syncer.report.words import sentence as meaning

if TYPE_CHECKING:
    from syncer.flow.worker import LedgerSetup, Worker
    from syncer.model.charge import Announced
    from syncer.model.decision import AccountSnapshot, Action, Decision, LedgerContext

_LOOKED_THROUGH = 100  # effects of the customer, notes among them
_CONTACTS_SHOWN = 3


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
    found = _read(call, target, charges=charges)
    if call.screen.as_json:
        call.screen.data(_whole(found, charges=charges))
    else:
        _tell(call, target, found, charges=charges)


@dataclass(frozen=True, slots=True)
class _Found:
    """What an explanation is made of."""

    ledger: str
    account_id: str
    item_id: str  # "" = asked about the customer
    today: date
    setup: "LedgerSetup"
    snapshot: "AccountSnapshot"
    context: "LedgerContext"
    lately: list[Effect]
    decisions: list["Decision"]  # about what was asked
    nothing_open: bool
    past: "Sequence[Announced]" = ()
    words: "Mapping[str, str]" = field(default_factory=dict)  # on approvals, by contact key


def _read(call: Call, target: str, *, charges: bool) -> _Found:
    from syncer.cli import charges_shown
    from syncer.flow.approval import word_on
    from syncer.flow.thanking import TOLD_DAYS, with_closed
    from syncer.policy.decide import decide

    with call.worker() as worker:
        ledger, account_id, item_id = locate(call, worker, target)
        today = call.today(worker, ledger)
        setup = next(one for one in worker.ledgers if one.name == ledger)
        snapshot = worker.store.peek(ledger, account_id)
        lately = _lately(worker, ledger, account_id)
        context = worker.store.peek_context(ledger, today)
        past = charges_shown.past_of(worker, snapshot) if charges and snapshot else ()
        if snapshot is not None:
            look = partial(worker.store.closed_items, ledger)
            snapshot = with_closed(look, snapshot, setup.policy, today, told=TOLD_DAYS)
        made = decide(snapshot, setup.policy, context) if snapshot and context else []
        words = {one.key: word_on(worker.store, one, setup.policy) for one in made}
    if snapshot is None or context is None:
        raise ConfigError(f"'{target}' has nothing open in ledger '{ledger}'")
    wanted = [one for one in made if not item_id or _has(one, item_id)]
    place = (ledger, account_id, item_id, today)
    return _Found(*place, setup, snapshot, context, lately, wanted, not made, past, words)


def _whole(found: _Found, *, charges: bool) -> dict[str, object]:
    """All of it for programs."""
    from syncer.cli import charges_shown

    facts = (found.setup, found.snapshot, found.context)
    where = {"ledger": found.ledger, "account_id": found.account_id, "today": found.today}
    shown = [_document(one, *facts) | {"approval": found.words[one.key]} for one in found.decisions]
    told: dict[str, object] = {**where, "contacts": found.lately, "decisions": shown}
    if found.item_id and found.decisions:
        told["invoice"] = _about_invoice(found.decisions[0], found.item_id, *facts)
    if charges:
        made = [charges_shown.previewed(one, *facts, found.past) for one in found.decisions]
        told["charges"] = [charges_shown.document(one, found.past) for one in made]
    return told


def _tell(call: Call, target: str, found: _Found, *, charges: bool) -> None:
    from syncer.cli import charges_shown

    facts, screen = (found.setup, found.snapshot, found.context), call.screen
    name = found.snapshot.account.name
    screen.say(f"{name} ({found.account_id}) in ledger {found.ledger} on {found.today}")
    for contact in found.lately:
        screen.say(_spoken_of(contact, found.today))
    if not found.decisions:
        what = "Nothing is open" if found.nothing_open else f"'{target}' is not open any more"
        screen.say(f"{what}, so nobody is contacted about it.")
    for one in found.decisions:
        if found.item_id:
            told = _about_invoice(one, found.item_id, *facts)["sentence"]
            word = found.words[one.key]
            screen.say(f"{told} Contact: {word}." if word else told)
        _print(call, one, *facts, word=found.words[one.key])
        if charges:
            preview = charges_shown.previewed(one, *facts, found.past)
            charges_shown.show(call, preview, one, found.setup)


def _lately(worker: "Worker", ledger: str, account_id: str) -> list[Effect]:
    """The latest contacts of the customer, newest first; what was stopped made none."""
    query = OutboxFilter(ledger=ledger, account_id=account_id, limit=_LOOKED_THROUGH)
    made = [
        one
        for one in worker.store.effects(query)
        if one.kind in (EffectKind.REMINDER, EffectKind.TASK)
        and one.state is not EffectState.CANCELLED
    ]
    return sorted(made, key=day_of, reverse=True)[:_CONTACTS_SHOWN]


def _spoken_of(effect: Effect, today: date) -> str:
    """A contact in one line: what is known of it today, that a table of rules does not say."""
    day = day_of(effect)
    when = f"Today, {day}" if day == today else f"On {day}"
    how = "a task for a person" if effect.kind is EffectKind.TASK else "a message"
    amount = "" if effect.amount is None else f", {amount_text(effect.amount, effect.currency)}"
    if effect.state is EffectState.DELIVERED:
        done = "went out" if effect.kind is EffectKind.REMINDER else "was given"
    else:
        done = f"is {effect.state}"
    return f"{when}: {how} {done}, step {effect.step}{amount} ({short_id(effect.key)})"


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
    if line is not None and group_of(outcome.code) is Group.COMING:
        said = f"named ahead of its day today, {amount_text(line.asked, decision.currency)}"
    text = f"Invoice {number}: {said}, because: {because}"
    text += "".join(f" Left out: {one}" for one in held)
    return {"item_id": item_id, "number": number, "outcome": outcome.code, "sentence": text}


def headline(action: "Action", asked: str, *, anything: bool, coming: bool = False) -> str:
    """What is done about a customer in one currency, and the amount that it is about."""
    from syncer.model.decision import Action

    match action:
        case Action.CONTACT if coming:
            return f"a word ahead of the due date today, naming {asked}"
        case Action.HOLD if coming and anything:
            return f"held: a word ahead of the due date would name {asked} today"
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
    *,
    word: str,
) -> None:
    from syncer.policy.answer import answers
    from syncer.policy.explain import explain as findings
    from syncer.policy.explain import sentence

    screen = call.screen
    screen.say()
    asked = amount_text(decision.position.asked, decision.currency)
    coming = any(group_of(one.code) is Group.COMING for one in decision.reasons)
    anything = bool(decision.position.asked)
    said = headline(decision.action, asked, anything=anything, coming=coming)
    screen.say(f"{decision.currency}: {said}{f'; {word}' if word else ''}")
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
        (one.number, amount_text(Decimal(one.amount), one.currency), one.code, one.sentence)
        for one in answers(decision, snapshot, setup.policy, context)
    ]
    screen.table(("item", "open", "outcome", "because"), items)


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
