"""Sentences for people of ours: the note kept in the ledger and the text of a task.

Notes speak of roles, not addresses, unless the configuration asks for addresses: a ledger
has more readers than a mailbox. Written in English, dates in ISO form, amounts plain.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from syncer.channels.cleaning import NAME_MAX, NUMBER_MAX, one_line
from syncer.channels.statement import label
from syncer.model.decision import AccountSnapshot, Code, Contact, Decision, LedgerContext, Line
from syncer.model.effect import Message
from syncer.model.ledger import ItemKind, Person
from syncer.model.money import quantize
from syncer.policy.beside import is_thanks

NUMBERS_SHOWN = 5
LINES_SHOWN = 15


def note_text(
    message: Message, decision: Decision, context: LedgerContext, *, show_addresses: bool
) -> str:
    """What was sent, to whom, how much, which step and when, in at most three sentences."""
    if is_thanks(decision):
        return _thanked(message, decision, context, show_addresses=show_addresses)
    invoices = _invoices(decision)
    verb = "due soon, announced for" if _is_heads_up(decision) else "asked for"
    way = "Reminder sent" if message.to else "Letter written"
    to = (
        f"to {_receivers(message.to, show_addresses=show_addresses)}"
        if message.to
        else "for a person to post"
    )
    sent = (
        f"{way} on {context.today.isoformat()} (step {decision.step or 'unnamed'}) {to}: "
        f"{_amount(decision.position.asked, decision.currency)} {verb} "
        f"{_about(invoices)}."
    )
    parts = (sent, _deducted(decision), _charged(message, decision.currency))
    return " ".join(part for part in parts if part)


def _charged(message: Message, currency: str) -> str:
    """What was named beside it; earlier messages' charges stand in their own notes."""
    charged = sum((line.amount for line in message.charges), Decimal(0))
    return f"Charges named beside it: {_amount(charged, currency)}." if charged else ""


def _is_heads_up(decision: Decision) -> bool:
    ahead = (Code.HEADS_UP, Code.INSTALMENT_DUE)
    return any(reason.code in ahead for reason in decision.reasons)


def _thanked(
    message: Message, decision: Decision, context: LedgerContext, *, show_addresses: bool
) -> str:
    to = _receivers(message.to, show_addresses=show_addresses)
    return (
        f"Thanks sent on {context.today.isoformat()} (step {decision.step}) to {to} for paying "
        f"{_about(list(decision.lines))}. Nothing was asked for."
    )


def task_text(
    decision: Decision,
    snapshot: AccountSnapshot,
    context: LedgerContext,
    *,
    hand_over: str = "",
    missing: Sequence[str] = (),
) -> str:
    """What a person needs to hand for a phone call: who, how much, since when, what was done.

    With ``hand_over`` the task is to give the debt to an agency or a lawyer; ``missing`` is what
    its file still lacks.
    """
    account = snapshot.account
    invoices = _invoices(decision)
    phone = one_line(account.phone, NUMBER_MAX) or "not known, look it up in the ledger"
    asked = _amount(decision.position.asked, decision.currency)
    verb = f"{_GIVE[hand_over]} the debt of" if hand_over else "Phone"
    head = (
        f"{verb} {one_line(account.name, NAME_MAX)} (account {account.account_id}) about "
        f"{_open(invoices)}: {asked} as of {context.today.isoformat()}.\n"
        f"Phone number: {phone}. Step: {decision.step or 'unnamed'}."
    )
    sites = len({item.site for item in snapshot.items}) > 1
    lines = [
        _task_line(line, decision.currency, sites=sites) for line in decision.lines[:LINES_SHOWN]
    ]
    more = len(decision.lines) - LINES_SHOWN
    if more > 0:
        lines.append(f"- and {_count(more, 'more line')}, see the ledger")
    close = _handing_over(account.account_id, hand_over, missing) if hand_over else [_CLOSE]
    old = [_OLD_BOOKS] if any(one.code is Code.STALE_SOFTENED for one in decision.reasons) else []
    return "\n".join([head, *lines, *old, _history(snapshot.contacts, decision.currency), *close])


_OLD_BOOKS = "The books are not up to date: ask first whether it has been paid meanwhile."
_CLOSE = (
    "Ask whether something is wrong with an invoice and when payment will come. Then record "
    "the answer as a promise or a dispute, so that no reminder crosses it."
)


_GIVE = {"agency": "Hand over to a collection agency", "legal": "Hand over to a lawyer"}


def _handing_over(account_id: str, to: str, missing: Sequence[str]) -> list[str]:
    """What its file lacks, and how to say that it is done."""
    lacks = [f"- {said}" for said in missing]
    whole = ["Its file is whole."]
    how = f"Once it is done: syncer handover add {account_id} --to {to} --reason TEXT. "
    return [
        *(["Before it is handed over, its file lacks:", *lacks] if lacks else whole),
        how + "From then on nobody else writes to this customer.",
    ]


def _history(contacts: Iterable[Contact], currency: str) -> str:
    own = sorted((c for c in contacts if c.currency == currency), key=lambda c: (c.on, c.key))
    if not own:
        return "No reminder was sent before."
    last = own[-1]
    return f"Last contact: {last.on.isoformat()}, step {last.step}; {len(own)} in all."


def _task_line(line: Line, currency: str, *, sites: bool) -> str:
    parts = [f"- {label(line)}: {_amount(line.asked, currency)}"]
    if line.due_on is not None:
        parts.append(f"due {line.due_on.isoformat()}")
    if line.days_late > 0:
        parts.append(f"{_count(line.days_late, 'day')} late")
    if line.kind is not ItemKind.INVOICE:
        parts.append(f"deducted ({line.kind.value.replace('_', ' ')})")
    if line.held:
        parts.append(f"without {_amount(line.held, currency)} that is held")
    if sites and line.site:
        parts.append(f"for {one_line(line.site, NAME_MAX)}")
    if line.early_payment is not None:
        offer = line.early_payment
        parts.append(f"{_amount(offer.amount, currency)} less if paid by {offer.until.isoformat()}")
    return ", ".join(parts)


def _receivers(people: tuple[Person, ...], *, show_addresses: bool) -> str:
    if show_addresses:
        return ", ".join(person.email for person in people)
    roles = sorted({person.role for person in people})
    named = " and ".join(one_line(role, NUMBER_MAX) for role in roles)
    return f"the {named} {'contact' if len(people) == 1 else 'contacts'}"


def _deducted(decision: Decision) -> str:
    deducted = -sum((line.asked for line in decision.lines if line.asked < 0), Decimal(0))
    held = sum((line.held for line in decision.lines), Decimal(0))
    parts = []
    if deducted:
        parts.append(f"{_amount(deducted, decision.currency)} of credits deducted")
    if held:
        parts.append(f"{_amount(held, decision.currency)} held back as disputed or promised")
    return f"{' and '.join(parts)}." if parts else ""


def _invoices(decision: Decision) -> list[Line]:
    """The invoices of which anything is asked."""
    invoices = [line for line in decision.lines if line.kind is ItemKind.INVOICE]
    return [line for line in invoices if line.held < line.open]


def _documents(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines by invoice: instalments share number and day; without a number each is alone."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        own = (line.number, line.issued_on) if line.number else (line.item_id,)
        found.setdefault(own, []).append(line)
    return list(found.values())


def _about(lines: list[Line]) -> str:
    """``1 invoice (A-1)``, ``2 invoices (A-1, A-2 in 3 instalments)``, ``2 instalments of A-1``."""
    documents = _documents(lines)
    if len(documents) == 1 and len(lines) > 1:
        return f"{len(lines)} instalments of {label(lines[0])}"
    shown = ", ".join(_named(one) for one in documents[:NUMBERS_SHOWN])
    more = len(documents) - NUMBERS_SHOWN
    numbers = f"{shown} and {more} more" if more > 0 else shown
    return f"{_count(len(documents), 'invoice')} ({numbers})"


def _named(document: list[Line]) -> str:
    parts = f" in {len(document)} instalments" if len(document) > 1 else ""
    return f"{label(document[0])}{parts}"


def _open(lines: list[Line]) -> str:
    """How many invoices a person is to talk about; the lines below name them."""
    documents = _documents(lines)
    if len(documents) == 1 and len(lines) > 1:
        return f"{len(lines)} open instalments of {label(lines[0])}"
    return _count(len(documents), "open invoice")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _amount(amount: Decimal, currency: str) -> str:
    return f"{currency} {quantize(amount, currency):,f}"
