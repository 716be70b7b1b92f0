"""Until when an agreement holds, in words: the day that was said, and the grace behind it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from syncer.model.decision import Code
from syncer.model.hold import Hold, HoldKind
from syncer.policy.agreements.rules import Agreements
from syncer.policy.agreements.speaking import Speaking
from syncer.policy.calendar import days_after

_BY = {
    Code.PROMISE: "promised by",
    Code.PLAN: "agreed until",
    Code.EXPECTED_DATE: "expected on",
}
_CODES = {HoldKind.PROMISE: Code.PROMISE, HoldKind.PLAN: Code.PLAN}


def held_words(
    said: date, until: date, *, by: str = "promised by", last: date | None = None
) -> str:
    """E.g. "promised by 2026-12-05, held until 2026-12-07 with 2 days' grace".

    ``by`` is what leads to the day that was said, ``last`` the day of a plan's last instalment.
    """
    grace = (until - said).days
    days = "1 day's" if grace == 1 else f"{grace} days'"
    told = [f"{by} {said}", f"held until {until} with {days} grace" if grace else ""]
    return ", ".join(one for one in (*told, f"last instalment {last}" if last else "") if one)


def last_words(hold: Hold, rules: Agreements) -> str:
    """The end of any hold that runs, as it was entered or as it speaks today."""
    if isinstance(hold, Speaking) and hold.said_on is not None and hold.ends_on is not None:
        by = "next instalment" if hold.plan_end else _BY[_CODES[hold.kind]]
        return held_words(hold.said_on, hold.ends_on, by=by, last=hold.plan_end)
    if hold.ends_on is None:
        return "without end"
    if hold.kind is HoldKind.PROMISE:
        return held_words(hold.ends_on, days_after(hold.ends_on, rules.promise_grace))
    return f"until {hold.ends_on}"


def hold_clauses(code: Code, args: Sequence[str]) -> str:
    """The end of a hold's sentence, of its reason's arguments: until when, and which part.

    They are why, the last day and the part; where a grace counts, also the day that was said and,
    of a plan in instalments, the day of its last.
    """
    _, until, part, said, end = (*args, "", "", "", "", "")[:5]
    days = f"until {until}" if until else ""
    if until and said:
        by = "next instalment" if end else _BY[code]
        last = date.fromisoformat(end) if end else None
        days = held_words(date.fromisoformat(said), date.fromisoformat(until), by=by, last=last)
    clauses = [days, f"for {Decimal(part):,f} of it" if part else ""]
    told = ", ".join(clause for clause in clauses if clause)
    return f" ({told})." if told else "."
