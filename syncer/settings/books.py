"""How old a ledger's books may be before customers are no longer simply written to."""

from typing import Annotated

from syncer.policy.rules import StaleBooks
from syncer.settings.fields import Days, one_of
from syncer.settings.section import Section, key


class FreshnessSettings(Section):
    """How old the ledger's books may be."""

    books_max_age: Days | None = key(
        None,
        "Older books (bank reconciliation, or export) count as stale; empty = not checked.",
        unit="days",
        example="7d",
    )
    when_stale: Annotated[StaleBooks, one_of(StaleBooks)] = key(
        "hold",
        "With older books: hold contacts nobody; soften sends only heads-up and friendly steps, "
        "which say so; warn sends everything and the run says so.",
        example="soften",
    )
