"""A word before the due date, only while nothing overdue is left to ask for.

Each invoice gets each heads-up step at most once, alone or together with others that come
due in the same window. A heads-up lapses when the due date has passed.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from syncer.model.decision import Action, Code, Reason
from syncer.model.ledger import OpenItem
from syncer.model.money import total
from syncer.policy.case import Case, Verdict, coming_due
from syncer.policy.episode import heads_up_reached
from syncer.policy.position import Book, due, uncovered
from syncer.policy.text import amount_text, item_text


def heads_up(case: Case) -> Verdict | None:
    """The heads-up that is due, or None. Whether it may go out today is judged elsewhere."""
    if not case.ladder.heads_up:
        return None
    found = _carrier(case)
    if found is None:
        return None
    carrier, index = found
    step = case.ladder.steps[index]
    reach = case.context.today + timedelta(days=step.before_due or 0)
    coming = [item for item in coming_due(case.book) if due(item) <= reach]
    left, asked = announced(case.book, coming)
    args = (
        step.name,
        due(carrier).isoformat(),
        amount_text(asked),
        case.book.currency,
        item_text(carrier),
    )
    return Verdict(
        action=Action.NONE,
        reasons=[Reason(code=Code.HEADS_UP, args=args)],
        asked=asked,
        targets=left,
        coming=coming,
        carrier=carrier,
        step_index=index,
        step=step.name,
        episode=carrier.item_id,
    )


def announced(book: Book, coming: Sequence[OpenItem]) -> tuple[dict[str, Decimal], Decimal]:
    """What is named for invoices coming due, after held parts and the credit left over."""
    left, _ = uncovered(coming, book.parts, book.credit_left)
    return left, total(left.values())


def _carrier(case: Case) -> tuple[OpenItem, int] | None:
    """The first invoice for which a heads-up is due, and the index of that step."""
    coming = coming_due(case.book)
    left, _ = announced(case.book, coming)
    for item in coming:
        index = heads_up_reached(case.contacts, case.ladder, item.item_id) + 1
        if item.item_id not in left or index >= case.ladder.heads_up:
            continue
        before = timedelta(days=case.ladder.steps[index].before_due or 0)
        if due(item) - before <= case.context.today:
            return item, index
    return None
