"""A plain sentence for every reason code, for people who know money and not programs.

Each code has a bare sentence, used where no figures are at hand (totals, item outcomes), and
a full one whose numbered places are the reason's ``args`` in their fixed order. ``{2:3}`` is an
amount of money: argument 2, in the currency of argument 3. ``{1:day}`` is a count: "1 day".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from syncer.model.counts import count_text
from syncer.model.decision import Code, Reason
from syncer.model.money import money_text
from syncer.policy.agreements.until import hold_clauses
from syncer.policy.beside_said import SAID

# code: (bare sentence, full sentence). The full one needs as many args as it has places.
ENGLISH: dict[Code, tuple[str, str]] = SAID | {
    Code.STEP_DUE: (
        "A step of the ladder is due.",
        'Step "{0}" is due: {2:3} is asked; the oldest invoice ({4}) is {1:day} late.',
    ),
    Code.HEADS_UP: (
        "An invoice falls due soon and a heads-up is due.",
        'Heads-up "{0}" is due: {2:3} falls due soon, invoice {4} first, on {1}.',
    ),
    Code.FIRST_TIME_LARGE: (
        "A first-time customer owes a large amount, so the step comes sooner.",
        (
            'Step "{0}" comes sooner: a first-time customer is asked for {2:3}, the oldest invoice '
            "({4}) is {1:day} late; the limit is {5:6}."
        ),
    ),
    Code.PROMISE_BROKEN: (
        "A promise to pay was not kept, so the next step comes at once.",
        "The promise to pay {0:1} by {2} was not kept, so the next step comes at once.",
    ),
    Code.INSTALMENT_MISSED: (
        "An instalment was missed, so the whole rest is asked for at once.",
        "The instalment of {0:1} for {2} was missed, so the whole rest is asked for at once.",
    ),
    Code.PASSED_OVER: (
        "Lower steps are passed over, since a later one is due already.",
        'Passed over: "{0}", since "{1}" is due already.',
    ),
    Code.NOT_DUE: ("Nothing is overdue.", "Nothing is overdue; the next due date is {0}."),
    Code.NO_DUE_DATE: (
        "The invoice has no due date, so it is never chased.",
        "Invoices without a due date are never chased; there are {0}.",
    ),
    Code.COVERED_BY_CREDIT: (
        "Credits or payments not yet allocated cover it.",
        "Credits of {0:2} cover what could be asked of the {1:2} overdue.",
    ),
    Code.NETTED: ("This credit lowers what is asked.", "This credit lowers what is asked."),
    Code.UNUSED_CREDIT: (
        "This credit is not needed for anything overdue.",
        "Only credits are open: {0:1}.",
    ),
    Code.BELOW_MINIMUM: (
        "The amount is below the minimum.",
        "{0:1} ({4:3}) is below the minimum of {2:3}.",
    ),
    Code.BETWEEN_STEPS: (
        "The next step is not due yet.",
        'The oldest invoice ({3}) is {2:day} late; the next step "{0}" is due on {1}.',
    ),
    Code.LADDER_DONE: (
        "Every step of the ladder was taken; a person should decide what comes next.",
        (
            "The oldest invoice ({1}) is {0:day} late and every step of the ladder was taken; a "
            "person should decide what comes next."
        ),
    ),
    Code.RIDES_STATEMENT: (
        "A small overdue of a customer who pays well waits for the next contact.",
        (
            "{0:1} is less than {2:1}, small for a customer who pays well; the oldest invoice "
            "({5}), {3:day} late, waits until {4:day} late."
        ),
    ),
    Code.USUAL_LATENESS: (
        "This customer usually pays about this late.",
        (
            "The oldest invoice ({4}) is {0:day} late, within the usual {1:day}; "
            'step "{2}" waits until {3}.'
        ),
    ),
    Code.MISSED_SKIPPED: (
        "The step's day passed while no run completed, and the policy skips missed steps.",
        (
            'The day of "{0}" passed while no run completed, and the policy skips missed steps; '
            'next is "{1}" on {2}.'
        ),
    ),
    Code.HAND_OVER_NOT_YET: (
        "The debt does not qualify for handing over yet.",
        (
            'The oldest invoice ({3}) is {0:day} late and step "{1}" is next, but the debt does '
            "not qualify for it: {2}."
        ),
    ),
    Code.DISPUTE: ("It is disputed.", "Disputed: {0}"),
    Code.DISPUTE_OVERDUE: (
        "A dispute is still open past the day by which it was to be settled.",
        "Disputed, and overdue for a decision: {0}",
    ),
    Code.PAID_CLAIM: (
        "The customer says that it has paid; somebody has to check.",
        "The customer says that it has paid, and nobody has checked yet: {0}",
    ),
    Code.MARKER_UNREADABLE: (
        "A note in the ledger asks to hold it, and cannot be read.",
        "Held, since a note in the ledger cannot be read: {0}",
    ),
    Code.PROMISE: ("Payment was promised.", "Payment was promised: {0}"),
    Code.PLAN: ("A payment plan is running.", "A payment plan is running: {0}"),
    Code.MANUAL: ("A person put it on hold.", "Put on hold: {0}"),
    Code.EXCLUDED: ("It is excluded from contact.", "Excluded from contact: {0}"),
    Code.EXPECTED_DATE: (
        "The ledger says when payment is expected.",
        "The ledger expects payment of invoice {0} on {1}.",
    ),
    Code.DO_NOT_CHASE: (
        "The ledger marks this customer as not to be chased.",
        "The ledger marks this customer as not to be chased.",
    ),
    Code.DIRECT_DEBIT: (
        "The customer pays by direct debit.",
        "The customer pays by direct debit, so nothing is asked while the mandate is active.",
    ),
    Code.OLD_DEBT: (
        "It was overdue before this ledger was switched on.",
        "Invoice {0} was overdue before this ledger was switched on; it is left alone until {1}.",
    ),
    Code.HANDED_OVER: (
        "The debt was handed over; nobody else writes any more.",
        "The debt was handed over: {0}",
    ),
    Code.ARCHIVED: (
        "The customer is archived in the ledger.",
        "The customer is archived in the ledger.",
    ),
    Code.MERGED: (
        "The customer was merged into another one.",
        "The customer was merged into {0}.",
    ),
    Code.NO_ADDRESS: (
        "The customer has no address for this step.",
        'The customer has no address with the role {0}, which step "{1}" needs.',
    ),
    Code.PARTIAL_FACTS: (
        "Some records of this customer could not be read.",
        "{0:record} of this customer could not be read; nothing is decided on partial facts.",
    ),
    Code.UNDECIDED: (
        "The rules failed on this customer's data, which is a fault of the program; report it.",
        "The rules failed on this customer's data, which is a fault of the program; report it.",
    ),
    Code.INVOICES_WANTED: (
        "The customer says that it never got the invoice, so the message brings it along.",
        "The message brings the invoices along: {0}.",
    ),
    Code.STALE_BOOKS: (
        "The books were not reconciled lately enough.",
        "The books were last reconciled on {0}, {1:day} ago; the policy allows {2:day}.",
    ),
    Code.STALE_SOFTENED: (
        "The books were not reconciled lately enough, so only friendly words are used.",
        "The books show payments up to {0}, {1:day} ago; the message says so, in friendly words.",
    ),
    Code.MIN_GAP: (
        "The last contact is too recent.",
        "The last contact was on {0}; with a minimum gap of {1:day} the next may be on {2}.",
    ),
    Code.CAP: (
        "The contact cap is reached.",
        "{0:contact} in {1:day} is the cap, and it is reached; the next may be on {2}.",
    ),
    Code.MIN_GAP_ELSEWHERE: (
        "The same debtor was contacted elsewhere too recently.",
        (
            "Ledger {3} contacted the same debtor on {0}; with a minimum gap of {1:day} the next "
            "contact may be on {2}."
        ),
    ),
    Code.CAP_ELSEWHERE: (
        "The contact cap is reached with contacts to the same debtor elsewhere.",
        (
            "{0:contact} in {1:day} is the cap, and it is reached with those of ledger {3} to "
            "the same debtor; the next may be on {2}."
        ),
    ),
    Code.MIN_GAP_MAIL: (
        "The ledger mailed the invoice itself lately; there must be days between two messages.",
        (
            "The ledger itself mailed invoice {0} on {1}; {2:day} must lie between that and the "
            "next message, which may be on {3}."
        ),
    ),
    Code.CAP_MAIL: (
        "The contact cap is reached with the reminders that the ledger mailed itself.",
        (
            "{0:contact} in {1:day} is the cap, and it is reached with the reminders that the "
            "ledger mailed itself; the next may be on {2}."
        ),
    ),
    Code.CAP_CHANNEL: (
        "The most contacts by this channel in a stretch of days is reached.",
        "{0:contact} in {1:day} by {3} is the cap, and it is reached; the next may be on {2}.",
    ),
    Code.WEEKEND: (
        "No contact on this day of the week.",
        "{1} is a {0}, a day without contact.",
    ),
    Code.HOLIDAY: ("No contact on a public holiday.", "{1} is a public holiday in {2}: {0}."),
    Code.OTHER_CURRENCY_FIRST: (
        "Another currency of this customer goes first; one contact a day.",
        "The debt in {0} goes first; a customer gets one contact a day.",
    ),
    Code.NOT_SENT_YET: (
        "The invoice was never marked as sent to the customer.",
        "Invoice {0} was never marked as sent to the customer.",
    ),
    Code.IN_FLIGHT: (
        "An earlier message was refused or left in doubt; a person must settle it.",
        (
            'The message for step "{0}" of {1} was refused, or may or may not have gone out; '
            "settle {2} in the outbox first."
        ),
    ),
    Code.NOTHING_OPEN: (
        "Nothing is open any more.",
        "Nothing is open any more.",
    ),
    Code.STEP_CHANGED: (
        "Another step would be right now.",
        'Planned was step "{0}", but now "{1}" would be right.',
    ),
}

# Said instead when the first or second argument is empty: code -> (which one, sentence).
_WITHOUT: dict[Code, tuple[int, str]] = {
    Code.STALE_BOOKS: (
        0,
        "The ledger does not say when its books were last reconciled; the policy allows {2:day}.",
    ),
    Code.STALE_SOFTENED: (
        0,
        (
            "The ledger does not say when its books were last reconciled; the message says that a "
            "payment may not be in them yet."
        ),
    ),
    Code.OLD_DEBT: (
        1,
        (
            "Invoice {0} was overdue before this ledger was switched on, and no step's day comes "
            "after that: a person decides."
        ),
    ),
    Code.PROMISE_BROKEN: (
        0,
        "Payment promised by {2} did not come, so the next step comes at once.",
    ),
    Code.MISSED_SKIPPED: (
        1,
        'The day of "{0}" passed while no run completed, and no step is left after it.',
    ),
}
_NAMED = 3  # arguments of stale books before what tells their age, and its name
_STALE_NAMED = {
    "bank": (
        'The bank account "{4}" was last reconciled on {0}, {1:day} ago; the policy allows {2:day}.'
    ),
    "export": "The export is of {0}, {1:day} ago; the policy allows {2:day}.",
}
_SAID = 3  # where the day that was said stands, in the arguments of a hold whose grace counts
_HOLDS = frozenset(
    {
        *(Code.DISPUTE, Code.PROMISE, Code.PLAN, Code.MANUAL, Code.EXCLUDED, Code.HANDED_OVER),
        *(Code.DISPUTE_OVERDUE, Code.PAID_CLAIM, Code.MARKER_UNREADABLE),
    }
)


@dataclass(frozen=True, slots=True)
class _Told:
    """One argument of a reason, knowing the others."""

    text: str
    beside: Sequence[str]

    def __format__(self, place: str) -> str:
        """Plain, as money in the currency that stands in ``place``, or as so many of a noun."""
        if place.isdigit():
            return _money(self.text, self.beside[int(place)])
        return _count(self.text, place) if place else self.text


def _filled(said: str, args: Sequence[str]) -> str:
    said = said.replace(f" ({{{len(args)}}})", "")  # older decisions do not name the invoice
    return said.format(*(_Told(arg, args) for arg in args))


def _money(amount: str, currency: str) -> str:
    try:
        return money_text(Decimal(amount), currency)
    except DecimalException:  # not a number: told as it is
        return f"{amount} {currency}".strip()


def _count(number: str, noun: str) -> str:
    return count_text(int(number), noun) if number.isdecimal() else f"{number} {noun}s"


def english(reason: Reason) -> str:
    """The sentence for a reason; the bare one when it carries no figures."""
    bare, full = ENGLISH[reason.code]
    args = reason.args
    if not args:
        return bare
    if reason.code in _HOLDS:
        full = full if args[0] else full.removesuffix(": {0}")
        return _filled(full, args[:1]) + hold_clauses(reason.code, args)
    if reason.code is Code.EXPECTED_DATE and len(args) > _SAID:  # its grace runs
        return f"{args[0][:1].upper()}{args[0][1:]}{hold_clauses(reason.code, args)}"
    if reason.code is Code.STALE_BOOKS and len(args) > _NAMED:
        return _filled(_STALE_NAMED[args[_NAMED]], args)
    if reason.code is Code.BELOW_MINIMUM and args[1] == args[3]:
        full = full.replace(" ({4:3})", "")  # the limit is of the same currency: nothing converted
    without = _WITHOUT.get(reason.code)
    if without is not None and not args[without[0]]:
        return _filled(without[1], args)
    return _filled(full, args)
