"""A plan on the screen: who would be contacted, and what the messages would charge."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from syncer.model.counts import count_text
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.cli.call import Call
    from syncer.flow.planfile import PlanCharge, PlanEntry

COLUMNS = ("ledger", "customer", "step", "asked", "invoices", "key")
CHARGE_COLUMNS = ("ledger", "customer", "charge", "invoice", "days", "amount")
BOOKING = {  # what becomes of charges, by the policy's word
    "announce": "named in the message, written nowhere",
    "draft": "each also as a draft invoice",
    "book": "each also as an invoice",
}
Names = Mapping[tuple[str, str], str]


def show_contacts(
    call: "Call", entries: "Sequence[PlanEntry]", names: Names, *, numbered: bool, title: str = ""
) -> None:
    """The contacts, numbered in the order of sending."""
    rows = [_row(entry, names) for entry in entries]
    if numbered:
        numbers = [(at, *row) for at, row in enumerate(rows, start=1)]
        call.screen.table(("no.", *COLUMNS), numbers, title=title)
        return
    call.screen.table(COLUMNS, rows, title=title)


def show_charges(call: "Call", entries: "Sequence[PlanEntry]", names: Names) -> None:
    """Each charge of the messages on a line, and what they come to; nothing where there is none."""
    charging = [entry for entry in entries if entry.booking]
    if not charging:
        return
    call.screen.say()
    rows = [row for entry in charging for row in _charge_rows(entry, names)]
    call.screen.table(CHARGE_COLUMNS, rows, title="Charges, beside what is asked")
    for sentence in sums(charging):
        call.screen.say(sentence)


def sums(entries: "Sequence[PlanEntry]") -> Iterator[str]:
    """What the charges come to, by currency and by what becomes of them."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for entry in entries:
        amounts = [charge.amount for charge in entry.charges]
        if amounts:
            found.setdefault((entry.currency, entry.booking), []).extend(amounts)
    for (currency, booking), amounts in sorted(found.items()):
        total = amount_text(sum(amounts, Decimal(0)), currency)
        yield f"{count_text(len(amounts), 'charge')}, {total}: {BOOKING[booking]}."


def _row(entry: "PlanEntry", names: Names) -> tuple[object, ...]:
    asked = amount_text(entry.asked, entry.currency)
    return (entry.ledger, _name(entry, names), entry.step, asked, entry.items, entry.key)


def _name(entry: "PlanEntry", names: Names) -> str:
    return names.get((entry.ledger, entry.account_id), entry.account_id)


def _charge_rows(entry: "PlanEntry", names: Names) -> Iterator[tuple[object, ...]]:
    who = (entry.ledger, _name(entry, names))
    for charge in entry.charges:
        amount = amount_text(charge.amount, entry.currency)
        kind = charge.kind.replace("_", " ")
        yield (*who, kind, charge.number, _days(charge), amount)
    if entry.charged_before:
        amount = amount_text(entry.charged_before, entry.currency)
        yield (*who, "named in earlier messages", "", "", amount)


def _days(charge: "PlanCharge") -> str:
    if charge.since is None or charge.until is None:
        return ""
    return f"{charge.since.isoformat()} to {charge.until.isoformat()}"
