"""The lists of holds: what people call whom they hold, since nobody knows a customer by its id."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.hold_checks import open_invoices
from syncer.model.agreement import UnpaidCause
from syncer.model.counts import count_text
from syncer.model.hold import Hold, HoldKind
from syncer.model.money import total
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.flow.worker import Worker
    from syncer.policy.agreements.told import Told
    from syncer.ports import Store

SPOKEN = {
    HoldKind.MANUAL: "hold",
    HoldKind.PROMISE: "promise",
    HoldKind.DISPUTE: "dispute",
    HoldKind.PLAN: "payment plan",
    HoldKind.EXCLUDE: "exclusion",
}
ELSEWHERE = {
    HoldKind.DISPUTE: ("dispute", "dispute"),
    HoldKind.PROMISE: ("promise", "promise"),
    HoldKind.EXCLUDE: ("exclusion", "exclude"),
}
"""What `hold list` only counts, and the verb that lists it."""
COLUMNS = (
    "id",
    "kind",
    "ledger",
    "customer",
    "invoice",
    "part",
    "from",
    "until",
    "reason",
    "by",
)
STATED = ("state", "paid")  # behind the others, where something can be told
STATED_KINDS = (HoldKind.PROMISE, HoldKind.DISPUTE)


def lister(kind: HoldKind) -> Callable[..., None]:
    """The verb that lists the holds of this kind."""
    kinds = {kind, HoldKind.PLAN} if kind is HoldKind.MANUAL else {kind}

    def listing(
        call: Call,
        everything: Annotated[
            bool, typer.Option("--all", metavar="", help="Also those that ended.")
        ] = False,
    ) -> None:
        with call.worker() as worker:
            named = listed(call, worker, lambda hold: _shown(hold, kinds), everything=everything)
            others = _elsewhere(call, worker) if kind is HoldKind.MANUAL else ""
        show(call, named, SPOKEN[kind], everything=everything, stated=kind in STATED_KINDS)
        if others and not call.screen.as_json:
            call.screen.say(others)

    return listing


def _elsewhere(call: Call, worker: "Worker") -> str:
    """What else holds somebody now, with the verb that lists it; "" for nothing."""
    from syncer.policy.holding import handed_over

    kinds = (HoldKind.DISPUTE, HoldKind.PROMISE, HoldKind.EXCLUDE)
    found = listed(call, worker, lambda hold: hold.kind in kinds, everything=False)
    counts = Counter(
        ("hand-over", "handover") if handed_over(one.hold) else ELSEWHERE[one.hold.kind]
        for one in found
    )
    told = [
        f"{count_text(count, spoken)} (syncer {verb} list)"
        for (spoken, verb), count in sorted(counts.items())
    ]
    return f"Listed elsewhere: {', '.join(told)}." if told else ""


def _shown(hold: Hold, kinds: Collection[HoldKind]) -> bool:
    """What was only offered is listed with the payment plans, a debt given away by handover."""
    elsewhere = hold.terms is not None and (hold.terms.offered or hold.terms.handed_to)
    return hold.kind in kinds and not elsewhere


def listed(
    call: Call, worker: "Worker", wanted: Callable[[Hold], bool], *, everything: bool
) -> list["Named"]:
    """Those in force, and those whose word was broken or whose day passed over an open invoice."""
    from syncer.policy.agreements.told import WAITING, still_open, told

    found: list[Named] = []
    for setup in call.ledgers(worker):
        today, rules = call.today(worker, setup.name), setup.policy.agreements
        for hold in _holds(worker.store, setup.name, wanted):
            snapshot = worker.store.peek(setup.name, hold.account_id)
            state = told(hold, snapshot, rules, today) if snapshot is not None else None
            in_force = hold.starts_on <= today <= (hold.ends_on or today)
            waits = state is not None and state.state in WAITING
            if everything or in_force or (waits and snapshot and still_open(hold, snapshot)):
                names = _called(worker.store, setup.name, hold)
                found.append(Named(setup.name, hold, *names, state))
    return found


def _holds(store: "Store", ledger: str, wanted: Callable[[Hold], bool]) -> Iterator[Hold]:
    """The holds that were entered, then the days that the ledger itself expects payment on."""
    from syncer.policy.agreements.told import expected

    yield from (hold for hold in store.holds(ledger) if wanted(hold))
    for snapshot in store.peek_all(ledger):
        yield from (hold for hold in expected(snapshot) if wanted(hold))


def show(
    call: Call, named: Sequence["Named"], spoken: str, *, everything: bool, stated: bool
) -> None:
    """Print a list of holds; with how they stand where that can be told."""
    if call.screen.as_json:
        call.screen.data([one.document() for one in named])
    elif named:
        rows = [one.row() + (one.stands() if stated else ()) for one in named]
        call.screen.table(COLUMNS + (STATED if stated else ()), rows)
    else:
        call.screen.say(f"No {spoken} is {'known' if everything else 'in force'}.")


def _called(store: "Store", ledger: str, hold: Hold) -> tuple[str, str]:
    """The customer's name and the invoice's number, as far as the ledger still knows them."""
    name = store.account_names(ledger, [hold.account_id]).get(hold.account_id, "")
    invoices = open_invoices(store, ledger, hold.account_id, hold.item_id) if hold.item_id else ()
    return name, next((one.number for one in invoices), hold.item_id)


def holds_all(hold: Hold) -> bool:
    """Whether all of a customer is held, whichever invoice it is about: a claim to have paid."""
    claim = hold.terms is not None and hold.terms.cause == UnpaidCause.PAID_CLAIM
    return claim and hold.kind is HoldKind.MANUAL and hold.amount is None


@dataclass(frozen=True, slots=True)
class Named:
    """A hold, and what people call whom it holds."""

    ledger: str
    hold: Hold
    customer: str
    invoice: str  # number; the id once it is no longer open
    told: "Told | None" = None  # how it stands

    def document(self) -> dict[str, object]:
        """For programs."""
        names = {"customer": self.customer, "invoice": self.invoice}
        told = {} if self.told is None or not self.told.state else {"stands": self.told}
        return {"ledger": self.ledger, "hold": self.hold} | names | told

    def stands(self) -> tuple[object, ...]:
        """The cells of ``STATED``."""
        if self.told is None:
            return "", ""
        paid = self.told.paid
        came = amount_text(paid, self.told.currency) if paid is not None else ""
        return self.told.state.replace("_", " "), came

    def _until(self) -> str:
        """Its last day; of a promise or a plan that runs with the grace, said to be one."""
        from syncer.policy.agreements.until import held_words

        hold, told = self.hold, self.told
        if hold.ends_on is None:
            return "no end"
        if told is None or told.held_until is None:
            return hold.ends_on.isoformat()
        if hold.kind is HoldKind.PROMISE:
            return held_words(hold.ends_on, told.held_until)
        if told.next_on is None:
            return held_words(hold.ends_on, told.held_until, by="agreed until")
        return held_words(told.next_on, told.held_until, by="next instalment", last=hold.ends_on)

    def row(self) -> tuple[object, ...]:
        """One line of the table of holds."""
        from syncer.settings.rulebook import ALREADY

        hold = self.hold
        kind: str = hold.kind
        part = amount_text(hold.amount, hold.currency) if hold.amount is not None else "all"
        if holds_all(hold):
            part = "all invoices"
        if hold.terms is not None and hold.terms.offered:  # as a hold it takes nothing
            offered = total(one.amount for one in hold.terms.instalments)
            kind, part = "offer", amount_text(offered, hold.currency)
        return (
            hold.hold_id,
            kind,
            self.ledger,
            self.customer or hold.account_id,
            self.invoice,
            part,
            "the beginning" if hold.starts_on == ALREADY else hold.starts_on,
            self._until(),
            hold.reason,
            hold.author,
        )
