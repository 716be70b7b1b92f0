"""The dossier as a page for people: what was sent and why, day by day, and who did what.

For somebody who was not there: each message with its sender, its readers, its text, the facts and
the rule behind it, every charge with its working, and what the mail server answered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from syncer.model.decision import Action, Decision
from syncer.model.effect import Effect, EffectKind, EffectState
from syncer.model.evidence import Contacted, Entry, Evidence, Kept
from syncer.model.hold import Hold, HoldKind
from syncer.policy.holding import handed_over
from syncer.policy.rules import StepChannel
from syncer.policy.sentences import english
from syncer.policy.strategy import HandOver
from syncer.report.page import environment
from syncer.report.summary import amount_text, printable

PROOF = (
    "Each journal entry's hash is the SHA-256 of the hash before it followed by the entry's text; "
    "each message's is of its file. Journals end at the heads below: who kept a head elsewhere "
    "knows that nothing before it was changed."
)
HOW_TO_CHECK = (
    "In this folder, sha256sum --check SHA256SUMS compares every file with its digest. The "
    "journal entries with their hashes stand in dossier.json."
)
DELIVERED = (
    "Delivered means that the mail server took the message, or that it was put into its folder; "
    "that somebody read it no program can know."
)
_ACTIONS = {
    Action.CONTACT: "to write",
    Action.HOLD: "to hold back",
    Action.NONE: "not to write",
}
_KINDS = {
    HoldKind.MANUAL: "hold",
    HoldKind.PROMISE: "promise",
    HoldKind.DISPUTE: "dispute",
    HoldKind.PLAN: "payment plan",
    HoldKind.EXCLUDE: "exclusion",
}
_HANDED = {HandOver.AGENCY: "an agency", HandOver.LEGAL: "a lawyer"}
_TAKEN = {
    StepChannel.LETTER: "Written for the post",
    StepChannel.LEDGER_EMAIL: "Accepted by the ledger, to mail it",
}
_HOLDS = {"hold_added": "entered", "hold_ended": "ended", "hold_removed": "taken out of the file"}
_SENT_ENTRY, _TAKEN_OUTCOME = "sending", "delivered"
_BY_SERVER = "accepted by the mail server"  # so begins the detail of what went out by SMTP


def dossier_page(
    found: Evidence,
    problems: Sequence[str],
    *,
    files: Sequence[tuple[str, Contacted, Kept]],
    made_at: datetime | None = None,
    program: str = "",
) -> str:
    """The page. ``files`` are the messages, each with the name of its file."""
    return (
        environment()
        .get_template("dossier.html.j2")
        .render(
            ledger=found.ledger,
            account=found.account,
            problems=problems,
            made=f"{_moment(made_at)} UTC" if made_at else "",
            program=program,
            contacts=[_contact(one) for one in found.contacts if one.effect.kind in _SHOWN],
            timeline=sorted(_timeline(found), key=lambda row: row[0]),
            messages=[_message(found, *one) for one in files],
            delivered=DELIVERED,
            heads=found.heads,
            proof=PROOF,
            how=HOW_TO_CHECK,
        )
    )


_SHOWN = (EffectKind.REMINDER, EffectKind.TASK, EffectKind.CHARGE)


def _contact(one: Contacted) -> dict[str, str]:
    """A row of the list at the head: what became of each thing that was done, or was to be."""
    effect = one.effect
    sent = one.messages[-1].message if one.messages else None
    return {
        "on": _moment(_left_at(one)) if _left_at(one) else str(effect.planned_on),
        "what": f"{effect.kind} {effect.step}".strip(),
        "by": effect.channel,
        "to": ", ".join(person.email for person in sent.to) if sent else "",
        "amount": _amount(effect),
        "state": effect.state,
        "detail": effect.detail,
    }


def _left_at(one: Contacted) -> datetime | None:
    return one.attempts[-1].at if one.attempts else one.effect.settled_at


def _amount(effect: Effect) -> str:
    return "" if effect.amount is None else amount_text(effect.amount, effect.currency)


def _message(found: Evidence, file: str, one: Contacted, kept: Kept) -> dict[str, Any]:
    """A message with the decision that it rests on."""
    decision = _behind(found, one.effect)
    position = decision.position if decision else None
    money = _money(one.effect.currency)
    return {
        "kept": kept,
        "file": file,
        "effect": one.effect,
        "amount": _amount(one.effect),
        "left": _left(found, one, kept),
        "tries": [(_moment(each.at), each.outcome, each.detail) for each in one.attempts],
        "why": [english(reason) for reason in decision.reasons] if decision else [],
        "facts": [
            ("open invoices", money(position.open_invoices)),
            ("of these overdue", money(position.overdue)),
            ("disputed, promised or in a payment plan", money(position.held)),
            ("credits", money(position.credits)),
            ("asked for", money(position.asked)),
        ]
        if position
        else [],
        "charges": [
            (
                f"{line.kind.replace('_', ' ')} for {line.number}",
                amount_text(line.amount, line.currency),
                line.working,
                ", ".join(line.rows),
            )
            for line in kept.message.charges
        ],
        "notes": [
            note.effect.text
            for note in found.contacts
            if note.effect.caused_by == one.effect.key and note.effect.text
        ],
        "policy": one.policy_version,
        "program": one.program,
    }


def _money(currency: str) -> Callable[[Any], str]:
    return lambda amount: amount_text(amount, currency)


def _behind(found: Evidence, effect: Effect) -> Decision | None:
    """The decision that asked for the effect, by its digest."""
    made = (decided(one) for one in found.entries if one.journal == "decision")
    fitting = [
        one
        for one in made
        if one.digest == effect.decision_digest and one.currency == effect.currency
    ]
    return next((one for one in fitting if one.action is Action.CONTACT), None)


def _left(found: Evidence, one: Contacted, kept: Kept) -> tuple[str, str]:
    """Who took the message, and when; of one that nobody is known to have taken, when it began."""
    took = next((tried for tried in one.attempts if tried.outcome == _TAKEN_OUTCOME), None)
    if took is None or kept is not one.messages[-1]:
        return "Began to leave", _sent_at(found, one.effect, kept)
    if took.detail.startswith(_BY_SERVER):
        return "Accepted by the mail server", _moment(took.at)
    own = [said for channel, said in _TAKEN.items() if channel == one.effect.channel]
    unnamed = "Accepted by the mail server, or put into its folder"
    return next(iter(own), unnamed), _moment(took.at)


def _sent_at(found: Evidence, effect: Effect, kept: Kept) -> str:
    """When sending the message began, by the journal."""
    for entry in found.entries:
        if entry.journal == "event":
            _, _, what, key, body = msgspec.json.decode(entry.row)
            if (what, key) == (_SENT_ENTRY, effect.key) and body.get("message") == kept.number:
                return _said(entry.at)
    return ""


def decided(entry: Entry) -> Decision:
    """The decision that stands in a journal entry."""
    row = msgspec.json.decode(entry.row)
    return msgspec.convert(row[-1], Decision, strict=False)


def _timeline(found: Evidence) -> Iterator[tuple[str, str, str]]:
    """(when, what, words) of everything that happened, to be sorted by when."""
    steps = {one.effect.key: one.effect for one in found.contacts}
    for entry in found.entries:
        if entry.journal == "decision":
            yield _said(entry.at), "decided", _of_decision(decided(entry))
        elif entry.journal == "event":
            yield from _of_event(entry, steps, found.numbers)
    for one in found.contacts:
        effect = one.effect
        for tried in one.attempts:
            said = f"{_named(effect)} by {effect.channel}: {tried.outcome}. {tried.detail}".strip()
            yield _moment(tried.at), "done", said
        if effect.state is EffectState.UNCERTAIN:
            yield _moment(effect.settled_at), "open", f"{_named(effect)} may have gone out"


def _of_decision(decision: Decision) -> str:
    asked = decision.position.asked
    due = f" Due: {amount_text(asked, decision.currency)}." if asked else ""
    return f"{_ACTIONS[decision.action]}: {english(decision.reasons[0])}{due}"


def _of_event(
    entry: Entry, steps: dict[str, Effect], numbers: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """What a person did; what the program did itself stands in decisions and attempts."""
    _, _, what, key, body = msgspec.json.decode(entry.row)
    if what in _HOLDS:
        hold = msgspec.convert(body["hold"], Hold, strict=False)
        kind = "handed over" if _handed(hold) else _KINDS[hold.kind]
        yield _said(entry.at), kind, f"{_of_hold(hold, numbers)}; {_HOLDS[what]} by {_who(body)}"
    elif key in steps and body.get("author"):
        note = f": {body['note']}" if body.get("note") else ""
        yield _said(entry.at), what, f"{_named(steps[key])}, by {_who(body)}{note}"


def _of_hold(hold: Hold, numbers: Mapping[str, str]) -> str:
    if to := _handed(hold):
        back = f", until {hold.ends_on}" if hold.ends_on else ""
        return f"handed over to {to} on {hold.starts_on}{back}: {hold.reason}"
    offered = "offered " if hold.terms is not None and hold.terms.offered else ""
    until = hold.ends_on or "further notice"
    part = "" if hold.amount is None else f" of {amount_text(hold.amount, hold.currency)}"
    return f"{offered}{_KINDS[hold.kind]}{part}{_about(hold, numbers)} until {until}: {hold.reason}"


def _handed(hold: Hold) -> str:
    """Who has the debt now, in words; "" for a hold of any other kind."""
    return _HANDED[HandOver(hold.terms.handed_to)] if handed_over(hold) and hold.terms else ""


def _about(hold: Hold, numbers: Mapping[str, str]) -> str:
    """The invoices by their numbers: the one that is held, else those an agreement is about."""
    covered = hold.terms.covers if hold.terms is not None else ()
    item_ids = [hold.item_id] if hold.item_id else [one.item_id for one in covered]
    said = ", ".join(numbers.get(item_id, item_id) for item_id in item_ids)
    return f" for {'invoice' if len(item_ids) == 1 else 'invoices'} {said}" if said else ""


def _who(body: dict[str, Any]) -> str:
    return printable(str(body.get("author") or "nobody named"))


def _named(effect: Effect) -> str:
    """An effect in words; of notes and charges it is told what they are."""
    kind = "" if effect.kind is EffectKind.REMINDER else f"{effect.kind} of "
    return f"{kind}step {effect.step}" if effect.step else str(effect.kind)


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _said(at: str) -> str:
    """An instant of the journal, as the others are written."""
    return _moment(datetime.fromisoformat(at))
