"""Plain words for the outcome codes, and which part of a report each belongs to."""

from enum import StrEnum

from syncer.model.decision import Code, Reason
from syncer.model.run import Asked, Fate
from syncer.policy.sentences import english

NOT_SENT = {
    Fate.APPROVAL: "waiting for approval",
    Fate.PUT_OFF: "put off: outside the sending hours, or tried again later",
    Fate.LATER: "left for a later run",
    Fate.WOULD_APPROVAL: "would wait for approval",
    Fate.WOULD_LATER: "would be left for a later run",
}
"""Why a message that is due is not sent, or would not be."""

KINDS = {
    Asked.REMINDER: "reminders",
    Asked.HEADS_UP: "heads-ups",
    Asked.INSTALMENT: "instalment reminders",
}


class Group(StrEnum):
    """The parts of a report, in the order a reader wants them."""

    CONTACT = "contact"
    COMING = "coming"  # a heads-up: named to the customer, and not asked for yet
    HELD = "held"  # contact would be due, something forbids it
    SKIPPED = "skipped"  # nothing to ask now
    OTHER = "other"  # codes this version does not know


TITLES = {
    Group.CONTACT: "Due for contact",
    Group.COMING: "Heads-up before the due date",
    Group.HELD: "Held, by reason",
    Group.SKIPPED: "Skipped, by reason",
    Group.OTHER: "Other",
}

_CONTACT = frozenset(
    {
        Code.STEP_DUE,
        Code.FIRST_TIME_LARGE,
        Code.PROMISE_BROKEN,
        Code.INSTALMENT_MISSED,
        Code.THANK_YOU,
        Code.PASSED_OVER,
        Code.STALE_SOFTENED,
        Code.INVOICES_WANTED,
    }
)
_COMING = frozenset({Code.HEADS_UP, Code.INSTALMENT_DUE})
WAITING_STEP = frozenset(
    {
        Code.BELOW_MINIMUM,
        Code.BETWEEN_STEPS,
        Code.LADDER_DONE,
        Code.RIDES_STATEMENT,
        Code.USUAL_LATENESS,
        Code.STEP_CHANGED,
        Code.MISSED_SKIPPED,
        Code.HAND_OVER_NOT_YET,
    }
)
"""Skipped for today although it is overdue and owed."""
_SKIPPED = WAITING_STEP | frozenset(
    {
        Code.NOT_DUE,
        Code.NO_DUE_DATE,
        Code.COVERED_BY_CREDIT,
        Code.NETTED,
        Code.UNUSED_CREDIT,
        Code.NOTHING_OPEN,
        Code.THANKED,
        Code.PAYMENT_UNPROVEN,
        Code.PAID_UNASKED,
        Code.THANKS_TOO_LATE,
    }
)
_HELD = frozenset(
    {
        Code.DISPUTE,
        Code.DISPUTE_OVERDUE,
        Code.PAID_CLAIM,
        Code.MARKER_UNREADABLE,
        Code.PROMISE,
        Code.PLAN,
        Code.MANUAL,
        Code.EXCLUDED,
        Code.EXPECTED_DATE,
        Code.DO_NOT_CHASE,
        Code.DIRECT_DEBIT,
        Code.OLD_DEBT,
        Code.HANDED_OVER,
        Code.ARCHIVED,
        Code.MERGED,
        Code.NO_ADDRESS,
        Code.PARTIAL_FACTS,
        Code.UNDECIDED,
        Code.STALE_BOOKS,
        Code.MIN_GAP,
        Code.MIN_GAP_MAIL,
        Code.CAP,
        Code.CAP_CHANNEL,
        Code.CAP_MAIL,
        Code.MIN_GAP_ELSEWHERE,
        Code.CAP_ELSEWHERE,
        Code.WEEKEND,
        Code.HOLIDAY,
        Code.OTHER_CURRENCY_FIRST,
        Code.NOT_SENT_YET,
        Code.IN_FLIGHT,
    }
)


def group_of(code: str) -> Group:
    """The part of the report for a code; OTHER for one that is not known here."""
    for group, codes in (
        (Group.CONTACT, _CONTACT),
        (Group.COMING, _COMING),
        (Group.HELD, _HELD),
        (Group.SKIPPED, _SKIPPED),
    ):
        if code in codes:
            return group
    return Group.OTHER


def sentence(code: str) -> str:
    """What a code means, in one sentence: the policy's own words."""
    try:
        return english(Reason(code=Code(code)))
    except ValueError:
        return "No sentence is known for this code."


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
    2: "the command line or the configuration is wrong",
    3: "nothing sent because everything was held",
    4: "a login or permission was refused",
    5: "a quota or a passing fault; safe to run again",
    6: "another run holds the ledger, or the plan is stale",
    7: "stopped by an inconsistency; please report it",
    129: "stopped, because its terminal was closed",
    130: "stopped by the keyboard",
    143: "stopped by the system",
}
"""What the exit codes mean, as the README documents them."""
