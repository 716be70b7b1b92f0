"""What the judges check, one rule each, and how a broken one is told."""

from enum import StrEnum


class Check(StrEnum):
    """What is judged, one rule each."""

    SECOND_COPY = "no second copy of a step"
    MISSING = "nobody who may be asked is forgotten"
    NOT_OWED = "no message where the net position at the guard was not above zero"
    AMOUNT = "a message asks for what is owed"
    ADDRESS = "a message goes where the customer is reached"
    LAST_LOOK = "the look at the account is the last thing before its message"
    OLD_LOOK = "no message on an old look"
    PARTIAL_FACTS = "no message on stale or partial facts"
    GAP = "the minimum gap holds"
    CAP = "the caps hold"
    ONE_NOTE = "one note for a reminder"
    NOTE_IF_DELIVERED = "a note only if the reminder was delivered"
    DELIVERED_IF_NOTE = "a note whenever the reminder was delivered"
    AT_REST = "every effect is at its end within two healthy runs"
    JOURNAL = "the journals chain"
    EXIT_CODE = "the exit code is honest"
    OWN_RULES = "the program breaks no rule of its own"
    SUMS = "outcomes sum to the ledger's own totals"
    APART = "one ledger's trouble stays its own"
    HEALTHY = "a healthy run ends well"
    THANKS = "nobody is thanked twice, or while owing"
    INSTALMENT = "one word before an instalment, about what is missing of it"
    TASK = "one task for an answer"
    LOSS_TOLD = "every run says that its state was lost or replaced"
    LOSS_QUIET = "nothing is sent while a lost state is put right"


class Problem(str):
    """A sentence of what should never have happened, and the rule it broke."""

    __slots__ = ("check",)
    check: Check

    def __new__(cls, check: Check, text: str) -> "Problem":
        """``text`` is for people."""
        made = super().__new__(cls, text)
        made.check = check
        return made
