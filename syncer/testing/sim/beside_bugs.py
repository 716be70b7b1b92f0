"""Bugs in what is said beside the ladder and asked of people, and the stories that show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from typing import Any

from msgspec.structs import replace

from syncer.model.ledger import AccountFacts, Organisation, Page, Stream, StreamEnd
from syncer.testing.sim.bugs import ForgetsAndRenames, NeverLooksForNotes
from syncer.testing.sim.checks import Check
from syncer.testing.sim.forms import NOTE
from syncer.testing.sim.loss_bugs import ReadsNoNotes
from syncer.testing.sim.pairs import BOOK
from syncer.testing.sim.planting import Bug, Instead, of_session, of_source
from syncer.testing.sim.rig import Ports
from syncer.testing.sim.script import Act, Cut, Event, Run, Script


class SeesNothingNew(Instead):
    """The last look shows only what the pull had shown: what is open again since is not there."""

    def __init__(self, target: Any) -> None:
        super().__init__(target)
        self._met: set[str] = set()

    def pull(self, cursors: Mapping[Stream, str]) -> Iterator[Organisation | Page | StreamEnd]:
        """Remember the invoices."""
        for part in self._target.pull(cursors):
            if isinstance(part, Page):
                self._met |= {one.item_id for one in part.items}
            yield part

    def read_accounts(self, account_ids: Sequence[str]) -> Mapping[str, AccountFacts]:
        """Without any other."""
        return {
            one: replace(facts, items=tuple(i for i in facts.items if i.item_id in self._met))
            for one, facts in self._target.read_accounts(account_ids).items()
        }


BESIDE_BUGS: tuple[Bug, ...] = (
    of_source("thanks for what is open again", SeesNothingNew),
    Bug(
        "forgets which instalments were spoken of",
        Ports(
            session=of_session("", ForgetsAndRenames).ports.session,
            source=of_source("", ReadsNoNotes).ports.source,
        ),
    ),
    of_source("asks a person again without looking", NeverLooksForNotes),
)


def _days(*days: tuple[Event, ...]) -> Script:
    """Day by day, over one customer who owes 100.00 since five days and is reminded first."""
    runs = (Run(2.0), *(Run(24.0, 0.0, events) for events in days))
    return replaced(
        Script(seed=0, forms=("xero",), books=(BOOK,), runs=runs), beside=True, provable=False
    )


PAID, OPEN_AGAIN = Act("pay_all", 0, 1, point=0), Act("take_back", 0, 1, step="claim")
IN_PARTS = Act("agree", 0, 19, point=0)  # the first of them in two days
ANSWERED = Act("answer", 0, 1, point=0)

SHOWN_BESIDE: dict[str, tuple[Check, Script]] = {
    "thanks for what is open again": (Check.THANKS, _days((PAID, OPEN_AGAIN))),
    "forgets which instalments were spoken of": (Check.INSTALMENT, _days((IN_PARTS,), ())),
    "asks a person again without looking": (
        Check.TASK,
        _days((ANSWERED, Cut(after=True, step=NOTE))),
    ),
}
