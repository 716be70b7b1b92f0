"""Plain words for the outcome codes, and which part of a report each belongs to."""

from enum import StrEnum

from syncer.model.decision import Code


class Group(StrEnum):
    """The parts of a report, in the order a reader wants them."""

    CONTACT = "contact"
    HELD = "held"  # contact would be due, something forbids it
    SKIPPED = "skipped"  # nothing to ask now
    OTHER = "other"  # codes this version does not know


TITLES = {
    Group.CONTACT: "Contact due",
    Group.HELD: "Held, by reason",
    Group.SKIPPED: "Skipped, by reason",
    Group.OTHER: "Other",
}

_CONTACT = {
    Code.STEP_DUE: "A step of the ladder is due.",
    Code.HEADS_UP: "Due soon: a heads-up before the due date.",
    Code.FIRST_TIME_LARGE: "A new customer with a large amount overdue is contacted sooner.",
}
_SKIPPED = {
    Code.NOT_DUE: "Not due yet.",
    Code.NO_DUE_DATE: "The invoice has no due date in the ledger: please add one.",
    Code.COVERED_BY_CREDIT: "Credits or payments not yet allocated cover it.",
    Code.NETTED: "A credit that lowers what is asked.",
    Code.UNUSED_CREDIT: "A credit with nothing to set it against.",
    Code.BELOW_MINIMUM: "The amount is below the policy's minimum.",
    Code.BETWEEN_STEPS: "The next step's day has not come.",
    Code.LADDER_DONE: "Every step was taken: a person decides what follows.",
    Code.RIDES_STATEMENT: "Small beside this customer's business: waits for the next message.",
    Code.USUAL_LATENESS: "Late, but within this customer's own habit.",
    Code.NOTHING_OPEN: "Nothing is open any more.",
    Code.STEP_CHANGED: "The facts changed since the plan: decided anew in the next run.",
    Code.MISSED_SKIPPED: "The step's day passed while nothing ran; the policy skips it.",
}
_HELD = {
    Code.DISPUTE: "Disputed.",
    Code.PROMISE: "The customer promised to pay; the day has not passed.",
    Code.PLAN: "A payment plan is kept.",
    Code.MANUAL: "A person put it on hold.",
    Code.EXCLUDED: "Excluded from contact by the policy or a person.",
    Code.EXPECTED_DATE: "The ledger expects the payment on a later day.",
    Code.DO_NOT_CHASE: "Marked in the ledger as not to be chased.",
    Code.ARCHIVED: "The customer is archived in the ledger.",
    Code.MERGED: "The customer was merged into another one.",
    Code.NO_ADDRESS: "No usable mail address in the ledger: please add one.",
    Code.PARTIAL_FACTS: "Some records of this customer could not be read.",
    Code.STALE_BOOKS: "The bank reconciliation is older than the policy allows.",
    Code.MIN_GAP: "Contacted too recently.",
    Code.CAP: "The limit of contacts for this period is reached.",
    Code.WEEKEND: "No contact on this weekday.",
    Code.HOLIDAY: "No contact on a public holiday.",
    Code.OTHER_CURRENCY_FIRST: "This customer is contacted about another currency first.",
    Code.NOT_SENT_YET: "The invoice itself was never marked as sent.",
    Code.IN_FLIGHT: "An earlier message is unsettled: see what waits for a person.",
}


def group_of(code: str) -> Group:
    """The part of the report for a code; OTHER for one that is not known here."""
    for group, codes in (
        (Group.CONTACT, _CONTACT),
        (Group.HELD, _HELD),
        (Group.SKIPPED, _SKIPPED),
    ):
        if code in codes:
            return group
    return Group.OTHER


def sentence(code: str) -> str:
    """What a code means, in one sentence."""
    words = {str(key): text for key, text in (_CONTACT | _SKIPPED | _HELD).items()}
    return words.get(code, "No sentence is known for this code.")


STATUS = {
    "ok": "Finished.",
    "held": "Nothing was sent, on purpose.",
    "limited": "The vendor's quota is used up; the rest follows in a later run.",
    "locked": "Another run is working on this ledger.",
    "partial": "Finished, with errors for some customers.",
    "failed": "Stopped by an error.",
}

EXIT = {
    0: "success",
    1: "finished with some errors",
    2: "the configuration is wrong",
    3: "nothing sent because everything was held",
    4: "a login or permission was refused",
    5: "a quota or a passing fault; safe to run again",
    6: "another run holds the ledger, or the plan is stale",
    7: "stopped by an inconsistency; please report it",
    130: "stopped by the keyboard",
    143: "stopped by the system",
}
"""What the exit codes mean, as the README documents them."""
