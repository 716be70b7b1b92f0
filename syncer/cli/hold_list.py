"""The lists of holds: what people call whom they hold, since nobody knows a customer by its id."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.cli.call import Call
from syncer.cli.hold_checks import open_invoices
from syncer.model.hold import Hold, HoldKind
from syncer.report.summary import amount_text

if TYPE_CHECKING:
    from syncer.ports import Store

SPOKEN = {
    HoldKind.MANUAL: "hold",
    HoldKind.PROMISE: "promise",
    HoldKind.DISPUTE: "dispute",
    HoldKind.PLAN: "payment plan",
    HoldKind.EXCLUDE: "exclusion",
}
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
            found = [
                (setup.name, hold)
                for setup in call.ledgers(worker)
                for hold in worker.store.holds(
                    setup.name, on=None if everything else call.today(worker, setup.name)
                )
                if hold.kind in kinds
            ]
            named = [
                Named(ledger, hold, *_called(worker.store, ledger, hold)) for ledger, hold in found
            ]
        if call.screen.as_json:
            call.screen.data([one.document() for one in named])
        elif named:
            call.screen.table(COLUMNS, [one.row() for one in named])
        else:
            call.screen.say(f"No {SPOKEN[kind]} is {'known' if everything else 'in force'}.")

    return listing


def _called(store: "Store", ledger: str, hold: Hold) -> tuple[str, str]:
    """The customer's name and the invoice's number, as far as the ledger still knows them."""
    name = store.account_names(ledger, [hold.account_id]).get(hold.account_id, "")
    invoices = open_invoices(store, ledger, hold.account_id, hold.item_id) if hold.item_id else ()
    return name, next((one.number for one in invoices), hold.item_id)


@dataclass(frozen=True, slots=True)
class Named:
    """A hold, and what people call whom it holds."""

    ledger: str
    hold: Hold
    customer: str
    invoice: str  # number; the id once it is no longer open

    def document(self) -> dict[str, object]:
        """For programs."""
        names = {"customer": self.customer, "invoice": self.invoice}
        return {"ledger": self.ledger, "hold": self.hold} | names

    def row(self) -> tuple[object, ...]:
        """One line of the table of holds."""
        from syncer.settings.rulebook import ALREADY

        hold = self.hold
        part = amount_text(hold.amount, hold.currency) if hold.amount is not None else "all"
        return (
            hold.hold_id,
            hold.kind,
            self.ledger,
            self.customer or hold.account_id,
            self.invoice,
            part,
            "the beginning" if hold.starts_on == ALREADY else hold.starts_on,
            hold.ends_on or "no end",
            hold.reason,
            hold.author,
        )
