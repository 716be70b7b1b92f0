"""Messages beside the ladder as their readers get them, and tasks: what judges say of them.

A thank-you names invoices that were asked for and are paid, each once, while nothing is overdue. A
word before an instalment names its day and what is missing of it, once. An answer that somebody
has to see to makes one task.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from syncer.flow.errands import errand_key
from syncer.model.agreement import UnpaidCause
from syncer.model.hold import Hold
from syncer.sandbox.records import Status
from syncer.testing.sim.checks import Check
from syncer.testing.sim.post import Mail, Sort
from syncer.testing.sim.side import Side
from syncer.testing.sim.truth import Truth

AHEAD = 2  # days before an instalment on which it may be spoken of
FOR_A_PERSON = (UnpaidCause.CANNOT_PAY, UnpaidCause.WRONG_CONTACT, UnpaidCause.OTHER)
_TASK = re.compile(r"\[(todo-[0-9a-f]+)\]")

Said = Iterator[tuple[Check, str]]


def judge_beside(
    mail: Mail, side: Side, truths: Sequence[Truth], earlier: Sequence[Mail], *, reached: bool
) -> Said:
    """``earlier``: what this customer got before, as far as any state can know it; ``reached``: at
    all.
    """
    if mail.sort is Sort.THANKS and not reached:
        yield Check.THANKS, "thanks a customer that nobody ever wrote to"
    if all(truth.in_peace for truth in truths):
        yield Check.NOT_OWED, f"went to an account that is left in peace: {truths[-1].in_peace}"
    if mail.sort is Sort.THANKS:
        yield from _thanks(mail, side, truths, earlier)
    else:
        yield from _instalment(mail, side, truths, earlier)


def _thanks(mail: Mail, side: Side, truths: Sequence[Truth], earlier: Sequence[Mail]) -> Said:
    if all(truth.overdue for truth in truths):
        yield Check.THANKS, "thanks an account on which something is overdue"
    named = [one for one in side.told.books.documents.values() if one.number in mail.numbers]
    unpaid = sorted(one.number for one in named if one.status is Status.OPEN)
    if unpaid and len(truths) == 1:
        yield Check.THANKS, f"thanks for {', '.join(unpaid)}, still open"
    before = [one for one in earlier if one.sort is Sort.THANKS and one.numbers & mail.numbers]
    if before:
        yield Check.THANKS, "thanks for what was thanked for before"


def _instalment(mail: Mail, side: Side, truths: Sequence[Truth], earlier: Sequence[Mail]) -> Said:
    today = side.told.today()
    if any(one.due_on == mail.due_on for one in earlier if one.sort is Sort.INSTALMENT):
        yield Check.INSTALMENT, f"speaks again of the instalment of {mail.due_on}"
    coming = {
        (one.currency, one.due_on, one.missing)
        for truth in truths
        for one in truth.coming
        if not truth.asked(one.currency)
    }
    if (mail.currency, mail.due_on, mail.asked) not in coming:
        right = sorted(f"{money} {amount} on {on}" for money, on, amount in coming)
        said = f"{mail.currency} {mail.asked} on {mail.due_on}"
        yield Check.INSTALMENT, f"speaks of {said} where {right or 'nothing'} is right"
    if mail.due_on is None or not today <= mail.due_on <= today + timedelta(days=AHEAD):
        yield Check.INSTALMENT, f"speaks on {today} of the instalment of {mail.due_on}"


def judge_tasks(
    texts: Iterable[str], holds: Iterable[tuple[str, Hold]], waiting: set[str], today: date
) -> Said:
    """One task for each answer: none twice, and none missing of those that still wait."""
    written = Counter(key for text in texts for key in _TASK.findall(text))
    for key, number in written.items():
        if number > 1:
            yield Check.TASK, f"{number} tasks tell of {key}"
    for name, hold in holds:
        cause = hold.terms.cause if hold.terms is not None else ""
        over = hold.ends_on is not None and hold.ends_on < today
        key = errand_key(name, hold.hold_id)
        if cause in FOR_A_PERSON and not over and key not in written and key not in waiting:
            yield Check.TASK, f"no task tells of answer {hold.hold_id}"
