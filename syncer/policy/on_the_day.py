"""What may forbid contact on one very day, as findings: books, address, gap, caps, calendar."""

from collections.abc import Sequence

from syncer.model.counts import count_text
from syncer.model.ledger import OpenItem
from syncer.policy.beside import BESIDE
from syncer.policy.calendar import closed
from syncer.policy.case import Case, Verdict
from syncer.policy.finding import PASSES, Finding, days, told
from syncer.policy.freshness import books_allowed, books_seen, books_too_old
from syncer.policy.judge import no_address
from syncer.policy.quiet import for_debtor
from syncer.policy.restraint import (
    Made,
    all_contacts,
    cap_until,
    capped,
    counted,
    gap_until,
    mail_counted,
    mail_until,
    others_among,
)
from syncer.policy.rules import Restraint, Step
from syncer.policy.text import day_text


def on_the_day(case: Case, verdict: Verdict) -> list[Finding]:
    """What may forbid contact on this very day; shown even when no step is due."""
    policy, context = case.rules.policy, case.context
    account = case.snapshot.account
    restraint = for_debtor(policy.restraint, account.country, account.region)
    contacts = all_contacts(case.snapshot)
    findings = [
        told(
            "fresh books",
            books_seen(context.organisation),
            books_allowed(policy),
            books_too_old(policy, context),
        )
    ]
    step = BESIDE.get(verdict.step)
    if step is not None or verdict.step_index >= 0:
        findings.append(_address(case, step or case.ladder.steps[verdict.step_index]))
    gap = gap_until(restraint, contacts, context.today)
    last = max((contact.on for contact in contacts), default=None)
    findings.append(
        Finding(
            rule="minimum gap",
            input=f"last contact {day_text(last) or 'never'}{_elsewhere(contacts)}",
            comparison=f"{days(restraint.min_gap)} between contacts",
            verdict=PASSES if gap is None else f"not before {day_text(gap)}",
        )
    )
    findings += _mailed(restraint, case, verdict.carrier)
    findings += _new_since(case)
    contacts = capped(restraint, case.snapshot, context.today)
    for cap in restraint.caps:
        until = cap_until(cap, contacts, context.today)
        known = counted(cap, contacts)
        by = f" by {cap.channel}" if cap.channel else ""
        findings.append(
            Finding(
                rule="cap",
                input=f"{count_text(len(known), 'contact')} known{by}{_elsewhere(known)}",
                comparison=f"at most {cap.contacts} in {days(cap.days)}{by}",
                verdict=PASSES if until is None else f"not before {day_text(until)}",
            )
        )
    regions = [region for region in (restraint.holidays, restraint.also_holidays) if region]
    kept = " and ".join(regions) or "no holidays"
    shut = closed(restraint, context.today)
    findings.append(told("calendar", context.today.isoformat(), f"working day, {kept}", shut))
    return findings


def _mailed(restraint: Restraint, case: Case, carrier: OpenItem | None) -> list[Finding]:
    """The invoice's own mail or a reminder, where the ledger tells of it."""
    today = case.context.today
    mail = mail_counted(restraint, carrier, case.snapshot.items, today)
    if mail is None:
        return []
    until = mail_until(restraint, mail, today)
    late = ", past its due date" if mail.reminder else ""
    return [
        Finding(
            rule="own mail",
            input=f"the ledger mailed invoice {mail.number} on {day_text(mail.on)}{late}",
            comparison=f"{days(restraint.min_gap)} between that and a contact",
            verdict=PASSES if until is None else f"not before {day_text(until)}",
        )
    ]


def _new_since(case: Case) -> list[Finding]:
    """Overdue invoices that no message has named: the gap is the customer's, not the invoice's."""
    if not case.contacts:
        return []
    last = max(case.contacts, key=lambda contact: (contact.on, contact.key))
    named = {item_id for contact in case.contacts for item_id in contact.item_ids}
    return [
        Finding(
            rule="new invoice",
            input=f"invoice {item.number} is overdue and on no message yet",
            comparison=f"one message for all of a customer's invoices; the last on {last.on}",
            verdict="rides the next message",
        )
        for item in case.book.overdue
        if item.item_id not in named and case.book.left.get(item.item_id)
    ]


def _elsewhere(contacts: Sequence[Made]) -> str:
    """Names the other ledgers whose contacts with the same debtor were counted."""
    names = others_among(contacts)
    return f", those of ledger {names} included" if names else ""


def _address(case: Case, step: Step) -> Finding:
    roles = ", ".join(sorted({person.role for person in case.snapshot.account.people}))
    wanted = f"{step.channel.value} to {', '.join(step.recipients)}"
    return told(
        "address", f"roles with an address: {roles or 'none'}", wanted, no_address(case, step)
    )
