"""Who is written to, when, at which step and for how much: Tryton, OCA's add-on, and us.

Each peer runs on the book in its own system, every day for six weeks; then the book is put back
and ours runs on the very same records, through the connector of that system.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import dunning_odoo, dunning_tryton
from benchmarks.dunning_book import (
    DISPUTED,
    DISPUTES,
    FIRST_DAY,
    PROMISES,
    Said,
    customers,
    days,
    told,
)
from benchmarks.dunning_ours import Asking, Ours
from tests.live.odoo.server import DIRECTORY, MISSING


def report(_: int) -> str:
    """Both tables, as Markdown."""
    return "\n".join((beside_tryton(), beside_odoo() if DIRECTORY else MISSING + "\n"))


def beside_tryton() -> str:
    """Tryton's own dunning and ours."""
    with dunning_tryton.tryton_book() as book, tempfile.TemporaryDirectory() as home:
        theirs = dunning_tryton.dunned(book, days())
        book.back()
        asking = Asking(
            home=Path(home),
            connector="tryton",
            settings=book.settings,
            environ={"TRYTON_PASSWORD": dunning_tryton.SECRET},
            parties={key: str(number) for key, number in book.booked.parties.items()},
        )
        ours = asking.during(days(), promised=PROMISES, disputed=DISPUTES, amount=DISPUTED)
    return _table(dunning_tryton.VERSIONS, theirs, ours)


def beside_odoo() -> str:
    """OCA's credit control and ours."""
    with dunning_odoo.odoo_book() as book, tempfile.TemporaryDirectory() as home:
        theirs = dunning_odoo.controlled(book, days())
        asking = Asking(
            home=Path(home),
            connector="odoo",
            settings=book.settings,
            environ={"ODOO_API_KEY": book.api_key()},
            parties={key: str(number) for key, number in book.parties.items()},
        )
        ours = asking.during(days(), promised=PROMISES, disputed=DISPUTES, amount=DISPUTED)
    return _table(dunning_odoo.VERSIONS, theirs, ours)


def _table(versions: str, theirs: Sequence[Said], ours: Ours) -> str:
    peer, own = told(theirs), told(ours.said)
    lines = [
        f"### {versions}, daily from {FIRST_DAY}: {_sum(theirs)}; ours: {_sum(ours.said)}",
        "",
        "| customer | the peer | ours | ours on the first day |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.key} | {_spoken(peer.get(one.key, ()))} | {_spoken(own.get(one.key, ()))} "
        f"| {', '.join(ours.silent.get(one.key, ()))} |"
        for one in customers()
    ]
    return "\n".join((*lines, ""))


def _sum(said: Sequence[Said]) -> str:
    days_of = {(one.who, one.day) for one in said}
    mails = sum(one.how == "email" for one in said)
    return f"{mails} e-mails ({len(said) - mails} without) on {len(days_of)} customer days"


def _spoken(said: Sequence[Said]) -> str:
    return "; ".join(_one(one) for one in said) or "–"


def _one(said: Said) -> str:
    by = "" if said.how == "email" else f" by {said.how}"
    return f"{said.day:%d.%m.} {said.step}: {said.amount} {said.currency}{by}"
